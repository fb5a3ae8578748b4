"""IP, TCP and UDP headers as bytes, with checksums that are right (RFC 791, 8200, 9293, 768, 1071).

Nothing here decides anything: a header says what its arguments say, so what a composer wants wrong
is wrong.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

TCP, UDP, JUNK = 6, 17, 255
HOP_BY_HOP, DESTINATION, FRAGMENT = 0, 60, 44
ETHERNET_V4, ETHERNET_V6 = 0x0800, 0x86DD

FIN, SYN, RST, PSH, ACK, URG, ECE, CWR, AE = (1 << bit for bit in range(9))
DONT_FRAGMENT, MORE_FRAGMENTS = 0x4000, 0x2000

MSS, SCALE, SACK_PERMITTED, SACK, TIMESTAMPS, MD5 = 2, 3, 4, 5, 8, 19
NOP = b"\x01"

CLIENT_MAC, SERVER_MAC = b"\x02\x00\x00\x00\x00\x01", b"\x02\x00\x00\x00\x00\x02"


def internet_sum(data: bytes) -> int:
    """Return the folded one's complement sum of 16-bit words, not complemented (RFC 1071).

    Parameters
    ----------
    data : bytes
        An odd last byte is padded with zero.

    Returns
    -------
    int
        0 to 65535.

    Examples
    --------
    >>> hex(internet_sum(bytes.fromhex("0001f203f4f5f6f7")))
    '0xddf2'
    """
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def checksum(data: bytes) -> int:
    """Return the Internet checksum of `data` (RFC 1071).

    Examples
    --------
    >>> hex(checksum(bytes.fromhex("0001f203f4f5f6f7")))
    '0x220d'
    """
    return ~internet_sum(data) & 0xFFFF


def pseudo_header(source: bytes, destination: bytes, protocol: int, length: int) -> bytes:
    """Return what a transport checksum covers beside the segment (RFC 9293 3.1, RFC 8200 8.1).

    Parameters
    ----------
    source, destination : bytes
        Packed addresses, 4 or 16 bytes.
    protocol : int
        Of the transport.
    length : int
        Of its header and payload.

    Returns
    -------
    bytes
        12 or 40 bytes.
    """
    if len(source) == 4:
        return source + destination + struct.pack(">BBH", 0, protocol, length)
    return source + destination + struct.pack(">II", length, protocol)


def tcp_header(
    ports: tuple[int, int],
    numbers: tuple[int, int],
    flags: int,
    window: int,
    options: bytes = b"",
    urgent: int = 0,
) -> bytes:
    """Return a TCP header whose checksum is zero (RFC 9293 3.1).

    Parameters
    ----------
    ports : tuple of int
        Source and destination.
    numbers : tuple of int
        Sequence and acknowledgement; taken modulo 2**32.
    flags : int
        Twelve bits.
    window : int
        As in the header, not scaled.
    options : bytes
        Padded to words with zeros when they are not.
    urgent : int
        The urgent pointer.

    Returns
    -------
    bytes
        20 to 60 bytes.
    """
    options += bytes(-len(options) % 4)
    words = 5 + len(options) // 4
    seq, ack = (number & 0xFFFFFFFF for number in numbers)
    offset = (words << 12) | (flags & 0xFFF)
    return struct.pack(">HHIIHHHH", *ports, seq, ack, offset, window, 0, urgent) + options


def udp_header(ports: tuple[int, int], length: int) -> bytes:
    """Return a UDP header whose checksum is zero (RFC 768); `length` is the payload's."""
    return struct.pack(">HHHH", *ports, (8 + length) & 0xFFFF, 0)


def ipv4_header(
    ends: tuple[bytes, bytes],
    protocol: int,
    length: int,
    *,
    ttl: int,
    identification: int,
    fragment: int = DONT_FRAGMENT,
    tos: int = 0,
) -> bytes:
    """Return an IPv4 header of 20 bytes with its checksum (RFC 791).

    Parameters
    ----------
    ends : tuple of bytes
        Packed source and destination.
    protocol, length : int
        Of what follows.
    ttl, identification, tos : int
        As in the header.
    fragment : int
        Flags and offset in one word.

    Returns
    -------
    bytes
        The header.
    """
    head = struct.pack(
        ">BBHHHBBH", 0x45, tos, 20 + length, identification, fragment, ttl, protocol, 0
    )
    total = checksum(head + ends[0] + ends[1])
    return head[:10] + struct.pack(">H", total) + ends[0] + ends[1]


def ipv6_header(
    ends: tuple[bytes, bytes], protocol: int, length: int, *, ttl: int, flow_label: int = 0
) -> bytes:
    """Return an IPv6 header of 40 bytes (RFC 8200 3).

    Parameters
    ----------
    ends : tuple of bytes
        Packed source and destination.
    protocol : int
        The next header.
    length : int
        Of all that follows, extension headers too.
    ttl : int
        The hop limit.
    flow_label : int
        Twenty bits.

    Returns
    -------
    bytes
        The header.
    """
    first = 0x60000000 | (flow_label & 0xFFFFF)
    return struct.pack(">IHBB", first, length, protocol, ttl) + ends[0] + ends[1]


def extension_chain(kinds: Iterable[int], protocol: int) -> tuple[int, bytes]:
    r"""Return the first next-header value and the bytes of simple extension headers (RFC 8200 4).

    Hop-by-hop and destination options are eight bytes, a Pad1 pattern of zeros as zapret sends
    them; a fragment header announces one whole piece.

    Parameters
    ----------
    kinds : iterable of int
        `HOP_BY_HOP`, `DESTINATION`, `FRAGMENT`, in their order.
    protocol : int
        Of what follows the chain.

    Returns
    -------
    tuple
        Next header for the IPv6 header, and the chain.

    Examples
    --------
    >>> extension_chain([0], 6)
    (0, b'\x06\x00\x00\x00\x00\x00\x00\x00')
    """
    chain = b""
    following = protocol
    for kind in reversed(tuple(kinds)):
        body = b"\0" + (bytes(2) + b"\0\0\0\1" if kind == FRAGMENT else bytes(6))
        chain = bytes([following]) + body + chain
        following = kind
    return following, chain


def ethernet_header(version: int, *, from_client: bool = True) -> bytes:
    """Return an Ethernet II header for an IP version, between two made-up addresses."""
    kind = ETHERNET_V4 if version == 4 else ETHERNET_V6
    pair = (SERVER_MAC, CLIENT_MAC) if from_client else (CLIENT_MAC, SERVER_MAC)
    return b"".join(pair) + struct.pack(">H", kind)


def option_layout(options: bytes) -> tuple[int, ...]:
    """Return the kinds of TCP options in their order, NOP as 1, padding after EOL left out.

    Parameters
    ----------
    options : bytes
        Of a TCP header; what is malformed ends the list.

    Returns
    -------
    tuple of int
        Such as (1, 1, 8) for a stock Linux data segment.

    Examples
    --------
    >>> option_layout(bytes.fromhex("0101080a0000000000000000"))
    (1, 1, 8)
    """
    return tuple(kind for kind, _ in walk_options(options))


def walk_options(options: bytes) -> list[tuple[int, bytes]]:
    """Return kind and body of each TCP option; what is malformed ends the list."""
    found: list[tuple[int, bytes]] = []
    at = 0
    while at < len(options) and options[at]:
        kind = options[at]
        length = 1 if kind == 1 else options[at + 1] if at + 1 < len(options) else 0
        if kind != 1 and (length < 2 or at + length > len(options)):
            break
        found.append((kind, options[at + 2 : at + length]))
        at += length
    return found

"""What a middlebox reads of a packet, and the packets that it makes itself.

Nothing here is checked but lengths: checksums, sequence numbers and windows are what middleboxes
differ in, so each looks for itself.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass

from workbench.evasion.compose.headers import (
    ACK,
    FIN,
    PSH,
    RST,
    SYN,
    TCP,
    UDP,
    checksum,
    ipv4_header,
    ipv6_header,
    pseudo_header,
    tcp_header,
    udp_header,
)

__all__ = ["ACK", "FIN", "PSH", "RST", "SYN", "TCP", "UDP", "Seen", "datagram", "read", "segment"]

EXTENSIONS, MOST_EXTENSIONS = {0, 43, 60}, 8
FRAGMENT_BITS = 0x3FFF


@dataclass(frozen=True, slots=True)
class Seen:
    """A packet as a middlebox sees it.

    Parameters
    ----------
    source, destination : bytes
        Packed addresses.
    protocol : int
        6 for TCP, 17 for UDP.
    ttl : int
        TTL or hop limit.
    ports : tuple of int
        Source and destination.
    payload : bytes
        What follows the transport's header.
    seq, ack, flags, window : int
        Of a segment; 0 for a datagram.
    """

    source: bytes
    destination: bytes
    protocol: int
    ttl: int
    ports: tuple[int, int]
    payload: bytes
    seq: int = 0
    ack: int = 0
    flags: int = 0
    window: int = 0

    @property
    def flow(self) -> tuple[bytes, bytes, int, int, int]:
        """What names the flow in this direction.

        Examples
        --------
        >>> Seen(b"a", b"b", 6, 64, (1, 2), b"").flow
        (b'a', b'b', 1, 2, 6)
        """
        return (self.source, self.destination, *self.ports, self.protocol)

    @property
    def back(self) -> tuple[bytes, bytes, int, int, int]:
        """What names the flow in the other direction.

        Examples
        --------
        >>> Seen(b"a", b"b", 6, 64, (1, 2), b"").back
        (b'b', b'a', 2, 1, 6)
        """
        return (self.destination, self.source, self.ports[1], self.ports[0], self.protocol)

    @property
    def following(self) -> int:
        """The sequence number that follows this segment.

        Examples
        --------
        >>> Seen(b"a", b"b", 6, 64, (1, 2), b"", seq=(1 << 32) - 1, flags=SYN).following
        0
        """
        taken = len(self.payload) + bool(self.flags & SYN) + bool(self.flags & FIN)
        return (self.seq + taken) & 0xFFFFFFFF

    def text(self) -> str:
        """Return the flow for people.

        Returns
        -------
        str
            Both ends and the transport.

        Examples
        --------
        >>> Seen(bytes(4), bytes([10, 0, 0, 1]), 6, 64, (1, 2), b"").text()
        '0.0.0.0:1 > 10.0.0.1:2 tcp'
        """
        ends = (
            f"{_shown(address)}:{port}"
            for address, port in zip((self.source, self.destination), self.ports, strict=True)
        )
        return f"{' > '.join(ends)} {'tcp' if self.protocol == TCP else 'udp'}"


def read(data: bytes, *, extensions: bool = False) -> Seen | None:
    """Read a packet from its IP header on.

    Parameters
    ----------
    data : bytes
        The packet.
    extensions : bool
        Whether to look behind extension headers of IPv6; many middleboxes do not.

    Returns
    -------
    Seen or None
        None for fragments but the whole, for other transports, and for what is cut short.

    Examples
    --------
    >>> read(b"no packet") is None
    True
    """
    version = data[0] >> 4 if data else 0
    if version == 4 and len(data) >= 20:
        length = (data[0] & 15) * 4
        total = int.from_bytes(data[2:4], "big")
        if length < 20 or int.from_bytes(data[6:8], "big") & FRAGMENT_BITS:
            return None
        body, ends = data[length : min(total, len(data))], (data[12:16], data[16:20])
        return _transport(ends, data[9], data[8], body)
    if version == 6 and len(data) >= 40:
        body = data[40 : 40 + int.from_bytes(data[4:6], "big")]
        protocol = data[6]
        for _ in range(MOST_EXTENSIONS if extensions else 0):
            if protocol not in EXTENSIONS or len(body) < 8:
                break
            protocol, body = body[0], body[8 * (body[1] + 1) :]
        return _transport((data[8:24], data[24:40]), protocol, data[7], body)
    return None


def segment(
    like: Seen,
    flags: int,
    *,
    ttl: int,
    seq: int,
    ack: int = 0,
    window: int = 0,
    identification: int = 0,
    payload: bytes = b"",
) -> bytes:
    """Return a TCP packet in the direction of another one, with right checksums.

    Parameters
    ----------
    like : Seen
        Whose addresses and ports it has.
    flags, ttl, seq, ack, window, identification : int
        As in the headers.
    payload : bytes
        What it carries.

    Returns
    -------
    bytes
        The packet from its IP header on.
    """
    head = tcp_header(like.ports, (seq, ack), flags, window)
    return _packet(like, TCP, head + payload, 16, ttl, identification)


def datagram(like: Seen, payload: bytes, *, ttl: int, identification: int = 0) -> bytes:
    """Return a UDP packet in the direction of another one, with right checksums.

    Parameters
    ----------
    like : Seen
        Whose addresses and ports it has.
    payload : bytes
        What it carries.
    ttl, identification : int
        As in the headers.

    Returns
    -------
    bytes
        The packet from its IP header on.
    """
    return _packet(
        like, UDP, udp_header(like.ports, len(payload)) + payload, 6, ttl, identification
    )


def reversed_(seen: Seen) -> Seen:
    """Return a packet as if it went the other way, for what is sent back.

    Parameters
    ----------
    seen : Seen
        A packet.

    Returns
    -------
    Seen
        Without payload, ends exchanged.

    Examples
    --------
    >>> reversed_(Seen(b"a", b"b", 6, 64, (1, 2), b"x")).source
    b'b'
    """
    ports = (seen.ports[1], seen.ports[0])
    return Seen(seen.destination, seen.source, seen.protocol, seen.ttl, ports, b"")


def _packet(
    like: Seen, protocol: int, body: bytes, sum_at: int, ttl: int, identification: int
) -> bytes:
    ends = (like.source, like.destination)
    value = checksum(pseudo_header(*ends, protocol, len(body)) + body)
    body = body[:sum_at] + struct.pack(">H", value or 0xFFFF) + body[sum_at + 2 :]
    if len(like.source) == 4:
        head = ipv4_header(
            ends, protocol, len(body), ttl=ttl, identification=identification, fragment=0
        )
        return head + body
    return ipv6_header(ends, protocol, len(body), ttl=ttl) + body


def _transport(ends: tuple[bytes, bytes], protocol: int, ttl: int, body: bytes) -> Seen | None:
    if protocol == UDP and len(body) >= 8:
        ports = struct.unpack_from(">HH", body)
        return Seen(*ends, protocol, ttl, ports, body[8:])
    if protocol != TCP or len(body) < 20:
        return None
    source, destination, seq, ack, offset, window = struct.unpack_from(">HHIIHH", body)
    length = (offset >> 12) * 4
    if not 20 <= length <= len(body):
        return None
    ports, payload = (source, destination), body[length:]
    return Seen(*ends, protocol, ttl, ports, payload, seq, ack, offset & 0x1FF, window)


def _shown(address: bytes) -> str:
    family = socket.AF_INET if len(address) == 4 else socket.AF_INET6
    text = socket.inet_ntop(family, address)
    return text if len(address) == 4 else f"[{text}]"

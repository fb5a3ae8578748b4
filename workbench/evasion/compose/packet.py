"""One packet of the client's as composed: what it is for, and its bytes."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import Any, Self

from workbench.evasion.compose import headers
from workbench.evasion.compose.headers import FRAGMENT, JUNK, TCP, UDP

ROLES = (
    "syn", "handshake", "fake", "shadow", "part", "original", "rst", "synack", "dup", "junk",
    "fragment", "retransmission", "host-fake", "window",
)  # fmt: skip
"""What a packet is for. `original` is a packet as the client's kernel built it; `part` a piece of
the request; `shadow` a fake over a part's range; `junk` the protocol-255 remains of a packet that
nfqws replaced."""


@dataclass(frozen=True, slots=True)
class Ends:
    """Addresses and ports of a direction.

    Parameters
    ----------
    source, destination : bytes
        Packed, both of 4 or both of 16 bytes.
    source_port, destination_port : int
        0 to 65535.
    """

    source: bytes
    destination: bytes
    source_port: int
    destination_port: int

    @classmethod
    def of(cls, source: str, source_port: int, destination: str, destination_port: int) -> Self:
        """Return the ends for addresses written out."""
        packed = (ip_address(source).packed, ip_address(destination).packed)
        return cls(*packed, source_port, destination_port)

    @property
    def version(self) -> int:
        """4 or 6."""
        return 4 if len(self.source) == 4 else 6

    @property
    def ports(self) -> tuple[int, int]:
        """Source and destination port."""
        return self.source_port, self.destination_port

    def turned(self) -> Ends:
        """Return the ends of the other direction."""
        return Ends(self.destination, self.source, self.destination_port, self.source_port)


@dataclass(frozen=True, slots=True)
class Sent:
    """One packet as a host sends it.

    Parameters
    ----------
    ends : Ends
        From where to where.
    role : str
        One of `ROLES`.
    seq, ack, flags, window, urgent : int
        Of the TCP header; numbers are absolute, modulo 2**32.
    options : bytes
        TCP options as they stand in the header.
    payload : bytes
        Of the segment or datagram.
    ttl, ip_id, tos, flow_label : int
        Of the IP header.
    dont_fragment : bool
        IPv4's DF bit.
    protocol : int
        TCP, UDP, or 255.
    extensions : tuple of int
        IPv6 extension headers in their order.
    fragment : tuple of int and bool, optional
        Offset in bytes and whether more follow; `raw` then holds the piece.
    fragment_id : int
        Of an IPv6 fragment header.
    raw : bytes, optional
        What follows the IP header instead of a transport header and `payload`.
    header_sum : int, optional
        Checksum of the IPv4 header, where it is not the right one.
    checksum_xor, checksum_add : int
        What makes the transport checksum wrong; 0 and 0 leave it right.
    pause_ns : int
        Time since the packet before it, as this host sees it.
    genuine : bool
        Whether the server is meant to deliver its bytes.
    offset : int, optional
        Where its payload stands in the request, for parts (without an overlap) and shadows.
    overlap : int
        Bytes of its payload that stand before `offset`: a pattern, not the request.
    part : int
        Number of the part it is or shadows, from 1; 0 for others.
    from_client : bool
        Its direction.
    """

    ends: Ends
    role: str = "original"
    seq: int = 0
    ack: int = 0
    flags: int = 0
    window: int = 0
    urgent: int = 0
    options: bytes = b""
    payload: bytes = field(default=b"", repr=False)
    ttl: int = 64
    ip_id: int = 0
    tos: int = 0
    flow_label: int = 0
    dont_fragment: bool = True
    protocol: int = TCP
    extensions: tuple[int, ...] = ()
    fragment: tuple[int, bool] | None = None
    fragment_id: int = 0
    raw: bytes | None = field(default=None, repr=False)
    header_sum: int | None = None
    checksum_xor: int = 0
    checksum_add: int = 0
    pause_ns: int = 0
    genuine: bool = True
    offset: int | None = None
    overlap: int = 0
    part: int = 0
    from_client: bool = True

    def but(self, **changes: Any) -> Sent:
        """Return the same packet with other values."""
        return replace(self, **changes)

    @property
    def length(self) -> int:
        """Bytes of payload."""
        return len(self.payload)

    @property
    def option_layout(self) -> tuple[int, ...]:
        """Kinds of the TCP options in their order."""
        return headers.option_layout(self.options)

    @property
    def checksum_good(self) -> bool:
        """Whether the transport checksum is right."""
        return not self.checksum_xor and not self.checksum_add & 0xFFFF

    def transport(self) -> bytes:
        """Return what follows the IP header and its extensions: header, payload, checksum."""
        if self.raw is not None:
            return self.raw
        if self.protocol == UDP:
            head, at = headers.udp_header(self.ends.ports, len(self.payload)), 6
        else:
            numbers = (self.seq, self.ack)
            head, at = (
                headers.tcp_header(
                    self.ends.ports, numbers, self.flags, self.window, self.options, self.urgent
                ),
                16,
            )
        segment = head + self.payload
        return segment[:at] + struct.pack(">H", self._checksum(segment)) + segment[at + 2 :]

    def _checksum(self, segment: bytes) -> int:
        """Return the checksum to be stored: the right one, made wrong as asked."""
        pseudo = headers.pseudo_header(
            self.ends.source, self.ends.destination, self.protocol, len(segment)
        )
        right = headers.checksum(pseudo + segment)
        if self.protocol == UDP:
            right = right or 0xFFFF
        return ((right ^ self.checksum_xor) + self.checksum_add) & 0xFFFF

    def datagram(self) -> bytes:
        """Return the IP packet."""
        body = self.transport()
        pair = (self.ends.source, self.ends.destination)
        if self.ends.version == 4:
            head = headers.ipv4_header(
                pair,
                self.protocol,
                len(body),
                ttl=self.ttl,
                identification=self.ip_id,
                fragment=self._fragment_word(),
                tos=self.tos,
            )
            if self.header_sum is not None:
                head = head[:10] + struct.pack(">H", self.header_sum) + head[12:]
            return head + body
        following, chain = self._chain()
        body = chain + body
        return (
            headers.ipv6_header(
                pair, following, len(body), ttl=self.ttl, flow_label=self.flow_label
            )
            + body
        )

    def _fragment_word(self) -> int:
        """Return flags and offset of the IPv4 header."""
        if self.fragment is None:
            return headers.DONT_FRAGMENT if self.dont_fragment else 0
        offset, more = self.fragment
        return offset // 8 | (headers.MORE_FRAGMENTS if more else 0)

    def _chain(self) -> tuple[int, bytes]:
        """Return the IPv6 extension headers and the value that announces them."""
        if self.fragment is None:
            return headers.extension_chain(self.extensions, self.protocol)
        offset, more = self.fragment
        piece = struct.pack(">BBHI", self.protocol, 0, offset | more, self.fragment_id)
        following, chain = headers.extension_chain(self.extensions, FRAGMENT)
        return following, chain + piece

    def frame(self) -> bytes:
        """Return the packet in an Ethernet frame.

        Returns
        -------
        bytes
            Without padding and frame check sequence, as a tap on the sending host sees it.

        Examples
        --------
        >>> ends = Ends.of("192.0.2.1", 40000, "192.0.2.2", 443)
        >>> len(Sent(ends, payload=b"x").frame())
        55
        """
        head = headers.ethernet_header(self.ends.version, from_client=self.from_client)
        return head + self.datagram()

    def header_length(self) -> int:
        """Return the bytes of all headers from IP to transport."""
        return len(self.datagram()) - len(self.payload)


def junk(packet: Sent) -> Sent:
    """Return what is left of a packet that nfqws replaced: protocol 255, TTL 1, same bytes.

    nfqws turns the first packet of a flow into this instead of dropping it, so that the kernel's
    connection tracking keeps the flow (domain reference 5.4). It leaves the checksum of the IPv4
    header as it was, so that it is wrong.
    """
    changes = {"protocol": JUNK, "ttl": 1, "genuine": False, "offset": None, "extensions": ()}
    if packet.ends.version == 4:
        changes["header_sum"] = int.from_bytes(packet.datagram()[10:12], "big")
    return packet.but(role="junk", raw=packet.transport(), payload=b"", **changes)

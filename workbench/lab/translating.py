"""A packet of a real kernel as the composer describes packets; what it cannot say stays."""

from __future__ import annotations

import struct

from workbench.evasion.compose import Ends, Sent
from workbench.evasion.compose.headers import DONT_FRAGMENT, SYN, TCP, UDP

IPV4_LENGTH, IPV6_LENGTH, UDP_LENGTH = 20, 40, 8


def read_packet(data: bytes) -> Sent | None:
    """Return what a host's kernel is about to send, in the composer's terms.

    Parameters
    ----------
    data : bytes
        An IP packet.

    Returns
    -------
    Sent or None
        None for anything whose bytes `Sent.datagram` would not give back exactly: fragments, IP
        options, other transports, wrong checksums, damage. `offset` is not known here.

    Examples
    --------
    >>> ends = Ends.of("10.77.1.1", 40000, "10.77.5.11", 443)
    >>> sent = Sent(ends, payload=b"x", flags=0x18, window=5, ip_id=7)
    >>> read_packet(sent.datagram()) == sent
    True
    >>> read_packet(b"E") is None
    True
    """
    packet = _ipv4(data) if data[:1] == b"\x45" else _ipv6(data)
    if packet is None or packet.datagram() != data:
        return None
    return packet


def _ipv4(data: bytes) -> Sent | None:
    """Return an IPv4 packet without options."""
    if len(data) < IPV4_LENGTH:
        return None
    tos, _, ip_id, word, ttl, protocol = struct.unpack(">xBHHHBB", data[:10])
    if word & ~DONT_FRAGMENT:
        return None
    packet = _transport(data[12:16], data[16:20], protocol, data[IPV4_LENGTH:])
    if packet is None:
        return None
    return packet.but(tos=tos, ip_id=ip_id, ttl=ttl, dont_fragment=bool(word & DONT_FRAGMENT))


def _ipv6(data: bytes) -> Sent | None:
    """Return an IPv6 packet without extension headers."""
    if len(data) < IPV6_LENGTH or data[0] >> 4 != 6:
        return None
    first, _, protocol, ttl = struct.unpack(">IHBB", data[:8])
    packet = _transport(data[8:24], data[24:40], protocol, data[IPV6_LENGTH:])
    # The composer has no traffic class for IPv6: such a packet does not come out as it went in.
    return packet and packet.but(flow_label=first & 0xFFFFF, ttl=ttl)


def _transport(source: bytes, destination: bytes, protocol: int, body: bytes) -> Sent | None:
    """Return a segment or a datagram."""
    if protocol == UDP and len(body) >= UDP_LENGTH:
        ends = Ends(source, destination, *struct.unpack(">HH", body[:4]))
        return Sent(ends, protocol=UDP, payload=body[UDP_LENGTH:])
    if protocol != TCP or len(body) < 20:
        return None
    *ports, seq, ack, word, window, _, urgent = struct.unpack(">HHIIHHHH", body[:20])
    start, flags = (word >> 12) * 4, word & 0xFFF
    if not 20 <= start <= len(body):
        return None
    payload = body[start:]
    role = "syn" if flags & SYN else "original" if payload else "handshake"
    return Sent(
        Ends(source, destination, *ports), role, seq=seq, ack=ack, flags=flags, window=window,
        urgent=urgent, options=body[20:start], payload=payload,
    )  # fmt: skip

"""The message of a router at which a packet's TTL ran out (RFC 792, RFC 4443 3.3)."""

from __future__ import annotations

import struct

from workbench.evasion.compose import headers
from workbench.evasion.compose.packet import Sent

ICMP, ICMPV6 = 1, 58
QUOTED_V4, QUOTED_V6 = 548, 1232
"""Most bytes quoted: Linux fills 576 bytes over IPv4 and the least MTU over IPv6."""
ROUTER_TTL = 64


def router_address(packet: Sent, hop: int) -> bytes:
    """Return the address of the router at a hop: made up, of the packet's family."""
    if packet.ends.version == 4:
        return bytes([10, 255, hop & 0xFF, 1])
    return bytes.fromhex("fd00ffff") + bytes(10) + bytes([hop & 0xFF, 1])


def time_exceeded(packet: Sent, hop: int) -> bytes:
    """Return the Ethernet frame that tells a client where its packet died.

    Parameters
    ----------
    packet : Sent
        As it left the client; it is quoted with the TTL that it had at the end, 1.
    hop : int
        Number of the router, from 1.

    Returns
    -------
    bytes
        As the client's interface sees it: the router's own TTL is lowered by the hops between.
    """
    ends = (router_address(packet, hop), packet.ends.source)
    ttl = max(ROUTER_TTL - hop + 1, 1)
    quoted = packet.but(ttl=1).datagram()
    if packet.ends.version == 4:
        body = struct.pack(">BBHI", 11, 0, 0, 0) + quoted[:QUOTED_V4]
        total = headers.checksum(body)
        body = body[:2] + struct.pack(">H", total) + body[4:]
        head = headers.ipv4_header(
            ends, ICMP, len(body), ttl=ttl, identification=hop, fragment=0, tos=0xC0
        )
    else:
        body = struct.pack(">BBHI", 3, 0, 0, 0) + quoted[:QUOTED_V6]
        total = headers.checksum(headers.pseudo_header(*ends, ICMPV6, len(body)) + body)
        body = body[:2] + struct.pack(">H", total) + body[4:]
        head = headers.ipv6_header(ends, ICMPV6, len(body), ttl=ttl)
    return headers.ethernet_header(packet.ends.version, from_client=False) + head + body

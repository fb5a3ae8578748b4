"""Where the addresses and checksums of a frame are: read apart from the workbench."""

from __future__ import annotations

from typing import NamedTuple

TAGS = frozenset({0x8100, 0x88A8, 0x9100})
PPPOE, MPLS = 0x8864, 0x8847
IPV4, IPV6 = 0x0800, 0x86DD
PPP_KINDS = {0x0021: IPV4, 0x0057: IPV6}
HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION_OPTIONS = 0, 43, 44, 60
SUM_AT = {6: 16, 17: 6, 33: 6, 58: 2, 136: 6}
"""Where the checksum is in the transport headers whose checksum covers the addresses."""
ZERO_MEANS_NONE = (17, 136)


class Spots(NamedTuple):
    """Positions in a frame; -1 where there is nothing."""

    version: int
    protocol: int
    source_end: int
    destination_end: int
    header_sum: int
    transport_sum: int


def spots_of(frame: bytes) -> Spots | None:
    """Return the positions in an Ethernet frame; None where addresses cannot be changed."""
    found = network_header(frame)
    if found is None:
        return None
    kind, at = found
    version = frame[at] >> 4 if at < len(frame) else 0
    if kind == IPV4 and version == 4 and at + 20 <= len(frame):
        protocol = frame[at + 9]
        first = word(frame, at + 6) & 0x1FFF == 0
        start = at + (frame[at] & 15) * 4
        total = word(frame, at + 2) or len(frame) - at
        return Spots(
            4, protocol, at + 16, at + 20, at + 10, _sum(frame, start, protocol, first, at + total)
        )
    if kind == IPV6 and version == 6 and at + 40 <= len(frame):
        chain = upper_header(frame, at)
        if chain is None:
            return None
        protocol, start, first = chain
        total = word(frame, at + 4) or len(frame)
        return Spots(
            6, protocol, at + 24, at + 40, -1, _sum(frame, start, protocol, first, at + 40 + total)
        )
    return None


def word(frame: bytes, at: int) -> int:
    """Return the 16-bit number at a position, big-endian; 0 beyond the end."""
    return int.from_bytes(frame[at : at + 2], "big") if at + 2 <= len(frame) else 0


def network_header(frame: bytes) -> tuple[int, int] | None:
    """Return which IP begins where, behind VLAN tags, PPPoE or MPLS."""
    kind, at = word(frame, 12), 14
    while kind in TAGS:
        kind, at = word(frame, at + 2), at + 4
    if kind == PPPOE:
        kind, at = PPP_KINDS.get(word(frame, at + 6), 0), at + 8
    elif kind == MPLS:
        while at + 4 < len(frame) and not frame[at + 2] & 1:
            at += 4
        at += 4
        kind = {4: IPV4, 6: IPV6}.get(frame[at] >> 4 if at < len(frame) else 0, 0)
    return (kind, at) if kind in (IPV4, IPV6) else None


def upper_header(frame: bytes, at: int) -> tuple[int, int, bool] | None:
    """Return protocol, position and whether it is a first fragment, behind IPv6 extension headers.

    None with a routing header or destination options: checksums may cover an address in there.
    """
    following, at, first = frame[at + 6], at + 40, True
    while following in (HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION_OPTIONS):
        if following in (ROUTING, DESTINATION_OPTIONS) or at + 8 > len(frame):
            return None
        if following == FRAGMENT:
            first = first and word(frame, at + 2) & 0xFFF8 == 0
            size = 8
        else:
            size = 8 * (frame[at + 1] + 1)
        following, at = frame[at], at + size
    return following, at, first


def _sum(frame: bytes, start: int, protocol: int, first: bool, end: int) -> int:
    """Return where the transport checksum is, -1 where there is none that covers the addresses."""
    at = start + SUM_AT.get(protocol, 0)
    if protocol not in SUM_AT or not first or at + 2 > min(len(frame), end):
        return -1
    return -1 if protocol in ZERO_MEANS_NONE and word(frame, at) == 0 else at

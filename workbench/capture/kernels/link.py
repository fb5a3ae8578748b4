"""Link-layer headers: where the network layer begins.

Each function returns `(layer, position, kind)`: what comes next, where, and its Ethernet type where
the next layer needs it. Sources: the LINKTYPE_ registry of tcpdump; IEEE 802.1Q, 802.3, 802.11; RFC
1661, 1662, 2427, 2516; the radiotap and PPI specifications.
"""

from __future__ import annotations

from workbench.capture import links
from workbench.capture.kernels import layers
from workbench.capture.kernels.primitives import be16, be32, le16, le32, u8
from workbench.capture.kernels.types import Buffer


def ethertype(kind: int) -> int:
    """Name the layer that an Ethernet type (or an 802.3 length) announces."""
    if kind == 0x0800:
        return layers.IPV4
    if kind == 0x86DD:
        return layers.IPV6
    if kind in (0x8100, 0x88A8, 0x9100, 0x9200, 0x9300, 0x893F, 0x88E7, 0x894F):
        return layers.TAG
    if kind == 0x0806:
        return layers.ARP
    if kind in (0x8847, 0x8848):
        return layers.MPLS
    if kind == 0x8864:
        return layers.PPPOE
    if kind == 0x880B:
        return layers.PPP
    if kind <= 1500:
        return layers.LLC
    if kind == 0x6558:
        return layers.ETHERNET
    return layers.STOP


def link_layer(buf: Buffer, at: int, end: int, link: int) -> tuple[int, int, int]:
    """Begin a frame of link type `link` at `at`."""
    if link == links.ETHERNET:
        return layers.ETHERNET, at, 0
    if link in (links.RAW, links.RAW_BSD, links.RAW_OPENBSD):
        return layers.IP, at, 0
    if link == links.IPV4:
        return layers.IPV4, at, 0
    if link == links.IPV6:
        return layers.IPV6, at, 0
    if link == links.LINUX_SLL:
        return _cooked(buf, at, end)
    if link == links.LINUX_SLL2:
        return _cooked2(buf, at, end)
    if link in (links.NULL, links.LOOP, links.ENC):
        return _family(buf, at, end, link)
    if link in (links.PPP, links.PPP_SERIAL):
        return layers.PPP, at, 0
    if link == links.PPP_ETHERNET:
        return layers.PPPOE, at, 0
    if link == links.CISCO_HDLC:
        return _typed(buf, at, end, 2)
    return _rare_link(buf, at, end, link)


def _rare_link(buf: Buffer, at: int, end: int, link: int) -> tuple[int, int, int]:
    """Begin a frame of a link type that few captures have."""
    if link in (links.WLAN, links.RADIOTAP, links.PRISM, links.WLAN_AVS, links.PPI):
        return _wireless(buf, at, end, link)
    if link == links.SLIP:
        return layers.IP, at + 16, 0
    if link == links.ATM_RFC1483:
        return layers.LLC, at, 0
    if link == links.FDDI:
        return layers.LLC, at + 13, 0
    if link == links.TOKEN_RING:
        return _token_ring(buf, at, end)
    if link == links.FRAME_RELAY:
        return _frame_relay(buf, at, end)
    if link == links.PFLOG:
        return _pflog(buf, at, end)
    if link == links.NFLOG:
        return _nflog(buf, at, end)
    if link == links.PKTAP:
        return _pktap(buf, at, end)
    if link == links.DSA_TAG:
        return _typed(buf, at, end, 16)
    return layers.UNKNOWN_LINK, at, 0


def _typed(buf: Buffer, at: int, end: int, before: int) -> tuple[int, int, int]:
    """Pass `before` bytes, then an Ethernet type."""
    if at + before + 2 > end:
        return layers.SHORT, at, 0
    kind = be16(buf, at + before)
    return ethertype(kind), at + before + 2, kind


def _cooked(buf: Buffer, at: int, end: int) -> tuple[int, int, int]:
    """Linux cooked header, version 1: type, address type, address, protocol."""
    if at + 16 > end:
        return layers.SHORT, at, 0
    return _cooked_protocol(be16(buf, at + 2), be16(buf, at + 14), at + 16)


def _cooked2(buf: Buffer, at: int, end: int) -> tuple[int, int, int]:
    """Linux cooked header, version 2: protocol first, twenty bytes."""
    if at + 20 > end:
        return layers.SHORT, at, 0
    return _cooked_protocol(be16(buf, at + 8), be16(buf, at), at + 20)


def _cooked_protocol(hardware: int, kind: int, at: int) -> tuple[int, int, int]:
    """Interpret the protocol field, which means other things for other hardware types."""
    if hardware == 824:  # netlink: the field is a netlink family
        return layers.STOP, at, 0
    if hardware in (801, 802, 803):  # 802.11 devices: the frame has its own header
        return layers.STOP, at, 0
    if kind == 4:
        return layers.LLC, at, 0
    if kind <= 1500:
        return layers.STOP, at, 0
    return ethertype(kind), at, kind


def _family(buf: Buffer, at: int, end: int, link: int) -> tuple[int, int, int]:
    """Loopback headers: an address family in the byte order of whoever captured."""
    size = 12 if link == links.ENC else 4
    if at + size > end:
        return layers.SHORT, at, 0
    family = min(le32(buf, at), be32(buf, at))
    if family == 2:
        return layers.IPV4, at + size, 0
    if family in (10, 23, 24, 28, 30):
        return layers.IPV6, at + size, 0
    if family > 1500 and family <= 0xFFFF:
        return ethertype(family), at + size, family
    return layers.MALFORMED_LINK, at, 0


def _token_ring(buf: Buffer, at: int, end: int) -> tuple[int, int, int]:
    """Token ring: two control bytes, addresses, a routing field when the source says so."""
    if at + 14 > end:
        return layers.SHORT, at, 0
    start = at + 14
    if u8(buf, at + 8) & 0x80:
        if start + 2 > end:
            return layers.SHORT, at, 0
        start += u8(buf, start) & 31
    return layers.LLC, start, 0


def _frame_relay(buf: Buffer, at: int, end: int) -> tuple[int, int, int]:
    """Frame relay (RFC 2427): address, control, network layer identifier."""
    if at + 4 > end:
        return layers.SHORT, at, 0
    start = at + 3
    if u8(buf, start) == 0:
        start += 1
    if start >= end:
        return layers.SHORT, at, 0
    identifier = u8(buf, start)
    if identifier == 0xCC:
        return layers.IPV4, start + 1, 0
    if identifier == 0x8E:
        return layers.IPV6, start + 1, 0
    if identifier == 0x80:
        return _typed(buf, start, end, 4)
    return layers.STOP, start, 0


def _pflog(buf: Buffer, at: int, end: int) -> tuple[int, int, int]:
    """OpenBSD's packet filter log: a length, an address family."""
    if at + 4 > end:
        return layers.SHORT, at, 0
    start = at + ((u8(buf, at) + 3) & ~3)
    if u8(buf, at + 1) == 2:
        return layers.IPV4, start, 0
    if u8(buf, at + 1) in (10, 24, 28, 30):
        return layers.IPV6, start, 0
    return layers.STOP, start, 0


def _nflog(buf: Buffer, at: int, end: int) -> tuple[int, int, int]:
    """Linux netfilter log: attributes, one of which holds the packet."""
    start = at + 4
    for _ in range(64):
        if start + 4 > end:
            return layers.SHORT, at, 0
        size = le16(buf, start)
        if size < 4:
            return layers.MALFORMED_LINK, at, 0
        if le16(buf, start + 2) == 9:
            return layers.IP, start + 4, 0
        start += (size + 3) & ~3
    return layers.MALFORMED_LINK, at, 0


def _pktap(buf: Buffer, at: int, end: int) -> tuple[int, int, int]:
    """Apple's per-process header: its length, a record type, the link type inside."""
    if at + 12 > end:
        return layers.SHORT, at, 0
    start = at + le32(buf, at)
    inner = le32(buf, at + 8)
    if start < at + 12 or start > end:
        return layers.MALFORMED_LINK, at, 0
    if inner == links.ETHERNET:
        return layers.ETHERNET, start, 0
    if inner in (links.RAW, links.RAW_BSD, links.RAW_OPENBSD):
        return layers.IP, start, 0
    if inner == links.NULL:
        return _family(buf, start, end, links.NULL)
    return layers.UNKNOWN_LINK, at, 0


def _wireless(buf: Buffer, at: int, end: int, link: int) -> tuple[int, int, int]:
    """Pass the capture header in front of an 802.11 frame."""
    start = at
    if link == links.RADIOTAP or link == links.PPI:
        if at + 8 > end:
            return layers.SHORT, at, 0
        if link == links.PPI and le32(buf, at + 4) != links.WLAN:
            if le32(buf, at + 4) == links.ETHERNET:
                return layers.ETHERNET, at + le16(buf, at + 2), 0
            return layers.UNKNOWN_LINK, at, 0
        start = at + le16(buf, at + 2)
        if start < at + 8:
            return layers.MALFORMED_LINK, at, 0
    if link == links.PRISM or link == links.WLAN_AVS:
        if at + 8 > end:
            return layers.SHORT, at, 0
        start = at + 144
        if link == links.WLAN_AVS or be32(buf, at) & 0xFFFFF000 == 0x80211000:
            start = at + be32(buf, at + 4)
    return _wlan(buf, start, end)


def _wlan(buf: Buffer, at: int, end: int) -> tuple[int, int, int]:
    """802.11 data frames in the clear; everything else has no network layer to show."""
    if at + 24 > end:
        return layers.SHORT, at, 0
    control = u8(buf, at)
    flags = u8(buf, at + 1)
    if control & 0x0C != 0x08 or control & 0x40 or flags & 0x40:
        return layers.STOP, at, 0
    start = at + 24
    if flags & 0x03 == 0x03:
        start += 6
    if control & 0x80:
        if start + 2 > end:
            return layers.SHORT, at, 0
        aggregated = u8(buf, start) & 0x80
        start += 2
        if flags & 0x80:
            start += 4
        if aggregated:
            return layers.STOP, at, 0
    return layers.LLC, start, 0


def llc(buf: Buffer, at: int, end: int) -> tuple[int, int, int]:
    """802.2 header, with SNAP where it says so."""
    if at + 3 > end:
        return layers.SHORT, at, 0
    if u8(buf, at) == 0xAA and u8(buf, at + 1) == 0xAA and u8(buf, at + 2) == 3:
        if at + 8 > end:
            return layers.SHORT, at, 0
        kind = be16(buf, at + 6)
        oui = (u8(buf, at + 3) << 16) | be16(buf, at + 4)
        if (oui == 0 or oui == 0x0000F8) and kind > 1500:
            return ethertype(kind), at + 8, kind
        if oui == 0x0080C2 and kind in (1, 7):  # bridged Ethernet (RFC 2684), with or without FCS
            return layers.ETHERNET, at + 10, 0
        return layers.STOP, at + 8, 0
    if u8(buf, at) == 6 and u8(buf, at + 1) == 6 and u8(buf, at + 2) == 3:
        return layers.IPV4, at + 3, 0
    return layers.STOP, at, 0


def ppp(buf: Buffer, at: int, end: int) -> tuple[int, int, int]:
    """PPP: optional address and control, a protocol of one or two bytes."""
    start = at
    if start + 2 > end:
        return layers.SHORT, at, 0
    if u8(buf, start) == 0xFF and u8(buf, start + 1) == 3:
        start += 2
    elif u8(buf, start) in (0x0F, 0x8F) and u8(buf, start + 1) == 0:  # Cisco HDLC on a PPP line
        return _typed(buf, at, end, 2)
    if start >= end:
        return layers.SHORT, at, 0
    protocol = u8(buf, start)
    start += 1
    if protocol & 1 == 0:
        if start >= end:
            return layers.SHORT, at, 0
        protocol = (protocol << 8) | u8(buf, start)
        start += 1
    if protocol == 0x21:
        return layers.IPV4, start, 0
    if protocol == 0x57:
        return layers.IPV6, start, 0
    if protocol in (0x281, 0x283):
        return layers.MPLS, start, 0
    return layers.STOP, start, 0

"""Headers that carry another packet: tags, MPLS, PPPoE, GRE and its kin, and tunnels over UDP.

Each function returns `(layer, position, kind, encapsulation)`. A tunnel over UDP is believed only
when its header is consistent and what it carries looks like a packet; otherwise the datagram is
plain UDP and the layer is `STOP`. Sources: IEEE 802.1Q, 802.1ah, 802.1BR; RFC 2516, 2637, 2661,
2784, 2890, 3032, 3378, 4380, 7348, 8300, 8926; 3GPP TS 29.281; draft-foschiano-erspan.
"""

from __future__ import annotations

from workbench.capture import codes
from workbench.capture.kernels import layers
from workbench.capture.kernels.link import ethertype, ppp
from workbench.capture.kernels.primitives import be16, u8
from workbench.capture.kernels.types import Buffer


def push(encapsulation: int, code: int) -> int:
    """Add an inner encapsulation; the third and all later ones become `more`."""
    if encapsulation < 1024:
        return (encapsulation << 5) | code
    return (encapsulation & ~31) | codes.MORE


def tag(buf: Buffer, at: int, end: int, kind: int) -> tuple[int, int, int, int]:
    """VLAN and its relatives: a tag, then another Ethernet type."""
    size = 4
    code = codes.VLAN
    if kind == 0x893F:
        size = 8
        code = codes.ETAG
    elif kind == 0x88E7:
        if at + 4 > end:
            return layers.SHORT, at, 0, codes.PBB
        return layers.ETHERNET, at + 4, 0, codes.PBB
    elif kind == 0x894F:
        return _nsh(buf, at, end)
    if at + size > end:
        return layers.SHORT, at, 0, code
    inner = be16(buf, at + size - 2)
    return ethertype(inner), at + size, inner, code


def _nsh(buf: Buffer, at: int, end: int) -> tuple[int, int, int, int]:
    """Network service header (RFC 8300)."""
    if at + 8 > end:
        return layers.SHORT, at, 0, codes.NSH
    start = at + (u8(buf, at + 1) & 0x3F) * 4
    inner = u8(buf, at + 3)
    layer = layers.STOP
    if start < at + 8:
        return layers.STOP, at, 0, codes.NSH
    if inner == 1:
        layer = layers.IPV4
    elif inner == 2:
        layer = layers.IPV6
    elif inner == 3:
        layer = layers.ETHERNET
    return layer, start, 0, codes.NSH


def mpls(buf: Buffer, at: int, end: int) -> tuple[int, int, int, int]:
    """Pass a stack of labels; what is below it shows only in its first four bits."""
    start = at
    for _ in range(16):
        if start + 5 > end:
            return layers.SHORT, at, 0, codes.MPLS
        bottom = u8(buf, start + 2) & 1
        start += 4
        if bottom:
            version = u8(buf, start) >> 4
            if version == 4:
                return layers.IPV4, start, 0, codes.MPLS
            if version == 6:
                return layers.IPV6, start, 0, codes.MPLS
            if version == 0 and _carries_ethernet(buf, start + 4, end):
                return layers.ETHERNET, start + 4, 0, codes.MPLS
            if _carries_ethernet(buf, start, end):
                return layers.ETHERNET, start, 0, codes.MPLS
            return layers.STOP, start, 0, codes.MPLS
    return layers.STOP, start, 0, codes.MPLS


def pppoe(buf: Buffer, at: int, end: int) -> tuple[int, int, int, int]:
    """PPP over Ethernet, session stage."""
    if at + 8 > end:
        return layers.SHORT, at, 0, codes.PPPOE
    if u8(buf, at) != 0x11 or u8(buf, at + 1) != 0:
        return layers.STOP, at, 0, codes.PPPOE
    layer, start, kind = ppp(buf, at + 6, end)
    return layer, start, kind, codes.PPPOE


def etherip(buf: Buffer, at: int, end: int) -> tuple[int, int, int, int]:
    """Ethernet in IP (RFC 3378)."""
    if at + 2 > end:
        return layers.SHORT, at, 0, codes.ETHERIP
    if u8(buf, at) >> 4 != 3:
        return layers.STOP, at, 0, codes.ETHERIP
    return layers.ETHERNET, at + 2, 0, codes.ETHERIP


def gre(buf: Buffer, at: int, end: int) -> tuple[int, int, int, int]:
    """GRE, version 0, and the enhanced form of PPTP."""
    if at + 4 > end:
        return layers.SHORT, at, 0, codes.GRE
    flags = be16(buf, at)
    kind = be16(buf, at + 2)
    start = at + 4
    if flags & 7 == 1:
        return _pptp(buf, at, end, flags, kind)
    if flags & 7 or flags & 0x4000:  # another version, or source routing (dropped by RFC 2784)
        return layers.STOP, at, 0, codes.GRE
    start += 4 * ((flags >> 15) + ((flags >> 13) & 1) + ((flags >> 12) & 1))
    if start > end:
        return layers.SHORT, at, 0, codes.GRE
    if kind == 0x88BE:
        return layers.ETHERNET, start + (8 if flags & 0x1000 else 0), 0, codes.ERSPAN
    if kind == 0x22EB:
        if start + 12 > end:
            return layers.SHORT, at, 0, codes.ERSPAN
        return layers.ETHERNET, start + (20 if u8(buf, start + 11) & 1 else 12), 0, codes.ERSPAN
    if kind <= 1500:
        return layers.STOP, start, kind, codes.GRE
    return ethertype(kind), start, kind, codes.GRE


def _pptp(buf: Buffer, at: int, end: int, flags: int, kind: int) -> tuple[int, int, int, int]:
    """PPTP's GRE (RFC 2637): a key, then optional numbers, then PPP."""
    start = at + 8 + 4 * (((flags >> 12) & 1) + ((flags >> 7) & 1))
    if start > end:
        return layers.SHORT, at, 0, codes.PPTP
    if kind != 0x880B or be16(buf, at + 4) == 0:
        return layers.STOP, start, 0, codes.PPTP
    layer, start, inner = ppp(buf, start, end)
    return layer, start, inner, codes.PPTP


def udp_tunnel(
    buf: Buffer, at: int, end: int, source: int, destination: int
) -> tuple[int, int, int, int]:
    """Look for a tunnel in a datagram whose payload starts at `at`."""
    if at + 8 > end:
        return layers.STOP, at, 0, 0
    if destination in (4789, 8472):
        if u8(buf, at) == 8 and u8(buf, at + 7) == 0 and _carries_ethernet(buf, at + 8, end):
            return layers.ETHERNET, at + 8, 0, codes.VXLAN
    elif destination == 6081:
        return _geneve(buf, at, end)
    elif destination == 2152 or source == 2152:
        return _gtp(buf, at, end)
    elif destination == 3544 or source == 3544:
        return _teredo(buf, at, end)
    elif destination == 1701 or source == 1701:
        return _l2tp(buf, at, end)
    elif destination == 37008:
        return _tzsp(buf, at, end)
    return layers.STOP, at, 0, 0


def _carries_ethernet(buf: Buffer, at: int, end: int) -> bool:
    """Tell whether an Ethernet header with a type we know can be at `at`."""
    if at + 14 > end:
        return False
    layer = ethertype(be16(buf, at + 12))
    return layer != layers.STOP and layer != layers.LLC


def _carries_ip(buf: Buffer, at: int, end: int) -> int:
    """Tell which IP version can begin at `at`: its layer, or `STOP`."""
    if at + 20 <= end and u8(buf, at) >= 0x45 and u8(buf, at) <= 0x4F:
        return layers.IPV4
    if at + 40 <= end and u8(buf, at) >> 4 == 6:
        return layers.IPV6
    return layers.STOP


def _geneve(buf: Buffer, at: int, end: int) -> tuple[int, int, int, int]:
    start = at + 8 + (u8(buf, at) & 0x3F) * 4
    kind = be16(buf, at + 2)
    if u8(buf, at) >> 6 or start > end:
        return layers.STOP, at, 0, 0
    if kind == 0x6558 and start + 14 <= end:
        return layers.ETHERNET, start, 0, codes.GENEVE
    if kind in (0x0800, 0x86DD):
        return _carries_ip(buf, start, end), start, kind, codes.GENEVE
    return layers.STOP, at, 0, 0


def _gtp(buf: Buffer, at: int, end: int) -> tuple[int, int, int, int]:
    """GTP version 1, a user packet, extension headers passed over."""
    flags = u8(buf, at)
    if flags & 0xF0 != 0x30 or u8(buf, at + 1) != 0xFF:
        return layers.STOP, at, 0, 0
    start = at + 8
    if flags & 7:
        start += 4
        if start > end:
            return layers.STOP, at, 0, 0
        following = u8(buf, start - 1) if flags & 4 else 0
        for _ in range(8):
            if following == 0:
                break
            if start >= end or u8(buf, start) == 0 or start + u8(buf, start) * 4 > end:
                return layers.STOP, at, 0, 0
            start += u8(buf, start) * 4
            following = u8(buf, start - 1)
    return _carries_ip(buf, start, end), start, 0, codes.GTP_U


def _teredo(buf: Buffer, at: int, end: int) -> tuple[int, int, int, int]:
    """Teredo (RFC 4380, 5.1.1): optional authentication and origin, then IPv6."""
    start = at
    if be16(buf, start) == 1:
        start += 13 + u8(buf, at + 2) + u8(buf, at + 3)
        if start + 8 > end:
            return layers.STOP, at, 0, 0
    if be16(buf, start) == 0:
        start += 8
    if _carries_ip(buf, start, end) == layers.IPV6:
        return layers.IPV6, start, 0, codes.TEREDO
    return layers.STOP, at, 0, 0


def _l2tp(buf: Buffer, at: int, end: int) -> tuple[int, int, int, int]:
    """L2TP version 2 (RFC 2661, 3.1), data messages."""
    flags = be16(buf, at)
    if flags & 0x800F != 2:
        return layers.STOP, at, 0, 0
    start = at + 6
    if flags & 0x4000:
        start += 2
    if flags & 0x0800:
        start += 4
    if flags & 0x0200:
        if start + 2 > end:
            return layers.STOP, at, 0, 0
        start += 2 + be16(buf, start)
    if start + 4 > end:
        return layers.STOP, at, 0, 0
    layer, start, kind = ppp(buf, start, end)
    if layer in (layers.IPV4, layers.IPV6) and _carries_ip(buf, start, end) == layer:
        return layer, start, kind, codes.L2TP
    return layers.STOP, at, 0, 0


def _tzsp(buf: Buffer, at: int, end: int) -> tuple[int, int, int, int]:
    """TZSP: tags up to an end tag, then the sniffed frame."""
    if be16(buf, at) != 0x0100 or be16(buf, at + 2) != 1:
        return layers.STOP, at, 0, 0
    start = at + 4
    for _ in range(64):
        if start >= end:
            return layers.STOP, at, 0, 0
        if u8(buf, start) == 1:
            return layers.ETHERNET, start + 1, 0, codes.TZSP
        if u8(buf, start) == 0:
            start += 1
        elif start + 2 > end:
            return layers.STOP, at, 0, 0
        else:
            start += 2 + u8(buf, start + 1)
    return layers.STOP, at, 0, 0

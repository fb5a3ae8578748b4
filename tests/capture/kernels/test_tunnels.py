"""Each tunnel is recognised, and what only looks like one is not."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture import build
from workbench.capture import codes
from workbench.capture.kernels import layers
from workbench.capture.kernels.tunnels import (
    etherip,
    gre,
    mpls,
    pppoe,
    push,
    tag,
    udp_tunnel,
)

V4 = build.ipv4(build.udp(b"inside"), 17)
V6 = build.ipv6(build.udp(b"inside", "fd00::1", "fd00::2"), 17)
FRAME = build.ethernet(V4)
NO_FRAME = build.ethernet(V4, 0x88CC)


def label(number: int, *, bottom: bool) -> bytes:
    return struct.pack(">I", (number << 12) | (bottom << 8) | 64)


def test_three_encapsulations_are_kept_and_the_last_says_if_there_were_more() -> None:
    packed = 0
    names = []
    for code in (codes.VLAN, codes.PPPOE, codes.GRE, codes.VXLAN):
        packed = push(packed, code)
        names.append(codes.encapsulation_name(packed))
    assert names == ["vlan", "vlan+pppoe", "vlan+pppoe+gre", "vlan+pppoe+more"]


@given(pushed=st.lists(st.sampled_from([*codes.ENCAPSULATION_NAMES]), max_size=30))
def test_encapsulations_never_outgrow_their_column(pushed: list[int]) -> None:
    packed = 0
    for code in pushed:
        packed = push(packed, code)
    assert 0 <= packed < 2**15


TAGS = [
    (0x8100, "0005 0800", (layers.IPV4, 4, 0x0800, codes.VLAN)),
    (0x88A8, "0005 8100", (layers.TAG, 4, 0x8100, codes.VLAN)),
    (0x9100, "0005 002a", (layers.LLC, 4, 0x2A, codes.VLAN)),
    (0x893F, "000000050000 86dd", (layers.IPV6, 8, 0x86DD, codes.ETAG)),
    (0x88E7, "00000064", (layers.ETHERNET, 4, 0, codes.PBB)),
    (0x894F, "0fc20201 00000aff", (layers.IPV4, 8, 0, codes.NSH)),
    (0x894F, "0fc20202 00000aff", (layers.IPV6, 8, 0, codes.NSH)),
    (0x894F, "0fc60103 00000aff" + "00" * 16, (layers.ETHERNET, 24, 0, codes.NSH)),
    (0x894F, "0fc20204 00000aff", (layers.STOP, 8, 0, codes.NSH)),
    (0x894F, "0fc10201 00000aff", (layers.STOP, 0, 0, codes.NSH)),
]


@pytest.mark.parametrize(("kind", "data", "found"), TAGS)
def test_tags(kind: int, data: str, found: tuple[int, int, int, int]) -> None:
    raw = bytes.fromhex(data)
    assert tag(raw, 0, len(raw), kind) == found
    size = min(len(raw), 8)
    assert tag(raw, 0, size - 1, kind)[0] == layers.SHORT


@pytest.mark.parametrize(
    ("below", "layer", "behind"),
    [
        (V4, layers.IPV4, 0),
        (V6, layers.IPV6, 0),
        (bytes(4) + FRAME, layers.ETHERNET, 4),
        (FRAME, layers.ETHERNET, 0),
        (NO_FRAME, layers.STOP, 0),
        (b"\x10\x00\x00\x00", layers.STOP, 0),
    ],
)
@pytest.mark.parametrize("depth", [1, 2, 16])
def test_below_the_bottom_label(below: bytes, layer: int, behind: int, depth: int) -> None:
    stack = b"".join(label(number, bottom=number == depth) for number in range(1, depth + 1))
    data = stack + below
    assert mpls(data, 0, len(data)) == (layer, len(stack) + behind, 0, codes.MPLS)


def test_a_stack_of_labels_without_a_bottom() -> None:
    data = label(1, bottom=False) * 20
    assert mpls(data, 0, len(data))[0] == layers.STOP
    assert mpls(data, 0, 30)[0] == layers.SHORT


@pytest.mark.parametrize(
    ("data", "layer", "at"),
    [
        ("11 00 0001 0016 0021", layers.IPV4, 8),
        ("11 00 0001 0016 0057", layers.IPV6, 8),
        ("11 00 0001 0016 c021", layers.STOP, 8),
        ("12 00 0001 0016 0021", layers.STOP, 0),
        ("11 09 0000 0004 0101", layers.STOP, 0),
        ("11 00 0001 0016 00", layers.SHORT, 0),
    ],
)
def test_pppoe_sessions(data: str, layer: int, at: int) -> None:
    raw = bytes.fromhex(data)
    assert pppoe(raw, 0, len(raw)) == (layer, at, 0, codes.PPPOE)


def test_ethernet_in_ip() -> None:
    assert etherip(b"\x30\0" + FRAME, 0, 60) == (layers.ETHERNET, 2, 0, codes.ETHERIP)
    assert etherip(b"\x40\0" + FRAME, 0, 60)[0] == layers.STOP
    assert etherip(b"\x30", 0, 1)[0] == layers.SHORT


GRE = [
    ("0000 0800", (layers.IPV4, 4, 0x0800, codes.GRE)),
    ("0000 86dd", (layers.IPV6, 4, 0x86DD, codes.GRE)),
    ("0000 6558", (layers.ETHERNET, 4, 0x6558, codes.GRE)),
    ("8000 0800 12340000", (layers.IPV4, 8, 0x0800, codes.GRE)),
    ("2000 0800 00000001", (layers.IPV4, 8, 0x0800, codes.GRE)),
    ("b000 0800 12340000 00000001 00000002", (layers.IPV4, 16, 0x0800, codes.GRE)),
    ("0000 88be", (layers.ETHERNET, 4, 0, codes.ERSPAN)),
    ("1000 88be 00000001 1001000000000000", (layers.ETHERNET, 16, 0, codes.ERSPAN)),
    ("1000 22eb 00000001 200100000000000000000000", (layers.ETHERNET, 20, 0, codes.ERSPAN)),
    ("1000 22eb 00000001 200100000000000000000001" + "00" * 8,
     (layers.ETHERNET, 28, 0, codes.ERSPAN)),
    ("3001 880b 00040007 00000001 ff030021", (layers.IPV4, 16, 0, codes.PPTP)),
    ("3081 880b 00040007 00000001 00000002 ff030057", (layers.IPV6, 20, 0, codes.PPTP)),
    ("2081 880b 00000007 00000002", (layers.STOP, 12, 0, codes.PPTP)),
    ("0000 0042", (layers.STOP, 4, 0x42, codes.GRE)),
    ("4000 0800 00000000 00000000", (layers.STOP, 0, 0, codes.GRE)),
    ("0002 0800", (layers.STOP, 0, 0, codes.GRE)),
    ("2000 0800 0000", (layers.SHORT, 0, 0, codes.GRE)),
    ("3001 880b 00040007", (layers.SHORT, 0, 0, codes.PPTP)),
    ("0000 08", (layers.SHORT, 0, 0, codes.GRE)),
]  # fmt: skip


@pytest.mark.parametrize(("data", "found"), GRE)
def test_generic_encapsulation(data: str, found: tuple[int, int, int, int]) -> None:
    raw = bytes.fromhex(data)
    assert gre(raw, 0, len(raw)) == found


VXLAN = bytes.fromhex("0800000000012300")
TEREDO_AUTH = bytes.fromhex("0001 02 03 aaaa bbbbbb 0102030405060708 00")
TEREDO_ORIGIN = bytes.fromhex("0000 fffe f5fffffd")
GTP = struct.pack(">BBHI", 0x30, 0xFF, len(V4), 7)
GTP_LONG = struct.pack(">BBHIHBB", 0x34, 0xFF, len(V4) + 8, 7, 0, 0, 0x85)
L2TP = struct.pack(">HHH", 0x0002, 5, 6)
L2TP_FULL = struct.pack(">7H", 0x4A02, 60, 5, 6, 0, 0, 2) + b"??"
PPP = b"\xff\x03\x00\x21"

# Name, source port, destination port, header, what it carries, layer, encapsulation.
UDP = [
    ("vxlan", 50000, 4789, VXLAN, FRAME, layers.ETHERNET, codes.VXLAN),
    ("vxlan of Linux", 50000, 8472, VXLAN, FRAME, layers.ETHERNET, codes.VXLAN),
    ("geneve", 50000, 6081, b"\0\0\x65\x58\0\0\1\0", FRAME, layers.ETHERNET, codes.GENEVE),
    ("geneve IPv4", 50000, 6081, b"\0\0\x08\0\0\0\1\0", V4, layers.IPV4, codes.GENEVE),
    ("geneve IPv6", 50000, 6081, b"\1\0\x86\xdd" + bytes(8), V6, layers.IPV6, codes.GENEVE),
    ("gtp", 2152, 2152, GTP, V4, layers.IPV4, codes.GTP_U),
    ("gtp IPv6", 50000, 2152, GTP, V6, layers.IPV6, codes.GTP_U),
    ("gtp answer", 2152, 50000, GTP, V4, layers.IPV4, codes.GTP_U),
    ("gtp numbered", 2152, 2152, b"\x32" + GTP[1:] + bytes(4), V4, layers.IPV4, codes.GTP_U),
    ("gtp extended", 2152, 2152, GTP_LONG + b"\1\0\1\0", V4, layers.IPV4, codes.GTP_U),
    ("teredo", 50000, 3544, b"", V6, layers.IPV6, codes.TEREDO),
    ("teredo origin", 3544, 50000, TEREDO_ORIGIN, V6, layers.IPV6, codes.TEREDO),
    ("teredo auth", 3544, 50000, TEREDO_AUTH, V6, layers.IPV6, codes.TEREDO),
    ("teredo both", 3544, 50000, TEREDO_AUTH + TEREDO_ORIGIN, V6, layers.IPV6, codes.TEREDO),
    ("l2tp", 1701, 1701, L2TP + PPP, V4, layers.IPV4, codes.L2TP),
    ("l2tp full", 1701, 1701, L2TP_FULL + PPP, V4, layers.IPV4, codes.L2TP),
    ("tzsp", 50000, 37008, b"\1\0\0\1\1", FRAME, layers.ETHERNET, codes.TZSP),
    ("tzsp tags", 50000, 37008, b"\1\0\0\1\0\x0a\1\7\1", FRAME, layers.ETHERNET, codes.TZSP),
]


@pytest.mark.parametrize(
    ("name", "source", "destination", "head", "inside", "layer", "code"),
    UDP,
    ids=[case[0] for case in UDP],
)
def test_tunnels_over_udp(name, source, destination, head, inside, layer, code) -> None:
    data = b"????" + head + inside
    layer_found, at, _, code_found = udp_tunnel(data, 4, len(data), source, destination)
    assert (layer_found, at, code_found) == (layer, 4 + len(head), code)
    elsewhere = udp_tunnel(data, 4, len(data), 50000, 50001)
    assert elsewhere == (layers.STOP, 4, 0, 0)


NEAR_MISSES = [
    ("vxlan without its flag", 4789, b"\0" + VXLAN[1:] + FRAME),
    ("vxlan, reserved byte", 4789, VXLAN[:7] + b"\1" + FRAME),
    ("vxlan of no frame", 4789, VXLAN + NO_FRAME),
    ("vxlan cut off", 4789, VXLAN + FRAME[:13]),
    ("geneve, version 1", 6081, b"\x40\0\x65\x58\0\0\1\0" + FRAME),
    ("geneve, options beyond the end", 6081, b"\x3f\0\x65\x58\0\0\1\0" + FRAME),
    ("geneve of something else", 6081, b"\0\0\x88\x47\0\0\1\0" + FRAME),
    ("geneve, no IPv4 inside", 6081, b"\0\0\x08\0\0\0\1\0" + b"\x15" * 40),
    ("gtp, version 2", 2152, b"\x48" + GTP[1:] + V4),
    ("gtp, GTP'", 2152, b"\x20" + GTP[1:] + V4),
    ("gtp, an echo request", 2152, b"\x30\x01" + GTP[2:] + V4),
    ("gtp, an empty extension", 2152, GTP_LONG + b"\0\0\1\0" + V4),
    ("gtp, an extension beyond the end", 2152, GTP_LONG + b"\xff\0\1\0" + V4),
    ("gtp of no packet", 2152, GTP + b"\xff" * 40),
    ("teredo of IPv4", 3544, V4 + bytes(20)),
    ("teredo auth beyond the end", 3544, b"\0\1\xff\xff" + V6),
    ("l2tp control", 1701, b"\xc8\x02" + bytes(10) + PPP + V4),
    ("l2tp, version 3", 1701, b"\x00\x03\0\5\0\6" + PPP + V4),
    ("l2tp of no packet", 1701, L2TP + PPP + b"\xff" * 40),
    ("l2tp, offset beyond the end", 1701, b"\x02\x02\0\5\0\6\xff\xff" + PPP + V4),
    ("tzsp, another version", 37008, b"\2\0\0\1\1" + FRAME),
    ("tzsp of 802.11", 37008, b"\1\0\0\x12\1" + FRAME),
    ("tzsp without an end", 37008, b"\1\0\0\1" + bytes(100)),
    ("a datagram of seven bytes", 4789, VXLAN[:7]),
]


@pytest.mark.parametrize(
    ("name", "port", "data"), NEAR_MISSES, ids=[case[0] for case in NEAR_MISSES]
)
def test_what_only_looks_like_a_tunnel_is_plain_udp(name: str, port: int, data: bytes) -> None:
    assert udp_tunnel(data, 0, len(data), 50000, port)[0] == layers.STOP


@given(
    data=st.binary(max_size=120),
    start=st.integers(0, 10),
    port=st.sampled_from([4789, 6081, 2152, 3544, 1701, 37008]),
)
def test_no_datagram_makes_a_load_past_its_end(data: bytes, start: int, port: int) -> None:
    start = min(start, len(data))
    layer, at, _, code = udp_tunnel(data, start, len(data), 50000, port)
    assert at <= len(data) or layer == layers.STOP
    assert (code != 0) or layer == layers.STOP


@given(data=st.binary(max_size=60), kind=st.sampled_from([0x8100, 0x893F, 0x88E7, 0x894F]))
def test_no_header_makes_a_load_past_the_end(data: bytes, kind: int) -> None:
    for found in (
        tag(data, 0, len(data), kind),
        mpls(data, 0, len(data)),
        pppoe(data, 0, len(data)),
        gre(data, 0, len(data)),
        etherip(data, 0, len(data)),
    ):
        assert found[0] in range(19)
        assert found[3] in codes.ENCAPSULATION_NAMES

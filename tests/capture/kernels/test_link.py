"""Each link type's header leads to the layer and the position that its specification says."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture import build
from workbench.capture import codes, links
from workbench.capture.kernels import layers
from workbench.capture.kernels.link import ethertype, link_layer, llc, ppp

MAC = b"\x02\x00\x00\x00\x00\x01"
SNAP_IPV4 = bytes.fromhex("aaaa03 000000 0800")
V4 = build.ipv4(build.udp(b"inside", ports=(1111, 2222)), 17)
V6 = build.ipv6(build.udp(b"inside", "fd00::1", "fd00::2", ports=(1111, 2222)), 17)
DATA = bytes.fromhex("08020000") + MAC * 3 + b"\x10\x00"
"""An 802.11 data frame, sent by an access point."""


def tlv(kind: int, value: bytes) -> bytes:
    return struct.pack("<HH", len(value) + 4, kind) + value + bytes(-len(value) % 4)


NFLOG = b"\x02\x00\x00\x01" + tlv(1, b"\x08\x00\x01\x00") + tlv(10, b"eth0\0")
NFLOG_PACKET = struct.pack("<HH", len(V4) + 4, 9)
SLL = struct.pack(">HHH8s", 0, 1, 6, MAC)
SLL2 = struct.pack(">HIHBB8s", 0, 3, 1, 0, 6, MAC)
RADIOTAP = struct.pack("<BBHIQ", 0, 0, 16, 1, 0)
AVS = struct.pack(">II", 0x80211001, 64) + bytes(56)
TOKEN = b"\x10\x40" + MAC
PFLOG = bytes([61, 2]) + bytes(62)
PKTAP = struct.pack("<III", 108, 1, links.RAW) + bytes(96)

# Name, link type, header, packet behind it, layer, position, Ethernet type.
HEADERS = [
    ("ethernet", links.ETHERNET, build.ethernet(b""), V4, layers.ETHERNET, 0, 0),
    ("raw", links.RAW, b"", V6, layers.IP, 0, 0),
    ("raw of BSD", links.RAW_BSD, b"", V4, layers.IP, 0, 0),
    ("raw of OpenBSD", links.RAW_OPENBSD, b"", V4, layers.IP, 0, 0),
    ("IPv4", links.IPV4, b"", V4, layers.IPV4, 0, 0),
    ("IPv6", links.IPV6, b"", V6, layers.IPV6, 0, 0),
    ("cooked", links.LINUX_SLL, SLL + b"\x08\x00", V4, layers.IPV4, 16, 0x0800),
    ("cooked 802.2", links.LINUX_SLL, SLL + b"\0\4" + SNAP_IPV4, V4, layers.LLC, 16, 0),
    ("cooked 2", links.LINUX_SLL2, b"\x86\xdd" + SLL2, V6, layers.IPV6, 20, 0x86DD),
    ("null, little", links.NULL, struct.pack("<I", 2), V4, layers.IPV4, 4, 0),
    ("null, big", links.NULL, struct.pack(">I", 2), V4, layers.IPV4, 4, 0),
    ("null, FreeBSD", links.NULL, struct.pack("<I", 28), V6, layers.IPV6, 4, 0),
    ("null, macOS", links.NULL, struct.pack("<I", 30), V6, layers.IPV6, 4, 0),
    ("loop, OpenBSD", links.LOOP, struct.pack(">I", 24), V6, layers.IPV6, 4, 0),
    ("enc", links.ENC, struct.pack("<III", 2, 7, 0), V4, layers.IPV4, 12, 0),
    ("ppp", links.PPP, b"\xff\x03\x00\x21", V4, layers.PPP, 0, 0),
    ("ppp, serial", links.PPP_SERIAL, b"\xff\x03\x00\x57", V6, layers.PPP, 0, 0),
    ("pppoe", links.PPP_ETHERNET, b"\x11\0\0\1\0\x24\0\x21", V4, layers.PPPOE, 0, 0),
    ("hdlc", links.CISCO_HDLC, b"\x0f\0\x08\0", V4, layers.IPV4, 4, 0x0800),
    ("slip", links.SLIP, bytes(16), V4, layers.IP, 16, 0),
    ("atm", links.ATM_RFC1483, SNAP_IPV4, V4, layers.LLC, 0, 0),
    ("fddi", links.FDDI, b"\x50" + MAC * 2 + SNAP_IPV4, V4, layers.LLC, 13, 0),
    ("token ring", links.TOKEN_RING, TOKEN + MAC + SNAP_IPV4, V4, layers.LLC, 14, 0),
    ("token ring, routed", links.TOKEN_RING, TOKEN + b"\x82\0\0\0\0\1\6\0\1\2\3\4" + SNAP_IPV4,
     V4, layers.LLC, 20, 0),
    ("frame relay", links.FRAME_RELAY, b"\x18\x41\x03\xcc", V4, layers.IPV4, 4, 0),
    ("frame relay, pad", links.FRAME_RELAY, b"\x18\x41\x03\x00\x8e", V6, layers.IPV6, 5, 0),
    ("frame relay, SNAP", links.FRAME_RELAY, b"\x18\x41\x03\0\x80\0\0\0\x08\0", V4,
     layers.IPV4, 10, 0x0800),
    ("pflog", links.PFLOG, PFLOG, V4, layers.IPV4, 64, 0),
    ("nflog", links.NFLOG, NFLOG + NFLOG_PACKET, V4, layers.IP, 28, 0),
    ("pktap", links.PKTAP, PKTAP, V4, layers.IP, 108, 0),
    ("dsa", links.DSA_TAG, MAC * 2 + b"\x40\0\0\0\x08\0", V4, layers.IPV4, 18, 0x0800),
    ("802.11", links.WLAN, DATA + SNAP_IPV4, V4, layers.LLC, 24, 0),
    ("802.11 QoS", links.WLAN, b"\x88" + DATA[1:] + b"\0\0" + SNAP_IPV4, V4, layers.LLC, 26, 0),
    ("802.11 QoS, HT", links.WLAN, b"\x88\x82" + DATA[2:] + bytes(6) + SNAP_IPV4, V4,
     layers.LLC, 30, 0),
    ("802.11, bridge", links.WLAN, b"\x08\x03" + DATA[2:] + MAC + SNAP_IPV4, V4,
     layers.LLC, 30, 0),
    ("radiotap", links.RADIOTAP, RADIOTAP + DATA + SNAP_IPV4, V4, layers.LLC, 40, 0),
    ("ppi", links.PPI, struct.pack("<BBHI", 0, 0, 8, 105) + DATA + SNAP_IPV4, V4,
     layers.LLC, 32, 0),
    ("ppi, Ethernet", links.PPI, struct.pack("<BBHI", 0, 0, 8, 1) + build.ethernet(b""), V4,
     layers.ETHERNET, 8, 0),
    ("prism", links.PRISM, b"\x44\0\0\0" + bytes(140) + DATA + SNAP_IPV4, V4, layers.LLC, 168, 0),
    ("prism with AVS", links.PRISM, AVS + DATA + SNAP_IPV4, V4, layers.LLC, 88, 0),
    ("avs", links.WLAN_AVS, AVS + DATA + SNAP_IPV4, V4, layers.LLC, 88, 0),
]  # fmt: skip
NAMES = [case[0] for case in HEADERS]


@pytest.mark.parametrize(
    ("name", "link", "head", "packet", "layer", "at", "kind"), HEADERS, ids=NAMES
)
def test_a_header_leads_to_its_layer(name, link, head, packet, layer, at, kind) -> None:
    before = b"??????"
    data = before + head + packet
    found = link_layer(data, len(before), len(data), link)
    assert found == (layer, at + len(before), kind)


@pytest.mark.parametrize(
    ("name", "link", "head", "packet", "layer", "at", "kind"), HEADERS, ids=NAMES
)
def test_the_packet_behind_a_header_is_read(name, link, head, packet, layer, at, kind) -> None:
    columns = build.read(build.pcap([head + packet], link=link)).columns
    assert columns["source_port"].tolist() == [1111]
    assert columns["destination_port"].tolist() == [2222]
    assert columns["checksum"].tolist() == [codes.GOOD]
    assert columns["network_at"].tolist() == [len(head)]


CHECKED = [case for case in HEADERS if case[5] and case[1] not in (links.SLIP, links.FDDI)]
UNCHECKED_TAIL = {links.PFLOG}
"""Their own length decides; what lies behind it is looked at by the next layer."""


@pytest.mark.parametrize(
    ("name", "link", "head", "at"),
    [(case[0], case[1], case[2], case[5]) for case in CHECKED if case[1] not in UNCHECKED_TAIL],
    ids=[case[0] for case in CHECKED if case[1] not in UNCHECKED_TAIL],
)
def test_a_header_that_is_cut_off_leads_nowhere(name, link, head, at) -> None:
    found = {link_layer(head, 0, length, link)[0] for length in range(at)}
    assert layers.SHORT in found
    assert found <= {layers.SHORT, layers.STOP, layers.MALFORMED_LINK, layers.ETHERNET, layers.LLC}


def test_every_link_type_that_is_said_to_be_decoded_is() -> None:
    assert {case[1] for case in HEADERS} == links.DECODED


@pytest.mark.parametrize("link", [links.NETLINK, links.UNKNOWN, 147, -1])
def test_other_link_types_are_not(link: int) -> None:
    assert link_layer(bytes(300), 0, 300, link)[0] == layers.UNKNOWN_LINK


@pytest.mark.parametrize(
    ("link", "head"),
    [
        (links.PPI, struct.pack("<BBHI", 0, 0, 8, 147)),
        (links.PKTAP, struct.pack("<III", 12, 1, 147)),
    ],
)
def test_nor_are_they_behind_a_header_that_names_them(link: int, head: bytes) -> None:
    data = head + V4
    assert link_layer(data, 0, len(data), link)[0] == layers.UNKNOWN_LINK


@given(
    data=st.binary(max_size=200),
    link=st.sampled_from(sorted(links.DECODED)),
    start=st.integers(0, 20),
)
def test_no_header_makes_a_load_past_the_end(data: bytes, link: int, start: int) -> None:
    start = min(start, len(data))
    layer, at, kind = link_layer(data, start, len(data), link)
    assert layer in range(19)
    assert at >= start
    assert 0 <= kind <= 0xFFFF


@pytest.mark.parametrize(
    ("hardware", "kind"), [(824, 0x0800), (801, 0x0800), (803, 0x0800), (1, 1), (1, 0x88CC)]
)
def test_a_cooked_protocol_that_is_no_ethernet_type_ends_decoding(hardware, kind) -> None:
    data = struct.pack(">HHH8sH", 0, hardware, 6, MAC, kind) + V4
    assert link_layer(data, 0, len(data), links.LINUX_SLL)[0] == layers.STOP


@pytest.mark.parametrize("family", [0, 1, 16, 99, 0x10000])
def test_an_unknown_address_family_is_malformed(family: int) -> None:
    data = struct.pack("<I", family) + V4
    assert link_layer(data, 0, len(data), links.NULL)[0] == layers.MALFORMED_LINK


def test_a_loopback_header_may_hold_an_ethernet_type() -> None:
    data = struct.pack(">I", 0x86DD) + V6
    assert link_layer(data, 0, len(data), links.LOOP) == (layers.IPV6, 4, 0x86DD)


@pytest.mark.parametrize(
    ("control", "flags", "what"),
    [
        (0x80, 0x00, "a beacon"),
        (0xD4, 0x00, "an acknowledgement"),
        (0x48, 0x00, "a null frame"),
        (0x08, 0x40, "an encrypted frame"),
    ],
)
def test_wireless_frames_without_a_packet_in_the_clear_end_decoding(control, flags, what) -> None:
    data = bytes([control, flags]) + DATA[2:] + SNAP_IPV4 + V4
    assert link_layer(data, 0, len(data), links.WLAN)[0] == layers.STOP


def test_aggregated_wireless_frames_end_decoding() -> None:
    data = b"\x88" + DATA[1:] + b"\x80\0" + SNAP_IPV4 + V4
    assert link_layer(data, 0, len(data), links.WLAN)[0] == layers.STOP


@pytest.mark.parametrize(
    ("link", "data"),
    [
        (links.RADIOTAP, struct.pack("<BBHI", 0, 0, 7, 0)),
        (links.PKTAP, struct.pack("<III", 8, 1, links.RAW)),
        (links.PKTAP, struct.pack("<III", 5000, 1, links.RAW)),
        (links.NFLOG, b"\x02\0\0\1" + struct.pack("<HH", 3, 9)),
    ],
)
def test_a_length_that_cannot_be_is_malformed(link: int, data: bytes) -> None:
    data += bytes(60)
    assert link_layer(data, 0, len(data), link)[0] == layers.MALFORMED_LINK


def test_nflog_attributes_without_a_packet_come_to_an_end() -> None:
    endless = b"\x02\0\0\1" + tlv(1, b"") * 100
    assert link_layer(endless, 0, len(endless), links.NFLOG)[0] == layers.MALFORMED_LINK
    assert link_layer(NFLOG, 0, len(NFLOG), links.NFLOG)[0] == layers.SHORT


@pytest.mark.parametrize(
    ("kind", "layer"),
    [
        (0x0800, layers.IPV4),
        (0x86DD, layers.IPV6),
        (0x0806, layers.ARP),
        (0x8100, layers.TAG),
        (0x88A8, layers.TAG),
        (0x8847, layers.MPLS),
        (0x8848, layers.MPLS),
        (0x8864, layers.PPPOE),
        (0x8863, layers.STOP),
        (0x6558, layers.ETHERNET),
        (0x05DC, layers.LLC),
        (0x05DD, layers.STOP),
        (0x88CC, layers.STOP),
    ],
)
def test_ethernet_types(kind: int, layer: int) -> None:
    assert ethertype(kind) == layer


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ("aaaa03 000000 86dd", (layers.IPV6, 8, 0x86DD)),
        ("aaaa03 0000f8 0806", (layers.ARP, 8, 0x0806)),
        ("aaaa03 0080c2 0007 0000", (layers.ETHERNET, 10, 0)),
        ("aaaa03 0080c2 0001 0000", (layers.ETHERNET, 10, 0)),
        ("aaaa03 00000c 2000", (layers.STOP, 8, 0)),
        ("aaaa03 000000 0100", (layers.STOP, 8, 0)),
        ("060603", (layers.IPV4, 3, 0)),
        ("424203", (layers.STOP, 0, 0)),
        ("aaaa03 000000 08", (layers.SHORT, 0, 0)),
        ("aaaa", (layers.SHORT, 0, 0)),
    ],
)
def test_link_control_headers(data: str, found: tuple[int, int, int]) -> None:
    raw = bytes.fromhex(data)
    assert llc(raw, 0, len(raw)) == found


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ("ff030021", (layers.IPV4, 4, 0)),
        ("0021", (layers.IPV4, 2, 0)),
        ("2145", (layers.IPV4, 1, 0)),
        ("ff0357", (layers.IPV6, 3, 0)),
        ("0281", (layers.MPLS, 2, 0)),
        ("ff03c021", (layers.STOP, 4, 0)),
        ("0f000800", (layers.IPV4, 4, 0x0800)),
        ("8f0086dd", (layers.IPV6, 4, 0x86DD)),
        ("ff03", (layers.SHORT, 0, 0)),
        ("ff0300", (layers.SHORT, 0, 0)),
        ("00", (layers.SHORT, 0, 0)),
    ],
)
def test_point_to_point_headers(data: str, found: tuple[int, int, int]) -> None:
    raw = bytes.fromhex(data)
    assert ppp(raw, 0, len(raw)) == found

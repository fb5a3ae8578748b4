"""Headers as bytes, against a second implementation and examples of the standards."""

from __future__ import annotations

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture.build import internet_sum as summed
from workbench.evasion.compose import headers

ENDS = (b"\xc0\x00\x02\x01", b"\xc6\x33\x64\x02")


@given(st.binary(max_size=200))
def test_the_checksum_is_that_of_the_standard(data) -> None:
    assert headers.checksum(data) == summed(data)


def test_a_tcp_header_reads_back() -> None:
    raw = headers.tcp_header((1, 2), (2**32 + 5, -1), 0x118, 7, b"\x01\x01\x08\x0a" + bytes(8), 3)
    tcp = dpkt.tcp.TCP(raw)
    assert (tcp.sport, tcp.dport, tcp.seq, tcp.ack) == (1, 2, 5, 2**32 - 1)
    assert (tcp.win, tcp.urp, tcp.off * 4) == (7, 3, 32)
    assert int.from_bytes(raw[12:14], "big") & 0xFFF == 0x118


def test_options_are_padded_to_words() -> None:
    assert len(headers.tcp_header((1, 2), (0, 0), 2, 0, b"\x02\x04\x05\xb4\x01")) == 28


def test_an_ipv4_header_has_a_right_checksum() -> None:
    head = headers.ipv4_header(ENDS, 6, 100, ttl=9, identification=0x1234)
    assert summed(head) == 0
    ip = dpkt.ip.IP(head + bytes(100))
    assert (ip.len, ip.ttl, ip.id, ip.df, ip.p) == (120, 9, 0x1234, 1, 6)


def test_an_ipv6_header_reads_back() -> None:
    pair = (bytes(16), b"\x20" + bytes(15))
    ip = dpkt.ip6.IP6(headers.ipv6_header(pair, 59, 0, ttl=3, flow_label=0xABCDE))
    assert (ip.hlim, ip.nxt, ip.plen, ip.flow) == (3, 59, 0, 0xABCDE)


@pytest.mark.parametrize(
    ("kinds", "first", "chain"),
    [
        ((), 6, ""),
        ((0,), 0, "0600000000000000"),
        ((0, 0), 0, "00000000000000000600000000000000"),
        ((60,), 60, "0600000000000000"),
        ((0, 44), 0, "2c00000000000000" + "0600000000000001"),
    ],
)
def test_extension_headers_announce_each_other(kinds, first, chain) -> None:
    assert headers.extension_chain(kinds, 6) == (first, bytes.fromhex(chain))


def test_the_length_in_a_udp_header() -> None:
    assert headers.udp_header((53, 54), 12).hex() == "0035003600140000"


@pytest.mark.parametrize(("version", "kind"), [(4, "0800"), (6, "86dd")])
def test_frames_have_two_directions(version, kind) -> None:
    there = headers.ethernet_header(version)
    back = headers.ethernet_header(version, from_client=False)
    assert there[:6] == back[6:12]
    assert there[12:].hex() == back[12:].hex() == kind


@given(st.binary(max_size=60))
def test_any_options_are_walked(data) -> None:
    for kind, body in headers.walk_options(data):
        assert kind
        assert len(body) <= len(data)


def test_a_cut_option_ends_the_walk() -> None:
    assert headers.option_layout(b"\x01\x08\x0a\x00") == (1,)
    assert headers.option_layout(b"\x01\x08\x01") == (1,)
    assert headers.option_layout(b"\x00\x08\x0a") == ()


def test_the_pseudo_header_has_two_forms() -> None:
    assert headers.pseudo_header(*ENDS, 6, 20).hex() == "c0000201c633640200060014"
    assert len(headers.pseudo_header(bytes(16), bytes(16), 17, 9)) == 40

"""One packet and its bytes, read by dpkt."""

from __future__ import annotations

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture.build import internet_sum
from tests.evasion.compose.stage import HELLO
from workbench.evasion.compose.headers import pseudo_header
from workbench.evasion.compose.packet import Ends, Sent, junk

ENDS = Ends.of("192.0.2.1", 40000, "198.51.100.2", 443)
ENDS6 = Ends.of("2001:db8::1", 40000, "2001:db8::2", 443)


def verdict(packet: Sent) -> int:
    """Return what the sum over pseudo-header and segment comes to: 0 for a right checksum."""
    segment = packet.transport()
    pseudo = pseudo_header(
        packet.ends.source, packet.ends.destination, packet.protocol, len(segment)
    )
    return internet_sum(pseudo + segment)


@pytest.mark.parametrize("ends", [ENDS, ENDS6])
@pytest.mark.parametrize("protocol", [6, 17])
def test_checksums_are_right_unless_asked(ends, protocol) -> None:
    packet = Sent(ends, payload=HELLO, protocol=protocol)
    assert verdict(packet) == 0
    assert packet.checksum_good
    for wrong in (packet.but(checksum_xor=5), packet.but(checksum_add=-1)):
        assert verdict(wrong) != 0
        assert not wrong.checksum_good


@given(st.integers(1, 65535))
def test_every_xor_is_wrong(value) -> None:
    packet = Sent(ENDS, payload=b"abc", checksum_xor=value)
    right = int.from_bytes(packet.but(checksum_xor=0).transport()[16:18], "big")
    assert int.from_bytes(packet.transport()[16:18], "big") == right ^ value


def test_a_frame_reads_back() -> None:
    packet = Sent(ENDS, payload=HELLO, seq=7, ack=8, flags=0x18, ttl=3, ip_id=9, window=63)
    frame = dpkt.ethernet.Ethernet(packet.frame())
    assert (frame.data.ttl, frame.data.id, frame.data.df) == (3, 9, 1)
    assert (frame.data.data.seq, frame.data.data.ack, frame.data.data.win) == (7, 8, 63)
    assert bytes(frame.data.data.data) == HELLO
    assert packet.header_length() == 40


def test_an_ipv6_frame_reads_back() -> None:
    packet = Sent(ENDS6, payload=b"abc", ttl=4, extensions=(0,))
    frame = dpkt.ethernet.Ethernet(packet.frame())
    assert (frame.data.hlim, frame.data.nxt) == (4, 0)
    assert bytes(frame.data.data.data) == b"abc"


def test_a_zero_udp_checksum_is_sent_as_ones() -> None:
    sums = {
        Sent(ENDS, protocol=17, payload=bytes([a, b])).transport()[6:8]
        for a in range(256)
        for b in range(256)
    }
    assert b"\0\0" not in sums
    assert b"\xff\xff" in sums


def test_junk_is_the_packet_with_another_protocol() -> None:
    packet = Sent(ENDS, payload=b"", flags=2, options=b"\x02\x04\x05\xb4")
    left = junk(packet)
    assert (left.protocol, left.ttl, left.ip_id) == (255, 1, packet.ip_id)
    assert left.transport() == packet.transport()
    assert left.datagram()[10:12] == packet.datagram()[10:12]
    assert internet_sum(left.datagram()[:20]) != 0
    assert junk(Sent(ENDS6)).datagram()[6:8] == b"\xff\x01"


def test_ends_turn_round() -> None:
    assert ENDS.turned().ports == (443, 40000)
    assert ENDS.turned().turned() == ENDS
    assert (ENDS.version, ENDS6.version) == (4, 6)


def test_a_fragment_has_the_offset_in_eights() -> None:
    piece = Sent(ENDS, raw=b"x" * 16, fragment=(32, True), ip_id=5)
    ip = dpkt.ip.IP(piece.datagram())
    assert (ip.mf, ip.offset, ip.df) == (1, 4, 0)
    six = Sent(ENDS6, raw=b"x" * 16, fragment=(32, False), fragment_id=7).datagram()
    assert six[6] == 44
    assert six[40:48].hex() == "0600002000000007"

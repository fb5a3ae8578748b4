"""IP fragments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture.build import read
from tests.evasion.compose.stage import HELLO, INITIAL, PATH, PATH6
from workbench.evasion.compose.capture import Frame, pcap_bytes
from workbench.evasion.compose.drawing import dice
from workbench.evasion.compose.fragments import fragmented
from workbench.evasion.compose.kernel import Kernel


def pieces_of(packet, place):
    pieces = fragmented(packet, place, dice(1))
    assert pieces is not None
    return pieces


def whole(path=PATH, udp=False):
    kernel = Kernel(path)
    return kernel.datagram(INITIAL) if udp else next(iter(kernel.write(HELLO)))


@given(st.integers(1, 66).map(lambda eighth: eighth * 8), st.booleans(), st.booleans())
def test_two_pieces_make_the_packet(place, six, udp) -> None:
    packet = whole(PATH6 if six else PATH, udp)
    first, second = pieces_of(packet, place)
    assert first.transport() + second.transport() == packet.transport()
    assert (first.fragment, second.fragment) == ((0, True), (place, False))
    assert (first.ip_id, first.fragment_id) == (second.ip_id, second.fragment_id)
    assert bool(first.fragment_id) == six


@pytest.mark.parametrize("place", [0, 7, 12, 552, 560])
def test_places_that_do_not_cut(place) -> None:
    assert fragmented(whole(), place, dice(1)) is None


@pytest.mark.parametrize("path", [PATH, PATH6])
def test_our_reader_puts_them_together(path) -> None:
    pieces = pieces_of(whole(path), 40)
    records = [Frame(i, piece.frame(), len(piece.frame())) for i, piece in enumerate(pieces)]
    packets = read(pcap_bytes(records))
    assert packets.columns["payload_length"].max() == 517


def test_a_piece_without_a_transport_header_has_no_payload() -> None:
    first, second = pieces_of(whole(), 32)
    assert (first.length, second.length, second.offset) == (0, 517, 0)
    first, second = pieces_of(whole(), 40)
    assert (first.length, second.length, second.offset) == (8, 509, 8)

"""Long frames cut into what the wire had."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.traffic.talk import ACK, SYN, Talk, stamp
from workbench.traffic import segmentation
from workbench.traffic.segmentation import (
    acknowledged_boundaries,
    segment_sizes,
    virtual_segments,
)


def sized(client: int, server: int) -> Talk:
    def mss(value: int) -> bytes:
        return b"\x02\x04" + value.to_bytes(2, "big") if value else b""

    talk = Talk().send(0, flags=SYN, options=mss(client))
    return talk.send(1, flags=SYN | ACK, options=mss(server)).send(0)


@pytest.mark.parametrize(
    ("client", "server", "size"),
    [(1460, 1460, 1460), (1460, 1400, 1400), (88, 1460, 88), (1460, 0, 536)],
)
def test_the_smaller_size_limits_both(client: int, server: int, size: int) -> None:
    assert segment_sizes(sized(client, server).conversation()) == (size, size)


def test_without_a_syn_no_size_is_known() -> None:
    conversation = Talk().send(0, bytes(4000)).conversation()
    assert segment_sizes(conversation) == (-1, -1)
    found = virtual_segments(conversation, 0)
    assert (found.length.tolist(), found.segment_size, found.oversize) == ([4000], -1, 0)


def test_options_take_room_within_a_segment() -> None:
    talk = sized(1460, 1400).send(0, bytes(1839), options=stamp(5))
    found = virtual_segments(talk.conversation(), 0)
    assert found.length.tolist() == [1388, 451]
    assert found.offset.tolist() == [0, 1388]
    assert found.cut.tolist() == [True, True]
    assert found.index.tolist() == [3, 3]


def test_ordinary_segments_stay_whole() -> None:
    talk = sized(1460, 1460).send(0, bytes(1460)).send(0, bytes(5), at=1460).send(1, bytes(9))
    found = virtual_segments(talk.conversation(), 0)
    assert (found.length.tolist(), found.oversize) == ([1460, 5], 0)
    assert not found.cut.any()


@given(st.lists(st.integers(1, 9000), min_size=1, max_size=10), st.integers(50, 2000))
def test_pieces_add_up(lengths: list[int], size: int) -> None:
    talk, at = sized(size, size), 0
    for length in lengths:
        talk.send(0, bytes(length), at=at)
        at += length
    found = virtual_segments(talk.conversation(), 0)
    assert found.length.sum() == at
    assert (found.length <= size).all()
    assert (found.length > 0).all()
    assert found.offset.tolist() == [0, *found.length.cumsum().tolist()[:-1]]
    assert found.oversize == sum(length > size for length in lengths)


def test_absurd_numbers_of_pieces_are_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segmentation, "MAX_VIRTUAL", 10)
    found = virtual_segments(sized(1, 1460).send(0, bytes(100)).conversation(), 0)
    assert (found.truncated, found.length.tolist(), found.oversize) == (True, [100], 1)


def test_acknowledgements_show_true_ends() -> None:
    talk = sized(1460, 1400).send(0, bytes(1839), options=stamp(5))
    talk.send(1, ack=1388).send(1, ack=1839).send(1, ack=1839)
    assert acknowledged_boundaries(talk.conversation(), 0).tolist() == [1388, 1839]
    assert acknowledged_boundaries(talk.conversation(), 1).tolist() == []

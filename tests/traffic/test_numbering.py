"""Offset 0 of a stream, and numbers followed across the wrap."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.traffic.talk import ACK, SYN, Talk, part
from workbench.traffic.numbering import (
    BY_ACK,
    BY_ANSWER,
    BY_SYN,
    NO_SYN,
    Origin,
    distance,
    stream_offsets,
)

NUMBER = st.integers(0, 2**32 - 1)


@given(NUMBER, NUMBER)
def test_a_distance_leads_from_one_number_to_the_other(number: int, origin: int) -> None:
    step = distance(number, origin)
    assert -(2**31) <= step < 2**31
    assert (origin + step) % 2**32 == number


def test_the_syn_says_where_a_stream_begins() -> None:
    found = Talk(isn=2**32 - 1).handshake().send(0, part(0, 10)).conversation()
    assert found.origins == (Origin(0, BY_SYN), Origin(5001, BY_SYN))
    assert found.offset.tolist() == [0, 0, 0, 0]


def test_without_a_syn_the_answer_to_it_says_it() -> None:
    talk = Talk().send(1, flags=SYN | ACK).send(0).send(0, part(0, 5))
    assert talk.conversation().origins[0] == Origin(1001, BY_ANSWER)


def test_of_several_answers_the_one_that_is_acknowledged_counts() -> None:
    talk = Talk().send(0, flags=SYN).send(1, flags=SYN | ACK, seq=77).send(1, flags=SYN | ACK)
    found = talk.send(0).send(1, b"reply").conversation()
    assert found.origins[1] == Origin(5001, BY_SYN)
    assert found.offset[-1] == 0


def test_a_syn_ack_of_the_side_that_opens_answers_nothing() -> None:
    talk = Talk().send(0, flags=SYN | ACK, ack=99).send(0, flags=SYN).send(1, b"x")
    assert talk.conversation().origins[1].rule == NO_SYN


def test_mid_stream_the_lowest_number_of_the_first_flight_counts() -> None:
    talk = Talk().send(0, part(10, 20), at=10).send(0, part(0, 10)).send(1, ack=20)
    found = talk.conversation()
    assert found.origins == (Origin(1001, NO_SYN), Origin(5001, NO_SYN))
    assert not found.origins[0].known


def test_mid_stream_an_acknowledgement_just_below_counts() -> None:
    found = Talk().send(1, b"x", ack=0).send(0, part(10, 20), at=10).conversation()
    assert found.origins[0] == Origin(1001, BY_ACK)


def test_a_side_that_was_not_captured_begins_where_it_is_acknowledged() -> None:
    found = Talk().send(0, part(0, 5)).send(0, part(5, 9), at=5).conversation()
    assert found.origins[1] == Origin(5001, BY_ACK)


def test_a_far_off_fake_does_not_pull_the_beginning_down() -> None:
    talk = Talk().send(0, b"fake", at=-10000, ack=-66000).send(0, part(0, 9)).send(0, b"z", at=9)
    assert talk.conversation().origins[0].seq == 1001


def numbers(seqs: list[int], isn: int) -> list[int]:
    count = len(seqs)
    direction, flags = np.zeros(count, "i1"), np.full(count, ACK, "u2")
    seq, ack = np.array(seqs, "u4"), np.zeros(count, "u4")
    origins = Origin((isn + 1) % 2**32, BY_SYN), Origin(1, BY_SYN)
    found: list[int] = stream_offsets(direction, flags, seq, ack, origins)[0].tolist()
    return found


@given(NUMBER, st.lists(st.integers(1, 2**27), min_size=1, max_size=100))
def test_offsets_grow_beyond_32_bits(isn: int, steps: list[int]) -> None:
    offsets = np.cumsum(steps).tolist()
    seqs = [(isn + 1 + offset) % 2**32 for offset in offsets]
    assert numbers(seqs, isn) == offsets


@given(NUMBER, st.integers(0, 40), st.integers(-(2**31), 2**31 - 1))
def test_one_strange_number_does_not_move_what_follows(isn: int, place: int, odd: int) -> None:
    offsets = [number * 2**26 for number in range(60)]
    seqs = [(isn + 1 + offset) % 2**32 for offset in offsets]
    seqs.insert(place, (isn + 1 + offsets[place] + odd) % 2**32)
    found = numbers(seqs, isn)
    del found[place]
    assert found == offsets


def test_a_stretch_that_the_capture_missed_is_followed() -> None:
    offsets = [0, 2**30, 2**30 + 100, 2**31, 2**31 + 100, 2**32, 2**32 + 5]
    assert numbers([(7 + 1 + offset) % 2**32 for offset in offsets], 7) == offsets

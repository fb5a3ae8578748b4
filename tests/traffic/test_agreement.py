"""Streams in any order, and disputed ones."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture import build
from tests.traffic.test_connections import ACK, PSH, SYN, THERE, handshake, segment
from workbench.capture.engine import interpreted
from workbench.capture.problems import ProblemList
from workbench.capture.reader import decode_source
from workbench.capture.sources import Source
from workbench.traffic import agreement
from workbench.traffic.agreement import Said, agreed_stream, first_segments
from workbench.traffic.connections import KERNELS, connect
from workbench.traffic.openings import gather_openings


@given(st.binary(max_size=60), st.randoms(use_true_random=False))
def test_any_order_and_repetition_gives_the_stream(data: bytes, rng: random.Random) -> None:
    cuts = sorted({0, len(data), *(rng.randint(0, len(data)) for _ in range(5))})
    parts = [(a, data[a:b]) for a, b in pairwise(cuts)]
    parts += [(a, data[a : rng.randint(a, len(data))]) for a in (rng.choice(cuts) for _ in cuts)]
    rng.shuffle(parts)
    assert agreed_stream(parts) == (data, False)


@given(st.binary(min_size=2, max_size=30), st.data())
def test_one_byte_that_differs_is_a_dispute(data: bytes, draw: st.DataObject) -> None:
    at = draw.draw(st.integers(0, len(data) - 1))
    other = bytes([data[at] ^ draw.draw(st.integers(1, 255))])
    assert agreed_stream([(0, data), (at, other)]) == (data[:at], True)
    assert agreed_stream([(at, other), (0, data)]) == (data[:at], True)


@given(st.binary(min_size=3, max_size=30), st.data())
def test_bytes_before_the_first_dispute_are_agreed(data: bytes, draw: st.DataObject) -> None:
    places = draw.draw(st.lists(st.integers(0, len(data) - 1), min_size=1, max_size=4))
    others = [(at, bytes([data[at] ^ 1])) for at in places]
    parts = draw.draw(st.permutations([(0, data), (0, data[: len(data) // 2]), *others]))
    assert agreed_stream(parts) == (data[: min(places)], True)


def test_a_hole_ends_it_and_what_lies_before_the_beginning_is_left_out() -> None:
    assert agreed_stream([(-3, b"xyzab"), (2, b"c"), (4, b"e")]) == (b"abc", False)
    assert agreed_stream([(-3, b"xyz")]) == (b"", False)
    assert agreed_stream([]) == (b"", False)


def found(frames: list[bytes]) -> list[Said]:
    raw = build.pcap(frames)
    packets = decode_source(Source("test", raw), ProblemList(), interpreted())
    connections = connect(packets, interpreted(KERNELS))
    openings = gather_openings(connections, interpreted(KERNELS))
    return first_segments(connections, openings, [0])[0]


@pytest.mark.parametrize("start", [100, 2**32 - 3])
def test_offsets_count_from_the_first_byte_of_the_stream(start: int) -> None:
    def sent(offset: int, data: bytes) -> bytes:
        return segment(THERE, data, seq=(start + 1 + offset) % 2**32, flags=PSH | ACK)

    frames = [
        *handshake(seq=start),
        sent(-10_000, b"elsewhere"),
        sent(4, b"EF"),
        sent(0, b"ABCD"),
        sent(agreement.MOST_BYTES, b"too far"),
        segment(THERE, b"reset", seq=start + 1, flags=4),
    ]
    assert found(frames) == [Said(4, b"EF", 4), Said(0, b"ABCD", 5)]


def test_few_of_very_many_segments_are_looked_at(monkeypatch) -> None:
    monkeypatch.setattr(agreement, "MOST_SEGMENTS", 3)
    frames = [segment(THERE, b"x", seq=101 + n, flags=PSH | ACK) for n in range(9)]
    assert len(found([segment(THERE, seq=100, flags=SYN), *frames])) == 3

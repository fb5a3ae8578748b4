"""A stream with its sources, gaps and left-out bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import ParameterError
from workbench.traffic.assembled import Range
from workbench.traffic.streams import Piece, reassemble

PIECES = [Piece(0, b"abcd", 1, 10), Piece(4, b"efgh", 2, 20), Piece(12, b"mnop", 3, 30)]


def test_where_each_byte_came_from() -> None:
    found = reassemble(PIECES)
    assert found.source(5) == Range(4, 8, 2, 20)
    assert (found.source(8), found.source(-1)) == (None, None)
    assert found.frames(3, 5) == (1, 2)
    assert found.frames(0, 100) == (1, 2, 3)


def test_a_gap_leaves_an_island() -> None:
    found = reassemble(PIECES)
    assert (found.data, found.gaps, found.islands) == (b"abcdefgh", ((8, 12),), ((12, b"mnop"),))
    assert not found.complete
    assert list(found.stretches()) == [(0, b"abcdefgh"), (12, b"mnop")]
    assert len(found) == 8


def test_a_stretch_cut_by_source() -> None:
    found = reassemble(PIECES)
    assert list(found.sourced(0, found.data)) == [(0, b"abcd", 1, 10), (4, b"efgh", 2, 20)]


def test_bytes_left_out_shift_what_follows() -> None:
    found = reassemble(PIECES).without([1, 5, 99])
    assert (found.data, found.skipped) == (b"acdegh", (1, 5))
    assert [found.place(at) for at in range(7)] == [0, 2, 3, 4, 6, 7, 8]


def test_nothing_to_leave_out() -> None:
    found = reassemble(PIECES)
    assert found.without([8, 9]) is found


def test_a_position_outside_is_refused() -> None:
    with pytest.raises(ParameterError, match="from 0 to 8"):
        reassemble(PIECES).place(9)


@given(st.sets(st.integers(0, 40)))
def test_places_point_at_the_same_bytes(left_out: set[int]) -> None:
    data = bytes(range(30))
    found = reassemble([Piece(0, data)]).without(sorted(left_out))
    assert [data[found.place(at)] for at in range(len(found))] == list(found.data)
    assert list(found.data) == [byte for byte in data if byte not in left_out]

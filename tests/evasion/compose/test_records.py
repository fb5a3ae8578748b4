"""A hello over several records."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.evasion.compose.stage import FACTS, HELLO, PAGE, parsed
from workbench.evasion.compose.records import moved, record_places, split_records
from workbench.evasion.strategy import Position


@given(st.lists(st.integers(-10, 600), max_size=6))
def test_the_hello_stays_the_same(places) -> None:
    cut = split_records(HELLO, places)
    inside = {place for place in places if 5 < place < 517}
    assert len(cut) == 517 + 5 * len(inside)
    assert parsed(cut).server_name == "www.example.com"
    assert parsed(cut).pieces == 1 + len(inside)
    assert parsed(cut).problems == ()


def test_what_is_no_record_is_left() -> None:
    assert split_records(PAGE, [10]) == PAGE
    assert split_records(b"\x16\x03", [1]) == b"\x16\x03"
    assert split_records(HELLO + b"rest", [100]).endswith(b"rest")


def test_places() -> None:
    every = (Position("sniext", 1), Position("", 3), Position("method"))
    assert record_places(every, FACTS, "byedpi") == [123]
    assert record_places(every, FACTS, "tpws") == [123]
    assert record_places((Position("", 9000),), FACTS, "tpws") == [6]


def test_headers_move_what_is_behind_them() -> None:
    assert [moved(place, [100, 200]) for place in (50, 100, 101, 250)] == [50, 100, 106, 260]

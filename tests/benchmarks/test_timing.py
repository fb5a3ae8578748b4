"""Ratios, their spread and what is said of them; processes are measured whole."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.benchmarks.rows import imported
from tests.benchmarks.timing import (
    Bar,
    Line,
    MeasurementError,
    Spread,
    in_turns,
    number,
    ratios,
    run,
)

POSITIVE = st.floats(min_value=1e-3, max_value=1e3)


@given(st.lists(POSITIVE, min_size=1))
def test_a_spread_has_its_median_in_the_middle(values: list[float]) -> None:
    spread = Spread.of(values)
    assert spread.low == min(values)
    assert spread.high == max(values)
    assert sum(value <= spread.median for value in values) * 2 >= len(values)
    assert sum(value >= spread.median for value in values) * 2 >= len(values)


@given(st.lists(st.tuples(POSITIVE, POSITIVE), min_size=1))
def test_ratios_are_of_pairs_and_not_of_medians(pairs: list[tuple[float, float]]) -> None:
    spread = ratios(pairs)
    assert spread.high == max(first / second for first, second in pairs)


def test_turns_alternate() -> None:
    seen: list[str] = []

    def noted(name: str) -> str:
        seen.append(name)
        return name

    assert in_turns(lambda: noted("a"), lambda: noted("b"), 3) == [("a", "b")] * 3
    assert seen == ["a", "b", "b", "a", "a", "b"]


@given(POSITIVE, POSITIVE, st.booleans())
def test_a_verdict_says_by_how_much_a_bar_is_missed(
    limit: float, median: float, at_least: bool
) -> None:
    bar = Bar(limit, at_least=at_least)
    better = median >= limit if at_least else median <= limit
    assert (bar.verdict(median) == "holds") == better
    if not better:
        assert bar.verdict(median) == f"misses by {abs(median / limit - 1) * 100:.0f} %"


def test_lines_know_whether_they_miss() -> None:
    spread = Spread.of([2.0])
    assert Line.barred("a", Bar(1.5), spread, "").misses
    assert not Line.barred("a", Bar(1.5, at_least=True), spread, "").misses
    assert not Line.informing("a", spread, "×", "").misses
    assert Line.checked("a", "none", ["b"], "").misses
    assert not Line.checked("a", "none", [], "").misses


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0.00"), (0.004321, "0.00432"), (12.34, "12.3"), (4321, "4,321")]
)
def test_numbers_have_three_figures(value: float, text: str) -> None:
    assert number(value) == text


def test_a_process_is_measured_whole() -> None:
    code = "import sys; print('out'); print('err', file=sys.stderr); bytearray(64 << 20)"
    done = run([sys.executable, "-c", code], {"SOME": "thing"})
    assert (done.output, done.errors) == ("out\n", "err\n")
    assert done.peak_bytes > 64 << 20
    assert done.wall_s > 0
    assert done.cpu_s > 0


def test_what_need_not_be_kept_is_not() -> None:
    assert run([sys.executable, "-c", "print(1)"], keep=False).output == ""


def test_a_process_that_fails_is_an_error_with_its_words() -> None:
    with pytest.raises(MeasurementError, match="exit code 3\nwhat went wrong"):
        run([sys.executable, "-c", "import sys; sys.stderr.write('what went wrong'); sys.exit(3)"])


def test_imported_modules_are_read_from_pythons_report() -> None:
    done = run([sys.executable, "-c", "import json"], {"PYTHONPROFILEIMPORTTIME": "1"})
    assert "json" in imported(done.errors)
    assert "numba" not in imported(done.errors)

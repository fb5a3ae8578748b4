"""Units of time axes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.views.scales import time_unit


@given(st.integers(0, 2**64))
def test_ticks_have_few_digits(span_ns: int) -> None:
    name, size = time_unit(span_ns)
    assert name in {"µs", "ms", "s", "min", "h", "days"}
    assert span_ns / size < 2_001 or name == "days"


def test_long_spans_count_days() -> None:
    assert time_unit(10 * 86_400 * 10**9)[0] == "days"

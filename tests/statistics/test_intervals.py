"""Wilson's interval against published values, and against the equation it solves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import ParameterError
from workbench.statistics.intervals import normal_quantile, wilson

# R. G. Newcombe, "Two-sided confidence intervals for the single proportion: comparison of seven
# methods", Statistics in Medicine 17 (1998), table I, method 3 (score, no continuity correction).
NEWCOMBE = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0000, 0.1611),
    (1, 29, 0.0061, 0.1718),
]
CHOICES = st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(("successes", "trials", "low", "high"), NEWCOMBE)
def test_published_values(successes, trials, low, high) -> None:
    got = wilson(successes, trials)
    assert [round(float(end), 4) for end in got] == [low, high]


def test_known_quantiles() -> None:
    # Standard tables of the normal distribution.
    assert [round(normal_quantile(one), 3) for one in (0.9, 0.95, 0.99)] == [1.645, 1.960, 2.576]


@given(CHOICES, st.sampled_from([0.8, 0.95, 0.999]))
def test_ends_solve_the_score_equation(counts, confidence) -> None:
    successes, trials = counts
    share, quantile = successes / trials, normal_quantile(confidence)
    for end in map(float, wilson(successes, trials, confidence)):
        assert 0 <= end <= 1
        # The test statistic of the proportion `end` is exactly at the edge of rejection.
        assert (share - end) ** 2 * trials == pytest.approx(quantile**2 * end * (1 - end), abs=1e-7)


@given(CHOICES)
def test_failures_mirror_successes(counts) -> None:
    successes, trials = counts
    low, high = wilson(successes, trials)
    other_low, other_high = wilson(trials - successes, trials)
    assert float(low) == pytest.approx(1 - float(other_high))
    assert float(high) == pytest.approx(1 - float(other_low))
    assert low <= successes / trials <= high


def test_arrays_come_out_as_they_went_in() -> None:
    low, high = wilson(np.array([[0, 1], [2, 3]]), 3)
    assert low.shape == high.shape == (2, 2)
    assert np.all(np.diff(low.ravel()) > 0)
    assert low[0, 0] == 0
    assert high[1, 1] == 1


def test_no_trials_say_nothing() -> None:
    low, high = wilson([0], [0])
    assert (low[0], high[0]) == (0, 1)


@pytest.mark.parametrize(("successes", "trials"), [(-1, 3), (4, 3), (float("nan"), 3), (0, -1)])
def test_impossible_counts_are_refused(successes, trials) -> None:
    with pytest.raises(ParameterError, match="between 0 and"):
        wilson(successes, trials)


@pytest.mark.parametrize("confidence", [0, 1, -0.5, 95, float("nan")])
def test_impossible_confidence_is_refused(confidence) -> None:
    with pytest.raises(ParameterError, match="confidence"):
        wilson(1, 2, confidence)

"""Trials as a heat map, and the path of a laboratory."""

from __future__ import annotations

import pytest

from workbench.lab.tables import Trial, summary
from workbench.lab.topology import Topology
from workbench.views import trials_plot
from workbench.views.marks import Ranges, Texts
from workbench.views.trials_plot import plot_path, plot_trials

WORDS = {("split", "ndpi"): "sss", ("split", "xt"): "stt", ("", "ndpi"): "ttt", ("", "xt"): "ttt"}
TRIALS = [
    Trial(strategy, box, "x.com", "success" if letter == "s" else "timeout", repetition=number)
    for (strategy, box), letters in WORDS.items()
    for number, letter in enumerate(letters)
]


@pytest.fixture
def picture():
    return plot_trials(summary(TRIALS), backend="none")


def test_a_cell_for_each_strategy_and_middlebox(picture) -> None:
    cells = {mark.name: mark for mark in picture.marks if isinstance(mark, Ranges)}
    kinds = (trials_plot.ALWAYS, trials_plot.SOMETIMES, trials_plot.NEVER)
    assert [len(cells[name].arrays()[0]) for name in kinds] == [1, 1, 2]
    assert picture.x.names == ("ndpi: x.com", "xt: x.com")
    assert picture.y.names == ("split", "no strategy")
    assert picture.y.downward


def test_numbers_and_intervals_stand_in_their_cells(picture) -> None:
    (texts,) = (mark for mark in picture.marks if isinstance(mark, Texts))
    assert list(texts.texts) == ["3/3", "1/3", "0/3", "0/3"]
    bars = next(mark for mark in picture.marks if mark.name == "interval")
    _, start, end = bars.arrays()
    for left, right, column in zip(start, end, [0, 1, 0, 1], strict=True):
        assert -0.5 < left - column <= right - column < 0.5
    assert bars.details["interval"][0] == "44% to 100%"
    assert end[0] - start[0] < end[1] - start[1]


@pytest.mark.parametrize("backend", ["plotly", "matplotlib"])
def test_both_engines_draw_it(backend) -> None:
    assert plot_trials(summary(TRIALS), backend=backend) is not None
    assert plot_path(["client", "dpi", "server"], "dpi", ["a", "b", "c"], backend=backend)


def test_no_trials() -> None:
    assert plot_trials(summary([]), backend="none").items == 0


def test_names_from_elsewhere_are_shown_harmlessly() -> None:
    hostile = [Trial("<b>\u202e", "a", "x.com", "success")]
    (name,) = plot_trials(summary(hostile), backend="none").y.names
    assert name.isprintable()


def test_a_path_says_where_packets_die() -> None:
    hosts = Topology().hosts
    picture = plot_path(hosts, "dpi", ["10.77.1.1"] * len(hosts), backend="none")
    texts = [text for mark in picture.marks if isinstance(mark, Texts) for text in mark.texts]
    assert texts[:6] == list(hosts)
    assert texts[-5:] == [*(f"TTL {hop} dies here" for hop in range(1, 5)), "TTL 5 arrives"]
    (place,) = next(mark for mark in picture.marks if mark.name == "middlebox").arrays()[0]
    assert place == hosts.index("dpi")

"""The page about trials says what was found, with its controls."""

from __future__ import annotations

from workbench.lab.tables import Trial
from workbench.lab.topology import Topology
from workbench.views.trials_page import look

TRIALS = [
    *(Trial("split", "ndpi", "x.com", "success", repetition=n) for n in range(3)),
    Trial("fake", "ndpi", "x.com", "timeout"),
    Trial("", "ndpi", "x.com", "timeout", control="no strategy"),
    Trial("", "ndpi", "example.org", "success", control="allowed name"),
]


def test_the_surest_strategy_is_the_title() -> None:
    page = look(TRIALS, Topology())
    assert page.title == "1 of 2 got through at least once; surest is split against ndpi"
    assert page.subtitle.startswith("6 trials")
    assert [line for card in page.cards for line in card.lines] == [
        "2 tried", "1 in the path", "0 of 1 got through", "1 of 1 got through"
    ]  # fmt: skip


def test_controls_have_a_table_of_their_own() -> None:
    page = look(TRIALS, Topology())
    assert "example.org" in page.controls.html
    assert "example.org" not in page.groups.html
    assert "success 3" in page.groups.html
    assert len(page.results["groups"]) == 4


def test_the_path_is_the_topologys() -> None:
    caption = look(TRIALS, Topology()).path.caption
    assert "above 2 to pass the middlebox, and 5 to reach" in caption


def test_nothing_and_nothing_through() -> None:
    assert look([], Topology()).title == "No strategy was tried"
    assert look(TRIALS[3:], Topology()).title == "No strategy got through"

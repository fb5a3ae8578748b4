"""Verdicts: outcomes decide, chance does not."""

from __future__ import annotations

import pytest

import workbench as wb
from tests.comparison.made import DONE, LOST, attempt, families, recorded
from workbench.comparison.values import UNTOLD, Difference, Pair
from workbench.comparison.verdict import verdict_of


def _pairs(*steps: str, name: str = "x.com") -> list[Pair]:
    ends = {"+": DONE, "-": LOST, "?": UNTOLD}
    sides = ([attempt(outcome=ends[one], name=name) for one in step] for step in steps)
    return [Pair(reference, candidate) for reference, candidate in sides]


@pytest.mark.parametrize(
    ("steps", "word"),
    [(["+-"], "worse"), (["-+"], "better"), (["++"], "same"), (["--"], "same"),
     (["+?"], "no verdict"), ([], "no verdict"), (["+-", "++"], "no verdict"),
     (["+-", "+-"], "worse"), (["+-", "-+"], "no verdict"), (["+-"] * 5 + ["++"] * 5, "worse"),
     (["+-"] * 4 + ["++"] * 6, "no verdict"), (["-+"] * 2000 + ["++"], "better")],
)  # fmt: skip
def test_words(steps, word):
    assert verdict_of(_pairs(*steps), []).word == word


def test_names_are_judged_by_themselves():
    lost = _pairs("+-", name="a.test") + _pairs("++", "++", name="b.test")
    found = verdict_of(lost, [])
    assert found.word == "worse"
    assert found.why.startswith("a.test: the reference got its answer, the candidate did not in 1")
    assert verdict_of(lost + _pairs("-+", name="c.test"), []).word == "no verdict"


def test_the_reason_names_what_differs_most_and_no_cause():
    ttl = Difference("ttl", "3", "4", "high", "fakes leave with TTL 4 instead of TTL 3")
    why = verdict_of(_pairs("+-"), [ttl]).why
    assert why.endswith("what differs most: fakes leave with TTL 4 instead of TTL 3")
    assert "because" not in why
    assert (
        verdict_of(_pairs("++"), [ttl]).why
        == f"both sides got their answers, although {ttl.statement}"
    )


def test_recorded_pairs_get_the_verdict_of_their_clients(shared):
    folder = shared / "captures/desync"
    words = {0: "same", 1: "better", -1: "worse"}
    for left, right in families(shared):
        found = wb.compare(recorded(folder / left["file"]), folder / right["file"]).verdict
        step = (right["outcome"] == "success") - (left["outcome"] == "success")
        assert found.word == words[step], (right["case_id"], found.why)

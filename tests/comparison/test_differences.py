"""Differences of recorded pairs: the planted one, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

import workbench as wb
from tests.comparison.made import DONE, LOST, attempt, families, recorded
from workbench.comparison.differences import (
    differences_table,
    grouped,
    ordered,
    pair_differences,
)
from workbench.comparison.values import COLUMNS, Difference, Pair

SAME_ON_THE_WIRE = {("badseq_increment", "0")}
"""An increment of 0 leaves no fooling: that is what the packets show."""


def _found(shared, left, right) -> set[str]:
    folder = shared / "captures/desync"
    found = wb.compare(recorded(folder / left["file"]), folder / right["file"]).found
    return {one.parameter for one in found
            if one.impact not in ("low", "none") and one.group != "outcome"}  # fmt: skip


@pytest.mark.parametrize("vantage", ["client", "pre-dpi"])
def test_the_planted_difference_is_found_and_nothing_else(shared, vantage):
    wrong = []
    for left, right in families(shared, vantage):
        wanted = {right["diff_param"].replace("not_applied", "strategy")} - {""}
        if (right["diff_param"], right["diff_value"]) in SAME_ON_THE_WIRE:
            wanted = {"fooling"}
        found = _found(shared, left, right)
        if found != wanted:
            wrong.append((left["case_id"], right["case_id"], wanted, found))
    assert not wrong


@pytest.mark.parametrize("vantage", ["post-dpi", "server"])
def test_equal_strategies_show_nothing_elsewhere(shared, vantage):
    for left, right in families(shared, vantage):
        if right["role"] == "reference":
            assert _found(shared, left, right) == set(), right["case_id"]


def test_outcomes_are_compared():
    [found] = pair_differences(Pair(attempt(), attempt(outcome=LOST)))
    assert (found.parameter, found.impact, found.group) == ("outcome", "critical", "outcome")
    assert not pair_differences(Pair(attempt(), attempt()))


def test_waits_below_a_round_trip_are_none():
    slow = replace(DONE, first_byte_ns=DONE.first_byte_ns + 150_000_000)
    [found] = pair_differences(Pair(attempt(), attempt(outcome=slow)))
    assert (found.parameter, found.impact) == ("first_byte", "low")
    far = attempt(rtt_ns=200_000_000)
    assert not pair_differences(Pair(far, replace(far, outcome=slow)))


def test_other_clients_are_told_from_other_extensions():
    ours = attempt(ja4="t13d1516h2_aaaa_bbbb")
    impacts = [
        pair_differences(Pair(ours, replace(ours, ja4=text)))[0].impact
        for text in ("t13d1516h2_aaaa_cccc", "t13d1717h2_dddd_bbbb")
    ]
    assert impacts == ["low", "medium"]


def test_a_request_that_was_not_seen_has_no_sending():
    unseen = attempt(kind="", outcome=replace(LOST, request_bytes=-1))
    found = pair_differences(Pair(attempt("nfqws --dpi-desync=fake"), unseen))
    assert [one.parameter for one in found] == ["outcome", "request"]


def test_equal_differences_are_counted():
    ttl = Difference("ttl", "3", "4", "high", "x")
    order = Difference("order", "0", "1", "critical", "y")
    found = grouped([[ttl], [ttl, order], [ttl]])
    assert [(one.parameter, one.count, one.of) for one in found] == [("order", 1, 3), ("ttl", 3, 3)]
    assert ordered(reversed(found)) == list(found)
    table = differences_table(found)
    assert list(table.columns) == list(COLUMNS)
    assert table["systematic"].tolist() == [False, True]
    assert differences_table([]).empty

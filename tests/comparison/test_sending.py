"""What differs in sending, strategy against strategy."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.comparison.made import attempt, pair
from tests.evasion import made
from workbench.comparison.sending import sending_differences
from workbench.comparison.values import Pair
from workbench.evasion.markers import Request

BASE = ("--dpi-desync=fake,fakeddisorder --dpi-desync-ttl=3 --dpi-desync-split-pos=3"
        " --dpi-desync-fooling=badsum")  # fmt: skip
HELLO = Request("tls", 517, (127, 142), (131, 138), 122)


@given(made.anything, made.anything)
def test_any_two_strategies_can_be_compared(left, right):
    both = Pair(attempt(strategy=left), attempt(strategy=right))
    found = sending_differences(both)
    assert all(one.statement and one.group == "sending" for one in found)
    if left == right:
        assert not found


@pytest.mark.parametrize(
    ("old", "new", "parameter", "impact"),
    [("ttl=3", "ttl=4", "ttl", "high"), ("badsum", "md5sig", "fooling", "high"),
     ("=fake,fakeddisorder", "=fakeddisorder", "strategy", "critical"),
     ("=fake,fakeddisorder", "=fake,multidisorder", "strategy", "high"),
     ("=fake,fakeddisorder", "=fake", "strategy", "critical"),
     ("split-pos=3", "split-pos=1", "split_pos", "high"),
     ("badsum", "badsum --dpi-desync-repeats=6", "repeats", "medium"),
     ("badsum", "badsum --dpi-desync-fake-tls=0x00000000", "fake_payload", "medium"),
     ("badsum", "badsum --dpi-desync-fakedsplit-mod=altorder=1", "order", "high"),
     ("badsum", "badsum --ip-id=zero", "ip_id", "medium")],
)  # fmt: skip
def test_one_change_is_one_difference(old, new, parameter, impact):
    [found] = sending_differences(pair(BASE, BASE.replace(old, new)))
    assert (found.parameter, found.impact) == (parameter, impact)
    [back] = sending_differences(pair(BASE.replace(old, new), BASE))
    assert (back.parameter, back.impact, back.reference) == (parameter, impact, found.candidate)


def test_fakes_and_shadows_are_told_together():
    [found] = sending_differences(pair(BASE, BASE.replace("ttl=3", "ttl=4")))
    assert found.statement == "fakes and shadows leave with TTL 4 instead of TTL 3"


def test_fakes_that_would_arrive_are_critical():
    plain = BASE.replace(" --dpi-desync-fooling=badsum", "")
    [found] = sending_differences(pair(plain, plain.replace("ttl=3", "ttl=64")))
    assert found.impact == "critical"
    assert "the server would take them for the client's data" in found.statement


def test_a_name_left_whole_is_critical():
    cut = "--dpi-desync=multisplit --dpi-desync-split-pos="
    [found] = sending_differences(pair(f"{cut}midsld", f"{cut}2"), 0, lambda: HELLO)
    assert found.impact == "critical"
    assert found.statement.endswith("one part now holds the whole name")


def test_a_strategy_that_is_missing_is_one_difference():
    found = sending_differences(Pair(attempt(f"nfqws {BASE}"), attempt()))
    assert [(one.reference, one.candidate) for one in found] == [("fake,fakeddisorder", "none")]

"""Impact classes: fields, missing phases, fakes that would arrive, names left whole."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.evasion import made
from workbench.comparison.impacts import classed, delivered, name_whole, presence, worst
from workbench.comparison.values import IMPACTS
from workbench.evasion.differences import leaves
from workbench.evasion.markers import Request
from workbench.evasion.parsing import parse
from workbench.evasion.strategy import NONE

HELLO = Request("tls", 517, (127, 142), (131, 138), 122)
SPLIT = "--dpi-desync=multisplit --dpi-desync-split-pos"


@given(made.anything)
def test_every_field_has_a_class(strategy):
    assert all(classed(path)[1] in IMPACTS for path in leaves(strategy))


def test_the_worst_comes_first():
    assert worst(["low", "high", "medium"]) == "high"
    assert worst([]) == "none"


@pytest.mark.parametrize(
    ("left", "right", "impact"),
    [("fake,multisplit", "fake", "critical"), ("multisplit", "multidisorder", "critical"),
     ("fakeddisorder", "multidisorder", "high"), ("rst", "fake", "high")],
)  # fmt: skip
def test_acts_that_are_missing(left, right, impact):
    sides = [parse(f"nfqws --dpi-desync={one}") for one in (left, right)]
    assert presence(*sides) == presence(*reversed(sides)) == impact


@pytest.mark.parametrize(
    ("words", "arrives"),
    [("--dpi-desync-ttl=3", False), ("--dpi-desync-ttl=5", True), ("", True),
     ("--dpi-desync-fooling=badsum", False)],
)  # fmt: skip
def test_fakes_that_would_arrive(words, arrives):
    assert delivered(parse(f"nfqws --dpi-desync=fake {words}"), 4) is arrives


def test_a_distance_that_is_not_known_lets_low_ttls_die():
    assert not delivered(parse("nfqws --dpi-desync=fake --dpi-desync-ttl=9"), -1)
    assert not delivered(NONE, 4)


@pytest.mark.parametrize(
    ("words", "whole"),
    [(f"{SPLIT}=midsld", False), (f"{SPLIT}=2", True), (f"{SPLIT}=endhost", True),
     ("--dpi-desync=fakeddisorder --dpi-desync-split-pos=host+1", False)],
)  # fmt: skip
def test_names_left_whole(words, whole):
    assert name_whole(parse(f"nfqws {words}"), HELLO) is whole
    assert name_whole(parse(f"nfqws {words}"), Request("unknown", 9)) is None

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given

from tests.evasion import made
from workbench.errors import ParameterError
from workbench.evasion.catalogue import (
    PHASES,
    TOOL_NAMES,
    catalogue,
    entry,
    page,
    tools_for,
)
from workbench.evasion.parsing.nfqws_options import PHASE0, PHASE1, PHASE2
from workbench.evasion.phases import FakeKind, OpeningKind, SplitKind
from workbench.evasion.strategy import TOOLS, Strategy
from workbench.evasion.values import FOOLING

ROOT = Path(__file__).resolve().parents[2]


@given(made.anything)
def test_every_name_that_a_strategy_has_is_in_the_catalogue(strategy):
    assert set(strategy.names()) <= set(catalogue().strategies)


def test_every_mode_of_zapret_is_in_the_catalogue():
    known = set(catalogue().strategies)
    assert {*PHASE0, *PHASE1, *PHASE2} <= known
    for kinds in (OpeningKind, FakeKind, SplitKind):
        assert set(get_args(kinds)) <= known


def test_every_fooling_is_in_the_catalogue():
    assert set(catalogue().foolings) == set(FOOLING)


@pytest.mark.parametrize("one", catalogue().strategies.values(), ids=lambda one: one.name)
def test_entries_name_what_exists(one):
    assert one.phase in PHASES
    assert one.part in Strategy.__slots__
    assert set(one.parameters) <= set(catalogue().parameters)
    assert set(one.aliases) <= set(TOOL_NAMES)
    assert one.does.endswith(".")
    assert one.needs


def test_every_parameter_has_a_use_or_is_the_whole_strategy_s():
    used = {name for one in catalogue().strategies.values() for name in one.parameters}
    assert set(catalogue().parameters) - used == {"ip_id_mode"}


def test_every_tool_has_a_name():
    assert set(TOOL_NAMES) == set(TOOLS) - {""}


def test_unknown_names_list_the_known():
    with pytest.raises(ParameterError, match="Did you mean multisplit"):
        entry("multisplot")


def test_tools_are_listed_in_one_order():
    assert tools_for("quic-drop") == ("nfqws2", "byedpi", "goodbyedpi", "youtubeunblock")
    assert tools_for("server-window") == ()


def test_the_page_of_the_documentation_is_current():
    """Write it anew with: python -m workbench.evasion.catalogue > docs/strategies.md."""
    assert (ROOT / "docs" / "strategies.md").read_text("utf-8") == page()

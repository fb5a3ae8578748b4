"""Distances from TTLs, by the tools' own rules."""

from __future__ import annotations

import numpy as np
import pytest

from tests.capture import build
from tests.traffic.talk import Talk
from workbench.errors import ParameterError
from workbench.traffic.connections import find_connections
from workbench.traffic.hops import COLUMNS, RULES, hop_columns, hop_distance, hop_guess


def zapret(ttl: int) -> int:
    """The rule as its function `hop_count_guess` writes it."""
    if ttl > 223:
        return 255 - ttl
    if 96 < ttl < 128:
        return 128 - ttl
    return 64 - ttl if 32 < ttl < 64 else -1


def goodbyedpi(ttl: int) -> int:
    if 98 < ttl < 128:
        return 128 - ttl
    return 64 - ttl if 34 < ttl < 64 else -1


@pytest.mark.parametrize(("tool", "rule"), [("zapret", zapret), ("goodbyedpi", goodbyedpi)])
def test_every_ttl_by_the_rule_of_a_tool(tool: str, rule: object) -> None:
    assert callable(rule)
    assert hop_guess(np.arange(256), tool).tolist() == [rule(ttl) for ttl in range(256)]


def test_other_tools_and_ttls_are_refused() -> None:
    with pytest.raises(ParameterError, match="zapret, goodbyedpi"):
        hop_guess(60, "nobody")
    with pytest.raises(ParameterError, match="from 0 to 255"):
        hop_guess(256)


def test_an_initial_value_is_no_distance() -> None:
    found = hop_distance([0, 12, 60, 64, 120, 128, 250, 255])
    assert found.hops.tolist() == [-1, -1, 4, 0, 8, 0, 5, 0]
    names = [RULES[code] for code in found.rule.tolist()]
    assert names[2::2] == ["zapret-64", "zapret-128", "zapret-255"]
    assert names[:2] + names[3::2] == ["", "", "initial", "initial", "initial"]


def test_both_sides_of_a_connection() -> None:
    found = hop_columns(find_connections(build.read(Talk().handshake().capture())))
    assert set(found) == set(COLUMNS)
    assert (found["hops_client"].tolist(), found["hops_server"].tolist()) == ([0], [12])
    assert RULES[found["hops_server_rule"][0]] == "zapret-64"

"""Which connection's strategy to look at first."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.frames import connection_table
from workbench.errors import ParameterError
from workbench.evasion.focus import choose_strategy
from workbench.traffic.focus import Choice

NAMES = ["plain.test", "x.com", "x.com", "other.test"]
TABLE = connection_table(
    [{"connection": number, "payload_client": 10} for number in range(4)]
).assign(server_name=NAMES)


def named(*texts: str, sure=(0.5, 0.5, 0.9, 0.9)) -> pd.DataFrame:
    """Return the strategies of the four connections."""
    return pd.DataFrame({"connection": range(4), "strategy": texts, "confidence": sure})


def chosen(strategies: pd.DataFrame, focus: str = "") -> Choice:
    found = choose_strategy(strategies, TABLE, focus)
    assert found is not None
    return found


def test_the_best_supported_one_comes_first() -> None:
    found = chosen(named("", "fake", "fake", ""))
    assert (found.connection, found.others) == (2, 1)
    only = chosen(named("", "fake", "", ""))
    assert "only one" in only.reason


def test_of_those_that_match_one_with_a_strategy_comes_first() -> None:
    strategies = named("", "", "fake", "fake")
    assert chosen(strategies, "x.com").connection == 2
    assert chosen(strategies, "plain").connection == 0
    assert chosen(strategies, "#1").connection == 1


def test_without_any_strategy_the_usual_choice_is_made() -> None:
    assert chosen(named("", "", "", "")).connection == 0
    assert choose_strategy(named("", "", "", "").head(0), connection_table([])) is None


def test_what_matches_nothing_is_said() -> None:
    with pytest.raises(ParameterError, match="nobody"):
        choose_strategy(named("", "fake", "", ""), TABLE, "nobody")

"""Which connection to look at first for its strategy.

In: the strategies and the connections of a capture. Out: one connection, and why that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.errors import ParameterError
from workbench.traffic.focus import Choice, choose

if TYPE_CHECKING:
    import pandas as pd


def choose_strategy(
    strategies: pd.DataFrame, connections: pd.DataFrame, focus: str = ""
) -> Choice | None:
    """Return the connection whose strategy to look at.

    Parameters
    ----------
    strategies : pandas.DataFrame
        As `workbench.evasion.table.strategies_table` makes it.
    connections : pandas.DataFrame
        The connection table.
    focus : str
        A connection number, an address or a name; empty for the one that shows its strategy best.
        Of several that match, those with a strategy come first.

    Returns
    -------
    Choice or None
        None only without a focus, where there is no connection at all.

    Raises
    ------
    ParameterError
        If a focus is given and nothing matches it.
    """
    named = strategies[(strategies["strategy"].astype("str") != "").to_numpy(bool)]
    evading = connections[connections["connection"].isin(named["connection"]).to_numpy(bool)]
    wanted = focus.strip()
    if wanted.lstrip("#").isdigit() or evading.empty:
        return choose(connections, focus)
    if not wanted:
        return _clearest(named)
    try:
        return choose(evading, focus)
    except ParameterError:
        return choose(connections, focus)


def _clearest(named: pd.DataFrame) -> Choice:
    """Return the connection with the best supported strategy, the first of equals."""
    best = named.sort_values("confidence", ascending=False, kind="stable").iloc[0]
    reason = "it is the only one whose request was sent with a strategy"
    if len(named) > 1:
        reason = "of all requests that were sent with a strategy, it shows its own best"
    return Choice(int(best["connection"]), reason, len(named) - 1)

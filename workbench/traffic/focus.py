"""Which connection to look at first: the one asked for, or the one that has most to show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.errors import ParameterError

_TROUBLE = {
    "retransmissions": ("retransmissions_client", "retransmissions_server"),
    "segments out of order": ("out_of_order_client", "out_of_order_server"),
    "resets": ("rst_client", "rst_server"),
    "zero windows": ("zero_windows",),
}
_NAME_COLUMNS = ("server_name", "first_name", "client", "server")


@dataclass(frozen=True, slots=True)
class Choice:
    """A connection and why it was chosen.

    Parameters
    ----------
    connection : int
        Its number.
    reason : str
        The end of a sentence that starts with "chosen because".
    others : int
        How many more connections would have matched as well.
    """

    connection: int
    reason: str
    others: int = 0


def choose(connections: pd.DataFrame, focus: str = "") -> Choice | None:
    """Return the connection to look at.

    Parameters
    ----------
    connections : pandas.DataFrame
        The connection table.
    focus : str
        A connection number, an address (with ``:port`` if wanted), a name or a part of one; empty
        for the connection with most to show: most trouble, then most payload.

    Returns
    -------
    Choice or None
        None only without a focus, where there is no connection at all.

    Raises
    ------
    ParameterError
        If a focus is given and nothing matches it; the message says what there is.
    """
    wanted = focus.strip()
    if not wanted:
        return _most_telling(connections)
    if wanted.lstrip("#").isdigit():
        return _by_number(connections, wanted.lstrip("#"))
    matches = _matching(connections, wanted)
    if matches.empty:
        raise ParameterError.not_among("focus", focus, _choices(connections))
    best = _most_telling(matches)
    number = best.connection if best else int(matches["connection"].iloc[0])
    return Choice(number, "it matches the focus asked for", len(matches) - 1)


def _by_number(connections: pd.DataFrame, digits: str) -> Choice:
    """Return the connection of that number."""
    # Numbers longer than any table cannot match, and very long ones cannot be converted.
    number = int(digits) if len(digits) < 12 else -1
    if not (connections["connection"] == number).any():
        known = connections["connection"]
        if known.empty:
            raise ParameterError.not_among("focus", digits, ())
        raise ParameterError.out_of_range("focus", number, int(known.min()), int(known.max()))
    return Choice(number, "its number was asked for")


def _matching(connections: pd.DataFrame, wanted: str) -> pd.DataFrame:
    """Return connections whose name or address is, or else contains, what is wanted."""
    texts = [connections[name].astype(str) for name in _NAME_COLUMNS if name in connections]
    for side in ("client", "server"):
        texts += [connections[side].astype(str) + ":" + connections[f"{side}_port"].astype(str)]
    # Compared as Python text: what a user types need not be valid in a text column.
    rows = [[text.lower() for text in row] for row in zip(*texts, strict=True)]
    lowered = wanted.lower()
    exact = [lowered in row for row in rows]
    chosen = exact if any(exact) else [any(lowered in text for text in row) for row in rows]
    return connections[np.array(chosen, dtype=bool)]


def _choices(connections: pd.DataFrame) -> list[str]:
    """Return the addresses and names that a focus could name."""
    known: dict[str, None] = {}
    for name in _NAME_COLUMNS:
        if name in connections:
            known.update(dict.fromkeys(connections[name].dropna().astype(str).unique()))
    return [name for name in known if name]


def _most_telling(connections: pd.DataFrame) -> Choice | None:
    """Return the connection with most trouble, and among equals with most payload."""
    if connections.empty:
        return None
    trouble = pd.DataFrame(
        {
            name: connections[list(columns)].astype("int64").sum(axis=1)
            for name, columns in _TROUBLE.items()
        }
    )
    payload = connections["payload_client"].astype("int64") + connections["payload_server"].astype(
        "int64"
    )
    order = pd.DataFrame({"trouble": trouble.sum(axis=1), "payload": payload})
    best = order.sort_values(["trouble", "payload"], ascending=False, kind="stable").index[0]
    number = int(connections.loc[best, "connection"])
    if len(connections) == 1:
        return Choice(number, "it is the only one")
    if order.loc[best, "trouble"] > 0:
        worst = str(trouble.loc[best].idxmax())
        return Choice(number, f"it shows the most trouble, first of all {worst}")
    if order.loc[best, "payload"] > 0:
        return Choice(number, "it carries the most payload")
    return Choice(number, "no connection carries any payload, and it came first")

"""How far away a sender is, guessed from the TTL that its packets arrive with.

In: TTLs as captured. Out: hops and the rule that gave them. A guess stands on the initial values
that systems use: 64, 128, 255. The tools' own rules leave out what they cannot tell.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from workbench.errors import ParameterError
from workbench.traffic.connections import Connections

Array = np.ndarray[Any, Any]

UNKNOWN = -1
RULES = ("", "zapret-64", "zapret-128", "zapret-255", "initial")
"""Names of the codes in `Hops.rule`: the rule of zapret with the initial value that it assumes,
or `initial` where a TTL is itself an initial value."""
INITIAL = (64, 128, 255)
_ZAPRET = ((33, 63, 64), (97, 127, 128), (224, 255, 255))
_GOODBYEDPI = ((35, 63, 64), (99, 127, 128))


class Hops(NamedTuple):
    """Distances.

    Parameters
    ----------
    hops
        int16, routers in between; -1 where no rule tells.
    rule
        int8, an index into `RULES`.
    """

    hops: Array
    rule: Array


def _table(ranges: tuple[tuple[int, int, int], ...]) -> Array:
    """Write ranges of TTLs as a table by TTL."""
    table = np.full(256, UNKNOWN, "i2")
    for low, high, initial in ranges:
        span = np.arange(low, high + 1)
        table[span] = initial - span
    return table


_TABLES = {"zapret": _table(_ZAPRET), "goodbyedpi": _table(_GOODBYEDPI)}


def hop_guess(ttl: Any, tool: str = "zapret") -> Array:
    """Guess the hops from the TTL of a received packet, as a tool does.

    zapret: above 223, 255 - t; 97 to 127, 128 - t; 33 to 63, 64 - t; else unknown, exactly 64 and
    128 too (its function `hop_count_guess`). GoodbyeDPI: 99 to 127, 128 - t; 35 to 63, 64 - t.

    Parameters
    ----------
    ttl : int or ndarray
        TTL or hop limit, 0 to 255.
    tool : {"zapret", "goodbyedpi"}
        Whose rule.

    Returns
    -------
    ndarray of int16
        Hops, -1 for unknown.

    Raises
    ------
    ParameterError
        For another tool, or a TTL that does not fit into eight bits.

    Examples
    --------
    >>> hop_guess([52, 64, 120, 250, 254, 255]).tolist()
    [12, -1, 8, 5, 1, 0]
    >>> hop_guess([52, 34, 98, 250], "goodbyedpi").tolist()
    [12, -1, -1, -1]
    """
    if tool not in _TABLES:
        raise ParameterError.not_among("tool", tool, _TABLES)
    values = np.asarray(ttl)
    if values.size and not 0 <= int(values.min()) <= int(values.max()) <= 255:
        raise ParameterError.out_of_range("ttl", ttl, 0, 255)
    found: Array = _TABLES[tool][values]
    return found


def hop_distance(ttl: Any) -> Hops:
    """Return hops with the rule: zapret's, and 0 for an initial value that it leaves out.

    Parameters
    ----------
    ttl : int or ndarray
        TTL or hop limit, 0 to 255; 0 stands for no packet.

    Returns
    -------
    Hops
        Of the shape of `ttl`.

    Examples
    --------
    >>> found = hop_distance([60, 64, 12])
    >>> found.hops.tolist(), [RULES[code] for code in found.rule.tolist()]
    ([4, 0, -1], ['zapret-64', 'initial', ''])
    """
    values = np.asarray(ttl).astype("i2")
    hops = hop_guess(values).copy()
    rule = np.where(hops > UNKNOWN, np.searchsorted(INITIAL, values) + 1, 0)
    initial = np.isin(values, INITIAL)
    return Hops(
        np.where(initial, 0, hops).astype("i2"),
        np.where(initial, RULES.index("initial"), rule).astype("i1"),
    )


COLUMNS = {
    "hops_client": "int16, routers between the client and the place of capture; -1 if not known",
    "hops_client_rule": "rule that gave it: zapret-64, zapret-128, zapret-255, or initial",
    "hops_server": "int16, the same of the server",
    "hops_server_rule": "the same of the server",
}
"""Columns that `hop_columns` adds to a connection table."""


def hop_columns(connections: Connections) -> dict[str, Array]:
    """Return hop distances of both sides of every connection.

    Parameters
    ----------
    connections
        Connections; the TTL of each side's first packet is taken.

    Returns
    -------
    dict of str to ndarray
        Keys of `COLUMNS`; the rules as codes into `RULES`.
    """
    columns: dict[str, Array] = {}
    for side in ("client", "server"):
        found = hop_distance(connections.columns[f"ttl_{side}"])
        columns[f"hops_{side}"] = found.hops
        columns[f"hops_{side}_rule"] = found.rule
    return columns

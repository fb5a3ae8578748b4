"""The strategies of a capture as a table, one row a connection.

In: connections. Out: a DataFrame; nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from workbench.evasion.aggregate import (
    Aggregate,
    aggregate,
    fooling_text,
    ttl_of,
    with_positions,
)
from workbench.evasion.recognise import Recognised
from workbench.evasion.strategy import NONE, Strategy
from workbench.evasion.survey import survey
from workbench.traffic.connections import Connections

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = {
    "connection": "int32, number of the connection",
    "client": "address and port",
    "server": "address and port",
    "server_name": "name asked for, where the caller knows it",
    "strategy": "canonical text, empty for none",
    "ttl": "Int16, TTL of fakes as they left the client; missing where none differs",
    "autottl": "how the TTL follows the distance, where several distances show it",
    "split_pos": "best reading of the cuts, comma-joined",
    "fooling": "kinds, sorted and comma-joined",
    "repeats": "Int16, identical fakes in a row; missing without fakes",
    "seqovl": "bytes, or place, of the overlap",
    "order": "Int16, variant of the order; missing without one",
    "fake_payload": "what fakes hold",
    "tool": "whose way of sending it is; empty where nothing tells",
    "confidence": "float, share of observations that agree, of the weakest value; missing for none",
    "descriptor": "the Strategy",
}
"""Columns of `strategies_table`, in order."""


def strategies_table(
    connections: Connections,
    names: Sequence[str] | None = None,
    *,
    screened: bool = True,
) -> pd.DataFrame:
    """Return the strategy of every connection.

    Parameters
    ----------
    connections : Connections
        Of a capture.
    names : sequence of str, optional
        Server name of each connection.
    screened : bool
        Whether to look only at connections that may hold a strategy; the others have none.

    Returns
    -------
    pandas.DataFrame
        One row a connection, with the columns of `COLUMNS`.
    """
    import pandas as pd

    found = {one.number: one for one in survey(connections, screened=screened)}
    shared = {number: group for group in aggregate(list(found.values()))
              for number in group.connections}  # fmt: skip
    strategies = [
        refined(found[number], shared.get(number)) if number in found else NONE
        for number in range(len(connections))
    ]
    rows = [_cells(strategy) for strategy in strategies]
    columns: dict[str, object] = {"connection": range(len(connections))}
    columns |= _endpoints(connections)
    columns["server_name"] = list(names) if names is not None else [""] * len(connections)
    for name in list(COLUMNS)[4:]:
        columns[name] = [row[name] for row in rows]
    table = pd.DataFrame(columns, columns=list(COLUMNS))
    types = {"connection": "int32", "ttl": "Int16", "repeats": "Int16", "order": "Int16",
             "confidence": "float64"}  # fmt: skip
    return table.astype(types)


def _endpoints(connections: Connections) -> dict[str, list[str]]:
    """Return both ends of every connection as text."""
    addresses = connections.packets.addresses
    found: dict[str, list[str]] = {}
    for side in ("client", "server"):
        codes = connections.columns[side].tolist()
        ports = connections.columns[f"{side}_port"].tolist()
        texts = addresses.texts
        found[side] = [
            f"[{texts[code]}]:{port}" if ":" in texts[code] else f"{texts[code]}:{port}"
            for code, port in zip(codes, ports, strict=True)
        ]
    return found


def refined(one: Recognised, group: Aggregate | None) -> Strategy:
    """Return a connection's strategy with the readings that the others of its kind decide."""
    if group is None or len(group.connections) < 2 or not group.readings:
        return one.strategy
    best = [ranked[0].position if ranked and ranked[0].support == len(group.connections) else None
            for ranked in group.readings]  # fmt: skip
    return with_positions(one.strategy, best)


def _cells(strategy: Strategy) -> Mapping[str, object]:
    """Return the cells of one strategy."""
    plain = strategy.plain()
    ttl = ttl_of(strategy)
    split = strategy.phase2
    fakes = plain.phase1
    return {
        "strategy": strategy.text,
        "ttl": ttl.value if ttl and ttl.mode == "fixed" else None,
        "autottl": str(ttl) if ttl and ttl.mode == "auto" else "",
        "split_pos": ",".join(_positions(strategy)),
        "fooling": fooling_text(strategy),
        "repeats": max((fake.repeats for fake in fakes), default=None) or _shadow_repeats(strategy),
        "seqovl": str(split.seqovl) if split and split.seqovl else "",
        "order": split.altorder
        if split and split.kind not in ("multisplit", "multidisorder", "ipfrag2")
        else None,
        "fake_payload": _payloads(strategy),
        "tool": strategy.tool,
        "confidence": strategy.confidence if strategy else float("nan"),
        "descriptor": strategy,
    }


def _shadow_repeats(strategy: Strategy) -> int | None:
    """Return how often shadows come in a row, None without any."""
    split = strategy.plain().phase2
    shadowed = split and split.kind in ("fakedsplit", "fakeddisorder", "hostfakesplit")
    return split.repeats if split and shadowed else None


def _positions(strategy: Strategy) -> list[str]:
    """Return the places of all cuts, in the order of the descriptor."""
    found = list(strategy.phase2.positions) if strategy.phase2 else []
    found += [piece.position for piece in strategy.sockets.pieces] if strategy.sockets else []
    return [str(one) for one in (*found, *strategy.tls_records)]


def _payloads(strategy: Strategy) -> str:
    """Return what fakes hold, in words; ``default`` for what the tool brings along."""
    acts = [fake for fake in strategy.phase1 if fake.kind in ("fake", "fakeknown")]
    if not acts:
        return ""
    texts = [str(payload) for fake in acts for payload in fake.payloads]
    return ",".join(texts) or "default"

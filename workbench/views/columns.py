"""Columns of the connection table for people: titles, kinds, and which of them to show first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from workbench.traffic.ladders import flag_text
from workbench.units import printable
from workbench.views.sentences import endpoint
from workbench.views.tables import NOTHING, Column, Kind, cell_text

_KNOWN: dict[str, tuple[str, Kind]] = {
    "connection": ("No.", "count"),
    "server_name": ("Server name", "code"),
    "first_name": ("First name seen", "code"),
    "client_end": ("Client", "code"),
    "server_end": ("Server", "code"),
    "client": ("Client address", "code"),
    "server": ("Server address", "code"),
    "protocol": ("Protocol", "text"),
    "request_kind": ("Request", "text"),
    "outcome": ("Outcome", "text"),
    "strategy": ("Strategy", "code"),
    "alpn": ("ALPN", "code"),
    "packets": ("Packets", "count"),
    "payload_client": ("Client payload", "bytes"),
    "payload_server": ("Server payload", "bytes"),
    "wire_bytes_client": ("Client sent", "bytes"),
    "wire_bytes_server": ("Server sent", "bytes"),
    "duration_ns": ("Lasted", "duration"),
    "handshake_rtt_ns": ("Round trip", "duration"),
    "again": ("Sent again", "count"),
    "hops": ("Hops", "count"),
    "hops_client": ("Hops to client", "count"),
    "hops_server": ("Hops to server", "count"),
    "ja3": ("JA3", "code"),
    "ja4": ("JA4", "code"),
    "flags_client": ("Client flags", "code"),
    "flags_server": ("Server flags", "code"),
    "client_rule": ("Client known by", "text"),
    "bad_checksums": ("Bad checksums", "count"),
}
#: Shown at first, in this order, where the table has them.
PREFERRED = (
    "connection", "server_name", "first_name", "client_end", "server_end", "protocol",
    "request_kind", "outcome", "strategy", "alpn", "packets", "wire_bytes_client",
    "wire_bytes_server", "duration_ns", "handshake_rtt_ns", "again", "hops", "hops_server",
)  # fmt: skip
_PORTS = frozenset({"client_port", "server_port"})


def connection_column(name: str, numeric: bool) -> Column:
    """Return how a column of the connection table is headed and written.

    Parameters
    ----------
    name : str
        A column; one that nobody named here is headed by its own name.
    numeric : bool
        Whether it holds numbers.

    Returns
    -------
    Column
        With a title that is never empty.

    Examples
    --------
    >>> connection_column("queue_ns", True)
    Column(name='queue_ns', title='Queue', kind='duration')
    """
    if name in _KNOWN:
        title, kind = _KNOWN[name]
        return Column(name, title, kind)
    words = printable(name, 40).removesuffix("_ns").replace("_", " ").strip() or "?"
    kind = "text"
    if name.endswith("_ns"):
        kind = "duration"
    elif name.endswith("_time"):
        kind = "time"
    elif name not in _PORTS and numeric:
        kind = "count"
    return Column(name, words[0].upper() + words[1:], kind)


def shown_first(names: Iterable[str]) -> list[str]:
    """Return which columns to show as long as nobody has chosen.

    Parameters
    ----------
    names : iterable of str
        Columns that there are.

    Returns
    -------
    list of str
        Those of `PREFERRED`, in its order.
    """
    have = set(names)
    return [name for name in PREFERRED if name in have]


def written(rows: pd.DataFrame, columns: Iterable[Column]) -> list[list[str]]:
    """Return some rows of the connection table as visible text.

    Parameters
    ----------
    rows : pandas.DataFrame
        Rows of the connection table.
    columns : iterable of Column
        What to write; ``client_end``, ``server_end`` and ``again`` are made of others.

    Returns
    -------
    list of list of str
        One list a row; not escaped, for what sets text and never markup.
    """
    cells = [_cells(rows, column) for column in columns]
    return (
        [list(row) for row in zip(*cells, strict=True)] if cells else [[] for _ in range(len(rows))]
    )


def _cells(rows: pd.DataFrame, column: Column) -> list[str]:
    """Return one column as visible text."""
    name = column.name
    if name in {"client_end", "server_end"}:
        side = name.removesuffix("_end")
        pairs = zip(rows[side].astype(object), rows[f"{side}_port"], strict=True)
        return [printable(endpoint(address, port)) for address, port in pairs]
    if name == "again":
        sums = rows["retransmissions_client"] + rows["retransmissions_server"]
        return [cell_text(value, "count") if value else "" for value in sums.tolist()]
    if name.startswith("flags_"):
        return [flag_text(int(value)) if value else "" for value in rows[name].tolist()]
    return [_cell(value, column.kind) for value in _values(rows[name], column.kind)]


def _values(column: pd.Series[Any], kind: Kind) -> list[object]:
    """Return values as Python objects; times as nanoseconds."""
    if kind == "time" and isinstance(column.dtype, pd.DatetimeTZDtype):
        stamps = column.dt.as_unit("ns").astype("int64")
        return [None if gone else stamp for stamp, gone in zip(stamps, column.isna(), strict=True)]
    return list(column.astype(object).tolist())


def _cell(value: object, kind: Kind) -> str:
    """Return one value; numbers below zero mean that there is none, and so does no text."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if kind in {"duration", "count"} and isinstance(value, int | float) and value < 0:
        return NOTHING
    if kind == "count" and isinstance(value, float) and value % 1 > 0:
        return f"{value:,.4g}"
    shown = cell_text(value, kind)
    return printable("" if shown == NOTHING and kind in {"text", "code"} else shown)

"""Which cells of a table mean something, and which only fill the place of what does not apply.

A time to live of 0 is a fact in an IP packet and a filler in an ARP frame. Some columns have a
value that never occurs otherwise (-1, an empty text); for the rest other columns decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.capture import schema

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray[Any, Any]

WITH_PORTS = frozenset({"tcp", "udp", "udp-lite", "sctp", "dccp"})
WITHOUT_TEXT = frozenset({"ip_checksum", "checksum"})
"""Columns whose empty text says that they do not apply; that of `options` may mean no options."""

# A packet with a problem may end before these: they are all 0 then.
_BEGINNING = {
    "transport": ("source_port", "destination_port"),
    "tcp": ("seq", "ack", "tcp_flags", "window"),
}
_JUDGES = {
    "ip": ("ip_version",),
    **{name: ("protocol", "checksum", "problem", *begin) for name, begin in _BEGINNING.items()},
}


def judges(names: Iterable[str]) -> tuple[str, ...]:
    """Return the columns that tell where others apply.

    Parameters
    ----------
    names : iterable of str
        Columns of the packet table.

    Returns
    -------
    tuple of str
        Columns that `present` reads for them, in the order of the table.

    Examples
    --------
    >>> judges(["time", "ttl", "mss"])
    ('ip_version',)
    """
    needed = {
        judge
        for name in names
        if (column := schema.BY_NAME.get(name)) and not _self_evident(column)
        for judge in _JUDGES.get(column.applies, ())
    }
    return tuple(name for name in schema.NAMES if name in needed)


def present(
    table: pd.DataFrame, name: str, absent: Mapping[str, object] | None = None
) -> Array | None:
    """Return the rows in which a column applies.

    Parameters
    ----------
    table : pandas.DataFrame
        A packet table, with the columns that `judges` names as far as they are at hand: without
        them, the value that a column is filled with decides. Or another table, with `absent`.
    name : str
        The column.
    absent : mapping of str to object, optional
        Fillers of a table that is no packet table, by column.

    Returns
    -------
    ndarray of bool, or None
        None where every row has it, but for what pandas itself calls missing.
    """
    if absent is not None:
        return None if name not in absent else _is_not(table[name], absent[name])
    column = schema.BY_NAME.get(name)
    if column is None or column.absent is None:
        return None
    if _self_evident(column) or not set(_JUDGES[column.applies]) <= set(table.columns):
        return _is_not(table[name], column.absent)
    if column.applies == "ip":
        return _is_not(table["ip_version"], 0)
    protocols = {"tcp"} if column.applies == "tcp" else WITH_PORTS
    begun = _is_not(table["checksum"], "") & among(table["protocol"], protocols)
    there = ~_is_not(table["problem"], "")
    for beginning in _BEGINNING[column.applies]:
        there |= _is_not(table[beginning], 0)
    return begun & there


def among(values: pd.Series[Any], wanted: Iterable[str]) -> Array:
    """Return the rows of a categorical column whose text is one of those wanted."""
    names = set(wanted)
    return by_category(values, [text in names for text in values.cat.categories])


def by_category(values: pd.Series[Any], holds: Iterable[bool]) -> Array:
    """Return the rows for whose category something holds; never those without one."""
    answers = np.append(np.fromiter(holds, bool), False)
    found: Array = answers[values.cat.codes.to_numpy()]
    return found


def nanoseconds(values: pd.Series[Any]) -> Array:
    """Return a column of moments as whole nanoseconds, the smallest of all for none."""
    naive = values.dt.tz_localize(None) if values.dt.tz is not None else values
    nanoseconds: Array = naive.to_numpy().astype("M8[ns]").view("i8")
    return nanoseconds


def _self_evident(column: schema.Column) -> bool:
    """Return whether a column has no filler, or one that occurs only where it does not apply."""
    return column.absent in (None, -1) or column.name in WITHOUT_TEXT


def _is_not(values: pd.Series[Any], filler: object) -> Array:
    """Return the rows that hold anything but one value."""
    if hasattr(values, "cat"):
        return by_category(values, [text != filler for text in values.cat.categories])
    found: Array = values.to_numpy() != filler
    return found

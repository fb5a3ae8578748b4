"""Which rows of a packet table a condition holds for, a column at a time."""

from __future__ import annotations

import operator
import socket
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.capture.filter_fields import FIELDS
from workbench.capture.filter_tree import (
    And,
    Compare,
    Network,
    Node,
    Not,
    Or,
    Present,
    Range,
    Value,
)
from workbench.capture.kernels.walk import NO_TIME
from workbench.capture.presence import by_category, nanoseconds, present

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray[Any, Any]

_ORDER: dict[str, Callable[[Array, int], Array]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def mask_of(node: Node, table: pd.DataFrame) -> Array:
    """Return the rows for which a condition holds.

    A comparison never holds where its column does not apply, whatever the operator.

    Parameters
    ----------
    node : Node
        The condition.
    table : pandas.DataFrame
        A packet table with the columns that the condition names, and those of
        `workbench.capture.presence.judges` for them.

    Returns
    -------
    ndarray of bool, shape (rows,)
    """
    match node:
        case Compare():
            return _compared(node, table)
        case Present():
            return _present(node.field, table)
        case Not():
            return ~mask_of(node.part, table)
        case And():
            found = mask_of(node.parts[0], table)
            for part in node.parts[1:]:
                if not found.any():
                    break
                found &= mask_of(part, table)
            return found
        case Or():
            found = mask_of(node.parts[0], table)
            for part in node.parts[1:]:
                found |= mask_of(part, table)
            return found


def _applies(field: str, table: pd.DataFrame) -> Array:
    """Return the rows where a column has a value of its own, as an array that may be written to."""
    values = table[field]
    if FIELDS[field].kind == "time":
        timed: Array = nanoseconds(values) != NO_TIME
        return timed
    found = present(table, field)
    if hasattr(values, "cat"):
        known: Array = values.cat.codes.to_numpy() >= 0
        return known if found is None else known & found
    return np.ones(len(table), bool) if found is None else found.copy()


def _present(field: str, table: pd.DataFrame) -> Array:
    """Return the rows where a column says something: neither empty nor false."""
    found = _applies(field, table)
    values = table[field]
    if FIELDS[field].kind == "truth":
        found &= values.to_numpy()
    elif hasattr(values, "cat"):
        found &= by_category(values, [text != "" for text in values.cat.categories])
    return found


def _compared(node: Compare, table: pd.DataFrame) -> Array:
    """Return the rows where a column compares as asked."""
    applies = _applies(node.field, table)
    values = table[node.field]
    if hasattr(values, "cat"):
        found = by_category(values, _categories_held(node, values.cat.categories))
    else:
        numbers = nanoseconds(values) if FIELDS[node.field].kind == "time" else values.to_numpy()
        found = _numbers_held(node, numbers)
    applies &= ~found if node.operator == "!=" else found
    return applies


def _numbers_held(node: Compare, numbers: Array) -> Array:
    """Return which numbers match any of the values; of `!=` those it rules out."""
    found = np.zeros(len(numbers), bool)
    for value in node.values:
        if isinstance(value, Range):
            found |= (numbers >= value.low) & (numbers <= value.high)
        elif isinstance(value, int):
            found |= _number_held(node.operator, numbers, value)
    return found


def _number_held(operator_: str, numbers: Array, value: int) -> Array:
    held: Array
    if operator_ in _ORDER:
        held = _ORDER[operator_](numbers, value)
    elif operator_ == "&":
        held = (numbers.astype("i8") & value) != 0
    elif operator_ == "has":
        held = (numbers.astype("i8") & value) == value
    else:
        held = numbers == value
    return held


def _categories_held(node: Compare, categories: pd.Index[Any]) -> Iterable[bool]:
    """Return which categories match any of the values."""
    field = FIELDS[node.field]
    if field.kind == "address":
        held = np.zeros(len(categories), bool)
        for value in node.values:
            held |= _addresses_held(value, categories)
        return held.tolist()
    wanted = {value for value in node.values if isinstance(value, str)}
    if node.operator == "has":
        mark = field.separator
        inside = [f"{mark}{text}{mark}" for text in wanted]
        around = [f"{mark}{text}{mark}" for text in categories]
        return [any(part in text for part in inside) for text in around]
    return [text in wanted for text in categories]


def _addresses_held(value: Value, categories: pd.Index[Any]) -> Array:
    """Return which addresses lie in a network; a single one is compared as text."""
    if isinstance(value, int | str | Range):
        raise TypeError(value)
    family = socket.AF_INET if value.version == 4 else socket.AF_INET6
    if value.prefixlen == value.max_prefixlen:
        text = socket.inet_ntop(family, value.network_address.packed)
        return np.asarray(categories == text, bool)
    return np.fromiter(_inside(value, family, categories), bool, len(categories))


def _inside(network: Network, family: int, categories: Iterable[str]) -> Iterable[bool]:
    """Tell for each address whether it lies in the network."""
    shift = network.max_prefixlen - network.prefixlen
    wanted = int(network.network_address) >> shift
    for text in categories:
        try:
            packed = socket.inet_pton(family, text)
        except (OSError, ValueError):
            yield False
        else:
            yield int.from_bytes(packed, "big") >> shift == wanted

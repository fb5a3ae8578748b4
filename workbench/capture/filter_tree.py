"""What a filter means: a tree of conditions, and its canonical text."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from workbench.capture.filter_fields import FIELDS
from workbench.capture.flags import flag_text
from workbench.units import format_time_ns

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from `low` to `high`, both included."""

    low: int
    high: int


Value: TypeAlias = int | Range | Network | str


@dataclass(frozen=True, slots=True)
class Compare:
    """A column compared with values: any of them for `==`, `has` and `&`, none for `!=`.

    `has` wants all of the bits of flags, and a part of the text of tunnels and options; `&` wants
    any bit.
    """

    field: str
    operator: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Present:
    """A column that says something: it applies, and is neither empty nor false."""

    field: str


@dataclass(frozen=True, slots=True)
class Not:
    """What does not hold."""

    part: Node


@dataclass(frozen=True, slots=True)
class And:
    """What holds together: two parts or more, none of them an `And`."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Of what at least one holds: two parts or more, none of them an `Or`."""

    parts: tuple[Node, ...]


Node: TypeAlias = Compare | Present | Not | And | Or


def both(parts: Iterable[Node]) -> Node:
    """Join conditions with `and`, without nesting.

    Examples
    --------
    >>> written(both([Present("problem"), both([Present("time"), Present("options")])]))
    'problem and time and options'
    """
    flat = tuple(
        each for part in parts for each in (part.parts if isinstance(part, And) else (part,))
    )
    return flat[0] if len(flat) == 1 else And(flat)


def either(parts: Iterable[Node]) -> Node:
    """Join conditions with `or`, without nesting."""
    flat = tuple(
        each for part in parts for each in (part.parts if isinstance(part, Or) else (part,))
    )
    return flat[0] if len(flat) == 1 else Or(flat)


def fields_of(node: Node) -> Iterator[str]:
    """Yield the columns that a condition names."""
    if isinstance(node, Compare | Present):
        yield node.field
    elif isinstance(node, Not):
        yield from fields_of(node.part)
    else:
        for part in node.parts:
            yield from fields_of(part)


def written(node: Node) -> str:
    """Write a condition so that parsing it gives the same condition.

    Examples
    --------
    >>> written(Not(Compare("ttl", "<", (10,))))
    'not ttl < 10'
    """
    match node:
        case Present():
            return node.field
        case Compare():
            values = ",".join(_value(node.field, value) for value in node.values)
            between = " " if node.operator == "has" else f" {node.operator} "
            return f"{node.field}{between}{values}"
        case Not():
            inner = written(node.part)
            return f"not ({inner})" if isinstance(node.part, And | Or) else f"not {inner}"
        case And():
            parts = (
                f"({written(part)})" if isinstance(part, Or) else written(part)
                for part in node.parts
            )
            return " and ".join(parts)
        case Or():
            return " or ".join(written(part) for part in node.parts)


def _value(field: str, value: Value) -> str:
    """Write one value as the column's kind is written."""
    kind = FIELDS[field].kind
    if isinstance(value, Range):
        return f"{_value(field, value.low)}..{_value(field, value.high)}"
    if isinstance(value, int):
        if kind == "time":
            return format_time_ns(value)
        if kind == "flags":
            return flag_text(value)
        if kind == "truth":
            return "true" if value else "false"
        if kind == "side":
            return "server" if value else "client"
        return str(value)
    if not isinstance(value, str):
        return str(value.network_address) if value.prefixlen == value.max_prefixlen else str(value)
    return value if re.fullmatch(r"[A-Za-z0-9_.+-]+", value) else f'"{value}"'

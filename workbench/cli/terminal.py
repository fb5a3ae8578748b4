"""Tables for people in front of a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.capture.cells import Cell, columns_of, slices
from workbench.capture.flags import flag_text
from workbench.units import format_duration_ns, printable

if TYPE_CHECKING:
    import pandas as pd

LIMIT = 100
WIDEST = 64
ROWS = 1_000
GAP = "  "
SIDES = {0: "client", 1: "server"}


def aligned(
    tables: Iterable[pd.DataFrame],
    columns: Sequence[str],
    limit: int,
    absent: Mapping[str, object] | None = None,
) -> int:
    """Print rows in columns of equal width, and say how many are not shown.

    Parameters
    ----------
    tables : iterable of pandas.DataFrame
        At least one.
    columns : sequence of str
        Which columns, in order.
    limit : int
        Most rows to show, 0 for all.
    absent : mapping of str to object, optional
        As for `workbench.capture.presence.present`.

    Returns
    -------
    int
        How many rows there are, shown or not.
    """
    widths: list[int] = []
    total = 0
    for table in slices(tables, ROWS):
        room = min(max(limit - total, 0), len(table)) if limit else len(table)
        total += len(table)
        if room:
            widths = _show(table.iloc[:room], columns, absent, widths)
    return total


def _show(
    table: pd.DataFrame,
    columns: Sequence[str],
    absent: Mapping[str, object] | None,
    widths: list[int],
) -> list[int]:
    """Print some rows, below the headings if they are the first; return the widths so far."""
    cells = columns_of(table, columns, absent)
    texts = [_texts(name, column) for name, column in zip(columns, cells, strict=True)]
    if not widths:
        # Only now, so that nothing stands above an error that comes before the first row.
        texts = [[_heading(name), *column] for name, column in zip(columns, texts, strict=True)]
        widths = [0] * len(columns)
    wider = [max([width, *map(len, column)]) for width, column in zip(widths, texts, strict=True)]
    _print(texts, wider, [_is_number(table[name], name) for name in columns])
    return wider


def left_over(total: int, limit: int, noun: str) -> str:
    """Say how many rows a limit hides.

    Parameters
    ----------
    total, limit : int
        Rows there are, and most rows shown; 0 for all.
    noun : str
        What rows are.

    Returns
    -------
    str
        Empty when none is hidden.

    Examples
    --------
    >>> left_over(1_500, 100, "packets")
    '… 1,400 more packets; --limit 0 shows all'
    """
    if not limit or total <= limit:
        return ""
    return f"… {total - limit:,} more {noun}; --limit 0 shows all"


def _heading(name: str) -> str:
    return name.removesuffix("_ns")


def _is_number(values: pd.Series[Any], name: str) -> bool:
    named = name in ("tcp_flags", "direction") or name.startswith("flags_")
    return values.dtype.kind in "iuf" and not named


def _texts(name: str, cells: Sequence[Cell]) -> list[str]:
    """Write the cells of a column for people."""
    write: Callable[[Cell], str] = _plain
    if name == "tcp_flags" or name.startswith("flags_"):
        write = _flags
    elif name == "direction":
        write = _side
    elif name.endswith("_ns"):
        write = _duration
    return ["" if cell is None else write(cell) for cell in cells]


def _plain(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return printable(cell, WIDEST) if isinstance(cell, str) else str(cell)


def _flags(cell: Cell) -> str:
    return flag_text(int(cell or 0))


def _side(cell: Cell) -> str:
    return SIDES.get(int(cell or 0), "")


def _duration(cell: Cell) -> str:
    return format_duration_ns(int(cell or 0))


def _print(texts: list[list[str]], widths: list[int], right: list[bool]) -> None:
    """Print rows; nothing is padded behind the last column."""
    for row in zip(*texts, strict=True):
        cells = [
            text.rjust(width) if to_right else text.ljust(width)
            for text, width, to_right in zip(row, widths, right, strict=True)
        ]
        sys.stdout.write(f"{GAP.join(cells).rstrip()}\n")

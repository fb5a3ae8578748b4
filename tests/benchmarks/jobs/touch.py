"""Reads every value of every column, so that nothing a table promises is left undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def touch(table: pd.DataFrame) -> int:
    """Return a number that depends on every value of a table."""
    return sum(_touched(table[name]) for name in table.columns)


def _touched(column: Any) -> int:
    kind = str(column.dtype)
    if kind == "category":
        texts = column.cat.categories
        return int(column.cat.codes.to_numpy().sum(dtype="i8")) + len(texts) + len(str(texts[-1:]))
    if kind.startswith("datetime"):
        return int(column.astype("i8").to_numpy().sum(dtype="i8"))
    if kind in ("object", "str", "string"):
        return int(column.notna().to_numpy().sum())
    return int(column.sum())

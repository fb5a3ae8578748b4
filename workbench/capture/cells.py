"""Cells of a table as text and numbers, empty where a column does not apply."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from workbench.capture.presence import present
from workbench.errors import ColumnError

if TYPE_CHECKING:
    import pandas as pd

Cell: TypeAlias = str | int | float | bool | None
Change: TypeAlias = Callable[[str], str]

ROWS = 16_384
"""Rows that are turned into Python values at a time."""


def slices(tables: Iterable[pd.DataFrame], rows: int = ROWS) -> Iterator[pd.DataFrame]:
    """Cut tables into pieces of at most `rows` rows; an empty table is one piece."""
    for table in tables:
        for first in range(0, max(len(table), 1), rows):
            yield table.iloc[first : first + rows]


def columns_of(
    table: pd.DataFrame,
    columns: Sequence[str] | None = None,
    absent: Mapping[str, object] | None = None,
    change: Change | None = None,
) -> list[list[Cell]]:
    """Return the cells of a table, a column at a time.

    Parameters
    ----------
    table : pandas.DataFrame
        A packet table, or another one with `absent`.
    columns : sequence of str, optional
        Which columns; all by default.
    absent : mapping of str to object, optional
        As for `workbench.capture.presence.present`.
    change : callable, optional
        What becomes of text; called once for each category.

    Returns
    -------
    list of list
        None where a column does not apply; times as ISO 8601 text with nanoseconds.

    Raises
    ------
    ColumnError
        For a column that the table does not have.
    """
    names = table.columns.tolist() if columns is None else list(columns)
    for name in names:
        if name not in table.columns:
            raise ColumnError.unknown(name, table.columns)
    return [_column(table, name, absent, change) for name in names]


def _column(
    table: pd.DataFrame, name: str, absent: Mapping[str, object] | None, change: Change | None
) -> list[Cell]:
    values = table[name]
    here = present(table, name, absent)
    if hasattr(values, "cat"):
        codes, texts = coded(values, here)
        every = [change(text) if change else text for text in texts]
        return [every[code] if code >= 0 else None for code in codes.tolist()]
    if values.dtype.kind == "M":
        return _times(values, here)
    cells: list[Cell] = values.tolist()
    if values.dtype.kind not in "biuf":
        # What is no text here is what pandas calls missing.
        cells = [_changed(cell, change) if isinstance(cell, str) else None for cell in cells]
    if here is None:
        return cells
    return [cell if known else None for cell, known in zip(cells, here.tolist(), strict=True)]


def coded(
    values: pd.Series[Any], here: np.ndarray[Any, Any] | None
) -> tuple[np.ndarray[Any, Any], list[str]]:
    """Return the codes of a categorical column, -1 where nothing applies, and what they mean.

    Parameters
    ----------
    values : pandas.Series
        The column.
    here : ndarray of bool, or None
        Where it applies; None for everywhere.

    Returns
    -------
    codes : ndarray of int
    texts : list of str
        No more of them than rows, however many categories the whole table has.
    """
    codes = values.cat.codes.to_numpy()
    if here is not None:
        codes = np.where(here, codes, -1)
    categories = values.cat.categories
    if len(categories) > len(codes) + 64:
        used, codes = np.unique(np.append(codes, -1), return_inverse=True)
        return codes[:-1] - 1, categories[used[1:]].tolist()
    return codes, categories.tolist()


def _changed(text: str, change: Change | None) -> str:
    return change(text) if change else text


def _times(values: pd.Series[Any], here: np.ndarray[Any, Any] | None) -> list[Cell]:
    """Write moments in UTC, a column at a time."""
    naive = values.dt.tz_convert("UTC").dt.tz_localize(None) if values.dt.tz is not None else values
    moments = naive.to_numpy().astype("M8[ns]")
    known = ~np.isnat(moments) if here is None else ~np.isnat(moments) & here
    written = np.datetime_as_string(moments, unit="ns").tolist()
    return [
        f"{text}Z" if there else None for text, there in zip(written, known.tolist(), strict=True)
    ]

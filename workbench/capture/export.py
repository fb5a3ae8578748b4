"""Tables to Parquet, CSV and JSON Lines, a piece at a time."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from workbench.capture import schema
from workbench.capture.cells import Cell, coded, columns_of, slices
from workbench.capture.output import whole_file
from workbench.capture.presence import judges, present
from workbench.errors import ColumnError, ParameterError

if TYPE_CHECKING:
    import pandas as pd

PathLike: TypeAlias = str | os.PathLike[str]
Tables: TypeAlias = Iterable["pd.DataFrame"]

ROW_GROUP = 131_072
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def asked_for(
    batches: Callable[[Iterable[str]], Iterator[pd.DataFrame]], columns: Iterable[str] | None
) -> tuple[list[str], Iterator[pd.DataFrame]]:
    """Return columns of the packet table to write, and the tables to take them from.

    Parameters
    ----------
    batches : callable
        Gives the packet table in pieces, with the columns named.
    columns : iterable of str, optional
        Which columns; all by default.

    Returns
    -------
    names : list of str
        Checked.
    tables : iterator of pandas.DataFrame
        With these columns, and with those that tell where they apply.
    """
    names = list(schema.chosen_columns(columns))
    return names, batches(dict.fromkeys([*names, *judges(names)]))


def to_parquet(
    tables: Tables,
    path: PathLike,
    *,
    columns: Sequence[str] | None = None,
    absent: Mapping[str, object] | None = None,
    files: Iterable[tuple[str, str]] = (),
) -> Path:
    """Write tables, one behind the other, as one Parquet file.

    Categories stay dictionary-coded, times are nanoseconds in UTC, and cells of columns that do not
    apply to their row are null. The file's metadata hold the version of the schema, and where the
    packets come from.

    Parameters
    ----------
    tables : iterable of pandas.DataFrame
        At least one, all with the same columns; only one is held at a time.
    path : path-like
        Where; a file that is there is replaced in one step.
    columns : sequence of str, optional
        Which columns to write; all by default. Others may only help to tell what applies.
    absent : mapping of str to object, optional
        What columns hold where they do not apply; the packet table is known and needs none.
    files : iterable of (str, str)
        Name and SHA-256 digest of each capture file; folders in names are left out.

    Returns
    -------
    pathlib.Path
        The path.

    Raises
    ------
    OutputError
        When it cannot be written.
    ColumnError
        For a column that is not there.
    ParameterError
        When there is no table at all.
    """
    import pyarrow.parquet as pq

    first, every = _with_first(tables)
    names = _names(first, columns)
    arrow_schema = _arrow_schema(first, names).with_metadata(_metadata(files, absent))
    with (
        whole_file(path, compress=False) as file,
        pq.ParquetWriter(file, arrow_schema, compression="zstd", version="2.6") as writer,
    ):
        for piece in slices(every, ROW_GROUP):
            writer.write_table(_arrow_table(piece, arrow_schema, absent), ROW_GROUP)
    return Path(path)


def to_csv(
    tables: Tables,
    path: PathLike,
    *,
    columns: Sequence[str] | None = None,
    absent: Mapping[str, object] | None = None,
) -> Path:
    """Write tables, one behind the other, as CSV (RFC 4180) in UTF-8.

    Times are ISO 8601 with nanoseconds, cells that do not apply are empty, and text that a
    spreadsheet would take for a formula gets an apostrophe in front.

    Parameters
    ----------
    tables, columns, absent
        As for `to_parquet`.
    path : path-like
        Where; `-` for standard output, `.gz` or `.zst` at its end compresses.

    Returns
    -------
    pathlib.Path
        The path.

    Raises
    ------
    OutputError, ColumnError, ParameterError
        As `to_parquet`.
    """
    return _lines_to(path, lambda: csv_lines(tables, columns=columns, absent=absent))


def to_jsonl(
    tables: Tables,
    path: PathLike,
    *,
    columns: Sequence[str] | None = None,
    absent: Mapping[str, object] | None = None,
) -> Path:
    """Write tables, one behind the other, as JSON Lines: an object a row, null for nothing.

    Parameters
    ----------
    tables, columns, absent
        As for `to_parquet`.
    path : path-like
        As for `to_csv`.

    Returns
    -------
    pathlib.Path
        The path.

    Raises
    ------
    OutputError, ColumnError, ParameterError
        As `to_parquet`.
    """
    return _lines_to(path, lambda: json_lines(tables, columns=columns, absent=absent))


def csv_lines(
    tables: Tables,
    *,
    columns: Sequence[str] | None = None,
    absent: Mapping[str, object] | None = None,
    end: str = "\r\n",
) -> Iterator[str]:
    """Yield CSV as `to_csv` writes it, some rows at a time, the heading first.

    Parameters
    ----------
    tables, columns, absent
        As for `to_parquet`.
    end : str
        End of a line; RFC 4180 wants the default, a shell a line feed.

    Yields
    ------
    str
        Whole lines.

    Raises
    ------
    ColumnError, ParameterError
        As `to_parquet`.
    """
    first, every = _with_first(tables)
    names = _names(first, columns)
    yield _csv([names], end)
    for piece in slices(every):
        cells = columns_of(piece, names, absent, harmless)
        yield _csv(zip(*[_truths(column) for column in cells], strict=True), end)


def json_lines(
    tables: Tables,
    *,
    columns: Sequence[str] | None = None,
    absent: Mapping[str, object] | None = None,
) -> Iterator[str]:
    """Yield JSON Lines as `to_jsonl` writes them, some rows at a time.

    Parameters
    ----------
    tables, columns, absent
        As for `to_parquet`.

    Yields
    ------
    str
        Whole lines.

    Raises
    ------
    ColumnError, ParameterError
        As `to_parquet`.
    """
    first, every = _with_first(tables)
    names = _names(first, columns)
    for piece in slices(every):
        rows = zip(*columns_of(piece, names, absent), strict=True)
        # Escaped to ASCII: nothing in it can move a cursor or turn text round.
        yield "".join(f"{json.dumps(dict(zip(names, row, strict=True)))}\n" for row in rows)


def harmless(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would take for a formula.

    Examples
    --------
    >>> harmless("=1+1"), harmless("10.0.0.1")
    ("'=1+1", '10.0.0.1')
    """
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _lines_to(path: PathLike, lines: Callable[[], Iterator[str]]) -> Path:
    """Write text to a file."""
    with whole_file(path) as file:
        for text in lines():
            file.write(text.encode("utf-8", "replace"))
    return Path(path)


def _csv(rows: Iterable[Iterable[Cell]], end: str) -> str:
    """Return rows as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator=end).writerows(rows)
    return text.getvalue()


def _truths(column: list[Cell]) -> list[Cell]:
    """Write true and false as other programs do."""
    if not any(isinstance(cell, bool) for cell in column[:ROW_GROUP]):
        return column
    return [cell if cell is None else str(cell).lower() for cell in column]


def _with_first(tables: Tables) -> tuple[pd.DataFrame, Tables]:
    """Return the first table, and all of them."""
    iterator = iter(tables)
    first = next(iterator, None)
    if first is None:
        raise ParameterError.not_understood(
            "tables", "nothing", "at least one table, even an empty one"
        )
    return first, chain([first], iterator)


def _names(table: pd.DataFrame, columns: Sequence[str] | None) -> list[str]:
    """Return the columns to write, checked before anything is written."""
    have = table.columns.tolist()
    names = have if columns is None else list(columns)
    for name in names:
        if name not in have:
            raise ColumnError.unknown(name, have)
    return names


def _metadata(files: Iterable[tuple[str, str]], absent: object) -> dict[str, str]:
    """Return what the file says about itself."""
    facts = [{"name": Path(name).name, "sha256": digest} for name, digest in files]
    about = {"workbench.files": json.dumps(facts)} if facts else {}
    return about if absent is not None else {"workbench.schema": str(schema.VERSION), **about}


def _arrow_schema(table: pd.DataFrame, names: list[str]) -> Any:
    """Return the types of the file's columns."""
    import pyarrow as pa

    def kind(values: Any) -> Any:
        if hasattr(values, "cat"):
            return pa.dictionary(pa.int32(), pa.string())
        if values.dtype.kind == "M":
            return pa.timestamp("ns", tz="UTC")
        return pa.from_numpy_dtype(values.dtype) if values.dtype.kind in "biuf" else pa.string()

    return pa.schema([pa.field(name, kind(table[name])) for name in names])


def _arrow_table(
    table: pd.DataFrame, arrow_schema: Any, absent: Mapping[str, object] | None
) -> Any:
    """Turn one piece into Arrow, with nulls where a column does not apply."""
    import pyarrow as pa

    arrays = []
    for name, kind in zip(arrow_schema.names, arrow_schema.types, strict=True):
        values = table[name]
        here = present(table, name, absent)
        missing = None if here is None else ~here
        if pa.types.is_dictionary(kind):
            codes, texts = coded(values, here)
            indices = pa.array(codes.astype("i4"), mask=codes < 0)
            arrays.append(pa.DictionaryArray.from_arrays(indices, pa.array(texts, pa.string())))
        elif pa.types.is_integer(kind) or pa.types.is_boolean(kind):
            arrays.append(pa.array(values.to_numpy(), kind, mask=missing))
        else:
            arrays.append(pa.array(values, kind, mask=missing, from_pandas=True))
    return pa.Table.from_arrays(arrays, schema=arrow_schema)

"""Rows to standard output, in the format that was asked for."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from workbench.cli.messages import warn
from workbench.cli.terminal import LIMIT, aligned, left_over

if TYPE_CHECKING:
    import pandas as pd

PART = 1 << 15


def write_rows(
    arguments: argparse.Namespace,
    tables: Iterable[pd.DataFrame],
    columns: Sequence[str],
    noun: str,
    absent: Mapping[str, object] | None = None,
) -> None:
    """Write rows as the arguments say, and how many a limit hides.

    Parameters
    ----------
    arguments : argparse.Namespace
        With `json`, `csv` and `limit`.
    tables : iterable of pandas.DataFrame
        At least one.
    columns : sequence of str
        Which columns, in order.
    noun : str
        What rows are.
    absent : mapping of str to object, optional
        As for `workbench.capture.presence.present`.
    """
    if not (arguments.json or arguments.csv):
        limit = LIMIT if arguments.limit is None else arguments.limit
        total = aligned(tables, columns, limit, absent)
        note = left_over(total, limit, noun) if total else f"no {noun}"
        sys.stdout.write(f"{note}\n" if note else "")
        return
    from workbench.capture.export import csv_lines, json_lines

    limit = arguments.limit or 0
    head = _Head(tables, limit)
    if arguments.json:
        lines = json_lines(head, columns=columns, absent=absent)
    else:
        lines = csv_lines(head, columns=columns, absent=absent, end="\n")
    for text in lines:
        # In small parts: a reader that has left is noticed between two of them.
        for at in range(0, len(text), PART):
            sys.stdout.write(text[at : at + PART])
    note = left_over(head.total, limit, noun)
    if note:
        warn(note, "info")


class _Head:
    """The first rows of tables; all of them are counted."""

    def __init__(self, tables: Iterable[pd.DataFrame], limit: int) -> None:
        self._tables = tables
        self._limit = limit
        self.total = 0

    def __iter__(self) -> Iterator[pd.DataFrame]:
        for number, table in enumerate(self._tables):
            room = max(0, self._limit - self.total) if self._limit else len(table)
            self.total += len(table)
            if room or not number:
                yield table.iloc[:room]

"""Filters: a small language of conditions on packets, with no way to run code.

    tcp and port 443
    source == 10.0.0.0/8 and not ttl > 64
    flags syn and checksum bad

The grammar is in docs/filters.md. What a filter says is compared, never evaluated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.capture import schema
from workbench.capture.filter_masks import mask_of
from workbench.capture.filter_parser import parse
from workbench.capture.filter_tree import Node, fields_of, written
from workbench.capture.presence import judges
from workbench.errors import ColumnError, ParameterError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Filter:
    """A filter that was understood.

    Attributes
    ----------
    text
        As it was given.
    condition
        What it means.
    columns
        Columns of the packet table that it reads, in the order of the table.
    """

    text: str
    condition: Node
    columns: tuple[str, ...]

    def __str__(self) -> str:
        return written(self.condition)

    def mask(self, table: pd.DataFrame) -> np.ndarray[Any, Any]:
        """Return the rows for which the filter holds.

        Parameters
        ----------
        table : pandas.DataFrame
            A packet table with at least `columns`.

        Returns
        -------
        ndarray of bool, shape (rows,)
            Whether each row is kept.

        Raises
        ------
        ColumnError
            When the table lacks one of the columns.
        """
        have = list(table.columns)
        for name in self.columns:
            if name not in have:
                raise ColumnError.unknown(name, have)
        return mask_of(self.condition, table)


def compile_filter(text: str) -> Filter:
    """Understand a filter.

    Parameters
    ----------
    text : str
        An expression, such as `tcp and port 443`.

    Returns
    -------
    Filter
        With the columns it needs, and a method that finds the rows.

    Raises
    ------
    FilterError
        When it is not understood: where, and what would be.
    ParameterError
        When it is no text.

    Examples
    --------
    >>> compile_filter("ttl < 10").columns
    ('ip_version', 'ttl')
    >>> str(compile_filter("host 10.0.0.1"))
    'source == 10.0.0.1 or destination == 10.0.0.1'
    """
    if not isinstance(text, str):
        raise ParameterError.wrong_type("filter", text, "text such as 'tcp and port 443'")
    condition = parse(text)
    fields = set(fields_of(condition))
    needed = fields | set(judges(fields))
    return Filter(text, condition, tuple(name for name in schema.NAMES if name in needed))

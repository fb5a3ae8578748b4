"""The connection table as a list that is walked through: filtered, sorted, a window at a time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.errors import ColumnError
from workbench.traffic.browse.search import Searcher, numbers
from workbench.traffic.browse.texts import Mask
from workbench.traffic.summaries import times_ns

Rows = npt.NDArray[np.int64]

#: Columns that are made of others: the columns that they are sorted by, the first one first.
MADE: dict[str, tuple[str, ...]] = {
    "client_end": ("client", "client_port"),
    "server_end": ("server", "server_port"),
    "again": ("retransmissions_client", "retransmissions_server"),
}
SUMS = frozenset({"again"})
_KEPT_ORDERS = 6


class Listing:
    """Rows of the connection table in the order and the choice that a person asked for.

    Parameters
    ----------
    connections : pandas.DataFrame
        The connection table.
    with_packets : callable, optional
        As `workbench.traffic.browse.search.Searcher` takes it.
    """

    def __init__(
        self,
        connections: pd.DataFrame,
        with_packets: Callable[[str], Mask] | None = None,
    ) -> None:
        self.connections = connections
        self.searcher = Searcher(connections, with_packets)
        self._orders: OrderedDict[tuple[str, bool], Rows] = OrderedDict()

    @property
    def names(self) -> tuple[str, ...]:
        """Columns that may be shown and sorted by, those made of others first."""
        have = set(self.connections.columns)
        made = tuple(name for name, of in MADE.items() if have.issuperset(of))
        return made + tuple(map(str, self.connections.columns))

    def order(self, column: str, *, descending: bool = False) -> Rows:
        """Return all rows, sorted by a column; equal ones stay in the order of the table.

        Parameters
        ----------
        column : str
            One of `names`.
        descending : bool
            Whether the largest come first; rows without a value come last either way.

        Returns
        -------
        numpy.ndarray of int64, shape (rows,)
            Positions in the table.

        Raises
        ------
        ColumnError
            For a name that is no column.
        """
        if column not in self.names:
            raise ColumnError.unknown(column, self.names, "connection")
        key = (column, descending)
        if key not in self._orders:
            self._orders[key] = self._sorted(column, descending)
            while len(self._orders) > _KEPT_ORDERS:
                self._orders.popitem(last=False)
        self._orders.move_to_end(key)
        return self._orders[key]

    def _sorted(self, column: str, descending: bool) -> Rows:
        names = MADE.get(column, (column,))
        keys = [self._key(name) for name in names]
        if column in SUMS:
            keys = [np.sum(keys, axis=0)]
        missing = keys[0] < 0
        signed = [-key if descending else key for key in keys]
        return np.lexsort([*signed[::-1], missing])

    def _key(self, name: str) -> npt.NDArray[Any]:
        """Return numbers that sort as a column does, negative where it has no value."""
        column = self.connections[name]
        if name in self.searcher.text_names:
            return self.searcher.text(name).rank
        if isinstance(column.dtype, pd.DatetimeTZDtype):
            return times_ns(column)
        return numbers(column)

    def rows(
        self,
        search: str = "",
        *,
        sort: str = "connection",
        descending: bool = False,
        among: Mask | None = None,
    ) -> Rows:
        """Return the rows that meet a search, sorted.

        Parameters
        ----------
        search : str
            See `workbench.traffic.browse.query`.
        sort, descending
            As for `order`.
        among : numpy.ndarray of bool, shape (rows,), optional
            Which rows come into question.

        Returns
        -------
        numpy.ndarray of int64
            Positions in the table.

        Raises
        ------
        FilterError, ColumnError
            For a search or a column that is not understood.

        Examples
        --------
        >>> table = pd.DataFrame({"connection": [0, 1, 2], "packets": [5, 9, 9]})
        >>> Listing(table).rows("packets>4", sort="packets", descending=True).tolist()
        [1, 2, 0]
        """
        kept = self.searcher.mask(search)
        if among is not None:
            kept = among if kept is None else kept & among
        order = self.order(sort, descending=descending)
        return order if kept is None else order[kept[order]]

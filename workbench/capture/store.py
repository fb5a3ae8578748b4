"""Memory for the packet table while its length is not known yet."""

from __future__ import annotations

import os
import queue
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from workbench.capture.engine import Engine
from workbench.capture.kernels.addresses import MASK
from workbench.capture.kernels.types import COLUMN_DTYPES, Columns

Array = np.ndarray[Any, Any]

RECORD_DTYPES = {"time": "i8", "offset": "i8", "captured": "u4", "wire": "u4", "interface": "u2"}
DTYPES = {**RECORD_DTYPES, **COLUMN_DTYPES}


class AddressTable(NamedTuple):
    """Arrays of `workbench.capture.kernels.addresses`."""

    slots: Array
    keys: Array
    state: Array


def new_address_table(rows: int) -> AddressTable:
    """Make an empty address table with room for `rows` packets' addresses."""
    capacity = 1 << max(6, (4 * rows).bit_length())
    seeds = np.frombuffer(os.urandom(16), "u4").astype("i8") & 0x7FFFFFFF | 1
    state = np.array([0, *seeds, capacity - 1], "i8")
    return AddressTable(np.zeros(capacity, "i4"), np.empty(capacity * 2, "i8"), state)


def with_room(table: AddressTable, rows: int, engine: Engine) -> AddressTable:
    """Return the table, grown if `rows` more packets could fill more than half of it."""
    needed = int(table.state[0]) + 2 * rows
    if needed * 2 <= len(table.slots):
        return table
    capacity = 1 << (2 * needed).bit_length()
    slots = np.zeros(capacity, "i4")
    keys = np.empty(capacity * 2, "i8")
    used = 4 * int(table.state[0])
    keys[:used] = table.keys[:used]
    table.state[MASK] = capacity - 1
    grown = AddressTable(slots, keys, table.state)
    engine.call("rehash", *(engine.array(part) for part in grown))
    return grown


class TablePool:
    """Address tables that threads borrow: as many as threads that decode at the same time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._free: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.tables: list[AddressTable] = []

    def borrow(self, rows: int) -> int:
        """Return the number of a table with room for `rows` packets that nobody else uses."""
        try:
            number = self._free.get_nowait()
        except queue.Empty:
            self.tables.append(new_address_table(rows))
            return len(self.tables) - 1
        self.tables[number] = with_room(self.tables[number], rows, self._engine)
        return number

    def give_back(self, number: int) -> None:
        """Let others use a table."""
        self._free.put(number)


@dataclass
class Segment:
    """Columns of fixed capacity; `used` rows are filled."""

    columns: dict[str, Array]
    capacity: int
    used: int = 0

    def kernel_columns(self) -> Columns:
        """Return the columns that `decode_rows` fills."""
        return Columns(**{name: self.columns[name] for name in COLUMN_DTYPES})


class Store:
    """Columns in segments, so that rows never move while threads write them.

    Capacity is reserved address space, not memory: pages that no row reaches are never touched.
    """

    def __init__(self) -> None:
        self.segments: list[Segment] = []

    def place(self, rows: int, expected: int) -> tuple[Segment, int]:
        """Reserve `rows` rows in one segment.

        Parameters
        ----------
        rows
            Rows to reserve.
        expected
            Rows still to come, these included, as far as one can tell.

        Returns
        -------
        segment : Segment
        row : int
            First row in it.
        """
        if not self.segments or self.segments[-1].used + rows > self.segments[-1].capacity:
            capacity = max(rows, expected + expected // 8 + 64)
            columns = {name: np.empty(capacity, dtype) for name, dtype in DTYPES.items()}
            self.segments.append(Segment(columns, capacity))
        segment = self.segments[-1]
        row = segment.used
        segment.used += rows
        return segment, row

    def finish(self) -> dict[str, Array]:
        """Return each column as one array; segments are let go one column at a time."""
        if not self.segments:
            return {name: np.empty(0, dtype) for name, dtype in DTYPES.items()}
        if len(self.segments) == 1:
            only = self.segments[0]
            return {name: column[: only.used] for name, column in only.columns.items()}
        return {
            name: np.concatenate(
                [segment.columns.pop(name)[: segment.used] for segment in self.segments]
            )
            for name in DTYPES
        }

"""Decoded blocks put together: one set of columns, one set of address codes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.capture import codes
from workbench.capture.addresses import Addresses, merge_tables
from workbench.capture.engine import Engine
from workbench.capture.formats import Block, Format, link_array
from workbench.capture.kernels import fields
from workbench.capture.kernels.types import NO_WALK, Columns, Index
from workbench.capture.kernels.walk import LOST_TIME, NO_TIME
from workbench.capture.scan import Stretch
from workbench.capture.store import AddressTable, Segment, Store, TablePool

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class _Placed:
    """Rows that have a place; `table` says which address table their codes are of."""

    segment: Segment
    row: int
    rows: int
    table: int


class Assembly:
    """The columns of a file while it is decoded.

    Parameters
    ----------
    engine
        How kernels run.
    file
        The file that the blocks are of.
    """

    def __init__(self, engine: Engine, file: Format) -> None:
        self._engine = engine
        self._file = file
        self._store = Store()
        self._pool = TablePool(engine)
        self._placed: list[_Placed] = []

    def add_blocks(self, blocks: Iterator[Block], size: int, threads: int) -> None:
        """Decode blocks, several at a time where threads help.

        Parameters
        ----------
        blocks
            In the order of the file.
        size
            Bytes of the file, to reserve room by.
        threads
            Blocks decoded at the same time.
        """
        rows_so_far = 0
        with ExitStack() as stack:
            workers = stack.enter_context(ThreadPoolExecutor(threads)) if threads > 1 else None
            waiting: deque[Future[_Placed]] = deque()
            for block in blocks:
                rows_so_far += block.rows
                job = self._place(block, _expected(block, rows_so_far, size))
                if workers is None:
                    self._placed.append(self._decode(*job))
                    continue
                waiting.append(workers.submit(self._decode, *job))
                if len(waiting) > 2 * threads:
                    self._placed.append(waiting.popleft().result())
            self._placed.extend(future.result() for future in waiting)

    def _place(self, block: Block, expected: int) -> tuple[Block, Array, Segment, int]:
        """Give a block its rows."""
        segment, row = self._store.place(block.rows, expected)
        _fill(segment.columns, row, block.index, block.base, block.rows)
        return block, link_array(self._file.interfaces, block.interfaces), segment, row

    def _decode(self, block: Block, links: Array, segment: Segment, row: int) -> _Placed:
        number = self._pool.borrow(block.rows)
        try:
            table = self._pool.tables[number]
            decode_into(self._engine, block, links, segment.kernel_columns(), row, table)
        finally:
            self._pool.give_back(number)
        _note_lost_times(segment.columns, slice(row, row + block.rows))
        return _Placed(segment, row, block.rows, number)

    def add_stretch(self, stretch: Stretch, size: int) -> None:
        """Copy the rows of a stretch from the desk where they were written.

        Parameters
        ----------
        stretch
            What a worker decoded.
        size
            Bytes of the file, to reserve room by.
        """
        rows = stretch.rows
        expected = rows + int(rows / max(stretch.end - stretch.start, 1) * (size - stretch.end))
        segment, row = self._store.place(rows, expected)
        span = slice(row, row + rows)
        _fill(segment.columns, row, stretch.desk.index, stretch.start, rows)
        for name, column in stretch.desk.columns._asdict().items():
            segment.columns[name][span] = column[:rows]
        _note_lost_times(segment.columns, span)
        self._placed.append(_Placed(segment, row, rows, -1 - stretch.desk.number))

    def finish(
        self, desk_tables: list[AddressTable] | None = None
    ) -> tuple[dict[str, Array], Addresses]:
        """Return the columns, with address codes that mean the same in every row.

        Parameters
        ----------
        desk_tables
            Address tables of the desks that stretches were decoded on, by their numbers.
        """
        # Tables of desks stand behind those of the pool, in reverse: desk 0 is the last.
        tables = [*self._pool.tables, *reversed(desk_tables or [])]
        addresses, mappings = merge_tables(tables)
        for part in self._placed:
            mapping = self._engine.array(mappings[part.table])
            for name in ("source", "destination"):
                values = self._engine.array(part.segment.columns[name])
                self._engine.call("remap", values, part.row, part.row + part.rows, mapping)
        return self._store.finish(), addresses


def _expected(block: Block, rows_so_far: int, size: int) -> int:
    """Estimate the rows from this block to the end of the file."""
    read = block.base + len(block.data)
    return block.rows + int(rows_so_far / max(read, 1) * max(size - read, 0))


def _fill(columns: dict[str, Array], row: int, index: Index, base: int, rows: int) -> None:
    """Write what a walk knows of packets; positions become offsets in the file."""
    span = slice(row, row + rows)
    columns["time"][span] = index.time[:rows]
    np.add(index.at[:rows], base, out=columns["offset"][span])
    columns["captured"][span] = index.captured[:rows]
    columns["wire"][span] = index.wire[:rows]
    columns["interface"][span] = index.interface[:rows]


def _note_lost_times(columns: dict[str, Array], span: slice) -> None:
    """Leave a time empty that does not fit; it is the packet's problem if it has no other."""
    lost = columns["time"][span] == LOST_TIME
    if lost.any():
        columns["time"][span][lost] = NO_TIME
        problem = columns["problem"][span]
        problem[lost & (problem == codes.OK)] = codes.TIME_OUT_OF_RANGE


def decode_into(
    engine: Engine, block: Block, links: Array, columns: Columns, row: int, table: Any
) -> None:
    """Run the decoder over a block."""
    engine.call(
        "decode_rows",
        block.data,
        engine.arrays(block.index),
        0,
        block.rows,
        engine.array(links),
        NO_WALK,
        engine.arrays(columns),
        row,
        engine.array(np.zeros(fields.COUNT, "i8")),
        *(engine.array(part) for part in table),
    )

"""Decoding against walking the same mapped file, in turns, in one thread of one process.

Writes one JSON object: processor seconds of each round, of the bare walk (where each record begins,
nothing kept), of the walk that keeps times and lengths, and of decoding with every checksum; the
last two once more with the file read in pieces, as the reader does.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from workbench.capture.engine import Engine, compiled
from workbench.capture.formats import max_record
from workbench.capture.kernels import fields
from workbench.capture.kernels.types import Pcap, empty_columns, empty_index
from workbench.capture.pcap import HEADER
from workbench.capture.scan import ADDRESSED_ROWS, BLOCK, READ
from workbench.capture.store import AddressTable, new_address_table, with_room

Array = np.ndarray[Any, Any]


@numba.njit(nogil=True)
def bare_walk(data: Array, start: int) -> int:
    """Count the records of a little-endian pcap file."""
    at: Any = start
    rows, size = 0, len(data)
    while at + 16 <= size:
        length = np.int64(data[at + 8]) | np.int64(data[at + 9]) << 8
        length |= np.int64(data[at + 10]) << 16 | np.int64(data[at + 11]) << 24
        at += 16 + length
        rows += 1
    return rows


class Decoding:
    """One file, mapped and open, with room for its columns.

    Parameters
    ----------
    path
        A little-endian pcap file.
    """

    def __init__(self, path: str) -> None:
        self.engine: Engine = compiled()
        self.file = os.open(path, os.O_RDONLY)
        self.data: Array = np.memmap(path, "u1", "r")[:]
        self.size = len(self.data)
        self.longest = max_record(262_144)
        self.rows = int(bare_walk(self.data, HEADER))
        self.index = empty_index(self.rows)
        self.columns = empty_columns(self.rows)
        self.values = np.zeros(fields.COUNT, "i8")
        self.links = np.array([1], "i4")
        self.piece: Any = np.empty(READ, np.uint8)
        self.piece_as_read: Array = self.piece[:]
        self.piece_as_read.flags.writeable = False

    def bare(self) -> int:
        """Walk and keep nothing."""
        return int(bare_walk(self.data, HEADER))

    def indexed(self) -> int:
        """Walk and keep what the record headers say."""
        return self._walk(self.data, HEADER, self.size, 0)[1]

    def decoded(self) -> int:
        """Walk, decode every column and verify every checksum, a stretch at a time."""
        table, rows, at = new_address_table(ADDRESSED_ROWS), 0, HEADER
        while at < self.size:
            table = with_room(table, ADDRESSED_ROWS, self.engine)
            pcap = at, min(at + BLOCK, self.size), self.size
            at, count = self._decode(self.data, pcap, rows, table)
            rows += count
        return rows

    def pieces_walked(self) -> int:
        """Read the file in pieces as the reader does; walk them."""
        rows, at = 0, HEADER
        while size := os.preadv(self.file, [self.piece], at):
            used, rows = self._walk(self.piece_as_read[:size], 0, size, rows)
            at += used
        return rows

    def pieces_decoded(self) -> int:
        """Read the file in pieces as the reader does; decode them."""
        table, rows, at = new_address_table(ADDRESSED_ROWS), 0, HEADER
        while size := os.preadv(self.file, [self.piece], at):
            if at % BLOCK < READ:
                table = with_room(table, ADDRESSED_ROWS, self.engine)
            used, count = self._decode(self.piece_as_read, (0, size, size), rows, table)
            at, rows = at + used, rows + count
        return rows

    def _walk(self, data: Array, start: int, size: int, rows: int) -> tuple[int, int]:
        where = data, start, size, 0, 1_000, 16, self.longest, self.index, rows
        at, rows, _ = self.engine.call("walk_pcap", *where)
        return at, rows

    def _decode(
        self, data: Array, where: tuple[int, int, int], rows: int, table: AddressTable
    ) -> tuple[int, int]:
        at, count, _ = self.engine.call(
            "decode_rows",
            data,
            type(self.index)(*(column[rows:] for column in self.index)),
            0,
            self.rows - rows,
            self.links,
            Pcap(*where, 0, 1_000, self.longest),
            self.columns,
            rows,
            self.values,
            *table,
        )
        return at, count


def measured(work: Callable[[], int], rows: int) -> float:
    """Return the processor seconds of one pass, which must see every packet."""
    began = time.thread_time()
    found = work()
    taken = time.thread_time() - began
    if found != rows:
        raise SystemExit(f"{work.__name__} saw {found} of {rows} packets")
    return taken


def main(path: str, rounds: int) -> None:
    """Measure, the first pass of each left out."""
    job = Decoding(path)
    works = (job.bare, job.indexed, job.decoded, job.pieces_walked, job.pieces_decoded)
    seconds: dict[str, list[float]] = {work.__name__: [] for work in works}
    for number in range(rounds + 1):
        for work in works if number % 2 else works[::-1]:
            taken = measured(work, job.rows)
            if number:
                seconds[work.__name__].append(taken)
    sys.stdout.write(json.dumps({"rows": job.rows, "bytes": len(job.data), "seconds": seconds}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

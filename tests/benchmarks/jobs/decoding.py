"""Decoding against walking the same mapped file, in turns, in one thread of one process.

Writes one JSON object: processor seconds of each round, of the bare walk (where each record begins,
nothing kept), of the walk that keeps times and lengths, and of decoding with every checksum.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from workbench.capture.engine import Engine, compiled
from workbench.capture.formats import BLOCK, max_record
from workbench.capture.kernels import fields
from workbench.capture.kernels.types import Pcap, empty_columns, empty_index
from workbench.capture.pcap import HEADER
from workbench.capture.store import new_address_table, with_room

Array = np.ndarray[Any, Any]
MOST_ROWS_OF_A_BLOCK = BLOCK // 36 + 1


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
    """One file mapped, with room for its columns.

    Parameters
    ----------
    path
        A little-endian pcap file.
    """

    def __init__(self, path: str) -> None:
        self.engine: Engine = compiled()
        self.data: Array = np.memmap(path, "u1", "r")[:]
        self.snap_length = max_record(262_144)
        self.rows = int(bare_walk(self.data, HEADER))
        self.index = empty_index(self.rows)
        self.columns = empty_columns(self.rows)
        self.values = np.zeros(fields.COUNT, "i8")

    def bare(self) -> int:
        """Walk and keep nothing."""
        return int(bare_walk(self.data, HEADER))

    def indexed(self) -> int:
        """Walk and keep what the record headers say."""
        size = len(self.data)
        walk = HEADER, size, 0, 1_000, 16, self.snap_length, self.index, 0
        _, rows, _ = self.engine.call("walk_pcap", self.data, *walk)
        return int(rows)

    def decoded(self) -> int:
        """Walk, decode every column and verify every checksum, in blocks as the reader does."""
        table = new_address_table(MOST_ROWS_OF_A_BLOCK)
        link, rows, at, size = np.array([1], "i4"), 0, HEADER, len(self.data)
        while at < size:
            table = with_room(table, MOST_ROWS_OF_A_BLOCK, self.engine)
            stop = min(at + BLOCK, size)
            at, count, _ = self.engine.call(
                "decode_rows",
                self.data,
                type(self.index)(*(column[rows:] for column in self.index)),
                0,
                self.rows - rows,
                link,
                Pcap(at, stop, size, 0, 1_000, self.snap_length),
                self.columns,
                rows,
                self.values,
                *table,
            )
            rows += count
        return rows


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
    works = (job.bare, job.indexed, job.decoded)
    seconds: dict[str, list[float]] = {work.__name__: [] for work in works}
    for number in range(rounds + 1):
        for work in works if number % 2 else works[::-1]:
            taken = measured(work, job.rows)
            if number:
                seconds[work.__name__].append(taken)
    sys.stdout.write(json.dumps({"rows": job.rows, "bytes": len(job.data), "seconds": seconds}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

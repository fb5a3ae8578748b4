"""Large pcap files: stretches of the file are read, walked and decoded in one pass, side by side.

Where a stretch begins inside a record, the first chain of plausible records is taken for its
beginning. The guess costs nothing to check: a stretch must begin where the one before it ended. If
it does not, it is done again from there.
"""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.capture.engine import Engine
from workbench.capture.kernels import fields, walk
from workbench.capture.kernels.types import Columns, Index, Pcap, empty_columns, empty_index
from workbench.capture.pcap import HEADER, PcapFile
from workbench.capture.sources import Source
from workbench.capture.store import AddressTable, new_address_table, with_room

Array = np.ndarray[Any, Any]

BLOCK = 16 << 20
"""Bytes of a stretch."""
READ = 1 << 20
"""Bytes read at once: they are still in the processor's own cache when they are decoded."""
ROWS = BLOCK // 16 + 1
ADDRESSED_ROWS = BLOCK // 36 + 1
"""Most packets with addresses in a stretch: a record header and an IPv4 header each."""
GUESS_WINDOWS = (1 << 14, 1 << 16, 1 << 18, 1 << 20)


class Desk:
    """What one worker writes on: a buffer, columns for one stretch, an address table of its own."""

    def __init__(self, number: int, largest: int) -> None:
        self.number = number
        self.buffer = np.empty(max(READ, largest), np.uint8)
        self.bytes = self.buffer[:]
        self.bytes.flags.writeable = False  # as bytes from elsewhere: one compiled form serves both
        self.index: Index = empty_index(ROWS)
        self.columns: Columns = empty_columns(ROWS)
        self.values = np.zeros(fields.COUNT, "i8")
        self.table: AddressTable = new_address_table(ADDRESSED_ROWS)


@dataclass(frozen=True)
class Stretch:
    """What a worker made of a stretch; its rows lie on the desk until they are copied."""

    desk: Desk
    start: int
    end: int
    rows: int
    reason: int


class PcapScan:
    """One pass over a pcap file with several workers.

    Parameters
    ----------
    file
        The open file; damage and the end of the file are left to its own walk.
    source
        Its bytes.
    engine
        The compiled engine.
    threads
        Workers.
    """

    def __init__(self, file: PcapFile, source: Source, engine: Engine, threads: int) -> None:
        self._file = file
        self._source = source
        self._engine = engine
        self._threads = threads
        self._desks: queue.SimpleQueue[Desk] = queue.SimpleQueue()
        self.desks: list[Desk] = []
        self.position = HEADER
        """Where the walk of the file goes on after the last stretch."""
        self.misled = False
        """Whether a stretch began in the wrong place, so that a desk's table has addresses that no
        packet has."""

    def stretches(self) -> Iterator[Stretch]:
        """Yield stretches in order until damage or the end; copy each before the next."""
        largest = self._file.max_record + 16
        for number in range(self._threads + 2):
            desk = Desk(number, largest)
            self.desks.append(desk)
            self._desks.put(desk)
        begins = range(HEADER, self._source.size, BLOCK)
        with ThreadPoolExecutor(self._threads) as workers:
            waiting: deque[Future[Stretch]] = deque()
            upcoming = iter(begins)
            try:
                for begin in upcoming:
                    waiting.append(workers.submit(self._guess_and_scan, begin))
                    if len(waiting) <= self._threads:
                        continue
                    stretch = self._checked(waiting.popleft().result())
                    yield stretch
                    self._desks.put(stretch.desk)
                    if stretch.reason != walk.MORE:
                        return
                while waiting:
                    stretch = self._checked(waiting.popleft().result())
                    yield stretch
                    self._desks.put(stretch.desk)
                    if stretch.reason != walk.MORE:
                        return
            finally:
                for future in waiting:
                    future.cancel()

    def _checked(self, stretch: Stretch) -> Stretch:
        """Return the stretch, done again if it did not begin where the one before it ended."""
        self.misled |= stretch.rows > 0 and stretch.start != self.position
        if stretch.start != self.position and self.position < stretch.end:
            stop = self._stop(self.position)
            stretch = self._scan(stretch.desk, self.position, stop)
        elif stretch.start != self.position:
            stretch = Stretch(stretch.desk, self.position, self.position, 0, walk.MORE)
        self.position = stretch.end
        return stretch

    @staticmethod
    def _stop(position: int) -> int:
        """Return where the stretch that a position is in ends."""
        return HEADER + ((position - HEADER) // BLOCK + 1) * BLOCK

    def _guess_and_scan(self, begin: int) -> Stretch:
        desk = self._desks.get()
        start = begin if begin == HEADER else self._guess(begin)
        if start < 0:
            return Stretch(desk, -1, begin + BLOCK, 0, walk.MORE)
        return self._scan(desk, start, begin + BLOCK)

    def _guess(self, begin: int) -> int:
        """Return where the first record from `begin` on seems to start, -1 if nowhere."""
        for window in GUESS_WINDOWS:
            data = self._source.read_at(begin, window)
            found = self._file.candidate(data, at_end=begin + len(data) >= self._source.size)
            if found >= 0:
                return begin + found
        return -1

    def _scan(self, desk: Desk, start: int, stop: int) -> Stretch:
        """Read and decode the records that begin from `start` on, before `stop`."""
        desk.table = with_room(desk.table, ADDRESSED_ROWS, self._engine)
        header = self._file.header
        links = np.array([header.link], "i4")
        position, rows, reason = start, 0, walk.MORE
        while position < stop and reason == walk.MORE:
            size = self._source.read_into(position, desk.buffer)
            if size == 0:
                break
            length = min(size, stop - position)
            consumed, found, reason = self._engine.call(
                "decode_rows",
                desk.bytes,
                desk.index,
                rows,
                ROWS,
                links,
                Pcap(0, length, size, header.big, header.fraction_ns, self._file.max_record),
                desk.columns,
                rows,
                desk.values,
                *desk.table,
            )
            desk.index.at[rows : rows + found] += position - start
            position += consumed
            rows += found
            if consumed == 0:
                break
        return Stretch(desk, start, position, rows, reason)

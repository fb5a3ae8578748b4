"""The pcap format: one header, then records (draft-ietf-opsawg-pcap)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from workbench.capture import formats
from workbench.capture.engine import Engine
from workbench.capture.formats import BLOCK, Block, Interface
from workbench.capture.kernels import walk
from workbench.capture.kernels.types import empty_index
from workbench.capture.problems import ProblemList
from workbench.capture.recovery import Candidates, Recovery, Window, words
from workbench.capture.sources import Source
from workbench.errors import CaptureError

HEADER = 24
NEAR_S = 31_557_600
"""A year: records this far from the last one read are not believed after damage."""
MAGICS = {
    0xA1B2C3D4: ("pcap", 1_000, 16),
    0xA1B23C4D: ("nsecpcap", 1, 16),
    0xA1B2CD34: ("modified-pcap", 1_000, 24),
}


def is_pcap(head: bytes) -> bool:
    """Tell whether a file that starts with `head` is a pcap file."""
    return len(head) >= 4 and any(
        int.from_bytes(head[:4], order) in MAGICS for order in ("big", "little")
    )


@dataclass(frozen=True, slots=True)
class Header:
    """What the file header says."""

    container: str
    big: int
    fraction_ns: int
    record: int
    snap_length: int
    link: int


def read_header(head: bytes, name: str) -> Header:
    """Read a pcap file header.

    Raises
    ------
    CaptureError
        When it is cut short, or of a version before 2.3, whose record headers have another layout.
    """
    order: Literal["big", "little"] = (
        "big" if int.from_bytes(head[:4], "big") in MAGICS else "little"
    )
    container, fraction_ns, record = MAGICS[int.from_bytes(head[:4], order)]
    if len(head) < HEADER:
        raise CaptureError.damaged(name, len(head), "it ends inside the pcap file header")
    sign = ">" if order == "big" else "<"
    major, minor, _, _, snap_length, link = struct.unpack(f"{sign}HHiIII", head[4:HEADER])
    if major != 2 or minor < 3:
        raise CaptureError.damaged(
            name, 4, f"pcap version {major}.{minor} is not supported, only 2.3 and 2.4"
        )
    return Header(container, int(order == "big"), fraction_ns, record, snap_length, link & 0xFFFF)


class PcapFile:
    """A pcap file open for one walk.

    Parameters
    ----------
    source
        Where the bytes come from.
    engine
        How kernels run.
    problems
        Gets what is wrong with the file.
    """

    def __init__(self, source: Source, engine: Engine, problems: ProblemList) -> None:
        self._source = source
        self._engine = engine
        self.problems = problems
        self.header = read_header(source.read_at(0, HEADER), source.name)
        self.max_record = formats.max_record(self.header.snap_length)
        self.frames = 0
        self._near_ns: int | None = None
        self._recovery = Recovery(source, self.header.record)
        self.container = self.header.container
        resolution = 9 if self.header.fraction_ns == 1 else 6
        self.interfaces = [Interface(0, "", self.header.link, self.header.snap_length, resolution)]
        formats.link_problem(problems, self.interfaces[0], 0)

    def blocks(self, start: int = HEADER) -> Iterator[Block]:
        """Walk the file from a record to its end.

        Parameters
        ----------
        start
            Where a record begins: the first one by default.

        Yields
        ------
        Block
            Some MiB of records each.
        """
        position, size, want = start, self._source.size, BLOCK
        while position < size:
            data = self._source.read_at(position, min(want, size - position))
            if not data:
                formats.report_shrunk(self.problems, self.frames, self._source, position)
                return
            block, consumed = self._walk(data, position)
            if block.rows:
                yield block
            position += consumed
            whole = self.max_record + self.header.record
            if consumed > 0:
                want = BLOCK
            elif position + len(data) >= size or len(data) >= whole:
                position = self._end(position, data)
            elif len(data) < want:
                formats.report_shrunk(
                    self.problems, self.frames, self._source, position + len(data)
                )
                return
            else:
                want = whole
        formats.report_grown(self.problems, self.frames, self._source)

    def _walk(self, data: bytes, base: int) -> tuple[Block, int]:
        """Index the records of one read; the second value is where, from `base`, to go on."""
        header = self.header
        buffer = self._engine.buffer(data)
        index = empty_index(len(data) // header.record + 1)
        at = rows = 0
        while at < len(data):
            before = rows
            at, rows, reason = self._engine.call(
                "walk_pcap",
                buffer,
                at,
                len(data),
                header.big,
                header.fraction_ns,
                header.record,
                self.max_record,
                self._engine.arrays(index),
                rows,
            )
            self.frames += rows - before
            if rows and index.time[rows - 1] != walk.LOST_TIME:
                self._near_ns = int(index.time[rows - 1])
            if reason != walk.BROKEN:
                break
            at = self._search(base + at, "a record header cannot be true") - base
        return formats.block_of(self._engine, buffer, base, index, rows, 1), at

    def _end(self, position: int, data: bytes) -> int:
        """Deal with a record that the file does not hold whole; return where to go on.

        A header that contradicts itself may lie about the length: then records may follow.
        """
        left = self._source.size - position
        if not self._may_be_cut(data):
            found = self._recovery.after(self, position + 1, self._near_ns, self.max_record)
            if found >= 0:
                why = "a record header states more bytes than are left"
                formats.report_skip(self.problems, self.frames, position, found, why)
                return found
        formats.report_cut(self.problems, self.frames, position, left, "record")
        return self._source.size

    def _may_be_cut(self, data: bytes) -> bool:
        """Tell whether what is left begins with a header that can be true."""
        if len(data) <= self.header.record:
            return True
        captured = int.from_bytes(data[8:12], "big" if self.header.big else "little")
        believable = len(self.candidates(data[: self.header.record + 1]).at) > 0
        return believable and captured <= (self.header.snap_length or captured)

    def _search(self, start: int, why: str) -> int:
        """Find the next believable records after damage; the end of the file if there are none."""
        found = self._recovery.after(self, start + 1, self._near_ns, self.max_record)
        if found >= 0:
            formats.report_skip(self.problems, self.frames, start, found, why)
            return found
        formats.report_lost(self.problems, self.frames, start, self._source.size, why)
        return self._source.size

    def candidate(self, data: bytes, *, at_end: bool) -> int:
        """Return where a chain of plausible records begins in `data`, -1 if nowhere."""
        window = Window(
            0, data, self, at_end=at_end, header=self.header.record, longest=self.max_record
        )
        return window.first(self, 0, self._near_ns)

    def passed(self, rows: int, last_ns: int) -> None:
        """Note that records were read by other means, and the time of the last one."""
        self.frames += rows
        if last_ns != walk.LOST_TIME:
            self._near_ns = last_ns

    def time_at(self, data: bytes, at: int) -> int:
        """Return the time of a record, in nanoseconds; see `Framing`."""
        seconds, fraction = struct.unpack_from(">II" if self.header.big else "<II", data, at)
        return int(seconds * 1_000_000_000 + fraction * self.header.fraction_ns)

    def candidates(self, data: bytes) -> Candidates:
        """Return where records can begin; see `Framing`.

        A record without bytes is none here: in a stretch of zeros all would be.
        """
        count = len(data) - self.header.record
        if count <= 0:
            none = np.empty(0, "i8")
            return Candidates(none, none, none, np.empty(0, bool))
        field = words(np.frombuffer(data, np.uint8), bool(self.header.big))
        captured, wire = field[8 : 8 + count], field[12 : 12 + count]
        good = (captured > 0) & (captured <= self.max_record) & (wire >= captured)
        good &= (wire < 1 << 27) & (field[4 : 4 + count] < 10**9 // self.header.fraction_ns)
        if self._near_ns is not None:
            good &= np.abs(field[:count] - self._near_ns // 10**9) <= NEAR_S
        at = np.flatnonzero(good)
        end = at + self.header.record + captured[at]
        return Candidates(at, end, np.ones(len(at), "i8"), np.ones(len(at), bool))

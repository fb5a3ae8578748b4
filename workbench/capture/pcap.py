"""The pcap format: one header, then records (draft-ietf-opsawg-pcap)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from workbench.capture import formats
from workbench.capture.engine import Engine
from workbench.capture.formats import BLOCK, Block, Interface
from workbench.capture.kernels import walk
from workbench.capture.kernels.types import empty_index
from workbench.capture.problems import ProblemList
from workbench.capture.sources import Source
from workbench.errors import CaptureError

HEADER = 24
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
        self.near = self._first_second()
        self.container = self.header.container
        resolution = 9 if self.header.fraction_ns == 1 else 6
        self.interfaces = [Interface(0, "", self.header.link, self.header.snap_length, resolution)]
        formats.link_problem(problems, self.interfaces[0], 0)

    def _first_second(self) -> int | None:
        """Return the time of the first record in seconds, None if there is none."""
        head = self._source.read_at(HEADER, 4)
        return int.from_bytes(head, "big" if self.header.big else "little") if head else None

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
        position, size = start, self._source.size
        want = BLOCK
        while position < size:
            data = self._source.read_at(position, min(want, size - position))
            if not data:
                formats.report_shrunk(self.problems, self.frames, self._source, position)
                return
            block, consumed, reason = self._walk(data, position)
            if block.rows:
                yield block
            position += consumed
            want = BLOCK
            if reason == walk.BROKEN:
                position = self._search(position, "a record header cannot be true")
            elif reason == walk.MORE and consumed == 0:
                if len(data) < BLOCK or want > self.max_record + self.header.record:
                    self._report_end(position, len(data))
                    return
                want = self.max_record + self.header.record
                data = self._source.read_at(position, min(want, size - position))
                if len(data) <= BLOCK:
                    self._report_end(position, len(data))
                    return
        formats.report_grown(self.problems, self.frames, self._source)

    def _walk(self, data: bytes, base: int) -> tuple[Block, int, int]:
        header = self.header
        buffer = self._engine.buffer(data)
        index = empty_index(len(data) // header.record + 1)
        consumed, rows, reason = self._engine.call(
            "walk_pcap",
            buffer,
            0,
            len(data),
            header.big,
            header.fraction_ns,
            header.record,
            self.max_record,
            self._engine.arrays(index),
            0,
        )
        self.frames += rows
        if rows:
            self.near = int(index.time[rows - 1]) // 1_000_000_000
        return formats.block_of(self._engine, buffer, base, index, rows, 1), consumed, reason

    def _report_end(self, position: int, left: int) -> None:
        if position + left < self._source.size:
            formats.report_shrunk(self.problems, self.frames, self._source, position + left)
        formats.report_cut(self.problems, self.frames, position, left, "record")
        formats.report_grown(self.problems, self.frames, self._source)

    def _search(self, start: int, why: str) -> int:
        """Find the next believable records after damage; the end of the file if there are none."""
        position = start + 1
        while position < self._source.size:
            data = self._source.read_at(position, formats.SEARCH)
            if not data:
                break
            at_end = position + len(data) >= self._source.size
            found = self.candidate(data, at_end)
            if found >= 0:
                formats.report_skip(self.problems, self.frames, start, position + found, why)
                return position + found
            position += len(data) if at_end else max(1, len(data) // 2)
        size = self._source.size
        self.problems.add(
            self.frames,
            start,
            "damaged",
            f"{why}; nothing readable in the last {size - start:,} bytes",
        )
        return size

    def candidate(self, data: bytes, at_end: bool) -> int:
        """Return where a chain of plausible records begins in `data`, -1 if nowhere."""
        positions = self._plausible(np.frombuffer(data, np.uint8))[: formats.MAX_CANDIDATES]
        lengths = dict(positions)
        for candidate, _ in positions:
            at, seen = candidate, 0
            while seen < formats.CHAIN and at in lengths:
                at += self.header.record + lengths[at]
                seen += 1
            if seen >= formats.CHAIN or (seen and at_end and at == len(data)):
                return candidate
        return -1

    def _plausible(self, raw: np.ndarray[Any, Any]) -> list[tuple[int, int]]:
        """Return positions in `raw` that could be record headers, with their captured lengths."""
        count = len(raw) - self.header.record
        if count <= 0:
            return []
        dtype = ">u4" if self.header.big else "<u4"

        def field(at: int) -> np.ndarray[Any, Any]:
            windows = np.lib.stride_tricks.sliding_window_view(raw[at : at + count + 3], 4)
            return np.ascontiguousarray(windows).view(dtype)[:, 0].astype("i8")

        captured, wire = field(8), field(12)
        good = (captured > 0) & (captured <= self.max_record) & (wire >= captured)
        good &= (wire < 1 << 27) & (field(4) < 1_000_000_000 // self.header.fraction_ns)
        if self.near is not None:
            good &= np.abs(field(0) - self.near) <= 31_557_600
        at = np.flatnonzero(good)
        return list(zip(at.tolist(), captured[at].tolist(), strict=True))

"""The pcapng format: sections of blocks (draft-ietf-opsawg-pcapng)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np

from workbench.capture import formats
from workbench.capture.engine import Engine
from workbench.capture.formats import BLOCK, Block, Interface
from workbench.capture.kernels import walk
from workbench.capture.kernels.types import empty_index
from workbench.capture.problems import ProblemList
from workbench.capture.sources import Source
from workbench.errors import CaptureError

SECTION = 0x0A0D0D0A
INTERFACE = 1
PACKET_KINDS = (2, 3, 6)
MAX_DESCRIPTION = 1 << 20
"""Most bytes of a section or interface block that are looked at."""


def is_pcapng(head: bytes) -> bool:
    """Tell whether a file that starts with `head` is a pcapng file."""
    return head[:4] == b"\x0a\x0d\x0d\x0a"


class PcapngFile:
    """A pcapng file open for one walk.

    Parameters
    ----------
    source
        Where the bytes come from.
    engine
        How kernels run.
    problems
        Gets what is wrong with the file.
    """

    container = "pcapng"

    def __init__(self, source: Source, engine: Engine, problems: ProblemList) -> None:
        self._source = source
        self._engine = engine
        self.problems = problems
        self.frames = 0
        self._sign = "<"
        self._first_interface = 0
        self._max_block = formats.max_record(0) + 4096
        self.interfaces: list[Interface] = []
        self._facts = np.zeros((3, 16), "i8")
        head = source.read_at(0, 12)
        if len(head) < 12 or self._order(head) is None:
            raise CaptureError.damaged(source.name, 0, "its pcapng section header is not readable")

    @staticmethod
    def _order(head: bytes) -> str | None:
        """Return the sign of a section header's byte order."""
        return {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}.get(head[8:12])

    def blocks(self, start: int = 0) -> Iterator[Block]:
        """Walk the file from a block to its end.

        Parameters
        ----------
        start
            Where a block begins: the first section header by default.

        Yields
        ------
        Block
            Up to some MiB of packets each, all of one section.
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
            want = BLOCK
            if consumed == 0:
                if position + len(data) >= size or len(data) > self._max_block:
                    self._report_end(position, len(data))
                    return
                want = BLOCK + self._max_block
        formats.report_grown(self.problems, self.frames, self._source)

    def _walk(self, data: bytes, base: int) -> tuple[Block, int]:
        """Index the packets of one read; the second value is where, from `base`, to go on."""
        buffer = self._engine.buffer(data)
        index = empty_index(len(data) // 16 + 1)
        at = row = 0
        while at < len(data):
            at, row, reason = self._engine.call(
                "walk_pcapng",
                buffer,
                at,
                len(data),
                int(self._sign == ">"),
                self._first_interface,
                *(self._engine.array(fact) for fact in self._facts[:, : len(self.interfaces)]),
                self._max_block,
                self._engine.arrays(index),
                row,
            )
            if reason == walk.OTHER_BLOCK:
                at = self._other(data, at, base) - base
            elif reason == walk.BROKEN:
                at = self._search(base + at, "a block header cannot be true") - base
            else:
                break
        self.frames += row
        known = len(self.interfaces)
        return formats.block_of(self._engine, buffer, base, index, row, known), at

    def _other(self, data: bytes, at: int, base: int) -> int:
        """Read or pass a block that is no packet; return where the next one begins."""
        position = base + at
        head = data[at : at + 12] if at + 12 <= len(data) else self._source.read_at(position, 12)
        kind: int = struct.unpack(f"{self._sign}I", head[:4])[0]
        sign = self._sign
        if kind == SECTION:
            found = self._order(head)
            if found is None:
                return self._search(position, "a section header has no byte order")
            sign = found
        length: int = struct.unpack(f"{sign}I", head[4:8])[0]
        padded = (length + 3) & ~3
        if length < 12:
            return self._search(position, f"a block says it has {length} bytes")
        if position + padded > self._source.size:
            return self._cut_or_search(position, padded)
        trailer = self._source.read_at(position + padded - 4, 4)
        if trailer != struct.pack(f"{sign}I", length):
            return self._search(position, "the two lengths of a block differ")
        if kind == SECTION:
            self._sign = sign
            self._first_interface = len(self.interfaces)
        elif kind == INTERFACE:
            self._add_interface(
                self._source.read_at(position, min(padded, MAX_DESCRIPTION)), position
            )
        return position + padded

    def _cut_or_search(self, position: int, padded: int) -> int:
        """Tell a block that the end of the file cuts from one whose length lies."""
        left = self._source.size - position
        found = self._find(position + 1)
        if found < 0:
            formats.report_cut(self.problems, self.frames, position, left, "block")
            return self._source.size
        why = f"a block says it has {padded:,} bytes, which is more than the file has"
        formats.report_skip(self.problems, self.frames, position, found, why)
        return found

    def _add_interface(self, block: bytes, position: int) -> None:
        """Read an interface description block."""
        if len(block) < 20 or len(self.interfaces) >= formats.MAX_INTERFACES:
            self.problems.add(
                self.frames, position, "damaged", "an interface description is not readable"
            )
            return
        link, _, snap_length = struct.unpack(f"{self._sign}HHI", block[8:16])
        resolution, offset_s, name = 6, 0, ""
        for code, value in self._options(block[16:-4]):
            if code == 9 and len(value) >= 1:
                resolution = value[0]
            elif code == 14 and len(value) >= 8:
                offset_s = struct.unpack(f"{self._sign}q", value[:8])[0]
            elif code == 2:
                name = value.decode("utf-8", "replace")[:256]
        if abs(offset_s) > walk.MAX_SECONDS:
            self.problems.add(
                self.frames, position, "time-out-of-range", "an interface's if_tsoffset is absurd"
            )
            offset_s = 0
        interface = Interface(0, name, link, snap_length, resolution, offset_s)
        formats.link_problem(self.problems, interface, len(self.interfaces))
        number = len(self.interfaces)
        if number == self._facts.shape[1]:
            self._facts = np.concatenate([self._facts, np.zeros_like(self._facts)], axis=1)
        self._facts[:, number] = resolution, offset_s, snap_length
        self.interfaces.append(interface)
        self._max_block = max(self._max_block, formats.max_record(snap_length) + 4096)

    def _options(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Read options until they end or stop making sense."""
        at = 0
        while at + 4 <= len(data):
            code, length = struct.unpack(f"{self._sign}HH", data[at : at + 4])
            if code == 0 or at + 4 + length > len(data):
                return
            yield code, data[at + 4 : at + 4 + length]
            at += 4 + ((length + 3) & ~3)

    def _report_end(self, position: int, left: int) -> None:
        if position + left < self._source.size:
            formats.report_shrunk(self.problems, self.frames, self._source, position + left)
        formats.report_cut(self.problems, self.frames, position, left, "block")
        formats.report_grown(self.problems, self.frames, self._source)

    def _search(self, start: int, why: str) -> int:
        """Find the next believable block after damage; the end of the file if there is none."""
        found = self._find(start + 1)
        if found >= 0:
            formats.report_skip(self.problems, self.frames, start, found, why)
            return found
        size = self._source.size
        self.problems.add(
            self.frames,
            start,
            "damaged",
            f"{why}; nothing readable in the last {size - start:,} bytes",
        )
        return size

    def _find(self, start: int) -> int:
        """Return where the next block with two agreeing lengths begins, -1 if nowhere."""
        position = start
        while position < self._source.size:
            data = self._source.read_at(position, formats.SEARCH)
            if not data:
                break
            found = self._candidate(data)
            if found >= 0:
                return position + found
            at_end = position + len(data) >= self._source.size
            position += len(data) if at_end else max(1, len(data) // 2)
        return -1

    def _candidate(self, data: bytes) -> int:
        """Return where a plausible block begins in `data`: types first, then both lengths."""
        buffer = memoryview(data)
        raw = np.frombuffer(data, np.uint8)
        if len(raw) < 12:
            return -1
        ends = len(raw) - 3
        little = (raw[2:-1] == 0) & (raw[3:] == 0) & (raw[1:-2] <= 0x0B)
        big = (raw[0:ends] == 0) & (raw[1:-2] == 0) & (raw[2:-1] <= 0x0B)
        either = little | big | (raw[0:ends] == 0x0A) | (raw[0:ends] == 0x40) | (raw[3:] == 0x40)
        for candidate in np.flatnonzero(either)[: 10 * formats.MAX_CANDIDATES].tolist():
            if walk.plausible_block(buffer, candidate, self._max_block):
                return int(candidate)
        return -1

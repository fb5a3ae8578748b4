"""The pcapng format: sections of blocks (draft-ietf-opsawg-pcapng)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import numpy as np

from workbench.capture import formats
from workbench.capture.engine import Engine
from workbench.capture.formats import BLOCK, Block, Interface
from workbench.capture.kernels import walk
from workbench.capture.kernels.types import empty_index
from workbench.capture.links import UNKNOWN
from workbench.capture.problems import ProblemList
from workbench.capture.recovery import Candidates, Recovery, words
from workbench.capture.sources import Source
from workbench.errors import CaptureError

Array = np.ndarray[Any, Any]

SECTION = 0x0A0D0D0A
INTERFACE = 1
TIMED_KINDS = (2, 6)
CUSTOM, CUSTOM_NOT_COPIED = 0x0BAD, 0x40000BAD
BYTE_ORDER = 0x1A2B3C4D
MAX_OPTIONS = 4096
"""Most bytes of options behind a packet that are believed at the end of a file."""
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
        self._near_ns: int | None = None
        self._recovery = Recovery(source, 12)
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
            if consumed > 0:
                want = BLOCK
            elif position + len(data) >= size or len(data) > self._max_block:
                position = self._end(position, data)
            elif len(data) < want:
                formats.report_shrunk(
                    self.problems, self.frames, self._source, position + len(data)
                )
                return
            else:
                want = BLOCK + self._max_block
        formats.report_grown(self.problems, self.frames, self._source)

    def _walk(self, data: bytes, base: int) -> tuple[Block, int]:
        """Index the packets of one read; the second value is where, from `base`, to go on."""
        buffer = self._engine.buffer(data)
        index = empty_index(len(data) // 16 + 1)
        at = row = 0
        while at < len(data):
            before = row
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
            self.frames += row - before
            if row and index.time[row - 1] > walk.LOST_TIME:
                self._near_ns = int(index.time[row - 1])
            if reason == walk.OTHER_BLOCK:
                at = self._other(data, at, base) - base
            elif reason == walk.BROKEN:
                at = self._broken(data, at, base) - base
            else:
                break
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
            self._note_version(position, sign)
            self._sign = sign
            self._first_interface = len(self.interfaces)
        elif kind == INTERFACE:
            self._add_interface(
                self._source.read_at(position, min(padded, MAX_DESCRIPTION)), position
            )
        return position + padded

    def _note_version(self, position: int, sign: str) -> None:
        """Note a section of a version that nobody has described yet."""
        head = self._source.read_at(position + 12, 4)
        major, minor = struct.unpack(f"{sign}HH", head) if len(head) == 4 else (0, 0)
        if major != 1:
            why = f"a section of pcapng version {major}.{minor} is read as if it were version 1.0"
            self.problems.add(self.frames, position, "unknown-version", why)

    def _cut_or_search(self, position: int, padded: int) -> int:
        """Tell a block that the end of the file cuts from one whose length lies."""
        why = f"a block says it has {padded:,} bytes, which is more than the file has"
        if padded <= self._max_block:
            return self._cut(position, self._source.size - position)
        return self._search(position, why)

    def _add_interface(self, block: bytes, position: int) -> None:
        """Read an interface description block."""
        if len(block) < 20 or len(self.interfaces) >= formats.MAX_INTERFACES:
            self.problems.add(
                self.frames, position, "damaged", "an interface description is not readable"
            )
            if len(self.interfaces) >= formats.MAX_INTERFACES:
                return
            block = struct.pack(f"{self._sign}8xHHII", UNKNOWN, 0, 0, 0)
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

    def _end(self, position: int, data: bytes) -> int:
        """Deal with a packet block that the file does not hold whole; return where to go on.

        A header that contradicts itself may lie about the length: then blocks may follow.
        """
        left = self._source.size - position
        if len(data) >= 28:
            length, captured = struct.unpack(f"{self._sign}I12xI", data[4:24])
            rest = length - 32 - captured
            if self._kind(data) in TIMED_KINDS and not 0 <= rest <= MAX_OPTIONS:
                why = "a packet block states more bytes than are left"
                return self._skip(position, why) or self._cut(position, left)
        return self._cut(position, left)

    def _cut(self, position: int, left: int) -> int:
        formats.report_cut(self.problems, self.frames, position, left, "block")
        return self._source.size

    def _kind(self, data: bytes) -> int:
        kind: int = struct.unpack(f"{self._sign}I", data[:4])[0]
        return kind

    def _broken(self, data: bytes, at: int, base: int) -> int:
        """Pass a packet block that contradicts itself; two lengths that agree are believed."""
        length: int = struct.unpack(f"{self._sign}I", data[at + 4 : at + 8])[0]
        end = at + ((length + 3) & ~3)
        if length >= 16 and data[end - 4 : end] == data[at + 4 : at + 8]:
            why = "a packet block contradicts itself"
            formats.report_skip(self.problems, self.frames, base + at, base + end, why)
            return base + end
        return self._search(base + at, "a block header cannot be true")

    def _search(self, start: int, why: str) -> int:
        """Find the next believable block after damage; the end of the file if there is none."""
        found = self._skip(start, why)
        if not found:
            formats.report_lost(self.problems, self.frames, start, self._source.size, why)
        return found or self._source.size

    def _skip(self, start: int, why: str) -> int:
        """Find and note the next believable block after damage; return 0 if there is none."""
        found = self._recovery.after(self, start + 1, self._near_ns, self._max_block)
        if found < 0:
            return 0
        formats.report_skip(self.problems, self.frames, start, found, why)
        return found

    def time_at(self, data: bytes, at: int) -> int | None:
        """Return the time of a packet block, in nanoseconds; see `Framing`."""
        if at + 28 > len(data) or self._kind(data[at : at + 4]) not in TIMED_KINDS:
            return None
        number, high, low = struct.unpack_from(f"{self._sign}III", data, at + 8)
        if self._kind(data[at : at + 4]) == 2:
            number = struct.unpack_from(f"{self._sign}H", data, at + 8)[0]
        number += self._first_interface
        if number >= len(self.interfaces):
            return None
        time = walk.nanoseconds(high, low, int(self._facts[0, number]), int(self._facts[1, number]))
        return time if time > walk.LOST_TIME else None

    def candidates(self, data: bytes) -> Candidates:
        """Return where blocks can begin; see `Framing`.

        A block whose two lengths agree proves itself; one that ends behind `data` proves little.
        Reading goes on in the byte order of the section, or at a new section.
        """
        found = [_candidates(data, sign, self._max_block) for sign in "<>"]
        both = [np.concatenate([part[place] for part in found]) for place in range(3)]
        start = np.concatenate(
            [part[3] | (sign == self._sign) for part, sign in zip(found, "<>", strict=True)]
        )
        order = np.argsort(both[0], kind="stable")
        return Candidates(both[0][order], both[1][order], both[2][order], start[order])


def _candidates(data: bytes, sign: str, max_block: int) -> tuple[Array, Array, Array, Array]:
    """Return where blocks of one byte order can be, what they prove, and section headers."""
    raw = np.frombuffer(data, np.uint8)
    if len(raw) < 16:
        none = np.empty(0, "i8")
        return none, none, none, np.empty(0, bool)
    number = words(raw, sign == ">")
    kind, length, third = number[:-8], number[4:-4], number[8:]
    known = (kind >= 1) & (kind <= 10) | (kind == CUSTOM) | (kind == CUSTOM_NOT_COPIED)
    known |= (kind == SECTION) & (third == BYTE_ORDER)
    known &= (length >= 12) & (length <= max_block) & (length & 3 == 0)
    at = np.flatnonzero(known)
    end = at + length[at]
    inside = end <= len(raw)
    closed = number[np.where(inside, end - 4, 0)] == length[at]
    kept = closed | ~inside
    at, end, inside = at[kept], end[kept], inside[kept]
    return at, end, np.where(inside, formats.CHAIN, 1), kind[at] == SECTION

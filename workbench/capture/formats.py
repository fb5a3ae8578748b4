"""What pcap and pcapng readers share: blocks of records, interfaces, searching after damage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from workbench.capture import links
from workbench.capture.engine import Engine
from workbench.capture.kernels.types import Buffer, Index
from workbench.capture.problems import ProblemList
from workbench.capture.sources import Source

BLOCK = 4 << 20
"""Bytes read at once: enough to keep a thread busy, few enough to stay in cache."""
MAX_RECORD = 256 << 10
"""Most bytes a packet is believed to have where the file does not promise more (tcpdump's own
bound)."""
ABSOLUTE_MAX_RECORD = 16 << 20
SEARCH = 4 << 20
CHAIN = 6
"""Plausible records in a row that end a search: none of 40,000 random cuts went wrong with six."""
MAX_CANDIDATES = 200_000
MAX_INTERFACES = 65_535


@dataclass(frozen=True, slots=True)
class Interface:
    """Where packets were captured, as the file describes it.

    Attributes
    ----------
    file
        Number of the file, from 0.
    name
        Name given by the capturing program, `""` if none.
    link
        Link type number.
    snap_length
        Most bytes kept of a packet; 0 for no limit.
    resolution
        if_tsresol: a power of ten, or of two with the highest of eight bits set.
    offset_s
        Seconds added to each time.
    """

    file: int
    name: str
    link: int
    snap_length: int
    resolution: int = 6
    offset_s: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """Records of one stretch of a file.

    Attributes
    ----------
    data
        Bytes, in the form that the engine indexes.
    base
        Offset of the first byte in the decompressed file.
    index
        Where the records are in `data`: arrays of exactly `rows` entries.
    rows
        Number of records.
    interfaces
        Number of interfaces known when they were captured.
    """

    data: Buffer
    base: int
    index: Index
    rows: int
    interfaces: int


class Format(Protocol):
    """A file format, open on one source."""

    container: str
    interfaces: list[Interface]
    problems: ProblemList

    def blocks(self, start: int = ...) -> Iterator[Block]:
        """Walk the file once, from its beginning or from a record that begins at `start`."""
        ...


def block_of(engine: Engine, data: Buffer, base: int, index: Index, rows: int, known: int) -> Block:
    """Cut an index to the rows that were written."""
    cut = Index(*(np.asarray(column)[:rows] for column in index))
    del engine
    return Block(data, base, cut, rows, known)


def link_array(interfaces: list[Interface], known: int) -> np.ndarray[Any, Any]:
    """Return the link types of the first `known` interfaces as kernels take them."""
    return np.array([interface.link for interface in interfaces[:known]], "i4")


def max_record(snap_length: int) -> int:
    """Return the most bytes a record is believed to have under a snap length.

    Examples
    --------
    >>> max_record(0) == max_record(65535) == 262144, max_record(0xFFFFFFFF)
    (True, 16777216)
    """
    return max(MAX_RECORD, min(snap_length, ABSOLUTE_MAX_RECORD))


def report_cut(problems: ProblemList, frame: int, offset: int, left: int, what: str) -> None:
    """Note that the file ends inside a record."""
    problems.add(
        frame, offset, "cut-short", f"the file ends inside a {what}: {left:,} bytes are left over"
    )


def report_skip(problems: ProblemList, frame: int, start: int, found: int, why: str) -> None:
    """Note that bytes were passed over."""
    problems.add(
        frame, start, "damaged", f"{why}; {found - start:,} bytes passed over up to the next record"
    )


def report_lost(problems: ProblemList, frame: int, start: int, size: int, why: str) -> None:
    """Note that nothing could be read from an offset on."""
    problems.add(
        frame, start, "damaged", f"{why}; nothing readable in the last {size - start:,} bytes"
    )


def report_shrunk(problems: ProblemList, frame: int, source: Source, offset: int) -> None:
    """Note that a file became shorter while it was read."""
    problems.add(
        frame,
        offset,
        "file-shrunk",
        f"the file had {source.size:,} bytes when it was opened and ends at {offset:,} now",
    )


def report_grown(problems: ProblemList, frame: int, source: Source) -> None:
    """Note that a file was still being written while it was read."""
    size = source.current_size()
    if size > source.size:
        problems.add(
            frame,
            source.size,
            "file-grew",
            f"the file grew from {source.size:,} to {size:,} bytes while it was read;"
            " the rest is not in this table",
        )


def link_problem(problems: ProblemList, interface: Interface, number: int) -> None:
    """Note an interface whose packets are kept but not decoded."""
    if interface.link not in links.DECODED:
        problems.add(
            0,
            -1,
            "unknown-link-type",
            f"interface {number} has link type {links.link_name(interface.link)}"
            f" ({interface.link}), which is not decoded; its packets are kept",
        )

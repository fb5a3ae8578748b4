"""A file to the columns of its packets: walk, decode, in order or side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from workbench.capture import codes
from workbench.capture.addresses import Addresses, without_unused
from workbench.capture.assembly import Assembly
from workbench.capture.compression import sniff
from workbench.capture.engine import Engine, engine_for, interpreted
from workbench.capture.formats import Block, Format
from workbench.capture.fragments import Datagrams, Reassembler
from workbench.capture.kernels.types import empty_index
from workbench.capture.packets import Packets
from workbench.capture.pcap import PcapFile, is_pcap
from workbench.capture.pcapng import PcapngFile, is_pcapng
from workbench.capture.problems import ProblemList
from workbench.capture.scan import PcapScan
from workbench.capture.sources import Readable, Source, closed_on_error, open_source
from workbench.errors import CaptureError
from workbench.settings import settings

Array = np.ndarray[Any, Any]


def read_packets(given: Readable) -> Packets:
    """Read one capture whole.

    Parameters
    ----------
    given
        A path, `-` for standard input, or a binary file object.

    Returns
    -------
    Packets
        Its packets, and what is wrong with it.

    Raises
    ------
    CaptureError, LimitError
        When nothing can be read; damage behind a readable header is a problem, not an error.
    """
    problems = ProblemList(settings().max_problems)
    source = open_source(given, problems)
    with closed_on_error(source):
        return decode_source(source, problems)


def check_format(raw: Source) -> None:
    """Look at the beginning of a file, unpacking no more of it than that takes.

    Raises
    ------
    CaptureError
        When it is no capture.
    """
    head = raw.read_at(0, 64)
    compression = sniff(head)
    if compression is None:
        open_format(raw, interpreted(), ProblemList())


def decode_source(source: Source, problems: ProblemList, engine: Engine | None = None) -> Packets:
    """Decode an open source; see `read_packets`."""
    engine = engine or engine_for(source.size)
    file = open_format(source, engine, problems)
    columns, addresses = _decode_all(file, source, engine)
    packets = Packets(
        sources=(source,),
        interfaces=tuple(file.interfaces),
        columns=columns,
        addresses=addresses,
        datagrams=Datagrams.none(),
        problems=problems,
        containers=(file.container,),
    )
    packets = Reassembler(engine).complete(packets)
    note_packet_problems(packets.columns["problem"], packets.columns["offset"], problems, 1)
    return packets


def open_format(source: Source, engine: Engine, problems: ProblemList) -> Format:
    """Recognise the file format.

    Raises
    ------
    CaptureError
        When it is none that can be read.
    """
    head = source.read_at(0, 64)
    if is_pcapng(head):
        return PcapngFile(source, engine, problems)
    if is_pcap(head):
        return PcapFile(source, engine, problems)
    raise CaptureError.not_a_capture(source.name, head)


def _decode_all(file: Format, source: Source, engine: Engine) -> tuple[dict[str, Array], Addresses]:
    """Decode every block of a file into one set of columns."""
    threads = settings().threads if engine.compiled else 1
    assembly = Assembly(engine, file)
    if not (engine.compiled and isinstance(file, PcapFile) and file.header.record == 16):
        assembly.add_blocks(file.blocks(), source.size, threads)
        return assembly.finish()
    scan = PcapScan(file, source, engine, threads)
    for stretch in scan.stretches():
        assembly.add_stretch(stretch, source.size)
        if stretch.rows:
            file.passed(stretch.rows, int(stretch.desk.index.time[stretch.rows - 1]))
    assembly.add_blocks(file.blocks(scan.position), source.size, threads)
    columns, addresses = assembly.finish([desk.table for desk in scan.desks])
    return without_unused(columns, addresses) if scan.misled else (columns, addresses)


def note_packet_problems(
    problem: Array, offset: Array, problems: ProblemList, first_frame: int
) -> None:
    """List the packets that have a problem of their own."""
    rows = np.flatnonzero(problem)
    room = max(0, problems.limit - len(problems.listed))
    for row in rows[:room].tolist():
        kind = codes.PROBLEM_NAMES[problem[row]]
        if kind == "unknown-link-type":
            problems.count(kind, 1)
        else:
            problems.add(first_frame + row, int(offset[row]), kind, codes.PROBLEM_REASONS[kind])
    for code, number in enumerate(np.bincount(problem[rows[room:]], minlength=1).tolist()):
        problems.count(codes.PROBLEM_NAMES[code], number)


def stream_source(source: Source, problems: ProblemList, rows: int = 65_536) -> Iterator[Packets]:
    """Decode an open source piece by piece, in memory that does not grow with it.

    Parameters
    ----------
    source
        Bytes of a capture.
    problems
        What is wrong with it so far; goes with the first piece.
    rows
        Most packets of a piece.

    Yields
    ------
    Packets
        Consecutive packets, numbered on, with address codes of their own. Each piece lists its own
        problems; those found behind the last packet come with an empty piece at the end.

    Raises
    ------
    CaptureError
        When it is no capture.
    """
    engine = engine_for(source.size)
    file = open_format(source, engine, problems)
    reassembler = Reassembler(engine)
    frame = 1
    for block in file.blocks():
        for piece in _pieces(block, rows):
            packets = _decode_piece(piece, file, source, engine, frame)
            packets = reassembler.complete(packets)
            columns = packets.columns
            note_packet_problems(columns["problem"], columns["offset"], problems, frame)
            yield packets
            frame += piece.rows
            problems = _renew(file, problems)
    if problems.counts:
        empty = Block(engine.buffer(b""), 0, empty_index(0), 0, 0)
        yield _decode_piece(empty, file, source, engine, frame)


def _renew(file: Format, problems: ProblemList) -> ProblemList:
    """Give the next piece a list of its own; the file reader writes into it from now on."""
    fresh = ProblemList(problems.limit)
    file.problems = fresh
    return fresh


def _pieces(block: Block, rows: int) -> Iterator[Block]:
    for first in range(0, block.rows, rows):
        index = type(block.index)(*(column[first : first + rows] for column in block.index))
        yield Block(block.data, block.base, index, len(index.at), block.interfaces)


def _decode_piece(
    block: Block, file: Format, source: Source, engine: Engine, frame: int
) -> Packets:
    assembly = Assembly(engine, file)
    assembly.add_blocks(iter([block]), block.base + len(block.data), 1)
    columns, addresses = assembly.finish()
    return Packets(
        sources=(source,),
        interfaces=tuple(file.interfaces),
        columns=columns,
        addresses=addresses,
        datagrams=Datagrams.none(),
        problems=file.problems,
        containers=(file.container,),
        frames=np.arange(frame, frame + block.rows, dtype="u4"),
    )

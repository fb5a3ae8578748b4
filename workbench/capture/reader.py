"""A file to the columns of its packets: walk, decode, in order or side by side."""

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
from workbench.capture.compression import sniff
from workbench.capture.engine import Engine, engine_for, interpreted
from workbench.capture.formats import Block, Format, link_array
from workbench.capture.fragments import Datagrams, Reassembler
from workbench.capture.kernels import fields
from workbench.capture.kernels.types import NO_WALK, Columns, Index, empty_index
from workbench.capture.kernels.walk import LOST_TIME, NO_TIME
from workbench.capture.packets import Packets
from workbench.capture.pcap import PcapFile, is_pcap
from workbench.capture.pcapng import PcapngFile, is_pcapng
from workbench.capture.problems import ProblemList
from workbench.capture.scan import PcapScan, Stretch
from workbench.capture.sources import Readable, Source, open_source
from workbench.capture.store import AddressTable, Segment, Store, TablePool
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


@dataclass(frozen=True)
class _Placed:
    """A block whose rows have a place; `table` says which address table its codes are of."""

    segment: Segment
    row: int
    rows: int
    table: int


def _decode_all(file: Format, source: Source, engine: Engine) -> tuple[dict[str, Array], Addresses]:
    """Decode every block of a file into one set of columns."""
    store, placed = Store(), []
    tables: list[AddressTable] = []
    start = None
    threads = settings().threads if engine.compiled else 1
    if engine.compiled and isinstance(file, PcapFile) and file.header.record == 16:
        scan = PcapScan(file, source, engine, threads)
        for stretch in scan.stretches():
            placed.append(_copy(stretch, store, source.size))
            if stretch.rows:
                file.passed(stretch.rows, int(stretch.desk.index.time[stretch.rows - 1]))
        tables = [desk.table for desk in scan.desks]
        start = scan.position
    blocks = file.blocks() if start is None else file.blocks(start)
    pool = TablePool(engine)
    placed += _decode_blocks(file, blocks, store, pool, engine, source.size, threads, len(tables))
    addresses, mappings = merge_tables([*tables, *pool.tables])
    for part in placed:
        for name in ("source", "destination"):
            values = part.segment.columns[name]
            mapping = mappings[part.table]
            span = part.row, part.row + part.rows
            engine.call("remap", engine.array(values), *span, engine.array(mapping))
    return store.finish(), addresses


def _copy(stretch: Stretch, store: Store, size: int) -> _Placed:
    """Copy the rows of a stretch from the desk where they were written."""
    rows = stretch.rows
    expected = rows + int(rows / max(stretch.end - stretch.start, 1) * (size - stretch.end))
    segment, row = store.place(rows, expected)
    span = slice(row, row + rows)
    fill_record_columns(segment.columns, row, stretch.desk.index, stretch.start, rows)
    for name, column in stretch.desk.columns._asdict().items():
        segment.columns[name][span] = column[:rows]
    note_lost_times(segment.columns, span)
    return _Placed(segment, row, rows, stretch.desk.number)


def _decode_blocks(
    file: Format,
    blocks: Iterator[Block],
    store: Store,
    pool: TablePool,
    engine: Engine,
    size: int,
    threads: int,
    first_table: int,
) -> list[_Placed]:
    """Decode blocks into the store, several at a time where threads help."""
    placed: list[_Placed] = []
    rows_so_far = 0
    with ExitStack() as stack:
        workers = stack.enter_context(ThreadPoolExecutor(threads)) if threads > 1 else None
        waiting: deque[Future[_Placed]] = deque()
        for block in blocks:
            rows_so_far += block.rows
            segment, row = store.place(block.rows, _expected(block, rows_so_far, size))
            fill_record_columns(segment.columns, row, block.index, block.base, block.rows)
            links = link_array(file.interfaces, block.interfaces)
            job = (engine, pool, block, links, segment, row, first_table)
            if workers is None:
                placed.append(_decode_block(*job))
                continue
            waiting.append(workers.submit(_decode_block, *job))
            if len(waiting) > 2 * threads:
                placed.append(waiting.popleft().result())
        placed.extend(future.result() for future in waiting)
    return placed


def _expected(block: Block, rows_so_far: int, size: int) -> int:
    """Estimate the rows from this block to the end of the file."""
    read = block.base + len(block.data)
    return block.rows + int(rows_so_far / max(read, 1) * max(size - read, 0))


def fill_record_columns(
    columns: dict[str, Array], row: int, index: Index, base: int, rows: int
) -> None:
    """Write what a walk knows of packets; positions become offsets in the file."""
    span = slice(row, row + rows)
    columns["time"][span] = index.time[:rows]
    np.add(index.at[:rows], base, out=columns["offset"][span])
    columns["captured"][span] = index.captured[:rows]
    columns["wire"][span] = index.wire[:rows]
    columns["interface"][span] = index.interface[:rows]


def _decode_block(
    engine: Engine,
    pool: TablePool,
    block: Block,
    links: Array,
    segment: Segment,
    row: int,
    first_table: int = 0,
) -> _Placed:
    number = pool.borrow(block.rows)
    try:
        decode_into(engine, block, links, segment.kernel_columns(), row, pool.tables[number])
    finally:
        pool.give_back(number)
    note_lost_times(segment.columns, slice(row, row + block.rows))
    return _Placed(segment, row, block.rows, first_table + number)


def note_lost_times(columns: dict[str, Array], span: slice) -> None:
    """Leave a time empty that does not fit, and make that the packet's problem if it has no other."""
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
            packets = _decode_piece(piece, file, source, engine, problems, frame)
            packets = reassembler.complete(packets)
            columns = packets.columns
            note_packet_problems(columns["problem"], columns["offset"], problems, frame)
            yield packets
            frame += piece.rows
            problems = _renew(file, problems)
    if problems.counts:
        empty = Block(engine.buffer(b""), 0, empty_index(0), 0, 0)
        yield _decode_piece(empty, file, source, engine, problems, frame)


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
    block: Block,
    file: Format,
    source: Source,
    engine: Engine,
    problems: ProblemList,
    first_frame: int,
) -> Packets:
    store, pool = Store(), TablePool(engine)
    segment, row = store.place(block.rows, block.rows)
    fill_record_columns(segment.columns, row, block.index, block.base, block.rows)
    links = link_array(file.interfaces, block.interfaces)
    _decode_block(engine, pool, block, links, segment, row)
    addresses, mappings = merge_tables(pool.tables)
    for name in ("source", "destination"):
        values = segment.columns[name]
        engine.call("remap", engine.array(values), 0, block.rows, engine.array(mappings[0]))
    return Packets(
        sources=(source,),
        interfaces=tuple(file.interfaces),
        columns=store.finish(),
        addresses=addresses,
        datagrams=Datagrams.none(),
        problems=problems,
        containers=(file.container,),
        frames=np.arange(first_frame, first_frame + block.rows, dtype="u4"),
    )

"""One connection's streams in the order in which they were said, safe to print."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from workbench.units import printable

if TYPE_CHECKING:
    from workbench.api import Capture
    from workbench.traffic.assembled import Stream

SIDES = ("client", "server")
POLICIES = ("genuine", "first", "last", "linux", "bsd", "windows", "solaris")
MOST_BYTES = 65_536
LINE = 16
WIDEST = 1_000
TEXT_SHARE = 0.9
"""Share of printable bytes from which on a turn is shown as text."""


@dataclass(frozen=True)
class Turn:
    """What one side says until the other one speaks.

    Attributes
    ----------
    side
        0 for the client, 1 for the server.
    offset
        Stream offset of the first byte.
    data
        The bytes.
    frames
        Frames that brought them.
    """

    side: int
    offset: int
    data: bytes
    frames: tuple[int, ...]


def follow(arguments: argparse.Namespace, capture: Capture) -> None:
    """Print both streams of a connection, turn by turn.

    Parameters
    ----------
    arguments : argparse.Namespace
        With `follow`, `policy`, `json` and `limit` (bytes of each side).
    capture : Capture
        The capture.

    Raises
    ------
    ParameterError
        When there is no such connection.
    """
    number, limit = arguments.follow, arguments.limit
    streams = [capture.stream(number, side, arguments.policy) for side in (0, 1)]
    most = MOST_BYTES if limit is None else limit or sys.maxsize
    lines = _objects(streams, most) if arguments.json else _texts(capture, number, streams, most)
    for line in lines:
        sys.stdout.write(line + "\n")


def turns(streams: list[Stream], most: int = MOST_BYTES) -> Iterator[Turn]:
    """Yield what both sides said, in order of time.

    Parameters
    ----------
    streams : list of Stream
        The client's and the server's.
    most : int
        Most bytes of each side.

    Yields
    ------
    Turn
        Bytes behind a gap begin a turn of their own.
    """
    said = []
    for side, stream in enumerate(streams):
        left = most
        for stretch in stream.stretches():
            for offset, data, frame, time_ns in stream.sourced(*stretch):
                if left > 0:
                    said.append((time_ns, frame, side, offset, data[:left]))
                left -= len(data)
    # Within a stream the order is that of the bytes, whenever they came.
    said.sort(key=lambda part: part[:2])
    for (side, _), group in groupby(_numbered(said), key=lambda part: (part[2], part[5])):
        parts = sorted(group, key=lambda part: part[3])
        frames = tuple(dict.fromkeys(part[1] for part in parts))
        yield Turn(side, parts[0][3], b"".join(part[4] for part in parts), frames)


def _numbered(
    said: list[tuple[int, int, int, int, bytes]],
) -> Iterator[tuple[int, int, int, int, bytes, int]]:
    """Add a number that grows where a side's bytes do not follow on."""
    number, ends, last = 0, [-1, -1], -1
    for time_ns, frame, side, offset, data in said:
        if side == last and offset != ends[side]:
            number += 1
        ends[side], last = offset + len(data), side
        yield time_ns, frame, side, offset, data, number


def _objects(streams: list[Stream], most: int) -> Iterator[str]:
    """Yield turns as JSON Lines."""
    for turn in turns(streams, most):
        yield json.dumps(
            {
                "direction": turn.side,
                "offset": turn.offset,
                "length": len(turn.data),
                "frames": turn.frames,
                "data": turn.data.hex(),
            }
        )


def _texts(capture: Capture, number: int, streams: list[Stream], most: int) -> Iterator[str]:
    """Yield lines for people."""
    row = capture.connections.iloc[number]
    ends = [f"{row[side]} port {row[f'{side}_port']}" for side in SIDES]
    name = row["server_name"] or row["request_kind"]
    yield f"connection {number}: {ends[0]} to {ends[1]}" + (
        f", {printable(str(name))}" if name else ""
    )
    for turn in turns(streams, most):
        frames = ", ".join(map(str, turn.frames[:8])) + (" …" if len(turn.frames) > 8 else "")
        yield f"\n{SIDES[turn.side]}, {len(turn.data):,} bytes at {turn.offset:,}, frame {frames}"
        yield from _body(turn)
    yield ""
    for side, stream in enumerate(streams):
        yield from _remarks(SIDES[side], stream, most)


def _body(turn: Turn) -> Iterator[str]:
    """Yield the bytes of a turn as text where they are text, else in hex."""
    plain = sum(32 <= byte < 127 or byte in b"\r\n\t" for byte in turn.data)
    if plain < TEXT_SHARE * len(turn.data):
        yield from hex_lines(turn.data, turn.offset)
        return
    for line in turn.data.replace(b"\r\n", b"\n").split(b"\n"):
        yield f"  {printable(line, WIDEST)}"


def hex_lines(data: bytes, offset: int = 0) -> Iterator[str]:
    """Yield bytes in hex and as text, sixteen a line.

    Parameters
    ----------
    data : bytes
        What to show.
    offset : int
        Number of the first byte.

    Yields
    ------
    str

    Examples
    --------
    >>> next(hex_lines(b"GET /", 16))
    '  00000010  47 45 54 20 2f                                    GET /'
    """
    for at in range(0, len(data), LINE):
        part = data[at : at + LINE]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
        yield f"  {offset + at:08x}  {part.hex(' '):<48}  {text}"


def _remarks(side: str, stream: Stream, most: int) -> Iterator[str]:
    """Yield what one should know of a stream."""
    kept = sum(end - begin for begin, end, *_ in stream.ranges)
    yield f"{side}: {kept:,} bytes" + (f", the first {most:,} shown" if kept > most else "")
    if stream.gaps:
        missing = ", ".join(f"{begin:,} to {end:,}" for begin, end in stream.gaps[:5])
        yield f"  missing: {missing}" + (" …" if len(stream.gaps) > 5 else "")
    for conflict in stream.conflicts[:5]:
        yield (
            f"  {conflict.begin:,} to {conflict.end:,} differ: frame {conflict.kept_frame} taken, "
            f"frame {conflict.dropped_frame} not"
        )
    if stream.disputed > 5:
        yield f"  {stream.disputed - 5:,} more ranges differ"

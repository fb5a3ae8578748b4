"""The bytes of packets some MiB at a time, and what every capture format asks of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from workbench.capture.kernels.walk import NO_TIME
from workbench.capture.packets import Packets
from workbench.errors import CaptureError, OutputError

Array = np.ndarray[Any, Any]

CHUNK = 4 << 20
ROWS = 1 << 16


def stretches(packets: Packets) -> Iterator[tuple[slice, Array, memoryview]]:
    """Yield rows, where each one's bytes start in the data, and the data, some MiB at a time."""
    captured = packets.columns["captured"]
    for first in range(0, len(packets), ROWS):
        last = min(first + ROWS, len(packets))
        ends = np.cumsum(captured[first:last], dtype="i8")
        begin = 0
        while begin < len(ends):
            before = int(ends[begin - 1]) if begin else 0
            end = max(begin + 1, int(np.searchsorted(ends, before + CHUNK, side="right")))
            rows = slice(first + begin, first + end)
            yield rows, *_bytes_of(packets, rows)
            begin = end


def _bytes_of(packets: Packets, rows: slice) -> tuple[Array, memoryview]:
    """Read the bytes of consecutive rows, each file's in one go where they lie close together."""
    offsets = packets.columns["offset"][rows]
    captured = packets.columns["captured"][rows].astype("i8")
    files = np.zeros(len(offsets), "u2") if packets.files is None else packets.files[rows]
    starts = np.empty(len(offsets), "i8")
    pieces: list[bytes] = []
    base = 0
    for file in np.unique(files).tolist():
        own = np.flatnonzero(files == file)
        first = int(offsets[own].min())
        size = int((offsets[own] + captured[own]).max()) - first
        if size <= 2 * CHUNK + int(captured[own].sum()):
            data = packets.sources[file].read_at(first, size)
            if len(data) != size:
                raise CaptureError.changed(packets.sources[file].name)
            starts[own] = base + offsets[own] - first
        else:
            data = b"".join([packets.data(rows.start + row) for row in own.tolist()])
            starts[own] = base + np.cumsum(captured[own]) - captured[own]
        pieces.append(data)
        base += len(data)
    return starts, memoryview(pieces[0] if len(pieces) == 1 else b"".join(pieces))


def links_of(packets: Packets, path: object) -> Array:
    """Return the link type of each packet.

    Raises
    ------
    OutputError
        For a packet of an interface that is not described, since its bytes have no known meaning.
    """
    known = np.array([interface.link for interface in packets.interfaces], "i8")
    number = packets.columns["interface"]
    lost = np.flatnonzero(number >= len(known))
    if len(lost):
        reason = (
            f"frame {frame_of(packets, lost[0])} names an interface that the capture does not"
            ' describe: leave such packets out with the filter "not problem unknown-interface"'
        )
        raise OutputError.cannot_write(path, reason)
    links: Array = known[number]
    return links


def refuse_times(packets: Packets, path: object, limit_ns: int, name: str) -> None:
    """Refuse times that a format cannot hold; pcap needs one for every packet.

    Raises
    ------
    OutputError
        With the first frame of which that is true.
    """
    time = packets.columns["time"]
    absent = time == NO_TIME
    if name == "pcap" and absent.any():
        frame = frame_of(packets, np.argmax(absent))
        reason = f"frame {frame} has no time, and pcap cannot say so: write pcapng"
        raise OutputError.cannot_write(path, reason)
    wrong = ~absent & ((time < 0) | (time > limit_ns - 1))
    if wrong.any():
        frame = frame_of(packets, np.argmax(wrong))
        last = "2106" if name == "pcap" else "2262"
        reason = f"the time of frame {frame} is outside what {name} can hold, 1970 to {last}"
        raise OutputError.cannot_write(path, reason)


def frame_of(packets: Packets, row: Any) -> int:
    """Return the frame number of a row."""
    return int(packets.frame_numbers()[int(row)])

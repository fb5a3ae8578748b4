"""Columns decoded when first asked for: the file is read once more, stretch by stretch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.capture.engine import Engine, engine_for
from workbench.capture.kernels import fields
from workbench.capture.kernels.extras import EXTRA_DTYPES, Extras, empty_extras
from workbench.capture.kernels.types import COLUMN_DTYPES, Columns
from workbench.capture.packets import Packets
from workbench.errors import CaptureError

Array = np.ndarray[Any, Any]

STRETCH = 4 << 20


def extra_columns(packets: Packets, names: Iterable[str]) -> dict[str, Array]:
    """Return extra columns by name.

    Parameters
    ----------
    packets
        Decoded packets; what is decoded here is kept with them.
    names
        Keys of `EXTRA_DTYPES`.

    Returns
    -------
    dict of str to ndarray
        `md5` as bool, the rest as decoded.

    Raises
    ------
    CaptureError
        When a file has become shorter since it was read.
    """
    if not packets.extra:
        engine = engine_for(int(packets.columns["captured"].sum()))
        packets.extra.update(decode_extra_columns(packets, engine)._asdict())
    found = {name: packets.extra[name] for name in names}
    if "md5" in found:
        found["md5"] = found["md5"].view(bool)
    return found


def decode_extra_columns(packets: Packets, engine: Engine) -> Extras:
    """Decode all extra columns of packets; raises as `extra_columns`."""
    extras = empty_extras(len(packets))
    for file, rows in _rows_by_file(packets):
        for part in _stretches(packets, rows):
            _decode_stretch(packets, file, part, engine, extras)
    for row in packets.datagrams.rows.tolist():
        whole = packets.datagrams.of(row)
        if whole is not None:
            datagram = _Frames(np.array([row]), np.zeros(1, "i8"), [len(whole)], reassembled=True)
            _run(packets, engine, whole, datagram, extras)
    return extras


def _rows_by_file(packets: Packets) -> Iterable[tuple[int, Array]]:
    if packets.files is None:
        yield 0, np.arange(len(packets))
        return
    for file in range(len(packets.sources)):
        yield file, np.flatnonzero(packets.files == file)


def _stretches(packets: Packets, rows: Array) -> Iterable[Array]:
    """Cut rows, in order of their place in the file, where a read would become too long."""
    offsets = packets.columns["offset"][rows]
    if len(offsets) > 1 and (np.diff(offsets) < 0).any():
        rows = rows[np.argsort(offsets, kind="stable")]
        offsets = packets.columns["offset"][rows]
    numbers = offsets // STRETCH
    cuts = np.flatnonzero(np.diff(numbers)) + 1
    return [part for part in np.split(rows, cuts) if len(part)]


def _decode_stretch(
    packets: Packets, file: int, rows: Array, engine: Engine, extras: Extras
) -> None:
    offsets = packets.columns["offset"][rows]
    lengths = packets.columns["captured"][rows]
    start = int(offsets[0])
    size = int(offsets[-1]) + int(lengths[-1]) - start
    data = packets.sources[file].read_at(start, size)
    if len(data) < size:
        raise CaptureError.changed(packets.sources[file].name)
    _run(packets, engine, data, _Frames(rows, offsets - start, lengths), extras)


@dataclass(frozen=True)
class _Frames:
    """Frames in a stretch of bytes: their rows, where they begin, how long they are."""

    rows: Array
    starts: Array
    lengths: Any
    reassembled: bool = False


def _run(packets: Packets, engine: Engine, data: bytes, frames: _Frames, extras: Extras) -> None:
    """Decode some frames and put their columns where they belong."""
    rows = frames.rows
    count = len(rows)
    straight = count == 1 or bool((np.diff(rows) == 1).all())
    span: Any = slice(int(rows[0]), int(rows[0]) + count) if straight else rows
    columns = Columns(
        **{name: np.ascontiguousarray(packets.columns[name][span]) for name in COLUMN_DTYPES}
    )
    if frames.reassembled:
        columns = columns._replace(fragment=np.zeros(count, "u2"))
    out = empty_extras(count)
    engine.call(
        "decode_extras",
        engine.buffer(data),
        engine.array(np.ascontiguousarray(frames.starts, "i8")),
        engine.array(np.ascontiguousarray(frames.lengths, "u4")),
        0,
        count,
        engine.arrays(columns),
        0,
        engine.array(np.zeros(fields.EXTRA_COUNT, "i8")),
        engine.arrays(out),
        0,
    )
    for name in EXTRA_DTYPES:
        getattr(extras, name)[span] = getattr(out, name)

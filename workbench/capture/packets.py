"""The packets of a capture: raw columns, and the bytes behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from workbench.capture.addresses import Addresses
from workbench.capture.formats import Interface
from workbench.capture.fragments import Datagrams
from workbench.capture.problems import ProblemList
from workbench.capture.sources import Source
from workbench.errors import CaptureError

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Packets:
    """Decoded packets; the array floor of a capture. A selection shares its parent's bytes.

    Attributes
    ----------
    sources
        Files that the packets are in.
    interfaces
        Interfaces of all files; the `interface` column counts them.
    columns
        Arrays of equal length by name (`workbench.capture.store.DTYPES`): `time` int64 nanoseconds,
        `offset` int64 in the decompressed file, and the rest as the kernels write them.
    addresses
        What the codes in `source` and `destination` mean.
    datagrams
        IP datagrams that were reassembled from fragments.
    problems
        What is wrong.
    containers
        Format of each file.
    frames
        uint32, frame numbers; None when they count from 1.
    files
        uint16, file of each packet; None for one file.
    extra
        Columns that were decoded later.
    """

    sources: tuple[Source, ...]
    interfaces: tuple[Interface, ...]
    columns: dict[str, Array]
    addresses: Addresses
    datagrams: Datagrams
    problems: ProblemList
    containers: tuple[str, ...]
    frames: Array | None = None
    files: Array | None = None
    extra: dict[str, Array] = field(default_factory=dict, compare=False)

    def __len__(self) -> int:
        return len(self.columns["time"])

    def frame_numbers(self, rows: Array | None = None) -> Array:
        """Return the frame numbers of some rows, of all by default: uint32, from 1."""
        if self.frames is not None:
            return self.frames if rows is None else self.frames[rows]
        if rows is None:
            return np.arange(1, len(self) + 1, dtype="u4")
        return (rows + 1).astype("u4")

    def row_of(self, frame: int) -> int:
        """Return the row of a frame.

        Raises
        ------
        CaptureError
            When there is no such frame here.
        """
        if self.frames is None:
            if not 1 <= frame <= len(self):
                raise CaptureError.no_frame(frame, len(self))
            return frame - 1
        found = np.flatnonzero(self.frames == frame)
        if not len(found):
            raise CaptureError.no_frame(frame, len(self))
        return int(found[0])

    def data(self, row: int) -> bytes:
        """Return the captured bytes of a row.

        Raises
        ------
        CaptureError
            When the file has become shorter since.
        """
        source = self.sources[int(self.files[row]) if self.files is not None else 0]
        size = int(self.columns["captured"][row])
        found = source.read_at(int(self.columns["offset"][row]), size)
        if len(found) != size:
            raise CaptureError.changed(source.name)
        return found

    def payload(self, row: int) -> bytes:
        """Return the captured bytes of a row's transport payload.

        For a packet that completes an IP datagram it is the payload of the whole datagram.
        """
        start = int(self.columns["payload_at"][row])
        whole = self.datagrams.of(row)
        data = self.data(row) if whole is None else whole
        return data[start : start + int(self.columns["payload_length"][row])]

    def payloads(self, rows: Sequence[int] | Array) -> list[bytes]:
        """Return the payloads of many rows; see `payload`.

        Raises
        ------
        CaptureError
            When a file has become shorter since.
        """
        chosen = np.asarray(rows, "i8")
        starts = self.columns["payload_at"][chosen].astype("i8")
        left = self.columns["captured"][chosen].astype("i8") - starts
        sizes = np.clip(self.columns["payload_length"][chosen].astype("i8"), 0, np.maximum(left, 0))
        offsets = self.columns["offset"][chosen] + starts
        files = np.zeros(len(chosen), "i8") if self.files is None else self.files[chosen]
        found = []
        for offset, size, file in zip(
            offsets.tolist(), sizes.tolist(), files.tolist(), strict=True
        ):
            part = self.sources[file].read_at(offset, size) if size else b""
            if len(part) != size:
                raise CaptureError.changed(self.sources[file].name)
            found.append(part)
        if len(self.datagrams.rows):
            for place in np.flatnonzero(self.datagrams.among(chosen)).tolist():
                found[place] = self.payload(int(chosen[place]))
        return found

    def take(self, rows: Sequence[int] | Array) -> Packets:
        """Return some of the packets, in the order given, with their frame numbers."""
        chosen = np.asarray(rows)
        if chosen.dtype == bool:
            chosen = np.flatnonzero(chosen)
        elif not len(chosen):
            chosen = chosen.astype("i8")
        return replace(
            self,
            columns={name: column[chosen] for name, column in self.columns.items()},
            datagrams=self.datagrams.take(chosen),
            frames=self.frame_numbers()[chosen],
            files=None if self.files is None else self.files[chosen],
            extra={name: column[chosen] for name, column in self.extra.items()},
        )

    def close(self) -> None:
        """Let go of the files."""
        for source in self.sources:
            source.close()

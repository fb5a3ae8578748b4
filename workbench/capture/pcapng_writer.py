"""Writes pcapng files (draft-ietf-opsawg-pcapng): one section, nanoseconds, nothing but packets."""

from __future__ import annotations

import struct
from typing import IO, Any

import numpy as np

from workbench.capture.formats import Interface
from workbench.capture.kernels.walk import NO_TIME
from workbench.capture.packets import Packets
from workbench.capture.stretches import frame_of, links_of, refuse_times, stretches
from workbench.errors import OutputError, ParameterError

Array = np.ndarray[Any, Any]

MAX_OPTION = 0xFFFF


class PcapngWriter:
    """Writes the blocks of a pcapng file, one section, little-endian.

    Parameters
    ----------
    file : binary file object
        Where to.
    path : path-like
        Its name, for errors.
    title : bytes
        Options of the section header.
    """

    def __init__(self, file: IO[bytes], path: object, title: bytes) -> None:
        self._file = file
        self._path = path
        self._written = 0
        body = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + title
        file.write(_block(0x0A0D0D0A, body))

    def add(self, packets: Packets) -> None:
        """Append packets, and the interfaces that are new.

        Raises
        ------
        OutputError
            When a time does not fit, or a packet has none and cannot be written without one.
        """
        for interface in packets.interfaces[self._written :]:
            self._file.write(_interface_block(interface))
        self._written = len(packets.interfaces)
        if not len(packets):
            return
        links_of(packets, self._path)
        refuse_times(packets, self._path, 2**63, "pcapng")
        self._refuse_simple(packets)
        for rows, starts, data in stretches(packets):
            self._file.write(self._blocks(packets, rows, starts, data))

    def finish(self) -> None:
        """Do nothing: a section needs no end."""

    def _refuse_simple(self, packets: Packets) -> None:
        """Raise for packets without a time that a Simple Packet Block cannot hold.

        It belongs to the first interface and has no captured length of its own.
        """
        columns = packets.columns
        bare = np.flatnonzero(columns["time"] == NO_TIME)
        if not len(bare):
            return
        snap = packets.interfaces[0].snap_length or 2**32 - 1
        captured = np.minimum(columns["wire"][bare], snap)
        fits = (columns["interface"][bare] == 0) & (captured == columns["captured"][bare])
        if not fits.all():
            frame = frame_of(packets, bare[np.argmin(fits)])
            reason = (
                f"frame {frame} has no time, and pcapng keeps a packet without one only on the"
                " first interface and at its full length: leave such packets out with the filter"
                ' "time"'
            )
            raise OutputError.cannot_write(self._path, reason)

    @staticmethod
    def _blocks(packets: Packets, rows: slice, starts: Array, data: memoryview) -> bytes:
        """Return the packet blocks of some rows."""
        columns = {
            name: packets.columns[name][rows] for name in ("time", "captured", "wire", "interface")
        }
        captured = columns["captured"].astype("i8")
        simple = columns["time"] == NO_TIME
        padding = -captured % 4
        total = np.where(simple, 16, 32) + captured + padding
        head = np.empty((len(total), 7), "<u4")
        time = columns["time"].view("u8")
        head[:, 0] = np.where(simple, 3, 6)
        head[:, 1] = total
        head[:, 2] = np.where(simple, columns["wire"], columns["interface"])
        head[:, 3] = time >> np.uint64(32)
        head[:, 4] = time & np.uint64(0xFFFFFFFF)
        head[:, 5] = captured
        head[:, 6] = columns["wire"]
        heads, tails = memoryview(head.tobytes()), memoryview(total.astype("<u4").tobytes())
        sizes = np.where(simple, 12, 28)
        pieces: list[bytes | memoryview] = []
        each = zip(
            starts.tolist(), captured.tolist(), sizes.tolist(), padding.tolist(), strict=True
        )
        for number, (start, length, size, pad) in enumerate(each):
            pieces += (
                heads[28 * number : 28 * number + size],
                data[start : start + length],
                b"\0\0\0"[:pad],
                tails[4 * number : 4 * number + 4],
            )
        return b"".join(pieces)


def title(comment: str, application: str) -> bytes:
    """Return the options of a section header."""
    options = b"".join(
        _option(code, name, text)
        for code, name, text in ((1, "comment", comment), (4, "application", application))
    )
    return options + b"\0\0\0\0" if options else b""


def _option(code: int, name: str, text: str) -> bytes:
    """Return one option that holds text, nothing for none."""
    value = text.encode("utf-8", "replace")
    if len(value) > MAX_OPTION:
        raise ParameterError.out_of_range(f"{name} length", len(value), 0, MAX_OPTION)
    if not value:
        return b""
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)


def _interface_block(interface: Interface) -> bytes:
    """Describe an interface; its times are nanoseconds, whatever they were."""
    name = _option(2, "interface name", interface.name)
    resolution = struct.pack("<HHB3xI", 9, 1, 9, 0)
    body = struct.pack("<HHI", interface.link, 0, interface.snap_length)
    return _block(1, body + name + resolution)


def _block(kind: int, body: bytes) -> bytes:
    """Put a block together."""
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length

"""Packets to pcap and pcapng files: the same bytes, times and lengths, and nothing else.

Decryption secrets, comments and statistics of the files that were read are not written.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from workbench.capture.formats import Interface
from workbench.capture.kernels.walk import NO_TIME
from workbench.capture.links import link_name
from workbench.capture.output import COMPRESSED, suffixes, whole_file
from workbench.capture.packets import Packets
from workbench.errors import CaptureError, OutputError, ParameterError

Array = np.ndarray[Any, Any]

FORMATS = ("pcap", "pcap-us", "pcapng")
"""`pcap` keeps nanoseconds; `pcap-us` is for programs that know only microseconds, and cuts them."""
BY_SUFFIX = {".pcap": "pcap", ".cap": "pcap", ".pcapng": "pcapng"}

PCAP_MAGIC = {"pcap": 0xA1B23C4D, "pcap-us": 0xA1B2C3D4}
PCAP_SECONDS = 2**32
SNAP_LENGTH = 262_144
"""What tcpdump calls no limit; a pcap file must name one."""
CHUNK = 4 << 20
ROWS = 1 << 16
NS = 1_000_000_000
MAX_OPTION = 0xFFFF


def write_capture(
    packets: Packets,
    path: str | os.PathLike[str],
    format: str | None = None,  # noqa: A002 (the word that people know)
    *,
    comment: str = "",
    application: str = "workbench",
) -> Path:
    """Write packets to a capture file.

    Parameters
    ----------
    packets : Packets
        What to write, in this order.
    path : path-like
        Where; `.gz` or `.zst` at its end compresses. A file that is there is replaced in one step.
    format : {"pcap", "pcap-us", "pcapng"}, optional
        By default what the suffix says: `.pcap` is nanoseconds.
    comment, application : str
        For the header of a pcapng file; empty for none.

    Returns
    -------
    pathlib.Path
        The path.

    Raises
    ------
    OutputError
        When the format cannot hold the packets, or the file cannot be written.
    ParameterError
        For a format that is none, or a comment longer than 65,535 bytes.
    CaptureError
        When a file that was read has become shorter since.
    """
    return write_packets([packets], path, format, comment=comment, application=application)


def write_packets(
    pieces: Iterable[Packets],
    path: str | os.PathLike[str],
    format: str | None = None,  # noqa: A002
    *,
    comment: str = "",
    application: str = "workbench",
) -> Path:
    """Write consecutive pieces of a capture to one file; see `write_capture`.

    Parameters
    ----------
    pieces : iterable of Packets
        At least one, in order, as `workbench.capture.reader.stream_packets` gives them; only one
        is held at a time.
    path, format, comment, application
        As for `write_capture`.

    Returns
    -------
    pathlib.Path
        The path.

    Raises
    ------
    OutputError, ParameterError, CaptureError
        As `write_capture`.
    """
    chosen = chosen_format(path, format)
    title = _title(comment, application)
    with whole_file(path) as file:
        writer: PcapWriter | PcapngWriter
        if chosen == "pcapng":
            writer = PcapngWriter(file, path, title)
        else:
            writer = PcapWriter(file, path, chosen)
        for packets in pieces:
            writer.add(packets)
        writer.finish()
    return Path(path)


def chosen_format(path: str | os.PathLike[str], format: str | None) -> str:  # noqa: A002
    """Return the format to write.

    Parameters
    ----------
    path : path-like
        Where it is written.
    format : str or None
        One of `FORMATS`, None for what the suffix says.

    Returns
    -------
    str
        One of `FORMATS`.

    Raises
    ------
    ParameterError
        When `format` is none of them.
    OutputError
        When the suffix says none.

    Examples
    --------
    >>> chosen_format("a.pcapng.zst", None), chosen_format("a", "pcap")
    ('pcapng', 'pcap')
    """
    if format is not None:
        if format not in FORMATS:
            raise ParameterError.not_among("format", format, FORMATS)
        return format
    ending, _ = suffixes(path)
    if ending not in BY_SUFFIX:
        raise OutputError.unknown_suffix(path, (*BY_SUFFIX, f"each with {' or '.join(COMPRESSED)}"))
    return BY_SUFFIX[ending]


class PcapWriter:
    """Writes the records of a pcap file.

    Parameters
    ----------
    file : binary file object
        Where to.
    path : path-like
        Its name, for errors.
    format : {"pcap", "pcap-us"}
        Unit of the times.
    """

    def __init__(self, file: IO[bytes], path: object, format: str) -> None:  # noqa: A002
        self._file = file
        self._path = path
        self._magic = PCAP_MAGIC[format]
        self._unit_ns = 1 if format == "pcap" else 1_000
        self._link = -1
        self._interfaces: tuple[Interface, ...] = ()

    def add(self, packets: Packets) -> None:
        """Append packets.

        Raises
        ------
        OutputError
            When one has another link type than the first, no time, or one that does not fit.
        """
        self._interfaces = packets.interfaces
        if not len(packets):
            return
        links = _links(packets, self._path)
        if self._link < 0:
            self._begin(int(links[0]))
        other = np.flatnonzero(links != self._link)
        if len(other):
            frame, name = _frame(packets, other[0]), link_name(int(links[other[0]]))
            reason = (
                f"a pcap file holds one link type, and frame {frame} is {name} behind"
                f" {link_name(self._link)}: write pcapng"
            )
            raise OutputError.cannot_write(self._path, reason)
        _refuse_times(packets, self._path, PCAP_SECONDS * NS, "pcap")
        for rows, starts, data in _stretches(packets):
            self._file.write(self._records(packets, rows, starts, data))

    def finish(self) -> None:
        """Write the header of a file without packets, if that is known.

        Raises
        ------
        OutputError
            When there is no packet, and no single link type either.
        """
        if self._link >= 0:
            return
        links = {interface.link for interface in self._interfaces}
        if len(links) != 1:
            reason = "without packets and with no single link type only pcapng can be written"
            raise OutputError.cannot_write(self._path, reason)
        self._begin(links.pop())

    def _begin(self, link: int) -> None:
        """Write the file header."""
        self._link = link
        # libpcap cuts a packet that is longer than what is written here.
        snap = max([SNAP_LENGTH, *(interface.snap_length for interface in self._interfaces)])
        self._file.write(struct.pack("<IHHiIII", self._magic, 2, 4, 0, 0, snap, link))

    def _records(self, packets: Packets, rows: slice, starts: Array, data: memoryview) -> bytes:
        """Return the records of some rows."""
        time = packets.columns["time"][rows]
        captured = packets.columns["captured"][rows]
        head = np.empty((len(time), 4), "<u4")
        head[:, 0] = time // NS
        head[:, 1] = time % NS // self._unit_ns
        head[:, 2] = captured
        head[:, 3] = packets.columns["wire"][rows]
        heads = memoryview(head.tobytes())
        pieces = []
        for number, (start, size) in enumerate(
            zip(starts.tolist(), captured.tolist(), strict=True)
        ):
            pieces.append(heads[16 * number : 16 * number + 16])
            pieces.append(data[start : start + size])
        return b"".join(pieces)


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
        _links(packets, self._path)
        _refuse_times(packets, self._path, 2**63, "pcapng")
        self._refuse_simple(packets)
        for rows, starts, data in _stretches(packets):
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
            frame = _frame(packets, bare[np.argmin(fits)])
            reason = (
                f"frame {frame} has no time, and pcapng keeps a packet without one only on the first"
                ' interface and at its full length: leave such packets out, as the filter "time" does'
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


def _stretches(packets: Packets) -> Iterator[tuple[slice, Array, memoryview]]:
    """Read the bytes of packets some MiB at a time: rows, where each starts in the data, the data."""
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
    """Read the bytes of consecutive rows, in one go where they lie near each other in one file."""
    offsets = packets.columns["offset"][rows]
    captured = packets.columns["captured"][rows].astype("i8")
    files = None if packets.files is None else packets.files[rows]
    start, end = int(offsets.min()), int((offsets + captured).max())
    together = end - start <= 2 * CHUNK + int(captured.sum())
    if together and (files is None or bool((files == files[0]).all())):
        source = packets.sources[0 if files is None else int(files[0])]
        data = source.read_at(start, end - start)
        if len(data) != end - start:
            raise CaptureError.changed(source.name)
        return offsets - start, memoryview(data)
    pieces = [packets.data(row) for row in range(rows.start, rows.stop)]
    return np.cumsum(captured) - captured, memoryview(b"".join(pieces))


def _links(packets: Packets, path: object) -> Array:
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
            f"frame {_frame(packets, lost[0])} names an interface that the capture does not describe:"
            ' leave such packets out with the filter "not problem unknown-interface"'
        )
        raise OutputError.cannot_write(path, reason)
    links: Array = known[number]
    return links


def _refuse_times(packets: Packets, path: object, limit_ns: int, name: str) -> None:
    """Raise for times that a format cannot hold; pcap needs one for every packet."""
    time = packets.columns["time"]
    absent = time == NO_TIME
    if name == "pcap" and absent.any():
        frame = _frame(packets, np.argmax(absent))
        reason = f"frame {frame} has no time, and pcap cannot say so: write pcapng"
        raise OutputError.cannot_write(path, reason)
    wrong = ~absent & ((time < 0) | (time > limit_ns - 1))
    if wrong.any():
        frame = _frame(packets, np.argmax(wrong))
        last = "2106" if name == "pcap" else "2262"
        reason = f"the time of frame {frame} is outside what {name} can hold, 1970 to {last}"
        raise OutputError.cannot_write(path, reason)


def _frame(packets: Packets, row: Any) -> int:
    """Return the frame number of a row."""
    return int(packets.frame_numbers()[int(row)])


def _title(comment: str, application: str) -> bytes:
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

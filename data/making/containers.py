"""Capture files as bytes: reading what tcpdump wrote, and writing it as pcapng.

Written out by hand on purpose: a sample that the package's own writer had made would prove less
about its reader. tcpdump writes no pcapng, and the tools that do add the machine's processor and
kernel.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import CaptureError

NANOSECOND_MAGIC = 0xA1B23C4D
FILE_HEADER = struct.Struct("<IHHiIII")
RECORD_HEADER = struct.Struct("<IIII")

SECTION_HEADER, INTERFACE_DESCRIPTION, ENHANCED_PACKET = 0x0A0D0D0A, 1, 6
OPTION_COMMENT, OPTION_APPLICATION = 1, 4
OPTION_NAME, OPTION_DESCRIPTION, OPTION_RESOLUTION = 2, 3, 9
NANOSECONDS = b"\x09"


@dataclass(frozen=True, slots=True)
class Record:
    """One captured frame."""

    time_ns: int
    wire_bytes: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Header:
    """What a pcap file says about all of its frames."""

    snap_length_bytes: int
    link_type: int


def read_header(path: Path) -> Header:
    """Read the file header of a nanosecond pcap file.

    Parameters
    ----------
    path : Path
        The file, in the byte order of a little-endian machine.

    Returns
    -------
    Header
        Snap length and link type.

    Raises
    ------
    CaptureError
        When the file is of another format.
    """
    head = path.read_bytes()[: FILE_HEADER.size]
    if len(head) < FILE_HEADER.size or head[:4] != struct.pack("<I", NANOSECOND_MAGIC):
        raise CaptureError.not_a_capture(path.name, head)
    *_, snap_length, link_type = FILE_HEADER.unpack(head)
    return Header(snap_length, link_type)


def read_records(path: Path) -> Iterator[Record]:
    """Yield the frames of a nanosecond pcap file.

    Parameters
    ----------
    path : Path
        The file, as `read_header` takes it.

    Yields
    ------
    Record
        Every complete frame, in the order of the file.

    Raises
    ------
    CaptureError
        When the last frame is cut short.
    """
    content = path.read_bytes()
    offset = FILE_HEADER.size
    while offset < len(content):
        start = offset + RECORD_HEADER.size
        if start > len(content):
            raise CaptureError.damaged(path.name, offset, "a record header is cut short")
        seconds, nanoseconds, captured, wire = RECORD_HEADER.unpack_from(content, offset)
        if start + captured > len(content):
            raise CaptureError.damaged(path.name, offset, "a frame is cut short")
        yield Record(seconds * 10**9 + nanoseconds, wire, content[start : start + captured])
        offset = start + captured


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _options(options: Sequence[tuple[int, bytes]]) -> bytes:
    coded = [struct.pack("<HH", code, len(value)) + _padded(value) for code, value in options]
    return b"".join(coded) + bytes(4)


def _block(kind: int, body: bytes) -> bytes:
    length = len(body) + 12
    return struct.pack("<II", kind, length) + body + struct.pack("<I", length)


def pcapng(path: Path, *, interface: str, description: str, comment: str) -> bytes:
    """Return a nanosecond pcap file as pcapng with one interface.

    Parameters
    ----------
    path : Path
        The pcap file.
    interface, description : str
        What the interface is called, and what it stands for.
    comment : str
        What the file is, for the section header.

    Returns
    -------
    bytes
        The pcapng file. Its times keep every nanosecond.
    """
    header = read_header(path)
    application = (OPTION_APPLICATION, b"tcpdump, data/make.py")
    section = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)
    section += _options([(OPTION_COMMENT, comment.encode()), application])
    described = struct.pack("<HHI", header.link_type, 0, header.snap_length_bytes)
    described += _options(
        [
            (OPTION_NAME, interface.encode()),
            (OPTION_DESCRIPTION, description.encode()),
            (OPTION_RESOLUTION, NANOSECONDS),
        ]
    )
    blocks = [_block(SECTION_HEADER, section), _block(INTERFACE_DESCRIPTION, described)]
    for record in read_records(path):
        high, low = divmod(record.time_ns, 1 << 32)
        fixed = struct.pack("<IIIII", 0, high, low, len(record.data), record.wire_bytes)
        blocks.append(_block(ENHANCED_PACKET, fixed + _padded(record.data)))
    return b"".join(blocks)

"""Writes pcap files (draft-ietf-opsawg-pcap)."""

from __future__ import annotations

import struct
from typing import IO, Any

import numpy as np

from workbench.capture.formats import Interface
from workbench.capture.links import link_name
from workbench.capture.packets import Packets
from workbench.capture.stretches import frame_of, links_of, refuse_times, stretches
from workbench.errors import OutputError

Array = np.ndarray[Any, Any]

MAGIC = {"pcap": 0xA1B23C4D, "pcap-us": 0xA1B2C3D4}
MAX_SECONDS = 2**32
SNAP_LENGTH = 262_144
"""What tcpdump calls no limit; a pcap file must name one."""
NS = 1_000_000_000


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
        self._magic = MAGIC[format]
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
        links = links_of(packets, self._path)
        if self._link < 0:
            self._begin(int(links[0]))
        other = np.flatnonzero(links != self._link)
        if len(other):
            frame, name = frame_of(packets, other[0]), link_name(int(links[other[0]]))
            reason = (
                f"a pcap file holds one link type, and frame {frame} is {name} behind"
                f" {link_name(self._link)}: write pcapng"
            )
            raise OutputError.cannot_write(self._path, reason)
        refuse_times(packets, self._path, MAX_SECONDS * NS, "pcap")
        for rows, starts, data in stretches(packets):
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

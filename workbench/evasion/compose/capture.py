"""A connection as a capture sees it: at a vantage, with what misleads (domain reference 1.2, 13.5).

Nothing is sent: frames are laid into a file in memory, read back by the package's own reader, and
written by its writers.
"""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import ParameterError
from workbench.evasion.compose import headers
from workbench.evasion.compose.icmp import time_exceeded
from workbench.evasion.compose.packet import Sent
from workbench.evasion.compose.path import PathFacts
from workbench.evasion.compose.scene import Event, Scene
from workbench.units import NS_PER_SECOND

if TYPE_CHECKING:
    from workbench.capture.packets import Packets

ETHERNET, COOKED = 1, 113
VANTAGES = ("client", "router", "middle", "server")
DOUBLE_NS = 15_000
"""Between the two copies of a packet on the `any` device."""
KERNEL_ROLES = ("syn", "handshake", "original", "retransmission", "part")


@dataclass(frozen=True, slots=True)
class View:
    """Where a capture is taken, and what misleads in it.

    Parameters
    ----------
    vantage : str
        ``client``, ``router`` (behind the first hop), ``middle``, ``server``; or a number: so many
        routers lie between it and the client.
    partial_checksums : bool
        The host's own packets have only the pseudo-header's sum, as with checksum offload.
    joined : bool
        Segments of one flight are joined to frames above the MSS (TSO on the sender, GRO on the
        receiver).
    doubled : bool
        Every packet is seen twice, as on the `any` device.
    snap_length : int
        Most bytes kept of a packet; 0 for all.
    cooked : bool
        Linux-cooked frames in place of Ethernet.
    vlan : int
        VLAN tag; 0 for none.
    icmp : bool
        Whether routers tell where packets died.
    one_sided : str
        ``client`` or ``server`` to see only what that host sends; empty for both.
    """

    vantage: str | int = "client"
    partial_checksums: bool = False
    joined: bool = False
    doubled: bool = False
    snap_length: int = 0
    cooked: bool = False
    vlan: int = 0
    icmp: bool = True
    one_sided: str = ""

    def place(self, path: PathFacts) -> int:
        """Return how many routers lie between the client and this vantage.

        Raises
        ------
        ParameterError
            For a vantage that does not exist on this path.
        """
        named = {"client": 0, "router": 1, "middle": max(path.hops // 2, 1), "server": path.hops}
        place = named.get(self.vantage) if isinstance(self.vantage, str) else self.vantage
        if place is None:
            raise ParameterError.not_among("vantage", self.vantage, VANTAGES)
        if not 0 <= place <= path.hops:
            raise ParameterError.out_of_range("vantage", place, 0, path.hops)
        return place


@dataclass(frozen=True, slots=True)
class Frame:
    """One record of a capture.

    Parameters
    ----------
    time_ns : int
        Since 1970.
    data : bytes
        What was kept.
    length : int
        Bytes on the wire.
    """

    time_ns: int
    data: bytes
    length: int


CLEAN = View()


def frames(scene: Scene, view: View = CLEAN) -> list[Frame]:
    """Return what a capture of a connection holds.

    Parameters
    ----------
    scene : Scene
        Of `workbench.evasion.compose.scene.play`.
    view : View
        Where, and what misleads.

    Returns
    -------
    list of Frame
        In order of time.

    Raises
    ------
    ParameterError
        For a vantage that does not exist on the path.
    """
    path, place = scene.path, view.place(scene.path)
    seen = [(event.time_at(place, path), event.packet) for event in scene.events
            if _visible(event, place, path)]  # fmt: skip
    seen.sort(key=lambda one: one[0])
    if view.one_sided:
        seen = [one for one in seen if one[1].from_client == (view.one_sided == "client")]
    if view.joined:
        seen = _joined(seen, place, path)
    laid = [(time, _bytes(packet, place, view, path), packet.from_client) for time, packet in seen]
    if view.icmp and place == 0 and view.one_sided != "client":
        laid += _deaths(scene)
    if view.doubled:
        laid = [copy for one in laid for copy in (one, (one[0] + DOUBLE_NS, *one[1:]))]
    laid.sort(key=lambda one: one[0])
    return [
        _kept(path.start_ns + time, _linked(data, view, out=out), view) for time, data, out in laid
    ]


def _visible(event: Event, place: int, path: PathFacts) -> bool:
    """Tell whether a packet passes a link."""
    if event.packet.from_client:
        return event.reach(path) >= place
    return event.reach(path) >= path.hops - place


def _bytes(packet: Sent, place: int, view: View, path: PathFacts) -> bytes:
    """Return a packet's frame at a place: its TTL lowered, its checksum as the host left it."""
    passed = place if packet.from_client else path.hops - place
    sender_here = (place == 0) if packet.from_client else (place == path.hops)
    packet = packet.but(ttl=max(packet.ttl - passed, 0))
    data = packet.frame()
    if view.partial_checksums and sender_here and _by_kernel(packet):
        data = _partial(packet, data)
    return data


def _by_kernel(packet: Sent) -> bool:
    """Tell whether a packet came from the kernel: those that a tool made have no NOP in front."""
    made = packet.option_layout[:1] == (headers.TIMESTAMPS,)
    whole = packet.raw is None and packet.checksum_good
    return whole and packet.role in KERNEL_ROLES and not made


def _partial(packet: Sent, data: bytes) -> bytes:
    """Return a frame whose transport checksum is the pseudo-header's sum, not complemented."""
    size = len(packet.transport())
    pseudo = headers.pseudo_header(
        packet.ends.source, packet.ends.destination, packet.protocol, size
    )
    at = len(data) - size + (6 if packet.protocol == headers.UDP else 16)
    return data[:at] + struct.pack(">H", headers.internet_sum(pseudo)) + data[at + 2 :]


def _joined(seen: list[tuple[int, Sent]], place: int, path: PathFacts) -> list[tuple[int, Sent]]:
    """Join segments that follow each other, where a host's own segmentation would."""
    out: list[tuple[int, Sent]] = []
    for time, packet in seen:
        here = place == 0 if packet.from_client else place == path.hops
        there = place == path.hops if packet.from_client else place == 0
        if out and (here or there) and _follows(out[-1][1], packet, path):
            before = out[-1][1]
            flags = before.flags | packet.flags
            whole = before.but(payload=before.payload + packet.payload, flags=flags)
            out[-1] = (out[-1][0], whole)
        else:
            out.append((time, packet))
    return out


def _follows(before: Sent, packet: Sent, path: PathFacts) -> bool:
    """Tell whether two segments are joined: the first one full, the second one its continuation."""
    same = ("from_client", "ack", "options", "ttl", "window", "protocol", "urgent", "extensions")
    return (
        all(getattr(before, name) == getattr(packet, name) for name in same)
        and before.raw is None and packet.raw is None
        and before.checksum_good and packet.checksum_good
        and len(packet.payload) > 0 and before.length % path.segment_size == 0 < before.length
        and (before.seq + before.length) & 0xFFFFFFFF == packet.seq
        and before.length + packet.length < 65_000
    )  # fmt: skip


def _deaths(scene: Scene) -> list[tuple[int, bytes, bool]]:
    """Return the routers' messages about packets whose TTL ran out."""
    path = scene.path
    out = []
    for event in scene.events:
        hop = event.packet.ttl
        if event.packet.from_client and event.lost_behind is None and 0 < hop <= path.hops:
            back = 2 * (event.time_at(hop, path) - event.time_ns)
            out.append((event.time_ns + back, time_exceeded(event.packet, hop), False))
    return out


def _linked(data: bytes, view: View, *, out: bool) -> bytes:
    """Return a frame with the link header of the capture."""
    kind = data[12:14]
    if view.cooked:
        head = struct.pack(">HHH", 4 if out else 0, 1, 6) + headers.CLIENT_MAC + bytes(2)
        return head + kind + data[14:]
    if view.vlan:
        return data[:12] + struct.pack(">HH", 0x8100, view.vlan & 0xFFF) + data[12:]
    return data


def _kept(time_ns: int, data: bytes, view: View) -> Frame:
    """Return a record, cut at the snap length."""
    kept = data[: view.snap_length] if view.snap_length else data
    return Frame(time_ns, kept, len(data))


def pcap_bytes(records: Iterable[Frame], view: View = CLEAN) -> bytes:
    """Return frames as a pcap file with nanoseconds.

    Parameters
    ----------
    records : iterable of Frame
        In order.
    view : View
        Says the link type and the snap length.

    Returns
    -------
    bytes
        The file.
    """
    link = COOKED if view.cooked else ETHERNET
    out = [struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, view.snap_length or 262_144, link)]
    for frame in records:
        seconds, rest = divmod(frame.time_ns, NS_PER_SECOND)
        out.append(struct.pack("<IIII", seconds, rest, len(frame.data), frame.length) + frame.data)
    return b"".join(out)


def packets_of(scenes: Scene | Iterable[Scene], view: View = CLEAN) -> Packets:
    """Return one or more connections as decoded packets, without a file.

    Parameters
    ----------
    scenes : Scene or iterable of Scene
        What happened.
    view : View
        Where the capture is taken.

    Returns
    -------
    workbench.capture.packets.Packets
        As if read from a file.

    Raises
    ------
    ParameterError
        For a vantage that does not exist on the path.
    """
    from workbench.capture.problems import ProblemList
    from workbench.capture.reader import decode_source
    from workbench.capture.sources import open_source

    several = [scenes] if isinstance(scenes, Scene) else list(scenes)
    records = [frame for scene in several for frame in frames(scene, view)]
    records.sort(key=lambda frame: frame.time_ns)
    problems = ProblemList(1_000)
    source = open_source(io.BytesIO(pcap_bytes(records, view)), problems)
    return decode_source(source, problems)


def write_scene(
    scenes: Scene | Iterable[Scene],
    path: str | os.PathLike[str],
    view: View = CLEAN,
    *,
    comment: str = "",
) -> Path:
    """Write connections to a capture file.

    Parameters
    ----------
    scenes : Scene or iterable of Scene
        What happened.
    path : path-like
        Where; the suffix says the format, as in `workbench.capture.writing.write_capture`.
    view : View
        Where the capture is taken.
    comment : str
        For the header of a pcapng file.

    Returns
    -------
    pathlib.Path
        The path.

    Raises
    ------
    OutputError
        When the file cannot be written.
    ParameterError
        For a vantage that does not exist on the path, or a format that is none.
    """
    from workbench.capture.writing import write_capture

    return write_capture(packets_of(scenes, view), path, comment=comment)

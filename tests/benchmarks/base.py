"""Which real packets the benchmarks replicate: chosen from captures, with what changes in them."""

from __future__ import annotations

import csv
import struct
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.headers import ZERO_MEANS_NONE, spots_of
from tests.benchmarks.replicas import RECORD, WINDOW_US, Template
from workbench.capture import codes, links
from workbench.capture.packets import Packets
from workbench.capture.reader import read_packets
from workbench.errors import WorkbenchError

Array = np.ndarray[Any, Any]

SUFFIXES = frozenset({".cap", ".pcap", ".pcapng"})
MOST_OF_A_CAPTURE = 1_000
"""Packets taken of one capture, lest a long one sets the picture."""
WIDEST = 65_549
"""Bytes on the wire of the longest packet believed: an Ethernet header and tags, and IP."""
LONGEST = 1_518
"""Frames that a wire carries; longer ones exist only where a network card splits them."""
BELOW_IP = frozenset({codes.VLAN, codes.MPLS, codes.PPPOE})
MIXED_MEAN = 421
BULK_MEAN = 1_200
BULK_FLOW = 20
"""Packets from which a connection can be bulk."""


@dataclass(frozen=True)
class Piece:
    """Packets of one capture: rows of a file that was read, in order, and the bytes of each."""

    packets: Packets
    rows: Array
    frames: dict[int, bytes]

    @property
    def lengths(self) -> Array:
        """Captured lengths in bytes."""
        return np.asarray(self.packets.columns["captured"][self.rows].astype("i8"))


def captures(folders: Sequence[Path]) -> list[Path]:
    """Return the captures of the first folder that has any: those with known answers, or all."""
    for folder in folders:
        listed = folder / "expected" / "files.csv"
        if listed.is_file():
            with listed.open(encoding="utf-8", newline="") as file:
                return [folder / line["file"] for line in csv.DictReader(file)]
        found = sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES)
        if found:
            return found
    raise FileNotFoundError(f"no captures in any of {[str(folder) for folder in folders]}")


def pieces(paths: Iterable[Path]) -> list[Piece]:
    """Read captures and keep what can be replicated of those that are Ethernet."""
    found = []
    for path in paths:
        try:
            with path.open("rb") as file:
                packets = read_packets(file)
        except WorkbenchError:
            continue
        with closing(packets):
            if {interface.link for interface in packets.interfaces} != {links.ETHERNET}:
                continue
            rows = np.flatnonzero(replicable(packets))[:MOST_OF_A_CAPTURE]
            if len(rows):
                frames = {row: packets.data(row) for row in rows.tolist()}
                found.append(Piece(packets, rows, frames))
    return found


def replicable(packets: Packets) -> Array:
    """Tell which packets can get other addresses without anything else changing its meaning.

    Not those in tunnels, whose outer checksums cover the inner addresses, and none where
    `tests.benchmarks.headers` finds another version of IP than the workbench.
    """
    columns = packets.columns
    good = columns["captured"] <= np.minimum(columns["wire"], LONGEST)
    good &= (columns["wire"] <= WIDEST) & (columns["time"] >= 0)
    for code in np.unique(columns["encapsulation"]).tolist():
        layers = {(code >> shift) & 31 for shift in (0, 5, 10)} - {0}
        if not layers <= BELOW_IP:
            good &= columns["encapsulation"] != code
    for row in np.flatnonzero(good).tolist():
        spots = spots_of(packets.data(row))
        good[row] = columns["ip_version"][row] == (spots.version if spots else 0)
    return good


def towards_mean(found: Sequence[Piece], mean: float) -> list[Piece]:
    """Leave out captures, at each step the one that helps most, until the mean length is near."""
    kept = list(found)
    counts = np.array([len(piece.rows) for piece in kept], "i8")
    sizes = np.array([piece.lengths.sum() for piece in kept], "i8")
    alive = np.ones(len(kept), bool)
    while alive.sum() > 1:
        here = abs(sizes[alive].sum() / counts[alive].sum() - mean)
        if here <= mean / 200:
            break
        left = counts[alive].sum() - counts
        without = np.abs((sizes[alive].sum() - sizes) / np.maximum(left, 1) - mean)
        without[~alive] = np.inf
        best = int(without.argmin())
        if without[best] >= here:
            break
        alive[best] = False
    return [piece for piece, stays in zip(kept, alive.tolist(), strict=True) if stays]


def bulk(found: Iterable[Piece], mean: float) -> list[Piece]:
    """Return TCP connections that carry much, every checksum right, fewer bare acknowledgements.

    Receivers acknowledge less often the faster they are: enough bare acknowledgements are left out,
    evenly, for the mean length.
    """
    chosen = []
    for piece in found:
        rows = _bulk_rows(piece)
        if len(rows):
            chosen.append(replace(piece, rows=rows))
    if not chosen:
        raise ValueError("no bulk connections in these captures")
    data = np.concatenate([piece.lengths[~_bare(piece)] for piece in chosen])
    bare = np.concatenate([piece.lengths[_bare(piece)] for piece in chosen])
    share = (data.sum() - mean * len(data)) / max(1, (mean - bare.mean()) * len(bare))
    return [replace(piece, rows=_thinned(piece, min(max(share, 0.0), 1.0))) for piece in chosen]


def _bulk_rows(piece: Piece) -> Array:
    from workbench.traffic.connections import find_connections

    columns = piece.packets.columns
    connection = find_connections(piece.packets).flow()["connection"][piece.rows]
    tcp = columns["protocol"][piece.rows] == 6
    right = columns["checksum"][piece.rows] == codes.GOOD
    good = np.zeros(len(piece.rows), bool)
    for number in np.unique(connection[tcp]).tolist():
        these = connection == number
        heavy = piece.lengths[these].mean() > BULK_MEAN / 2
        good |= these & bool(these.sum() >= BULK_FLOW and right[these].all() and heavy)
    return piece.rows[good]


def _bare(piece: Piece) -> Array:
    columns = piece.packets.columns
    empty = columns["payload_length"][piece.rows] == 0
    return np.asarray(empty & (columns["tcp_flags"][piece.rows] == 16))


def _thinned(piece: Piece, share: float) -> Array:
    """Keep this share of the bare acknowledgements."""
    bare = _bare(piece)
    count = np.cumsum(bare)
    kept = np.floor(count * share) > np.floor((count - 1) * share)
    return np.asarray(piece.rows[~bare | kept])


def template_of(chosen: Sequence[Piece]) -> Template:
    """Lay chosen packets out for `tests.benchmarks.replicas`."""
    data = bytearray()
    starts, capture, time_us = [0], [], []
    ends, sums, sign, zero = [], [], [], []
    for number, piece in enumerate(chosen):
        columns = piece.packets.columns
        for row in piece.rows.tolist():
            frame = piece.frames[row]
            base = len(data) + RECORD
            spots = spots_of(frame)
            if spots is not None:
                partial = columns["checksum"][row] == codes.PARTIAL
                ends.append([base + spots.source_end, base + spots.destination_end])
                sums.append([base + at if at >= 0 else -1 for at in spots[-2:]])
                sign.append([-1, 1 if partial else -1])
                zero.append([0, 0xFFFF if partial or spots.protocol in ZERO_MEANS_NONE else 0])
            data += struct.pack("<IIII", 0, 0, len(frame), int(columns["wire"][row])) + frame
            starts.append(len(data))
            capture.append(number)
        time_us.append(_squeezed(columns["time"][piece.rows]))
    return Template(
        data=np.frombuffer(bytes(data), "u1"),
        starts=np.array(starts, "i8"),
        capture=np.array(capture, "i4"),
        time_us=np.concatenate(time_us),
        address_ends=np.array(ends, "i8").reshape(-1, 2),
        sums=np.array(sums, "i8").reshape(-1, 2),
        sign=np.array(sign, "i8").reshape(-1, 2),
        zero=np.array(zero, "i8").reshape(-1, 2),
    )


def _squeezed(time_ns: Array) -> Array:
    """Return microseconds since the first packet, in proportion where a window is too short."""
    time_us = np.maximum.accumulate(time_ns - time_ns[0]) // 1_000
    longest = WINDOW_US * 9 // 10
    if time_us[-1] > longest:
        time_us = (time_us * (longest / time_us[-1])).astype("i8")
    return np.asarray(time_us)

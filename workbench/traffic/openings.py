"""The packets with which each side of each connection begins to speak: the array floor.

Where nothing is out of the ordinary, their payloads, one after the other, are the beginning of the
stream; what is odd has to be looked at packet by packet (`workbench.traffic.segments`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.capture.engine import Engine, engine_for
from workbench.traffic.connections import KERNELS, Connections, rows_of
from workbench.traffic.kernels.openings import Openings as Gathered

Array = np.ndarray[Any, Any]

ROOM = 8
"""Packets noted of each direction: a hello with a post-quantum key share fills two."""


@dataclass(frozen=True)
class Openings:
    """First packets with payload of each direction of each connection.

    Attributes
    ----------
    rows
        int64, shape (connections, 2, ROOM); direction 0 is the client's. Only the first `count`
        entries mean anything.
    count
        int64, shape (connections, 2).
    first_row
        int64, shape (connections, 2): first packet with payload, wherever it belongs in the stream;
        -1 for none.
    begin_seq
        int64, shape (connections, 2): sequence number of the first payload byte; -1 if not known.
    rivals
        int64, shape (connections, 2): segments that repeat or replace a noted one.
    rival_offset
        int64, shape (connections, 2): lowest stream offset that one of them has.
    odd
        bool, shape (connections, 2): the noted rows are not the beginning of the stream: urgent
        data, data in a SYN, or a SYN with another number.
    """

    rows: Array
    count: Array
    first_row: Array
    begin_seq: Array
    rivals: Array
    rival_offset: Array
    odd: Array


def find_openings(connections: Connections) -> Openings:
    """Return the first packets with payload of each direction.

    Parameters
    ----------
    connections
        What `workbench.traffic.connections.find_connections` found.

    Returns
    -------
    Openings
        In the order of capture.
    """
    size = int(connections.packets.columns["captured"].sum(dtype="i8"))
    return gather_openings(connections, engine_for(size, KERNELS))


def gather_openings(connections: Connections, engine: Engine) -> Openings:
    """Return the same with a given engine; see `find_openings`."""
    packets = connections.packets
    count = len(connections)
    unknown, none = np.full(2 * count, -1, "i8"), np.zeros(2 * count, "i8")
    gathered = Gathered(
        rows=np.zeros(2 * count * ROOM, "i8"),
        count=none,
        first_row=unknown.copy(),
        begin_seq=unknown,
        next_seq=unknown.copy(),
        rivals=none.copy(),
        rival_offset=none.copy(),
        odd=np.zeros(2 * count, "i1"),
    )
    engine.call(
        "gather",
        engine.arrays(rows_of(packets)),
        0,
        len(packets),
        engine.array(connections.connection),
        engine.array(connections.direction),
        engine.arrays(gathered),
        ROOM,
    )
    by_side = {
        name: column.reshape(count, 2)
        for name, column in gathered._asdict().items()
        if name != "rows"
    }
    return Openings(
        rows=gathered.rows.reshape(count, 2, ROOM),
        count=by_side["count"],
        first_row=by_side["first_row"],
        begin_seq=by_side["begin_seq"],
        rivals=by_side["rivals"],
        rival_offset=by_side["rival_offset"],
        odd=by_side["odd"].astype(bool),
    )

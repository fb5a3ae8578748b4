"""Recognise the strategies of all connections of a capture that may have one.

In: connections. Out: one `Recognised` for each connection that shows a strategy, or something near
one. What lies beside connections (stray packets, lone fragments) is gathered once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from workbench.capture.fragments import OFFSET
from workbench.evasion.recognise import Beside, Recognised, examine
from workbench.evasion.screening import screen
from workbench.traffic.connections import Connections
from workbench.traffic.conversation import Conversations

Array = np.ndarray[Any, Any]

STRAY = 255
NEAR_NS = 1_000_000_000
MOST_BESIDE = 10_000
NOBODY = Beside()


def survey(connections: Connections, *, screened: bool = True) -> Iterator[Recognised]:
    """Recognise every connection that may hold a strategy.

    Parameters
    ----------
    connections : Connections
        Of a capture.
    screened : bool
        Whether to look only at connections that `workbench.evasion.screening.screen` picks.

    Yields
    ------
    Recognised
        Of connections whose strategy is not `NONE`, or that show acts of others.
    """
    beside = _Around(connections)
    numbers = np.arange(len(connections))
    if screened:
        numbers = np.union1d(screen(connections), beside.numbers())
    if not len(numbers):
        return
    conversations = Conversations(_only(connections, numbers))
    for at, number in enumerate(numbers.tolist()):
        found = examine(conversations[at], None, beside.of(number))
        if found.strategy or found.strategy.others:
            yield replace(found, number=number)


def _only(connections: Connections, numbers: Array) -> Connections:
    """Return some of the connections, numbered anew, with their packets alone.

    What is decoded for each conversation then does not depend on the size of the capture.
    """
    if len(numbers) == len(connections):
        return connections
    place = np.full(len(connections) + 1, -1, "i4")
    place[numbers] = np.arange(len(numbers))
    new = place[connections.connection]
    rows = np.flatnonzero(new >= 0)
    return Connections(
        connections.packets.take(rows),
        new[rows],
        connections.direction[rows],
        {name: column[numbers] for name, column in connections.columns.items()},
    )


class _Around:
    """Packets of no connection, by the addresses they are between."""

    def __init__(self, connections: Connections) -> None:
        self.connections = connections
        packets = connections.packets
        columns = packets.columns
        outside = connections.connection < 0
        loose = outside & ((columns["fragment"] & OFFSET) != 0)
        straying = columns["protocol"] == STRAY
        self.rows = np.flatnonzero(loose | straying)[:MOST_BESIDE]
        self.straying = straying[self.rows]
        self.pairs = self._pairs(self.rows)
        self.first: Array = connections.columns["first_row"]

    def _pairs(self, rows: Array) -> Array:
        columns = self.connections.packets.columns
        source, destination = columns["source"][rows], columns["destination"][rows]
        pairs: Array = source.astype("i8") << 32 | destination.astype("i8")
        return pairs

    def numbers(self) -> Array:
        """Return the connections between the same addresses."""
        columns = self.connections.columns
        pairs = columns["client"].astype("i8") << 32 | columns["server"].astype("i8")
        found: Array = np.flatnonzero(np.isin(pairs, self.pairs))
        return found

    def of(self, number: int) -> Beside:
        """Return what lies beside a connection."""
        if not len(self.rows):
            return NOBODY
        columns = self.connections.packets.columns
        first = int(self.first[number])
        forward = int(self.connections.direction[first]) == 0
        pair = int(self._pairs(np.array([first]))[0])
        if not forward:
            pair = (pair & 0xFFFFFFFF) << 32 | pair >> 32
        times = columns["time"][self.rows]
        near = (self.pairs == pair) & (times >= columns["time"][first])
        mine = np.flatnonzero(near & (times - columns["time"][first] < NEAR_NS))
        frames = self.connections.packets.frame_numbers()
        strays = [int(frames[self.rows[at]]) for at in mine.tolist() if self.straying[at]]
        lone = [int(self.rows[at]) for at in mine.tolist() if not self.straying[at]]
        return Beside(tuple(strays), tuple(self._fragment(row) for row in lone))

    def _fragment(self, row: int) -> tuple[int, int, bytes]:
        packets = self.connections.packets
        columns = packets.columns
        data = packets.data(row)[int(columns["payload_at"][row]) :]
        data = data[: int(columns["payload_length"][row])]
        before = 8 * (int(columns["fragment"][row]) & OFFSET)
        return int(packets.frame_numbers()[row]), before, data

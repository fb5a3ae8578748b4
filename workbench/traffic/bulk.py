"""What the first bytes of thousands of connections ask for, in one pass: the array floor.

Payloads are read and put one after the other; compiled kernels look at them in place. Only what
they cannot answer is left to the parsers, connection by connection.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.capture.engine import Engine
from workbench.capture.packets import Packets
from workbench.traffic.connections import Connections
from workbench.traffic.kernels.hellos import INTRICATE, Asked
from workbench.traffic.kernels.requests import Messages
from workbench.traffic.openings import Openings

Array = np.ndarray[Any, Any]

CHUNK = 1 << 15
"""Connections looked at together: what bounds the memory that their payloads take."""
MOST_BYTES = 32 << 20
"""Most bytes of payload put together."""


@dataclass(frozen=True)
class Answers:
    """What connections ask for.

    Attributes
    ----------
    number
        int64, the connections, in order.
    kind, state, length
        int64, see `workbench.traffic.kernels.hellos.Asked`.
    name
        int32, place in `names`.
    family
        int64, the same for ClientHellos that differ only in what is drawn anew; 0 for none.
    names
        Distinct names, as bytes.
    """

    number: Array
    kind: Array
    state: Array
    length: Array
    name: Array
    family: Array
    names: list[bytes]


def look_at_openings(
    connections: Connections, openings: Openings, numbers: Array, engine: Engine
) -> Iterator[Answers]:
    """Look at what clients say first.

    Parameters
    ----------
    connections
        Connections of the capture.
    openings
        How each begins.
    numbers
        int64, the connections to look at; each has at least one noted row of the client.
    engine
        The compiled engine.

    Yields
    ------
    Answers
        Of some thousand connections at a time.
    """
    seed = secrets.randbits(31) | 1
    counts = openings.count[numbers, 0]
    for part, rows, taken in _portions(connections.packets, openings, numbers, counts):
        yield _look(connections, part, rows, taken, engine, seed)


def _portions(
    packets: Packets, openings: Openings, numbers: Array, counts: Array
) -> Iterator[tuple[Array, Array, Array]]:
    """Cut the connections into portions: numbers, rows that hold their messages, rows of each."""
    tcp = packets.columns["protocol"][openings.rows[numbers, 0, 0]] == 6
    taken = np.where(tcp, counts, 1)
    noted = np.arange(openings.rows.shape[2]) < taken[:, None]
    sizes = packets.columns["payload_length"][openings.rows[numbers, 0]]
    total = np.cumsum(np.where(noted, sizes, 0).sum(axis=1, dtype="i8"))
    first = 0
    while first < len(numbers):
        limit = MOST_BYTES + (int(total[first - 1]) if first else 0)
        last = min(max(int(np.searchsorted(total, limit)), first + 1), first + CHUNK)
        part = slice(first, last)
        yield numbers[part], openings.rows[numbers[part], 0][noted[part]], taken[part]
        first = last


def _look(
    connections: Connections,
    numbers: Array,
    rows: Array,
    taken: Array,
    engine: Engine,
    seed: int,
) -> Answers:
    """Look at one portion."""
    data = connections.packets.payloads(rows)
    joined = b"".join(data) or b"\0"
    ends = np.cumsum([0, *map(len, data)])
    last = np.cumsum(taken)
    size = ends[last] - ends[last - taken]
    messages = Messages(
        start=np.cumsum(size) - size,
        size=size,
        protocol=connections.columns["protocol"][numbers].astype("i8"),
        port=connections.columns["server_port"][numbers].astype("i8"),
    )
    asked = Asked(*(np.zeros(len(numbers), "i8") for _ in Asked._fields))
    names = np.zeros(len(joined), "u1")
    used = engine.call(
        "look",
        engine.buffer(joined),
        engine.arrays(messages),
        0,
        len(numbers),
        seed,
        engine.arrays(asked),
        engine.array(names),
    )
    asked.name_size[asked.state == INTRICATE] = 0
    name, distinct = _distinct(names[:used], asked.name_start, asked.name_size)
    return Answers(numbers, asked.kind, asked.state, asked.length, name, asked.family, distinct)


def _distinct(names: Array, starts: Array, sizes: Array) -> tuple[Array, list[bytes]]:
    """Return the place of each name among the distinct ones."""
    known: dict[bytes, int] = {b"": 0}
    raw = names.tobytes()
    places = [
        known.setdefault(raw[start : start + size], len(known))
        for start, size in zip(starts.tolist(), sizes.tolist(), strict=True)
    ]
    return np.array(places, "i4"), list(known)

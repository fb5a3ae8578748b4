"""What was said on each connection, message by message."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from workbench.traffic.agreement import Said, agreed_stream, first_segments, without_zeros
from workbench.traffic.connections import Connections
from workbench.traffic.conversation import Conversations
from workbench.traffic.messages.rows import Message, list_messages
from workbench.traffic.openings import Openings, find_openings

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray[Any, Any]

TCP, UDP = 6, 17
MOST_BYTES = 65_536
"""Bytes of each stream that are looked through."""
MOST_MESSAGES = 100
"""Messages listed of each direction of a connection."""

COLUMNS = {
    "connection": "int32",
    "direction": "int8, 0 from the client, 1 from the server",
    "frame": "uint32, packet that brought its first byte",
    "time": "when that packet was captured",
    "kind": "tls, http, dns or quic",
    "name": "what it is called: ClientHello, request, query, ...",
    "summary": "what it says, printable",
    "offset": "int64, first byte in its stream or datagram",
    "length": "int64, bytes; those announced where it is cut",
    "complete": "bool, whether all of it is there",
    "problems": "what is odd about it, with semicolons between",
}
"""Columns of the message table, in order."""


class _Spoken(NamedTuple):
    number: int
    side: int
    row: int
    message: Message


def find_messages(
    connections: Connections, numbers: Iterable[int] | None = None
) -> Iterator[_Spoken]:
    """Yield the messages at the beginning of each direction: of streams, the genuine ones.

    Parameters
    ----------
    connections
        Of the capture.
    numbers
        Connections to look at; all by default.

    Yields
    ------
    number, side, row, message
        Connection, direction, row of the packet with the first byte, and the message.
    """
    chosen = sorted(set(range(len(connections)) if numbers is None else numbers))
    openings = find_openings(connections)
    protocol = connections.columns["protocol"]
    streams = [number for number in chosen if protocol[number] == TCP]
    yield from _datagrams(connections, [n for n in chosen if protocol[n] == UDP])
    unclear: dict[int, set[int]] = {}
    for side in (0, 1):
        said = first_segments(connections, openings, streams, side, MOST_BYTES)
        for number, segments in said.items():
            stream = _plain(openings, number, side, segments)
            if stream is None:
                unclear.setdefault(number, set()).add(side)
                continue
            places = _places(segments)
            for message in list_messages(stream, limit=MOST_MESSAGES):
                yield _Spoken(number, side, places(message.offset), message)
    yield from _judged(connections, unclear)


def _plain(openings: Openings, number: int, side: int, segments: list[Said]) -> bytes | None:
    """Return a stream that nobody disputes."""
    if openings.odd[number, side]:
        return None
    stream, disputed = agreed_stream(segments)
    if disputed:
        stream, disputed = agreed_stream(without_zeros(segments))
    return None if disputed else stream


class _places:  # noqa: N801 (used as a function)
    """Tells which packet brought a byte first."""

    def __init__(self, segments: list[Said]) -> None:
        ordered = sorted(segments, key=lambda segment: segment.offset)
        self._offsets = [segment.offset for segment in ordered]
        self._rows = [segment.row for segment in ordered]

    def __call__(self, offset: int) -> int:
        return self._rows[max(bisect_right(self._offsets, offset) - 1, 0)]


def _datagrams(connections: Connections, numbers: list[int]) -> Iterator[_Spoken]:
    """Yield what datagrams hold."""
    wanted = np.zeros(len(connections) + 1, bool)
    wanted[numbers] = True
    wanted[-1] = False
    packets = connections.packets
    filled = packets.columns["payload_length"] > 0
    rows = np.flatnonzero(wanted[connections.connection] & filled)
    number, side = connections.connection[rows], connections.direction[rows]
    rows = rows[_rank(2 * number.astype("i8") + side) < MOST_MESSAGES]
    number, side = connections.connection[rows], connections.direction[rows]
    whose = zip(number.tolist(), side.tolist(), rows.tolist(), strict=True)
    for (owner, way, row), data in zip(whose, packets.payloads(rows), strict=True):
        for message in list_messages(data, "udp", MOST_MESSAGES):
            yield _Spoken(owner, way, row, message)


def _rank(groups: Array) -> Array:
    """Return how many earlier entries each entry's group has."""
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    begins = np.flatnonzero(np.diff(ordered, prepend=-1))
    sizes = np.diff(begins, append=len(ordered))
    rank = np.empty(len(groups), "i8")
    rank[order] = np.arange(len(ordered)) - np.repeat(begins, sizes)
    return rank


def _judged(connections: Connections, unclear: dict[int, set[int]]) -> Iterator[_Spoken]:
    """Yield the messages of streams in which segments contradict each other."""
    from workbench.traffic.segments import classify
    from workbench.traffic.streams import genuine_stream

    numbers = sorted(unclear)
    if not numbers:
        return
    part = connections.take(numbers)
    conversations = Conversations(part)
    frames = connections.packets.frame_numbers()
    for place, number in enumerate(numbers):
        conversation = conversations[place]
        segments = classify(conversation)
        for side in sorted(unclear[number]):
            stream = genuine_stream(conversation, segments, side)
            for message in list_messages(stream.data[:MOST_BYTES], limit=MOST_MESSAGES):
                source = stream.source(stream.place(message.offset))
                frame = int(conversation.frame[0]) if source is None else source.frame
                row = int(np.searchsorted(frames, frame))
                yield _Spoken(number, side, row, message)


def message_table(connections: Connections, numbers: Iterable[int] | None = None) -> pd.DataFrame:
    """Return the messages of connections as a table.

    Parameters
    ----------
    connections
        Of the capture.
    numbers
        Connections to look at; all by default.

    Returns
    -------
    pandas.DataFrame
        One row a message with the columns of `COLUMNS`, in the order of the packets that brought
        them. Of each direction, the first `MOST_MESSAGES` within `MOST_BYTES` of stream.
    """
    import pandas as pd

    found = sorted(find_messages(connections, numbers), key=lambda spoken: spoken[:3])
    found.sort(key=lambda spoken: (spoken.row, spoken.message.offset))
    packets = connections.packets
    rows = np.array([spoken.row for spoken in found], "i8")
    times = packets.columns["time"][rows].view("M8[ns]")
    messages = [spoken.message for spoken in found]
    table = pd.DataFrame(
        {
            "connection": np.array([spoken.number for spoken in found], "i4"),
            "direction": np.array([spoken.side for spoken in found], "i1"),
            "frame": packets.frame_numbers(rows),
            "time": pd.DatetimeIndex(times, copy=False).tz_localize("UTC"),
            "kind": pd.Categorical([m.kind for m in messages], ["tls", "http", "dns", "quic"]),
            "name": pd.Series([m.name for m in messages], dtype="str"),
            "summary": pd.Series([m.summary for m in messages], dtype="str"),
            "offset": np.array([m.offset for m in messages], "i8"),
            "length": np.array([m.length for m in messages], "i8"),
            "complete": np.array([m.complete for m in messages], bool),
            "problems": pd.Series(["; ".join(m.problems) for m in messages], dtype="str"),
        }
    )
    return table[list(COLUMNS)]

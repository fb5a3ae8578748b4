"""One connection, ready to be walked through: its charts, rungs, packets and payloads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np

from workbench.traffic import exchange, ladders
from workbench.traffic.browse.decoding import decode
from workbench.traffic.summaries import NOT_A_TIME, times_ns
from workbench.units import format_duration_ns, format_time_ns, printable
from workbench.views import captions, sentences
from workbench.views.payload import payload_views
from workbench.views.sequence_plot import plot_sequence, time_scale

if TYPE_CHECKING:
    import pandas as pd

RUNGS = 200
PAYLOAD_BYTES = 16_384
WHICH = ("all", "data", "unusual")
SIDES = ("client", "server")

#: Connections with more packets are shown without standings: those take a while to find.
MOST_JUDGED = 20_000

Judge = Callable[[int], "pd.DataFrame"]


class Source(Protocol):
    """What is asked of a capture; `workbench.Capture` is one."""

    @property
    def name(self) -> str:
        """Name for people."""

    @property
    def connections(self) -> pd.DataFrame:
        """The connection table."""

    def __len__(self) -> int: ...

    def table(self, columns: Any = None) -> pd.DataFrame:
        """Return some columns of the packet table."""

    def select(self, *, connection: int) -> Self:
        """Return the packets of one connection."""

    def payload(self, frame: int) -> bytes:
        """Return the payload of a frame."""


class Closeup:
    """The packets of one connection and what can be asked about them.

    Parameters
    ----------
    source : Source
        The packets of that connection and no others.
    row : pandas.Series
        Its row of the connection table.
    judge : callable, optional
        Takes the number of a connection, returns kind and standing of its segments by frame, as
        `workbench.traffic.segments.segment_table` does.
    """

    def __init__(self, source: Source, row: pd.Series[Any], judge: Judge | None = None) -> None:
        self.source, self.row = source, row
        packets = source.table(list(exchange.PACKET_COLUMNS))
        if judge is not None and len(packets) <= MOST_JUDGED:
            packets = _judged(packets, judge(int(row["connection"])))
        self.packets = packets

    @cached_property
    def ladder(self) -> ladders.Ladder:
        """Its packets as a ladder."""
        return ladders.prepare(self.packets)

    def about(self) -> dict[str, Any]:
        """Return what there is to know at once.

        Returns
        -------
        dict
            ``connection``, ``title``, ``words``, ``client`` and ``server`` (their ends), ``counts``
            of rungs by choice, and ``charts`` by side: a picture, its caption and the unit of its
            time axis in nanoseconds, None for a side that sent nothing; ``start``, the frame to
            begin with.
        """
        ends = {
            side: sentences.endpoint(self.row[side], self.row[f"{side}_port"]) for side in SIDES
        }
        return {
            "connection": int(self.row["connection"]),
            "title": f"Connection {self.row['connection']}",
            "words": printable(sentences.connection_words(self.row), 600),
            "client": printable(ends["client"]),
            "server": printable(ends["server"]),
            "counts": {which: len(self.ladder.rows(which)) for which in WHICH},
            "charts": {side: self._chart(place, side) for place, side in enumerate(SIDES)},
            "start": self._start(),
        }

    def _start(self) -> int:
        """Return the first frame that carries something, else the first one; -1 for none."""
        rows = self.ladder.rows("data")
        at = int(rows[0]) if rows.size else 0
        return int(self.packets["frame"].iloc[at]) if len(self.packets) else -1

    def _chart(self, direction: int, side: str) -> dict[str, Any] | None:
        """Return the sequence chart of one side."""
        data = exchange.sequence(self.packets, direction)
        if data.segments.empty:
            return None
        return {
            "picture": plot_sequence(data, sender=side, backend="plain"),
            "caption": printable(captions.sequence(data, side), 400),
            "unit_ns": time_scale(data)[1],
        }

    def rungs(self, which: str, first: int, count: int) -> dict[str, Any]:
        """Return a window of the ladder.

        Parameters
        ----------
        which : {"all", "data", "unusual"}
            Which packets it is made of.
        first, count : int
            Where the window begins, and how long it is.

        Returns
        -------
        dict
            ``total`` rungs of this choice, ``first``, and ``rows`` as mappings of visible text.
        """
        rows = self.ladder.rows(which)
        window = self.ladder.rungs(rows[first : first + min(count, RUNGS)])
        given = [
            {
                "frame": int(rung["frame"]),
                "at": format_duration_ns(int(rung["time_ns"])),
                "side": SIDES[1 if rung["direction"] == 1 else 0],
                "kind": printable(str(rung["kind"])),
                "label": printable(str(rung["label"])),
                "detail": printable(str(rung["detail"])),
                "note": printable(str(rung["note"])),
                "standing": printable(str(rung["standing"])),
            }
            for rung in window.to_dict("records")
        ]
        return {"total": len(rows), "first": first, "rows": given}

    def place(self, frame: int, which: str = "all") -> int:
        """Return where a frame, or else the next one, stands in the ladder; -1 in an empty one."""
        rows = self.ladder.rows(which)
        if not len(rows):
            return -1
        return min(int(np.searchsorted(rows, self.ladder.row_of(frame))), len(rows) - 1)

    def frame_from(self, start_ns: int, length_ns: int) -> int | None:
        """Return the first frame within a part of the time.

        Parameters
        ----------
        start_ns, length_ns : int
            Beginning in nanoseconds since 1970, and how long it is.

        Returns
        -------
        int or None
            None where this connection has no packet in it.
        """
        times = times_ns(self.packets["time"])
        inside = np.flatnonzero((times >= start_ns) & (times < start_ns + length_ns))
        return int(self.packets["frame"].iloc[inside[0]]) if inside.size else None

    def packet(self, frame: int) -> dict[str, Any]:
        """Return one packet: what its headers say, and its payload in every view that suits it.

        Parameters
        ----------
        frame : int
            Frame number; the next one of this connection is meant where it has no such frame.

        Returns
        -------
        dict
            ``frame``, ``side``, ``since_ns`` (from the connection's first packet), ``time_ns``
            (since 1970, as text), ``facts`` (names and values), ``views``, and ``captured`` and
            ``length``: bytes of payload in the capture, and on the wire.
        """
        at = self.ladder.row_of(frame)
        if at < 0:
            return {"frame": frame, "facts": [], "views": [], "captured": 0, "length": 0}
        packet = self.packets.iloc[at]
        number = int(packet["frame"])
        data = self.source.payload(number)
        fields = decode(data, "tcp" if packet["protocol"] == "tcp" else "udp")
        shown = payload_views(data, fields, limit=PAYLOAD_BYTES) if data else []
        return {
            "frame": number,
            "side": SIDES[1 if packet["direction"] == 1 else 0],
            "since_ns": int(self.ladder.since[at]),
            "time_ns": str(int(times_ns(self.packets["time"].iloc[[at]])[0])),
            "facts": self._facts(at, packet),
            "views": [asdict(each) for each in shown],
            "captured": len(data),
            "length": int(packet["payload_length"]),
        }

    def _facts(self, at: int, packet: pd.Series[Any]) -> list[list[str]]:
        """Return names and values of a packet's headers."""
        rung = self.ladder.rungs([at]).iloc[0]
        moment = int(times_ns(self.packets["time"].iloc[[at]])[0])
        sender = SIDES[1 if packet["direction"] == 1 else 0]
        facts = [
            ("frame", f"{packet['frame']}"),
            ("sent by", sender),
            ("after", format_duration_ns(int(self.ladder.since[at]))),
            ("time", "" if moment == NOT_A_TIME else format_time_ns(moment)),
            ("what", str(rung["label"])),
            ("numbers", str(rung["detail"])),
            ("TTL", f"{packet['ttl']}"),
            ("checksum", str(packet["checksum"])),
            ("on the wire", f"{packet['wire_length']:,} B"),
            ("unusual", str(rung["note"])),
            ("segment", _word(packet, "segment")),
            ("standing", _word(packet, "standing")),
            ("because of", _word(packet, "reasons")),
        ]
        return [[name, printable(value)] for name, value in facts if value]


def _word(packet: pd.Series[Any], name: str) -> str:
    """Return what a column says of a packet, if there is such a column."""
    return str(packet[name]) if name in packet.index else ""


def _judged(packets: pd.DataFrame, segments: pd.DataFrame) -> pd.DataFrame:
    """Return the packets with what is known of their segments."""
    known = segments.drop_duplicates("frame").set_index("frame")
    found = known.reindex(packets["frame"].to_numpy())
    told = {name: found[name].astype(object).fillna("").to_numpy() for name in _TOLD}
    return packets.assign(segment=told["kind"], standing=told["standing"], reasons=told["reasons"])


_TOLD = ("kind", "standing", "reasons")

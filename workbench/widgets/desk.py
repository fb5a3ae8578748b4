"""Answers what a page asks about a capture: everything that is shown comes from here.

The page asks small questions (which rows, which bins, which packet) and gets as much as fits on it,
as numbers and visible text. Nothing here knows of notebooks, so that all of it is tested without.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cached_property
from typing import Any

import numpy as np

from workbench.capture.filters import compile_filter
from workbench.errors import ParameterError, WorkbenchError
from workbench.traffic.browse import bins
from workbench.traffic.browse.listing import Listing, Rows
from workbench.traffic.browse.search import facets
from workbench.traffic.browse.texts import Mask
from workbench.units import format_duration_ns, printable
from workbench.views import captions
from workbench.views.columns import connection_column, shown_first, written
from workbench.views.tables import NUMERIC
from workbench.views.theme import theme
from workbench.views.timeline_plot import plot_timeline
from workbench.widgets.closeup import WHICH, Closeup, Judge, Source
from workbench.widgets.questions import Question, among, text, texts, whole

ROWS = 200
#: Rows of a page, as `page/rows.js` fetches them.
PAGE_ROWS = 60
FACET_CHARACTERS = 40
_KEPT = 6


class Desk:
    """Holds a capture and answers questions about it.

    Parameters
    ----------
    capture : Source
        A capture, such as `workbench.read` returns.
    judge : callable, optional
        Tells genuine segments from fakes; see `workbench.widgets.closeup.Closeup`.

    Examples
    --------
    >>> import workbench as wb
    >>> desk = Desk(wb.read("data/dns.pcap"))
    >>> desk.answer({"ask": "rows", "search": "udp"})["matched"] > 0
    True
    >>> desk.answer({"ask": "nonsense"})["error"][:20]
    'parameter ask cannot'
    """

    def __init__(self, capture: Source, judge: Judge | None = None) -> None:
        self.capture = capture
        self.judge = judge
        self.listing = Listing(capture.connections, self._with_packets)
        self._closeups: OrderedDict[int, Closeup] = OrderedDict()
        self._found: OrderedDict[tuple[object, ...], Rows] = OrderedDict()
        self._questions: dict[str, Callable[[Question], dict[str, Any]]] = {
            "hello": self._hello,
            "timeline": self._timeline,
            "rows": self._rows,
            "part": self._part,
            "mine": self._mine,
            "connection": self._connection,
            "rungs": self._rungs,
            "packet": self._packet,
        }

    def answer(self, question: Question) -> dict[str, Any]:
        """Return the answer to a question, or what is wrong with the question.

        Parameters
        ----------
        question : mapping
            ``ask`` says what; the rest depends on that.

        Returns
        -------
        dict
            Fit for JSON; ``error`` alone, where the question cannot be answered.
        """
        try:
            ask = among({"ask": question.get("ask", "")}, "ask", tuple(self._questions))
            return self._questions[ask](question)
        except WorkbenchError as error:
            return {"error": printable(str(error), 600)}

    def opening(self, connection: int = -1) -> dict[str, Any]:
        """Return the answers to what every page asks first.

        Parameters
        ----------
        connection : int
            The connection that is chosen at first; -1 for none.

        Returns
        -------
        dict
            Answer by question.
        """
        asked: list[Question] = [
            {"ask": "hello"},
            {"ask": "timeline", "connection": connection},
            {"ask": "rows", "count": PAGE_ROWS, "find": connection, "around": True},
        ]
        if connection >= 0:
            asked.append({"ask": "connection", "connection": connection})
        return {str(question["ask"]): self.answer(question) for question in asked}

    @cached_property
    def timeline(self) -> bins.Timeline:
        """The capture's packets by time."""
        return bins.Timeline(self.capture.table(list(bins.PACKET_COLUMNS)))

    def closeup(self, connection: int) -> Closeup:
        """Return one connection; the last few are kept.

        Parameters
        ----------
        connection : int
            Its number.

        Returns
        -------
        Closeup
            Its packets, ready to be asked.

        Raises
        ------
        ParameterError
            If there is no such connection.
        """
        table = self.listing.connections
        at = np.flatnonzero(table["connection"].to_numpy() == connection)
        if not at.size:
            raise ParameterError.out_of_range("connection", connection, 0, len(table) - 1)
        if connection not in self._closeups:
            part = self.capture.select(connection=connection)
            self._closeups[connection] = Closeup(part, table.iloc[int(at[0])], self.judge)
            while len(self._closeups) > _KEPT:
                self._closeups.popitem(last=False)
        self._closeups.move_to_end(connection)
        return self._closeups[connection]

    def _with_packets(self, expression: str) -> Mask:
        """Return which connections have a packet that meets a filter of packets."""
        asked = compile_filter(expression)
        packets = self.capture.table(list(dict.fromkeys([*asked.columns, "connection"])))
        met = np.zeros(len(self.listing.connections) + 1, bool)
        met[packets["connection"].to_numpy()[asked.mask(packets)]] = True
        return met[:-1]

    def _hello(self, _: Question) -> dict[str, Any]:
        names, text_names = self.listing.names, self.listing.searcher.text_names
        columns = [connection_column(name, name not in text_names) for name in names]
        return {
            "name": printable(self.capture.name),
            "packets": len(self.capture),
            "connections": len(self.listing.connections),
            "columns": [
                {"name": each.name, "title": each.title, "numeric": each.kind in NUMERIC}
                for each in columns
            ],
            "shown": shown_first(names),
            "roles": {name: asdict(role) for name, role in theme().roles.items()},
            "facets": _typed(facets(self.listing.searcher)),
            "fields": sorted(self.listing.searcher.fields),
            "span": format_duration_ns(min(self.timeline.whole.end_ns - 1, 2**63 - 1)),
        }

    def _stretch(self, question: Question, name: str) -> bins.Stretch | None:
        """Return the part of the time that a question names, if it names one."""
        given = text(question, name)
        return bins.Stretch.parse(given) if given else None

    def _timeline(self, question: Question) -> dict[str, Any]:
        stretch = self._stretch(question, "zoom") or self.timeline.whole
        kept = self.listing.searcher.mask(text(question, "search"))
        binned = self.timeline.binned(stretch, kept)
        width = self.timeline.width(stretch)
        used = binned[binned["packets"] > 0]
        counted = used if kept is None else used[(used["class"] != bins.UNMATCHED).to_numpy(bool)]
        sums = counted.groupby("start_ns")["packets"].sum()
        places = ((sums.index.to_numpy() - stretch.start_ns) // width).tolist()
        picture = plot_timeline(binned, backend="plain")
        unit = picture["marks"][0]["width"] / width if picture["marks"] else 1.0
        return {
            "picture": picture,
            "zoom": str(stretch),
            "zoomed": stretch != self.timeline.whole,
            "bins": int(binned["start_ns"].nunique()),
            "width": format_duration_ns(width),
            "start": stretch.start_ns * unit,
            "step": width * unit,
            "packets": dict(zip(places, sums.tolist(), strict=True)),
            "unit": unit,
            "mine": self._mine(question)["mine"],
            "caption": printable(captions.timeline(binned), 400),
        }

    def _mine(self, question: Question) -> dict[str, Any]:
        """Return the bins in which the chosen connection has packets."""
        stretch = self._stretch(question, "zoom") or self.timeline.whole
        connection = whole(question, "connection", -1, low=-1)
        return {"mine": self.timeline.bins_of(connection, stretch) if connection >= 0 else []}

    def _part(self, question: Question) -> dict[str, Any]:
        """Return the part of the time that some bins cover, and the frame chosen in it."""
        stretch = self._stretch(question, "zoom") or self.timeline.whole
        part = self.timeline.part(stretch, whole(question, "first"), whole(question, "last"))
        connection = whole(question, "connection", -1, low=-1)
        answer: dict[str, Any] = {"part": str(part), "words": _between(part), "frame": None}
        if connection >= 0:
            start = self.timeline.first_ns + part.start_ns
            frame = self.closeup(connection).frame_from(start, part.end_ns - part.start_ns)
            answer["frame"] = frame
        return answer

    def _matching(self, question: Question) -> Rows:
        """Return the rows that a question means, in its order; the last answers are kept."""
        search, part = text(question, "search"), text(question, "part")
        sort, descending = text(question, "sort", "connection"), question.get("descending") is True
        key = (search, part, sort, descending)
        if key not in self._found:
            among_ = None
            if part:
                stretch = bins.Stretch.parse(part)
                among_ = self.timeline.connections(stretch, len(self.listing.connections))
            self._found[key] = self.listing.rows(
                search, sort=sort, descending=descending, among=among_
            )
            while len(self._found) > _KEPT:
                self._found.popitem(last=False)
        self._found.move_to_end(key)
        return self._found[key]

    def _rows(self, question: Question) -> dict[str, Any]:
        rows = self._matching(question)
        count = whole(question, "count", 50, low=1, high=ROWS)
        first = whole(question, "first", 0)
        table = self.listing.connections
        numbers = table["connection"].to_numpy()
        answer: dict[str, Any] = {"matched": len(rows), "total": len(table)}
        if (wanted := whole(question, "find", -1, low=-1)) >= 0:
            at = np.flatnonzero(numbers[rows] == wanted)
            answer["place"] = int(at[0]) if at.size else -1
            if question.get("around") is True:
                first = max(answer["place"], 0) // count * count
        window = rows[first : first + count]
        names = texts(question, "columns") or shown_first(self.listing.names)
        known = [name for name in names if name in self.listing.names]
        text_names = self.listing.searcher.text_names
        columns = [connection_column(name, name not in text_names) for name in known]
        return answer | {
            "first": first,
            "columns": known,
            "connections": numbers[window].tolist(),
            "cells": written(table.iloc[window], columns),
        }

    def _connection(self, question: Question) -> dict[str, Any]:
        """Return all that is drawn first, so that one question moves all views."""
        closeup = self.closeup(whole(question, "connection"))
        about = closeup.about()
        frame = whole(question, "frame", -1, low=-1)
        at = frame if frame in closeup.packets["frame"].to_numpy() else about["start"]
        place = closeup.place(at)
        first = max(place, 0) // PAGE_ROWS * PAGE_ROWS
        rungs = closeup.rungs("all", first, PAGE_ROWS) | {"place": place}
        return about | {"packet": self._shown(closeup, at), "rungs": rungs}

    def _rungs(self, question: Question) -> dict[str, Any]:
        closeup, which = (
            self.closeup(whole(question, "connection")),
            among(question, "which", WHICH),
        )
        answer = closeup.rungs(which, whole(question, "first", 0), whole(question, "count", 60))
        frame = whole(question, "frame", -1, low=-1)
        return answer | {"place": closeup.place(frame, which) if frame >= 0 else -1}

    def _packet(self, question: Question) -> dict[str, Any]:
        closeup = self.closeup(whole(question, "connection"))
        return self._shown(closeup, whole(question, "frame"))

    def _shown(self, closeup: Closeup, frame: int) -> dict[str, Any]:
        """Return one packet, its time counted from the capture's first."""
        packet = closeup.packet(frame)
        moment = int(packet.pop("time_ns", self.timeline.first_ns))
        return packet | {"moment_ns": float(moment - self.timeline.first_ns)}


def _typed(counts: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    """Return the counts of what a person could type into the search field as it is."""
    return {
        field: {
            value: count
            for value, count in each.items()
            if '"' not in value and printable(value, FACET_CHARACTERS) == value
        }
        for field, each in counts.items()
    }


def _between(part: bins.Stretch) -> str:
    """Return a part of the time in words."""
    start, end = (min(each, 2**63 - 1) for each in (part.start_ns, part.end_ns))
    return f"{format_duration_ns(start)} to {format_duration_ns(end)} after the first packet"

"""The way back into a capture after damage.

Every place where a record header can be true is a candidate; candidates that follow each other make
a chain. The first chain need not be the file's own, because a packet may carry a capture that
somebody downloaded. So a chain is taken when it is too long for one packet or runs to the end, or
when its time fits between the last packet read and the next such chain; otherwise the longest is.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from workbench.capture import formats
from workbench.capture.sources import Source

Array = np.ndarray[Any, Any]

SLACK_NS = 1_000_000_000
"""How far packets may be out of order in time, between the last good one and the next ones."""
DAY_NS = 86_400_000_000_000
MAX_LOOKS = 200
"""Most chains whose time is looked at in one search."""


@dataclass(frozen=True)
class Candidates:
    """Places in a window where a record can begin, in order.

    Attributes
    ----------
    at, end
        int64, where a record begins, and where it ends: possibly behind the window.
    weight
        int64, what its header proves; a chain of `formats.CHAIN` is believed.
    start
        bool, whether reading can go on there; else it is only a link of chains.
    """

    at: Array
    end: Array
    weight: Array
    start: Array


class Framing(Protocol):
    """A file format as recovery sees it."""

    def candidates(self, data: bytes) -> Candidates:
        """Return where records can begin in `data`."""
        ...

    def time_at(self, data: bytes, at: int) -> int | None:
        """Return the time of the record at `at` in nanoseconds, None if it has none."""
        ...


class Window:
    """Chains of candidates in one stretch of a file.

    Parameters
    ----------
    base
        Offset of the stretch in the file.
    data
        Its bytes.
    at_end
        Whether the file ends with it.
    framing
        The format.
    header
        Bytes of a record header.
    longest
        Most bytes a record has.
    """

    def __init__(
        self, base: int, data: bytes, framing: Framing, *, at_end: bool, header: int, longest: int
    ) -> None:
        self.base = base
        self.data = data
        found = framing.candidates(data)
        cut = len(found.at) > formats.MAX_CANDIDATES
        size = int(found.at[formats.MAX_CANDIDATES]) if cut else len(data)
        self.at_end = at_end and not cut
        self.usable = size
        at = found.at[: formats.MAX_CANDIDATES]
        strength, stop = _chains(at, found.end, found.weight)
        good = strength >= formats.CHAIN
        if self.at_end:
            good |= stop == size
        good &= found.start[: len(at)]
        sure = good & ((stop + header > size) | (stop - at > longest))
        self._good = at[good].tolist()
        self._sure = at[sure].tolist()
        self._longest = _longest_from((stop - at)[good].tolist())

    def first(self, framing: Framing, position: int, near_ns: int | None) -> int:
        """Return where reading goes on at or behind an offset in the file, -1 if nowhere here.

        Parameters
        ----------
        framing
            The format.
        position
            First offset that counts.
        near_ns
            Time of the last packet read, None if there is none.
        """
        begin = bisect.bisect_left(self._good, position - self.base)
        if begin == len(self._good):
            return -1
        place = bisect.bisect_left(self._sure, position - self.base)
        best = self._sure[place] if place < len(self._sure) else self._good[self._longest[begin]]
        until_ns = framing.time_at(self.data, best)
        for at in self._good[begin : begin + MAX_LOOKS]:
            time_ns = framing.time_at(self.data, at)
            if at == best or _fits(time_ns, near_ns, until_ns):
                return self.base + int(at)
        return self.base + int(best)


def _fits(time_ns: int | None, near_ns: int | None, until_ns: int | None) -> bool:
    """Tell whether a record's time lies between those around the damage."""
    if time_ns is None or until_ns is None:
        return False
    if near_ns is None:
        return until_ns - DAY_NS <= time_ns <= until_ns + SLACK_NS
    last = until_ns if until_ns >= near_ns - SLACK_NS else near_ns + DAY_NS
    return near_ns - SLACK_NS <= time_ns <= last + SLACK_NS


def _chains(at: Array, end: Array, weight: Array) -> tuple[Array, Array]:
    """Return how much the chain from each candidate proves, and where it stops."""
    places, ends, weights = at.tolist(), end.tolist(), weight.tolist()
    strength: dict[int, int] = {}
    stop: dict[int, int] = {}
    for number in range(len(places) - 1, -1, -1):
        place, behind = places[number], ends[number]
        strength[place] = min(weights[number] + strength.get(behind, 0), formats.CHAIN)
        stop[place] = stop.get(behind, behind)
    return (
        np.array([strength[place] for place in places], "i8"),
        np.array([stop[place] for place in places], "i8"),
    )


def _longest_from(spans: list[int]) -> list[int]:
    """Return for each place the place of the longest span from it on."""
    best = list(range(len(spans)))
    for place in range(len(spans) - 2, -1, -1):
        if spans[best[place + 1]] > spans[place]:
            best[place] = best[place + 1]
    return best


class Recovery:
    """Searches one file; what it looked at last is kept, so that much damage costs little more.

    Parameters
    ----------
    source
        The file.
    header
        Bytes of a record header.
    """

    def __init__(self, source: Source, header: int) -> None:
        self._source = source
        self._header = header
        self._window: Window | None = None

    def after(self, framing: Framing, position: int, near_ns: int | None, longest: int) -> int:
        """Find where reading goes on after damage.

        Parameters
        ----------
        framing
            The format.
        position
            First offset that counts.
        near_ns
            Time of the last packet read, None if there is none.
        longest
            Most bytes a record has.

        Returns
        -------
        int
            Offset of a record, -1 if there is nothing readable to the end.
        """
        while position < self._source.size:
            window = self._window_at(framing, position, longest)
            if window is None:
                return -1
            found = window.first(framing, position, near_ns)
            if found >= 0:
                return found
            if window.at_end:
                return -1
            position = max(position + 1, window.base + window.usable // 2)
        return -1

    def _window_at(self, framing: Framing, position: int, longest: int) -> Window | None:
        """Return a window that begins at or before a position, with much of it still to come."""
        kept = self._window
        if kept is not None and kept.base <= position:
            room = kept.usable if kept.at_end else kept.usable // 2
            if position < kept.base + room:
                return kept
        data = self._source.read_at(position, formats.SEARCH)
        if not data:
            return None
        at_end = position + len(data) >= self._source.size
        self._window = Window(
            position, data, framing, at_end=at_end, header=self._header, longest=longest
        )
        return self._window


def words(raw: Array, big: bool) -> Array:
    """Return the 32-bit number at every position: int64, three shorter than `raw`."""
    windows = np.lib.stride_tricks.sliding_window_view(raw, 4)
    return np.ascontiguousarray(windows).view(">u4" if big else "<u4")[:, 0].astype("i8")

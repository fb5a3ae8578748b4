"""Packets over time, in bins of any stretch of a capture, fast enough to be moved through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.errors import ParameterError
from workbench.traffic.summaries import (
    NOT_A_TIME,
    OTHER,
    bin_weights,
    nice_width,
    protocol_names,
    times_ns,
)

Mask = npt.NDArray[np.bool_]

#: Columns of the packet table that this module reads.
PACKET_COLUMNS = ("time", "wire_length", "protocol", "ip_version", "link", "connection")
UNMATCHED = "filtered out"
BINS = 160


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a capture's time.

    Parameters
    ----------
    start_ns, end_ns : int
        Nanoseconds since the earliest packet; the end is not part of it.
    """

    start_ns: int
    end_ns: int

    @classmethod
    def parse(cls, text: str) -> Stretch:
        """Return a stretch from the text of one.

        Parameters
        ----------
        text : str
            Both ends in nanoseconds, with a colon between them.

        Returns
        -------
        Stretch
            At least one nanosecond long.

        Raises
        ------
        ParameterError
            If it is none.

        Examples
        --------
        >>> str(Stretch.parse("5:900"))
        '5:900'
        """
        start, _, end = text.partition(":")
        small = len(text) < 60 and start.isascii() and end.isascii()
        if not (small and start.isdigit() and end.isdigit() and int(start) < int(end) <= 2**64):
            raise ParameterError.not_understood("stretch", text, "two times such as 0:1000000")
        return cls(int(start), int(end))

    def __str__(self) -> str:
        return f"{self.start_ns}:{self.end_ns}"


class Timeline:
    """The packets of a capture by time, protocol and connection.

    Parameters
    ----------
    packets : pandas.DataFrame
        The packet table with `PACKET_COLUMNS`; packets without a time are left out.
    classes : int
        Most protocols kept apart; the rarer ones are counted as one.
    """

    def __init__(self, packets: pd.DataFrame, *, classes: int = 4) -> None:
        times = times_ns(packets["time"])
        known = times != NOT_A_TIME
        every = known.all()
        kept = packets if every else packets[known]
        times = times if every else times[known]
        self.first_ns = int(times.min()) if times.size else 0
        # Unsigned: from the earliest to the latest time can be more than an int64 holds.
        self.since = (times - np.int64(self.first_ns)).view(np.uint64)
        self.connection = kept["connection"].to_numpy(np.int32)
        self.sizes = kept["wire_length"].to_numpy(np.uint32)
        self.names, self.codes = _classes(kept, classes)

    @property
    def whole(self) -> Stretch:
        """All of the capture."""
        return Stretch(0, int(self.since.max()) + 1 if self.since.size else 1)

    def width(self, stretch: Stretch, bins: int = BINS) -> int:
        """Return the width of a bin, in nanoseconds, where a stretch is cut into `bins`."""
        return nice_width(stretch.end_ns - stretch.start_ns - 1, bins)

    def part(self, stretch: Stretch, first: int, last: int, bins: int = BINS) -> Stretch:
        """Return the stretch that some bins of a stretch cover.

        Parameters
        ----------
        stretch : Stretch
            What was cut into bins.
        first, last : int
            Bins, counted from 0, the last one included.
        bins : int
            As for `binned`.

        Returns
        -------
        Stretch
            Never outside of the capture.
        """
        width, low = self.width(stretch, bins), max(0, min(first, last))
        start = min(stretch.start_ns + low * width, self.whole.end_ns - 1)
        end = stretch.start_ns + (max(first, last, 0) + 1) * width
        return Stretch(start, max(min(end, self.whole.end_ns), start + 1))

    def within(self, stretch: Stretch) -> Mask:
        """Return which packets lie in a stretch: bool, one a packet with a time."""
        start, end = np.uint64(stretch.start_ns), stretch.end_ns
        after = self.since >= start
        return after if end > int(self.whole.end_ns) else after & (self.since < np.uint64(end))

    def connections(self, stretch: Stretch, count: int) -> Mask:
        """Return which connections have a packet in a stretch: bool, shape (count,).

        Parameters
        ----------
        stretch : Stretch
            A part of the capture's time.
        count : int
            How many connections there are.
        """
        met = np.zeros(count + 1, bool)
        met[self.connection[self.within(stretch)]] = True
        # Packets of no connection have the number -1, which is the place behind the last.
        return met[:count]

    def binned(self, stretch: Stretch, among: Mask | None = None, bins: int = BINS) -> pd.DataFrame:
        """Return packets and bytes over time, by protocol.

        Parameters
        ----------
        stretch : Stretch
            What to cut into bins.
        among : numpy.ndarray of bool, shape (connections,), optional
            Connections that are meant; packets of others are counted as `UNMATCHED`.
        bins : int
            Most bins; their width is 1, 2 or 5 times a power of ten nanoseconds.

        Returns
        -------
        pandas.DataFrame
            As `workbench.traffic.summaries.timeline`; ``start_ns`` counts from the earliest packet.

        Raises
        ------
        ParameterError
            If `bins` is less than 1.
        """
        inside = self.within(stretch)
        whole = bool(inside.all())
        since, codes = (self.since, self.codes) if whole else (
            self.since[inside], self.codes[inside])  # fmt: skip
        sizes = self.sizes if whole else self.sizes[inside]
        names = [*self.names, UNMATCHED]
        if among is not None:
            asked = np.append(among, False)
            met = asked[self.connection if whole else self.connection[inside]]
            codes = np.where(met, codes, len(self.names))
        width = self.width(stretch, bins)
        count = (stretch.end_ns - stretch.start_ns - 1) // width + 1
        at = np.minimum(
            (since - np.uint64(stretch.start_ns)) // np.uint64(width), np.uint64(count - 1)
        )
        place = codes.astype(np.int64) * count + at.astype(np.int64)
        packets = np.bincount(place, minlength=len(names) * count)
        weights = bin_weights(place.astype(np.uint64), 1, len(names) * count, sizes)
        used = len(names) if among is not None else len(self.names)
        return _table(names[:used], stretch.start_ns, width, count, (packets, weights))

    def bins_of(self, connection: int, stretch: Stretch, bins: int = BINS) -> list[int]:
        """Return the bins of a stretch in which a connection has packets, counted from 0."""
        mine = (self.connection == connection) & self.within(stretch)
        since = self.since[mine] - np.uint64(stretch.start_ns)
        found: list[int] = np.unique(since // np.uint64(self.width(stretch, bins))).tolist()
        return found


def _classes(packets: pd.DataFrame, most: int) -> tuple[list[str], npt.NDArray[np.int8]]:
    """Return names of classes, most frequent first, and the class of each packet."""
    names = protocol_names(packets).cat
    codes = names.codes.to_numpy().astype(np.int64)
    counts = np.bincount(codes, minlength=len(names.categories))
    order = [int(at) for at in np.argsort(-counts, kind="stable") if counts[at]]
    kept = order if len(order) <= most + 1 else order[:most]
    lookup = np.full(max(len(counts), 1), len(kept), np.int8)
    lookup[kept] = np.arange(len(kept), dtype=np.int8)
    shown = [str(names.categories[at]) for at in kept]
    return shown + ([OTHER] if len(kept) < len(order) else []), lookup[codes]


def _table(
    names: list[str], start: int, width: int, count: int, sums: tuple[Any, Any]
) -> pd.DataFrame:
    """Return one row a class and bin, empty bins included."""
    # Read unsigned, since the last bins of an absurd range start beyond an int64.
    starts = np.arange(count, dtype=np.uint64) * np.uint64(width) + np.uint64(start)
    shown = starts.astype(np.float64).clip(max=2.0**63 - 1024).astype(np.int64)
    return pd.DataFrame(
        {
            "class": np.repeat(np.array(names, dtype=object), count),
            "start_ns": np.tile(shown, len(names)),
            "width_ns": width,
            "packets": sums[0][: len(names) * count],
            "wire_bytes": sums[1][: len(names) * count],
        }
    )

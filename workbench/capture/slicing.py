"""Parts of a capture: by filter, time, frames and connections. Rows in, rows out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from workbench.capture import schema
from workbench.capture.kernels.walk import NO_TIME
from workbench.capture.packets import Packets
from workbench.capture.presence import nanoseconds
from workbench.errors import CaptureError, ParameterError
from workbench.units import INT64_MAX, INT64_MIN, parse_duration_ns, parse_time_ns

if TYPE_CHECKING:
    import pandas as pd

    from workbench.capture.filters import Filter

Array = np.ndarray[Any, Any]
Moment: TypeAlias = str | int
Frames: TypeAlias = str | int | Iterable[int]
Flow: TypeAlias = Callable[[], Mapping[str, Array]]

_PART = re.compile(r"\s*([0-9]{1,10})\s*(?:(?:\.\.|-)\s*([0-9]{1,10})\s*)?", re.ASCII)
_FRAMES_EXAMPLE = "numbers and ranges such as 1-20,40"
MAX_FRAMES_TEXT = 100_000


def select(
    packets: Packets,
    filter: str | Filter | None = None,  # noqa: A002 (the word that people know)
    *,
    start: Moment | None = None,
    end: Moment | None = None,
    frames: Frames | None = None,
    connection: int | Iterable[int] | None = None,
    flow: Flow | None = None,
) -> Array:
    """Return the rows of a part of a capture: those for which all that is given holds.

    Parameters
    ----------
    packets : Packets
        The capture.
    filter, start, end, frames, connection
        As for `Slicer`.
    flow : callable, optional
        Gives `connection` and `direction` of each packet; called only when they are needed.

    Returns
    -------
    ndarray of int64
        Rows in order, for `Packets.take`.

    Raises
    ------
    FilterError, ParameterError
        For what is not understood.
    CaptureError
        For a single frame or a connection that is not there.

    Examples
    --------
    >>> from workbench.capture.reader import read_packets
    >>> packets = read_packets("data/dns.pcap")
    >>> select(packets, frames="3-4").tolist()
    [2, 3]
    >>> packets.close()
    """
    from workbench.capture.table import packet_table

    slicer = Slicer(filter, start=start, end=end, frames=frames, connection=connection)
    if not slicer.columns:
        return np.arange(len(packets))
    flows = flow() if flow is not None and slicer.needs_flow else None
    kept = slicer.mask(packet_table(packets, slicer.columns, flows))
    slicer.finish()
    return np.flatnonzero(kept)


class Slicer:
    """A part of a capture, found in its packet table or in consecutive pieces of that.

    Parameters
    ----------
    filter : str or Filter, optional
        Expression of the filter language.
    start, end : str or int, optional
        Moments, `end` excluded: nanoseconds since 1970, a time as text, or `+1.5s` for what is that
        long after the first packet. Packets without a time are in no such part.
    frames : str, int or iterable of int, optional
        Frame numbers; as text also ranges, both ends included.
    connection : int or iterable of int, optional
        Numbers of connections.

    Attributes
    ----------
    columns
        Columns of the packet table that `mask` reads, in the order of the table.
    needs_flow
        Whether they take in what only the whole capture tells: connections.
    connections
        Numbers of the connections asked for, None for any.

    Raises
    ------
    FilterError, ParameterError
        For what is not understood.
    """

    def __init__(
        self,
        filter: str | Filter | None = None,  # noqa: A002
        *,
        start: Moment | None = None,
        end: Moment | None = None,
        frames: Frames | None = None,
        connection: int | Iterable[int] | None = None,
    ) -> None:
        self._filter = _compiled(filter) if isinstance(filter, str) else filter
        self._start, self._end = start, end
        # Said now, whether or not there is a packet to compare with.
        bounds(start, end, None)
        self._frames = None if frames is None else _Numbers.of_frames(frames)
        self.connections = None
        self._connections = None
        if connection is not None:
            self.connections = _whole_numbers("connection", connection)
            self._connections = _Numbers.of(self.connections)
        self._first_ns: int | None = None
        self._last_frame = 0
        self._last_connection = -1
        needed = set(self._filter.columns) if self._filter else set()
        needed |= {"time"} if start is not None or end is not None else set()
        needed |= {"frame"} if frames is not None else set()
        needed |= {"connection"} if connection is not None else set()
        self.columns = tuple(name for name in schema.NAMES if name in needed)
        self.needs_flow = bool(needed & set(schema.FLOW))

    def mask(self, table: pd.DataFrame) -> Array:
        """Return the rows that are in the part.

        Parameters
        ----------
        table : pandas.DataFrame
            The packet table with at least `columns`, or the next piece of it.

        Returns
        -------
        ndarray of bool, shape (rows,)
            Whether each row is.

        Raises
        ------
        ParameterError
            When the end lies before the start.
        """
        kept = np.ones(len(table), bool)
        if self._start is not None or self._end is not None:
            time = nanoseconds(table["time"])
            if self._first_ns is None and (time != NO_TIME).any():
                self._first_ns = int(time[np.argmax(time != NO_TIME)])
            kept &= rows_between(time, *bounds(self._start, self._end, self._first_ns))
        if self._frames is not None:
            numbers = table["frame"].to_numpy()
            self._last_frame = max(self._last_frame, int(numbers.max(initial=0)))
            kept &= self._frames.hold(numbers)
        if self._connections is not None:
            numbers = table["connection"].to_numpy()
            self._last_connection = max(self._last_connection, int(numbers.max(initial=-1)))
            kept &= self._connections.hold(numbers) & (numbers >= 0)
        if self._filter is not None and kept.any():
            kept &= self._filter.mask(table)
        return kept

    def finish(self) -> None:
        """Say that the last piece has been seen.

        Raises
        ------
        CaptureError
            When a frame or a connection that was named by itself is not in the capture; ranges may
            reach further than that.
        """
        if self._frames is not None and (missing := self._frames.missing()) is not None:
            raise CaptureError.no_frame(missing, self._last_frame)
        if self._connections is not None and (missing := self._connections.missing()) is not None:
            raise CaptureError.no_connection(missing, self._last_connection + 1)


def bounds(
    start: Moment | None, end: Moment | None, first_ns: int | None
) -> tuple[int, int | None]:
    """Return both ends of a time window in nanoseconds since 1970, None for an open end.

    Parameters
    ----------
    start, end : str or int, optional
        As for `Slicer`.
    first_ns : int or None
        As for `moment_ns`.

    Returns
    -------
    low : int
        The first moment of the window.
    high : int or None
        The first one behind it.

    Raises
    ------
    ParameterError
        For a moment that is not understood, or an end before the start.
    """
    low = INT64_MIN if start is None else moment_ns("start", start, first_ns)
    high = None if end is None else moment_ns("end", end, first_ns)
    comparable = first_ns is not None or _is_relative(start) == _is_relative(end)
    if start is not None and high is not None and comparable and high < low:
        raise ParameterError.out_of_range("end", end, start, "any later time")
    return low, high


def rows_between(time: Array, low: int, high: int | None) -> Array:
    """Return which times are in a window: ndarray of bool, False for no time.

    Parameters
    ----------
    time : ndarray of int64
        Nanoseconds since 1970, the smallest number for no time.
    low, high : int, int or None
        As `bounds` gives them.
    """
    kept: Array = (time != NO_TIME) & (time >= low)
    return kept if high is None else kept & (time < high)


def moment_ns(name: str, moment: Moment, first_ns: int | None) -> int:
    """Return a moment in nanoseconds since 1970.

    Parameters
    ----------
    name : str
        What it is, for errors.
    moment : str or int
        As for `select`; whatever writes itself as ISO text, such as a pandas Timestamp, will do.
    first_ns : int or None
        Time of the first packet, None if no packet has one.

    Returns
    -------
    int
        Nanoseconds, cut to what 64 bits hold.

    Raises
    ------
    ParameterError
        When it is not understood.

    Examples
    --------
    >>> moment_ns("start", "+1.5s", 1_000_000_000)
    2500000000
    """
    if isinstance(moment, int | np.integer) and not isinstance(moment, bool):
        return max(INT64_MIN, min(int(moment), INT64_MAX))
    written = getattr(moment, "isoformat", None)
    text = written() if callable(written) else moment
    if not isinstance(text, str):
        raise ParameterError.wrong_type(name, moment, "a time, or a duration such as +1.5s")
    if not text.lstrip().startswith("+"):
        return parse_time_ns(text)
    after = parse_duration_ns(text)
    # Without a time there is nothing to be after, and nothing is kept either way.
    return min((first_ns or 0) + after, INT64_MAX)


def _compiled(text: str) -> Filter:
    """Understand a filter; the language is loaded when one is spoken."""
    from workbench.capture.filters import compile_filter

    return compile_filter(text)


def _is_relative(moment: object) -> bool:
    return isinstance(moment, str) and moment.lstrip().startswith("+")


class _Numbers:
    """Whole numbers that are looked for: single ones, all of which must turn up, and ranges."""

    def __init__(self, singles: Iterable[int], ranges: Iterable[tuple[int, int]]) -> None:
        self._singles = np.unique(np.array(list(singles), "i8"))
        self._seen = np.zeros(len(self._singles), bool)
        joined: list[tuple[int, int]] = []
        for low, high in sorted(ranges):
            if joined and low <= joined[-1][1] + 1:
                joined[-1] = joined[-1][0], max(joined[-1][1], high)
            else:
                joined.append((low, high))
        self._lows, self._highs = np.array(joined, "i8").reshape(-1, 2).T

    @classmethod
    def of(cls, numbers: Iterable[int]) -> _Numbers:
        """Take single numbers."""
        return cls(numbers, ())

    @classmethod
    def of_frames(cls, frames: Frames) -> _Numbers:
        """Read frame numbers in any of their forms."""
        if isinstance(frames, range) and frames.step == 1 and len(frames):
            return cls((), [(frames.start, frames.stop - 1)])
        if not isinstance(frames, str):
            return cls(_whole_numbers("frames", frames), ())
        if len(frames) > MAX_FRAMES_TEXT:
            raise ParameterError.out_of_range("length of frames", len(frames), 1, MAX_FRAMES_TEXT)
        parts = [_frames_part(part) for part in frames.split(",")]
        singles = [part for part in parts if isinstance(part, int)]
        return cls(singles, [part for part in parts if not isinstance(part, int)])

    def hold(self, numbers: Array) -> Array:
        """Return which numbers are among these, and remember those that turned up."""
        wide = numbers.astype("i8")
        found: Array = np.zeros(len(wide), bool)
        if len(self._singles):
            self._seen |= np.isin(self._singles, wide)
            found |= np.isin(wide, self._singles)
        if len(self._lows):
            place = np.searchsorted(self._lows, wide, side="right") - 1
            found |= (place >= 0) & (wide <= self._highs[np.maximum(place, 0)])
        return found

    def missing(self) -> int | None:
        """Return a single number that never turned up, None if all did."""
        return None if self._seen.all() else int(self._singles[np.argmin(self._seen)])


def _frames_part(text: str) -> int | tuple[int, int]:
    """Read one number or one range."""
    found = _PART.fullmatch(text)
    if found is None:
        raise ParameterError.not_understood("frames", text, _FRAMES_EXAMPLE)
    low = int(found[1])
    if found[2] is None:
        return low
    if low > int(found[2]):
        raise ParameterError.not_understood("frames", text, "the smaller number first")
    return low, int(found[2])


def _whole_numbers(name: str, given: object) -> list[int]:
    """Return whole numbers from one or several, within 64 bits."""
    several = given if isinstance(given, Iterable) and not isinstance(given, str) else [given]
    numbers = []
    for number in several:
        if not isinstance(number, int | np.integer) or isinstance(number, bool):
            raise ParameterError.wrong_type(name, number, "a whole number")
        numbers.append(max(INT64_MIN, min(int(number), INT64_MAX)))
    return numbers

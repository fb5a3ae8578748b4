"""Parts of a capture: by filter, time, frames and connections. Rows in, rows out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from workbench.capture import schema
from workbench.capture.filters import Filter, compile_filter
from workbench.capture.kernels.walk import NO_TIME
from workbench.capture.packets import Packets
from workbench.errors import CaptureError, ParameterError
from workbench.units import INT64_MAX, INT64_MIN, parse_duration_ns, parse_time_ns

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
    filter : str or Filter, optional
        Expression of the filter language.
    start, end : str or int, optional
        Moments, `end` excluded: nanoseconds since 1970, a time as text, or `+1.5s` for what is that
        long after the first packet. Packets without a time are in no such part.
    frames : str, int or iterable of int, optional
        Frame numbers; as text also ranges, both ends included.
    connection : int or iterable of int, optional
        Numbers of connections.
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
    >>> rows = select(read_packets("data/dns.pcap"), "udp", frames="1-4")
    >>> rows.dtype
    dtype('int64')
    """
    kept = np.ones(len(packets), bool)
    if start is not None or end is not None:
        kept &= rows_between(packets.columns["time"], start, end)
    if frames is not None:
        kept &= rows_of_frames(packets.frame_numbers(), frames)
    needed = compile_filter(filter) if isinstance(filter, str) else filter
    flows: Mapping[str, Array] | None = None
    if connection is not None or (needed and set(needed.columns) & set(schema.FLOW)):
        flows = _unknown_flow(packets) if flow is None else flow()
    if connection is not None and flows is not None:
        kept &= rows_of_connections(flows["connection"], connection)
    if needed is not None and kept.any():
        from workbench.capture.table import packet_table

        kept &= needed.mask(packet_table(packets, needed.columns, flows))
    return np.flatnonzero(kept)


def rows_between(time: Array, start: Moment | None, end: Moment | None) -> Array:
    """Return which times lie from `start` up to, but without, `end`.

    Parameters
    ----------
    time : ndarray of int64
        Nanoseconds since 1970, the smallest number for no time.
    start, end : str or int, optional
        As for `select`.

    Returns
    -------
    ndarray of bool
        False for no time.

    Raises
    ------
    ParameterError
        For a moment that is not understood, or an end before the start.
    """
    known = time != NO_TIME
    first = int(time[int(np.argmax(known))]) if known.any() else None
    low = moment_ns("start", start, first) if start is not None else INT64_MIN
    high = moment_ns("end", end, first) if end is not None else None
    if high is not None and high < low:
        raise ParameterError.out_of_range("end", end, start, "any later time")
    kept = known & (time >= low)
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


@dataclass(frozen=True, slots=True)
class _Spans:
    """Numbers as closed intervals, sorted and apart from each other."""

    lows: Array
    highs: Array

    def hold(self, numbers: Array) -> Array:
        """Return which numbers lie in one of the intervals."""
        place = np.searchsorted(self.lows, numbers, side="right") - 1
        found: Array = (place >= 0) & (numbers <= self.highs[np.maximum(place, 0)])
        return found


def rows_of_frames(numbers: Array, frames: Frames) -> Array:
    """Return which frames are among those asked for.

    Parameters
    ----------
    numbers : ndarray of uint32
        Frame numbers of the capture.
    frames : str, int or iterable of int
        As for `select`.

    Returns
    -------
    ndarray of bool
        Whether each frame is.

    Raises
    ------
    ParameterError
        When the text or the numbers are not understood.
    CaptureError
        When a frame that is named by itself is not there; ranges may reach further than the capture.
    """
    singles, ranges = _frames_of(frames)
    single = np.unique(np.array(singles, "i8"))
    there = np.isin(single, numbers)
    if not there.all():
        raise CaptureError.no_frame(int(single[np.argmin(there)]), int(numbers.max(initial=0)))
    found = np.isin(numbers, single)
    if ranges:
        found |= _merged(ranges).hold(numbers.astype("i8"))
    return found


def _frames_of(frames: Frames) -> tuple[list[int], list[tuple[int, int]]]:
    """Return single numbers and ranges."""
    if isinstance(frames, range) and frames.step == 1 and len(frames):
        return [], [(frames.start, frames.stop - 1)]
    if not isinstance(frames, str):
        return _whole_numbers("frames", frames), []
    singles: list[int] = []
    ranges: list[tuple[int, int]] = []
    if len(frames) > MAX_FRAMES_TEXT:
        raise ParameterError.out_of_range("length of frames", len(frames), 1, MAX_FRAMES_TEXT)
    for part in frames.split(","):
        found = _PART.fullmatch(part)
        if found is None:
            raise ParameterError.not_understood("frames", part, _FRAMES_EXAMPLE)
        if found[2] is None:
            singles.append(int(found[1]))
        elif int(found[1]) > int(found[2]):
            raise ParameterError.not_understood("frames", part, "the smaller number first")
        else:
            ranges.append((int(found[1]), int(found[2])))
    return singles, ranges


def _merged(ranges: Sequence[tuple[int, int]]) -> _Spans:
    """Sort intervals and join those that overlap."""
    joined: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = joined[-1][0], max(joined[-1][1], high)
        else:
            joined.append((low, high))
    lows, highs = np.array(joined, "i8").reshape(-1, 2).T
    return _Spans(lows, highs)


def rows_of_connections(connections: Array, wanted: int | Iterable[int]) -> Array:
    """Return which packets belong to some connections.

    Parameters
    ----------
    connections : ndarray of int32
        Connection of each packet, -1 for none.
    wanted : int or iterable of int
        Numbers of connections.

    Returns
    -------
    ndarray of bool
        Whether each packet does.

    Raises
    ------
    CaptureError
        When there is no such connection.
    ParameterError
        When it is no number.
    """
    numbers = np.unique(np.array(_whole_numbers("connection", wanted), "i8"))
    there = np.isin(numbers, connections) & (numbers >= 0)
    if not there.all():
        count = int(connections.max(initial=-1)) + 1
        raise CaptureError.no_connection(int(numbers[np.argmin(there)]), count)
    return np.isin(connections, numbers)


def _whole_numbers(name: str, given: object) -> list[int]:
    """Return whole numbers from one or several, within 64 bits."""
    several = given if isinstance(given, Iterable) and not isinstance(given, str) else [given]
    numbers = []
    for number in several:
        if not isinstance(number, int | np.integer) or isinstance(number, bool):
            raise ParameterError.wrong_type(name, number, "a whole number")
        numbers.append(max(INT64_MIN, min(int(number), INT64_MAX)))
    return numbers


def _unknown_flow(packets: Packets) -> Mapping[str, Array]:
    """Return columns of packets whose connections nobody looked for."""
    return {
        "connection": np.full(len(packets), -1, "i4"),
        "direction": np.full(len(packets), -1, "i1"),
    }

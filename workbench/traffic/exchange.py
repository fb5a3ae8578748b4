"""One connection over time: relative sequence numbers, segments and acknowledgements.

In: the packets of one connection, in frame order. Out: small tables that are ready to be drawn.
Nothing here reassembles bytes or names a reason; a kind says only what the sequence numbers show.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.traffic.kernels.flows import REORDER_NS
from workbench.traffic.summaries import IntArray, times_ns

#: Columns of the packet table that this module reads.
PACKET_COLUMNS = (
    "frame", "time", "ip_version", "ttl", "protocol", "seq", "ack", "tcp_flags", "window",
    "window_scale", "checksum", "payload_length", "wire_length", "connection", "direction",
)  # fmt: skip

NEW, AGAIN, LATE, PROBE = "new", "retransmission", "out of order", "keep-alive"
MAX_SEGMENTS = 1_500
#: 73 years.
FAR_NS = 2**61

FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = 1, 2, 4, 8, 16, 32, 64, 128


@dataclass(frozen=True)
class SequenceData:
    """What one side sent, by its place in the stream, and what the other side acknowledged.

    Parameters
    ----------
    segments : pandas.DataFrame
        ``frame`` (the first one of a burst), ``time_ns``, ``start``, ``end`` (int64, stream offsets
        in bytes; the first payload byte is 0), ``kind`` (``new``, ``retransmission``, ``out of
        order``, ``keep-alive``) and ``segments`` (how many were drawn as one).
    acks : pandas.DataFrame
        ``frame``, ``time_ns``, ``ack`` (stream offset, int64), ``window_end`` (offset that the
        receiver allows to be sent up to; -1 where its scale is unknown).
    counts : dict of str to int
        Segments by kind, before any were joined.
    joined : bool
        Whether segments were joined to bursts because there were too many.
    numbered : bool
        True for TCP; False where offsets are bytes counted up, as for UDP.
    """

    segments: pd.DataFrame
    acks: pd.DataFrame
    counts: dict[str, int]
    joined: bool
    numbered: bool


def unwrap(numbers: npt.NDArray[np.uint32], start: int) -> IntArray:
    """Return 32-bit sequence numbers as distances from `start`, followed across their wrap.

    Parameters
    ----------
    numbers : numpy.ndarray of uint32, shape (n,)
        Sequence or acknowledgement numbers in order of arrival.
    start : int
        Number that becomes 0.

    Returns
    -------
    numpy.ndarray of int64, shape (n,)
        Negative for what lies before `start`; each step is taken as less than 2**31.

    Examples
    --------
    >>> unwrap(np.array([4294967290, 4, 2], np.uint32), 4294967290).tolist()
    [0, 10, 8]
    """
    with_start = np.concatenate([np.array([start & 0xFFFFFFFF], np.uint32), numbers])
    return np.cumsum(np.diff(with_start).view(np.int32).astype(np.int64))


def segment_kinds(starts: IntArray, ends: IntArray, times: IntArray) -> npt.NDArray[np.object_]:
    """Return whether each segment is new, sent again, late, or only a probe.

    The rules are those by which the connection table counts: what lies below the highest number so
    far was sent again, unless it fills the last gap within `REORDER_NS` of its opening; one byte
    just below is a probe that keeps the connection alive.

    Parameters
    ----------
    starts, ends : numpy.ndarray of int64, shape (n,)
        Places in the stream in order of arrival, ``ends`` exclusive and above ``starts``.
    times : numpy.ndarray of int64, shape (n,)
        When each was seen, in nanoseconds.

    Returns
    -------
    numpy.ndarray of str, shape (n,)
        ``new``, ``retransmission``, ``out of order`` or ``keep-alive``.

    Examples
    --------
    >>> starts, now = np.array([0, 20, 10, 0, 29]), np.zeros(5, np.int64)
    >>> segment_kinds(starts, np.array([10, 30, 20, 10, 30]), now).tolist()
    ['new', 'new', 'out of order', 'retransmission', 'keep-alive']
    """
    kinds = np.full(starts.size, NEW, dtype=object)
    if not starts.size:
        return kinds
    reached = np.maximum.accumulate(np.concatenate([starts[:1], ends]))[:-1]
    gap_start, gap_since = None, 0
    # Only what does not follow on directly needs a closer look: few, even in a long stream.
    for index in np.flatnonzero(starts != reached):
        start, end, top = int(starts[index]), int(ends[index]), int(reached[index])
        if start > top:
            gap_start, gap_since = top, int(times[index])
        elif end - start == 1 and start == top - 1:
            kinds[index] = PROBE
        else:
            fills = gap_start is not None and start >= gap_start
            soon = int(times[index]) - gap_since <= REORDER_NS
            kinds[index] = LATE if fills and soon else AGAIN
    return kinds


def place_segments(packets: pd.DataFrame, since: IntArray, origin: int) -> tuple[IntArray, Any]:
    """Return where each TCP packet of one side starts, and its kind.

    Parameters
    ----------
    packets : pandas.DataFrame
        Packets that one side sent (see `PACKET_COLUMNS`), in frame order.
    since : numpy.ndarray of int64, shape (n,)
        When each was seen, in nanoseconds, as `since_start` gives it.
    origin : int
        Sequence number of the first payload byte, as `origin_of` gives it.

    Returns
    -------
    starts : numpy.ndarray of int64, shape (n,)
        Stream offsets in bytes.
    kinds : numpy.ndarray of str, shape (n,)
        As `segment_kinds`; ``new`` for what takes no room in the stream.
    """
    starts = unwrap(packets["seq"].to_numpy(np.uint32), origin)
    flags = packets["tcp_flags"].to_numpy(np.int64)
    # SYN and FIN take a number each, so that one sent twice is noticed as well.
    taken = packets["payload_length"].to_numpy(np.int64) + ((flags & (SYN | FIN)) > 0)
    counted = (taken > 0) & ((flags & RST) == 0)
    kinds = np.full(starts.size, NEW, dtype=object)
    ends = starts + taken
    kinds[counted] = segment_kinds(starts[counted], ends[counted], since[counted])
    kinds[(kinds == PROBE) & ((flags & (SYN | FIN)) > 0)] = AGAIN
    # A SYN takes the number before the first byte, and what it carries comes after it.
    return starts + ((flags & SYN) > 0), kinds


def sequence(packets: pd.DataFrame, direction: int, *, most: int = MAX_SEGMENTS) -> SequenceData:
    """Return what one side of a connection sent, and how the other side acknowledged it.

    Parameters
    ----------
    packets : pandas.DataFrame
        Packets of one connection (see `PACKET_COLUMNS`).
    direction : int
        0 for what the client sent, 1 for what the server sent.
    most : int
        Most segments kept apart; beyond it, segments of one kind close in time are joined.

    Returns
    -------
    SequenceData
        Empty tables where nothing was sent.
    """
    since = since_start(packets)
    sent = (packets["direction"] == direction).to_numpy()
    numbered = bool((packets["protocol"] == "tcp").any())
    if numbered:
        origin = origin_of(packets[sent])
        segments = _tcp_segments(packets[sent], since[sent], origin)
        acks = _acks(packets[~sent], since[~sent], origin, _scale(packets, 1 - direction))
    else:
        segments = _counted_segments(packets[sent], since[sent])
        acks = pd.DataFrame(columns=["frame", "time_ns", "ack", "window_end"], dtype="int64")
    counts = {str(kind): int(count) for kind, count in segments["kind"].value_counts().items()}
    joined = len(segments) > most
    return SequenceData(
        segments=_joined(segments, most) if joined else segments,
        acks=_thinned(acks, most),
        counts=counts,
        joined=joined,
        numbered=numbered,
    )


def since_start(packets: pd.DataFrame) -> IntArray:
    """Return nanoseconds since the first packet of the table, at most `FAR_NS` either way.

    Parameters
    ----------
    packets : pandas.DataFrame
        With a column ``time``.

    Returns
    -------
    numpy.ndarray of int64, shape (n,)
        Negative for what the clock puts before the first packet.
    """
    times = times_ns(packets["time"])
    if not times.size:
        return times
    first = int(times[0])
    # A damaged time may lie so far off that the distance would not fit into 64 bits.
    limits = np.iinfo(np.int64)
    low, high = max(first - FAR_NS, limits.min), min(first + FAR_NS, limits.max)
    return np.clip(times, low, high) - first


def origin_of(sent: pd.DataFrame) -> int:
    """Return the sequence number of the first payload byte that a side sends.

    Parameters
    ----------
    sent : pandas.DataFrame
        Packets of that side, with ``tcp_flags`` and ``seq``.

    Returns
    -------
    int
        One above the number of its SYN; without a SYN, the number of its first packet.
    """
    if sent.empty:
        return 0
    flags, numbers = sent["tcp_flags"].to_numpy(), sent["seq"].to_numpy()
    opening = np.flatnonzero(flags & SYN)
    return int(numbers[opening[0]]) + 1 if opening.size else int(numbers[0])


def _scale(packets: pd.DataFrame, side: int) -> int:
    """Return the shift of a side's window: 0 if it or its peer sent none, -1 if nobody saw."""
    opening = packets[(packets["tcp_flags"] & SYN) > 0]
    own = opening.loc[opening["direction"] == side, "window_scale"]
    peer = opening.loc[opening["direction"] == 1 - side, "window_scale"]
    if own.empty:
        return -1
    both = own.iloc[0] >= 0 and (peer.empty or peer.iloc[0] >= 0)
    return min(int(own.iloc[0]), 14) if both else 0


def _tcp_segments(sent: pd.DataFrame, since: IntArray, origin: int) -> pd.DataFrame:
    """Return the segments that carry payload, by stream offset."""
    starts, kinds = place_segments(sent, since, origin)
    ends = starts + sent["payload_length"].to_numpy(np.int64)
    full = ends > starts
    return pd.DataFrame(
        {
            "frame": sent["frame"].to_numpy()[full],
            "time_ns": since[full],
            "start": starts[full],
            "end": ends[full],
            "kind": kinds[full],
            "segments": 1,
        }
    )


def _counted_segments(sent: pd.DataFrame, since: IntArray) -> pd.DataFrame:
    """Return datagrams one after the other, as if they were a stream."""
    ends = np.cumsum(sent["payload_length"].to_numpy(np.int64))
    return pd.DataFrame(
        {
            "frame": sent["frame"].to_numpy(),
            "time_ns": since,
            "start": ends - sent["payload_length"].to_numpy(np.int64),
            "end": ends,
            "kind": NEW,
            "segments": 1,
        }
    )


def _acks(answers: pd.DataFrame, since: IntArray, origin: int, scale: int) -> pd.DataFrame:
    """Return what the receiver acknowledged, in the sender's stream offsets."""
    flags = answers["tcp_flags"].to_numpy()
    valid = ((flags & ACK) > 0) & ((flags & RST) == 0)
    numbers = unwrap(answers["ack"].to_numpy(np.uint32)[valid], origin)
    window = answers["window"].to_numpy(np.int64)[valid]
    opening = (flags[valid] & SYN) > 0
    # The window of a SYN is never scaled (RFC 7323, 2.2).
    allowed = numbers + np.where(opening, window, window << max(scale, 0))
    return pd.DataFrame(
        {
            "frame": answers["frame"].to_numpy()[valid],
            "time_ns": since[valid],
            "ack": numbers,
            "window_end": allowed if scale >= 0 else -1,
        }
    )


def _joined(segments: pd.DataFrame, most: int) -> pd.DataFrame:
    """Return segments joined by kind and time bin to at most about `most` bursts."""
    times = segments["time_ns"].to_numpy(np.int64)
    width = max(1, (int(times.max()) - int(times.min())) // max(1, most // 3) + 1)
    keys = [(times - times.min()) // width, segments["kind"].to_numpy()]
    joined = segments.groupby(keys, sort=False).agg(
        frame=("frame", "first"), time_ns=("time_ns", "first"), start=("start", "min"),
        end=("end", "max"), kind=("kind", "first"), segments=("segments", "sum"),
    )  # fmt: skip
    return joined.reset_index(drop=True)


def _thinned(acks: pd.DataFrame, most: int) -> pd.DataFrame:
    """Return at most `most` rows, evenly spread, the first and the last among them."""
    if len(acks) <= most:
        return acks
    return acks.iloc[np.unique(np.linspace(0, len(acks) - 1, most).astype(int))]

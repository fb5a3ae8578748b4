"""One connection, packet by packet: the rows of a ladder, whole or a window of them.

In: the packets of one connection, in frame order. Out: small tables that are ready to be drawn. A
kind says only what flags and sequence numbers show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.traffic.exchange import (
    ACK,
    AGAIN,
    CWR,
    ECE,
    FIN,
    LATE,
    NEW,
    PROBE,
    PSH,
    RST,
    SYN,
    URG,
    origin_of,
    place_segments,
    since_start,
    unwrap,
)  # fmt: skip
from workbench.traffic.summaries import IntArray

MAX_RUNGS = 40

OPEN, CLOSE, RESET, DATA, BARE = "open", "close", "reset", "data", "ack"
UNUSUAL = frozenset({AGAIN, LATE, PROBE, RESET})
#: Kinds of `workbench.traffic.segments` that a rung tells; the others show in its kind.
TELLING = frozenset({"shadow", "overlap-left", "gap", "out-of-window", "zero-window-probe"})
_FLAG_NAMES = (
    (SYN, "SYN"), (FIN, "FIN"), (RST, "RST"), (PSH, "PSH"), (ACK, "ACK"),
    (URG, "URG"), (ECE, "ECE"), (CWR, "CWR"), (256, "AE"),
)  # fmt: skip


def flag_text(flags: int) -> str:
    """Return TCP flags as words, in the order in which people say them.

    Parameters
    ----------
    flags : int
        Bits of the TCP header, FIN lowest.

    Returns
    -------
    str
        ``no flags`` for none.

    Examples
    --------
    >>> flag_text(18), flag_text(0)
    ('SYN ACK', 'no flags')
    """
    return " ".join(name for bit, name in _FLAG_NAMES if flags & bit) or "no flags"


@dataclass(frozen=True)
class Ladder:
    """The packets of a connection with everything that their rungs tell, as columns.

    Made by `prepare`. Rungs are written out only for the rows that are asked for, so that a
    connection of a million packets can be walked through.

    Parameters
    ----------
    packets : pandas.DataFrame
        Packets of one connection, in frame order.
    since : numpy.ndarray of int64, shape (n,)
        Nanoseconds since the first packet.
    starts, answers : numpy.ndarray of int64, shape (n,)
        Relative sequence and acknowledgement numbers, as Wireshark counts: the SYN is 0.
    segments : numpy.ndarray of str, shape (n,)
        What `workbench.traffic.exchange.segment_kinds` says of each.
    """

    packets: pd.DataFrame
    since: IntArray
    starts: IntArray
    answers: IntArray
    segments: npt.NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.packets)

    @cached_property
    def kinds(self) -> npt.NDArray[np.object_]:
        """Kind of each rung, the most telling first: object array of str, shape (n,)."""
        flags = self.packets["tcp_flags"].to_numpy(np.int64)
        length = self.packets["payload_length"].to_numpy(np.int64)
        kinds = np.where(length > 0, DATA, BARE).astype(object)
        kinds[(flags & FIN) > 0] = CLOSE
        kinds[(flags & SYN) > 0] = OPEN
        odd = self.segments != NEW
        kinds[odd] = self.segments[odd]
        kinds[(flags & RST) > 0] = RESET
        kinds[~self._tcp] = DATA
        return kinds

    @cached_property
    def notes(self) -> npt.NDArray[np.bool_]:
        """Whether there is something unusual about each packet: bool, shape (n,)."""
        noted: npt.NDArray[np.bool_] = (
            np.isin(self.kinds.astype(str), list(UNUSUAL))
            | (self._odd_ttl > 0)
            | (self.packets["checksum"] == "bad").to_numpy(bool)
            | (self._standing == "fake")
            | (self._brought != "")
        )
        return noted

    @cached_property
    def _tcp(self) -> npt.NDArray[np.bool_]:
        return (self.packets["protocol"] == "tcp").to_numpy(bool)

    @cached_property
    def _odd_ttl(self) -> IntArray:
        """TTL of each packet that has another than the first of its side, else 0."""
        ttl = self.packets["ttl"]
        first = self.packets.groupby("direction")["ttl"].transform("first")
        return ttl.where(ttl != first, 0).to_numpy(np.int64)

    @cached_property
    def _standing(self) -> npt.NDArray[np.object_]:
        """What is known of each packet's standing; empty where nothing is."""
        return self._words("standing")

    @cached_property
    def _brought(self) -> npt.NDArray[np.object_]:
        """Kind of each segment by the bytes it brings, where that is known and telling."""
        words = self._words("segment")
        words[~np.isin(words.astype(str), list(TELLING))] = ""
        return words

    def _words(self, name: str) -> npt.NDArray[np.object_]:
        """Return a column of texts; empty ones where there is no such column."""
        if name not in self.packets:
            return np.full(len(self), "", dtype=object)
        return self.packets[name].astype(str).to_numpy(dtype=object)

    def rows(self, which: str = "all") -> IntArray:
        """Return the rows of some of the packets.

        Parameters
        ----------
        which : {"all", "data", "unusual"}
            All of them, those with payload, or those with something unusual.

        Returns
        -------
        numpy.ndarray of int64
            In frame order.
        """
        if which == "data":
            return np.flatnonzero(self.packets["payload_length"].to_numpy() > 0)
        return np.flatnonzero(self.notes) if which == "unusual" else np.arange(len(self))

    def row_of(self, frame: int) -> int:
        """Return the row of the first packet whose frame number is not below `frame`.

        Parameters
        ----------
        frame : int
            A frame number.

        Returns
        -------
        int
            The last row where all are below; -1 without packets.
        """
        return min(int(self.packets["frame"].searchsorted(frame)), len(self) - 1)

    def rungs(self, rows: Sequence[int] | IntArray) -> pd.DataFrame:
        """Return the rungs of some rows; see `ladder` for the columns.

        Parameters
        ----------
        rows : sequence of int
            Positions in the packet table.

        Returns
        -------
        pandas.DataFrame
            One row a rung; ``standing`` is empty where nothing is known of it.
        """
        chosen = np.asarray(rows, dtype=np.int64)
        shown = self.packets.iloc[chosen]
        given = zip(*(shown[name].tolist() for name in _TOLD), strict=True)
        told = [self._told(row, *each) for row, each in zip(chosen.tolist(), given, strict=True)]
        table = pd.DataFrame(told, columns=["label", "detail", "note"], dtype=object)
        table.insert(0, "frame", shown["frame"].to_numpy(np.int64))
        table.insert(1, "time_ns", self.since[chosen])
        table.insert(2, "direction", shown["direction"].to_numpy(np.int64))
        table.insert(3, "kind", self.kinds[chosen])
        table["standing"] = self._standing[chosen]
        return table

    def _told(  # noqa: PLR0917 one argument a column
        self,
        row: int,
        flags: int,
        length: int,
        protocol: str,
        window: int,
        checksum: str,
        wire: int,
    ) -> tuple[str, str, str]:
        """Return label, detail and note of one packet."""
        tcp, size = bool(self._tcp[row]), f"{length:,} B" if length else ""
        words = flag_text(flags) if tcp else str(protocol).upper()
        segment, odd_ttl = str(self.segments[row]), int(self._odd_ttl[row])
        answered = f" ack {self.answers[row]}" if flags & ACK else ""
        detail = f"seq {self.starts[row]}{answered} win {window}"
        notes = (
            "fake" if self._standing[row] == "fake" else "",
            str(self._brought[row]),
            segment if segment != NEW else "",
            "bad checksum" if checksum == "bad" else "",
            f"ttl {odd_ttl}" if odd_ttl else "",
        )
        return (
            " · ".join(filter(None, [words, size])),
            detail if tcp else f"{wire:,} B on the wire",
            ", ".join(filter(None, notes)),
        )


_TOLD = ("tcp_flags", "payload_length", "protocol", "window", "checksum", "wire_length")


def prepare(packets: pd.DataFrame) -> Ladder:
    """Return the ladder of a connection, none of its rungs written out yet.

    Parameters
    ----------
    packets : pandas.DataFrame
        Packets of one connection (see `workbench.traffic.exchange.PACKET_COLUMNS`), in frame order;
        columns ``standing`` (genuine, fake, unknown) and ``segment`` (a kind of
        `workbench.traffic.segments`) are told as well where there are some.

    Returns
    -------
    Ladder
        As long as the table.
    """
    since = since_start(packets)
    count = len(packets)
    starts, answers = np.zeros(count, np.int64), np.zeros(count, np.int64)
    segments = np.full(count, NEW, dtype=object)
    flags, answered = packets["tcp_flags"].to_numpy(np.int64), packets["ack"].to_numpy(np.uint32)
    tcp = (packets["protocol"] == "tcp").to_numpy(bool)
    sides = packets["direction"].to_numpy()
    origins = {side: origin_of(packets[sides == side]) for side in (0, 1)}
    for side in (0, 1):
        mine = tcp & (sides == side)
        found, segments[mine] = place_segments(packets[mine], since[mine], origins[side])
        starts[mine] = found + 1 - ((flags[mine] & SYN) > 0)
        acked = mine & ((flags & ACK) > 0)
        answers[acked] = unwrap(answered[acked], origins[1 - side] - 1)
    return Ladder(packets, since, starts, answers, segments)


def ladder(packets: pd.DataFrame, *, most: int = MAX_RUNGS) -> pd.DataFrame:
    """Return the rungs of a packet ladder, from its beginning and its end.

    Parameters
    ----------
    packets : pandas.DataFrame
        As `prepare` takes them.
    most : int
        Most rows; of a longer connection the first three quarters of that many are kept, and the
        rest from its end.

    Returns
    -------
    pandas.DataFrame
        ``frame``, ``time_ns`` (since the first packet), ``direction`` (0, 1), ``kind`` (``open``,
        ``data``, ``ack``, ``close``, ``reset``, ``retransmission``, ``out of order``,
        ``keep-alive``), ``label`` (flags and length), ``detail`` (relative numbers), ``note``
        (what is unusual) and ``standing``. ``attrs`` holds ``skipped``, how many were left out, and
        ``skipped_after``, after which row.
    """
    head = most - most // 4
    skipped = max(0, len(packets) - most)
    rows = np.arange(len(packets))
    if skipped:
        rows = np.concatenate([rows[:head], rows[len(packets) - (most - head) :]])
    table = prepare(packets).rungs(rows)
    table.attrs.update(skipped=skipped, skipped_after=head if skipped else len(table))
    return table

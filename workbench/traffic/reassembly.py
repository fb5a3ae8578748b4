"""Bytes of one direction put together, with an overlap policy, nothing lost silently.

In: pieces in order of arrival. Out: the contiguous bytes, where each came from, what is missing,
and where two pieces contradict each other. What was delivered in order is never replaced; the
policy decides between pieces that wait behind a hole.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from workbench.errors import ParameterError
from workbench.traffic.assembled import Conflict, Held, Range, Stream

MAX_BYTES = 64 << 20
MAX_CONFLICTS = 1_000
PIECE_BYTES = 200
"""Memory of a piece beside its bytes, counted so that many small ones are bounded too."""


class Piece(NamedTuple):
    """Bytes as they arrived.

    Parameters
    ----------
    offset
        Stream offset of the first byte; may be negative.
    data
        The bytes.
    frame
        Number of the packet.
    time_ns
        When it was captured, nanoseconds since 1970.
    """

    offset: int
    data: bytes
    frame: int = 0
    time_ns: int = 0


Wins = Callable[[int, int, int, int], bool]
"""Whether the new one of two overlapping pieces wins: begin and end of the held, of the new."""


def _first(_held: int, _held_end: int, _new: int, _new_end: int) -> bool:
    return False


def _last(_held: int, _held_end: int, _new: int, _new_end: int) -> bool:
    return True


def _bsd(held: int, _held_end: int, new: int, _new_end: int) -> bool:
    return new < held


def _linux(held: int, held_end: int, new: int, new_end: int) -> bool:
    return new < held or (new == held and new_end > held_end)


def _windows(held: int, held_end: int, new: int, new_end: int) -> bool:
    return new < held and new_end > held_end


def _solaris(held: int, held_end: int, new: int, new_end: int) -> bool:
    return new_end > held_end or (new <= held and new_end >= held_end)


POLICIES: dict[str, Wins] = {
    "first": _first,
    "last": _last,
    "linux": _linux,
    "bsd": _bsd,
    "windows": _windows,
    "solaris": _solaris,
}
"""Who wins where a new piece overlaps one that waits (target-based reassembly, Novak and Sturges
2007, as in the table of the Snort stream preprocessor), by where both begin and end as sent:

first: the one that waits. last: the new one. bsd: the new one if it begins before the other. linux:
as bsd, and also if both begin together and the new one ends later (tcp_data_queue_ofo). windows:
only if it begins before and ends after. solaris: if it ends after, or covers the other.
"""


def reassemble(
    pieces: Iterable[Piece],
    policy: str = "linux",
    *,
    start: int = 0,
    max_bytes: int = MAX_BYTES,
) -> Stream:
    """Put a stream together.

    Parameters
    ----------
    pieces
        Pieces in order of arrival.
    policy
        A key of `POLICIES`.
    start
        Offset of the first byte that the receiver waits for; what lies before is cut off.
    max_bytes
        Most memory for pieces; what comes after it is used up is left out, and `truncated` set.

    Returns
    -------
    Stream
        The stream, its sources, gaps and conflicts.

    Raises
    ------
    ParameterError
        For an unknown policy or less than one byte of memory.

    Examples
    --------
    Worked example: the parts of a request arrive in reverse order, one of them with a byte of
    junk in front. Linux delivers the genuine byte, Windows the junk.

    >>> parts = [Piece(4, b"efgh"), Piece(1, b"?cd"), Piece(0, b"ab")]
    >>> reassemble(parts, "linux").data, reassemble(parts, "windows").data
    (b'abcdefgh', b'a?cdefgh')
    """
    if policy not in POLICIES:
        raise ParameterError.not_among("policy", policy, POLICIES)
    if max_bytes < 1:
        raise ParameterError.out_of_range("max_bytes", max_bytes, 1, "any size")
    assembler = Assembler(POLICIES[policy], start, max_bytes)
    for piece in pieces:
        if not assembler.add(piece):
            break
    return assembler.finish()


class Assembler:
    """Takes pieces one by one.

    Parameters
    ----------
    wins
        The policy.
    start
        Offset of the first byte.
    max_bytes
        Most memory.
    """

    def __init__(self, wins: Wins, start: int = 0, max_bytes: int = MAX_BYTES) -> None:
        self._wins = wins
        self._start = self._next = start
        self._room = max_bytes
        self._held: list[Held] = []
        self._begins: list[int] = []
        self._delivered = 0
        self._conflicts: list[Conflict] = []
        self._repeated = self._disputed = self._early = 0
        self._full = False

    def add(self, piece: Piece) -> bool:
        """Take a piece; False once there is no room for more."""
        offset, end = piece.offset, piece.offset + len(piece.data)
        if offset < self._start:
            self._early += min(end, self._start) - offset
        begin = max(offset, self._start)
        if begin >= end:
            return True
        self._room -= end - begin + PIECE_BYTES
        if self._room < 0:
            self._full = True
            return False
        whole = Held(begin, end, piece.offset, end, piece)
        if not self._held or begin >= self._held[-1].end:
            self._insert(len(self._held), whole)
        else:
            self._merge(whole)
        self._advance()
        return True

    def _merge(self, new: Held) -> None:
        """Put a piece among those that overlap it; keep what the policy wants of both."""
        first = bisect_right(self._begins, new.begin)
        if first and self._held[first - 1].end > new.begin:
            first -= 1
        last = first
        while last < len(self._held) and self._held[last].begin < new.end:
            last += 1
        merged: list[Held] = []
        at = new.begin
        for held in self._held[first:last]:
            if at < held.begin:
                merged.append(new.cut(at, held.begin))
            merged.extend(self._overlap(held, new))
            at = held.end
        if at < new.end:
            merged.append(new.cut(max(at, new.begin), new.end))
        self._held[first:last] = merged
        self._begins[first:last] = [held.begin for held in merged]

    def _overlap(self, held: Held, new: Held) -> Iterator[Held]:
        """Return the parts that remain of a held piece and the new one over its range."""
        begin, end = max(held.begin, new.begin), min(held.end, new.end)
        fresh = begin >= self._next
        wins = fresh and self._wins(held.sent, held.sent_end, new.sent, new.sent_end)
        if held.begin < begin:
            yield held.cut(held.begin, begin)
        if begin < self._next < end:
            yield from self._split(held, new, begin, end)
        else:
            yield self._choose(held, new, begin, end, new_wins=wins)
        if end < held.end:
            yield held.cut(end, held.end)

    def _split(self, held: Held, new: Held, begin: int, end: int) -> Iterator[Held]:
        """Decide for a range of which the first part is delivered already."""
        yield self._choose(held, new, begin, self._next, new_wins=False)
        wins = self._wins(held.sent, held.sent_end, new.sent, new.sent_end)
        yield self._choose(held, new, self._next, end, new_wins=wins)

    def _choose(self, held: Held, new: Held, begin: int, end: int, *, new_wins: bool) -> Held:
        """Return the winner over a range, and note a contradiction."""
        kept, dropped = (new, held) if new_wins else (held, new)
        self._repeated += end - begin
        theirs, ours = dropped.bytes_of(begin, end), kept.bytes_of(begin, end)
        if theirs == ours:
            return held.cut(begin, end)
        self._disputed += 1
        if len(self._conflicts) < MAX_CONFLICTS and self._room > 0:
            self._room -= 2 * (end - begin)
            frames = kept.piece.frame, dropped.piece.frame
            self._conflicts.append(Conflict(begin, end, *frames, ours, theirs))
        return kept.cut(begin, end)

    def _insert(self, at: int, held: Held) -> None:
        self._held.insert(at, held)
        self._begins.insert(at, held.begin)

    def _advance(self) -> None:
        """Deliver what follows on directly."""
        at = self._delivered = max(0, bisect_left(self._begins, self._next))
        if at and self._held[at - 1].end > self._next:
            self._next = self._held[at - 1].end
        while at < len(self._held) and self._held[at].begin == self._next:
            self._next = self._held[at].end
            at += 1
        self._delivered = at

    def finish(self) -> Stream:
        """Return the stream."""
        held = self._held[: self._delivered]
        data = b"".join(one.bytes_of(one.begin, one.end) for one in held)
        return Stream(
            data=data,
            start=self._start,
            ranges=tuple(Range(one.begin, one.end, one.piece.frame, one.piece.time_ns)
                         for one in self._held),
            islands=tuple(_islands(self._held[self._delivered :])),
            gaps=tuple(_gaps(self._start, self._held)),
            conflicts=tuple(self._conflicts),
            disputed=self._disputed,
            repeated=self._repeated,
            early=self._early,
            truncated=self._full,
        )  # fmt: skip


def _gaps(start: int, held: list[Held]) -> Iterator[tuple[int, int]]:
    at = start
    for one in held:
        if one.begin > at:
            yield at, one.begin
        at = one.end


def _islands(held: list[Held]) -> Iterator[tuple[int, bytes]]:
    """Join what lies behind the first gap to contiguous stretches."""
    parts: list[bytes] = []
    begin = at = 0
    for one in held:
        if parts and one.begin != at:
            yield begin, b"".join(parts)
            parts = []
        if not parts:
            begin = one.begin
        parts.append(one.bytes_of(one.begin, one.end))
        at = one.end
    if parts:
        yield begin, b"".join(parts)

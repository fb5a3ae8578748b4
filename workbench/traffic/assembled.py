"""What reassembly gives: a stream with its sources, gaps and conflicts."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from workbench.errors import ParameterError

if TYPE_CHECKING:
    from workbench.traffic.reassembly import Piece


class Range(NamedTuple):
    """Where bytes came from.

    Parameters
    ----------
    begin, end
        Stream offsets, `end` exclusive.
    frame
        Number of the packet that brought them.
    time_ns
        When it was captured.
    """

    begin: int
    end: int
    frame: int
    time_ns: int


class Conflict(NamedTuple):
    """Two packets that have other bytes for one range.

    Parameters
    ----------
    begin, end
        Stream offsets, `end` exclusive.
    kept_frame, dropped_frame
        Numbers of the packets.
    kept, dropped
        Their bytes.
    """

    begin: int
    end: int
    kept_frame: int
    dropped_frame: int
    kept: bytes
    dropped: bytes


class Held(NamedTuple):
    """A part of a piece that reassembly keeps.

    Parameters
    ----------
    begin, end
        Stream offsets of the part.
    sent, sent_end
        Of the whole piece as sent.
    piece
        The piece.
    """

    begin: int
    end: int
    sent: int
    sent_end: int
    piece: Piece

    def cut(self, begin: int, end: int) -> Held:
        """Return the part within a range."""
        return self._replace(begin=begin, end=end)

    def bytes_of(self, begin: int, end: int) -> bytes:
        """Return the bytes of a range."""
        at = self.piece.offset
        return self.piece.data[begin - at : end - at]


@dataclass(frozen=True, slots=True)
class Stream:
    """The bytes of one direction.

    Attributes
    ----------
    data
        Contiguous bytes from `start` to the first gap, urgent bytes left out if so asked.
    start
        Stream offset of the first of them.
    ranges
        Where everything that was kept came from, in order, behind gaps too.
    islands
        Stretches behind the first gap: offset and bytes.
    gaps
        Begin and end of what is missing before or between what was kept.
    conflicts
        Contradictions, in order of arrival; `disputed` counts those beyond the first thousand too.
    disputed
        How many there were.
    repeated
        Bytes that arrived more than once.
    early
        Bytes cut off because they lie before `start`.
    truncated
        Whether memory was used up before the last piece.
    skipped
        Stream offsets of urgent bytes that `data` leaves out.
    """

    data: bytes
    start: int = 0
    ranges: tuple[Range, ...] = ()
    islands: tuple[tuple[int, bytes], ...] = ()
    gaps: tuple[tuple[int, int], ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    disputed: int = 0
    repeated: int = 0
    early: int = 0
    truncated: bool = False
    skipped: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.data)

    @property
    def complete(self) -> bool:
        """Whether nothing is missing before the last byte that was kept."""
        return not self.gaps and not self.truncated

    def place(self, position: int) -> int:
        """Return the stream offset of a position in `data`.

        Parameters
        ----------
        position
            From 0 to the length of `data`.

        Returns
        -------
        int
            Offset as the packets count, urgent bytes counted too.

        Raises
        ------
        ParameterError
            When there is no such position.

        Examples
        --------
        >>> Stream(b"abc", skipped=(1,)).place(1)
        2
        """
        if not 0 <= position <= len(self.data):
            raise ParameterError.out_of_range("position", position, 0, len(self.data))
        offset = self.start + position
        for passed in self.skipped:
            if passed > offset:
                break
            offset += 1
        return offset

    def source(self, offset: int) -> Range | None:
        """Return where the byte at a stream offset came from, None where it is missing."""
        at = bisect_right(self.ranges, offset, key=lambda found: found.begin) - 1
        if at < 0 or self.ranges[at].end <= offset:
            return None
        return self.ranges[at]

    def frames(self, begin: int, end: int) -> tuple[int, ...]:
        """Return the frames that bring a range of stream offsets, each once, in stream order."""
        at = max(0, bisect_right(self.ranges, begin, key=lambda found: found.begin) - 1)
        found: dict[int, None] = {}
        while at < len(self.ranges) and self.ranges[at].begin < end:
            if self.ranges[at].end > begin:
                found[self.ranges[at].frame] = None
            at += 1
        return tuple(found)

    def stretches(self) -> Iterator[tuple[int, bytes]]:
        """Return all contiguous stretches, `data` first: offset and bytes."""
        if self.data:
            yield self.start, self.data
        yield from self.islands

    def sourced(self, offset: int, data: bytes) -> Iterator[tuple[int, bytes, int, int]]:
        """Return a stretch cut by source: offset, bytes, frame, time."""
        at = max(0, bisect_right(self.ranges, offset, key=lambda found: found.begin) - 1)
        end = offset + len(data)
        while at < len(self.ranges) and self.ranges[at].begin < end:
            begin, stop, frame, time_ns = self.ranges[at]
            yield begin, data[begin - offset : stop - offset], frame, time_ns
            at += 1

    def without(self, offsets: Sequence[int]) -> Stream:
        """Return the stream with single bytes left out of `data`.

        Parameters
        ----------
        offsets
            Stream offsets, sorted, each once.

        Returns
        -------
        Stream
            The same sources and offsets; `skipped` holds those that were within `data`.
        """
        end = self.start + len(self.data)
        inside = tuple(offset for offset in offsets if self.start <= offset < end)
        if not inside:
            return self
        parts, at = [], self.start
        for offset in inside:
            parts.append(self.data[at - self.start : offset - self.start])
            at = offset + 1
        parts.append(self.data[at - self.start :])
        return replace(self, data=b"".join(parts), skipped=inside)

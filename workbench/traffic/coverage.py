"""Which packet first brought each byte of a stream, and whether another brings the same bytes.

In: ranges of offsets and who holds them. Out: overlaps. The work is bounded by a budget that grows
with what is put in, so that no capture can make it quadratic.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import NamedTuple

BUDGET_START = 10_000
BUDGET_RANGE = 64
"""Comparisons granted for each range put in."""
CACHED_BYTES = 16 << 20


class Overlap(NamedTuple):
    """A stretch that is held already.

    Parameters
    ----------
    start, end
        Offsets.
    owner
        Who holds it.
    """

    start: int
    end: int
    owner: int


class Coverage:
    """Ranges of a stream, each held by whoever put it in first."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._owners: list[int] = []
        self._budget = BUDGET_START
        self.exhausted = False

    @property
    def highest(self) -> int:
        """The end of the last range; 0 without any."""
        return max(self._ends[-1], 0) if self._ends else 0

    def overlaps(self, start: int, end: int) -> list[Overlap]:
        """Return what is held of a range, in order.

        Parameters
        ----------
        start, end
            Offsets, `end` exclusive.

        Returns
        -------
        list of Overlap
            Cut short, with `exhausted` set, once the budget is used up.

        Examples
        --------
        >>> held = Coverage()
        >>> held.add(0, 10, owner=1)
        >>> held.add(5, 20, owner=2)
        >>> [tuple(overlap) for overlap in held.overlaps(8, 12)]
        [(8, 10, 1), (10, 12, 2)]
        """
        if not self._ends or start >= self._ends[-1]:
            return []
        found = []
        at = bisect_right(self._ends, start)
        while at < len(self._starts) and self._starts[at] < end:
            if self._budget <= 0:
                self.exhausted = True
                break
            self._budget -= 1
            begin, stop = max(start, self._starts[at]), min(end, self._ends[at])
            found.append(Overlap(begin, stop, self._owners[at]))
            at += 1
        return found

    def add(self, start: int, end: int, owner: int) -> None:
        """Let someone hold what of a range nobody holds yet.

        Parameters
        ----------
        start, end
            Offsets, `end` exclusive.
        owner
            A number.
        """
        self._budget += BUDGET_RANGE
        if not self._ends or start >= self._ends[-1]:
            self._insert(len(self._starts), start, end, owner)
            return
        free, at = [], start
        for overlap in self.overlaps(start, end):
            if at < overlap.start:
                free.append((at, overlap.start))
            at = overlap.end
        if at < end and not self.exhausted:
            free.append((at, end))
        for begin, stop in free:
            self._insert(bisect_right(self._starts, begin), begin, stop, owner)

    def _insert(self, at: int, start: int, end: int, owner: int) -> None:
        if start < end:
            self._starts.insert(at, start)
            self._ends.insert(at, end)
            self._owners.insert(at, owner)


class Payloads:
    """Payloads of packets by number, read when first compared, some kept.

    Parameters
    ----------
    read
        Returns the captured payload of a packet.
    offsets
        Stream offset of each packet's first byte.
    """

    def __init__(self, read: Callable[[int], bytes], offsets: list[int]) -> None:
        self._read = read
        self._offsets = offsets
        self._kept: dict[int, bytes] = {}
        self._size = 0

    def of(self, index: int) -> bytes:
        """Return one payload."""
        found = self._kept.get(index)
        if found is None:
            found = self._read(index)
            if self._size > CACHED_BYTES:
                self._kept.clear()
                self._size = 0
            self._kept[index] = found
            self._size += len(found) + 64
        return found

    def differ(self, left: int, right: int, start: int, end: int) -> bool:
        """Tell whether two packets have other bytes in a range; what was cut off does not count.

        Parameters
        ----------
        left, right
            Packets.
        start, end
            Offsets within both.
        """
        one = self.of(left)[start - self._offsets[left] : end - self._offsets[left]]
        other = self.of(right)[start - self._offsets[right] : end - self._offsets[right]]
        common = min(len(one), len(other))
        return one[:common] != other[:common]

    def uniform(self, index: int) -> bool:
        """Tell whether a payload repeats a single byte."""
        data = self.of(index)
        return bool(data) and data.count(data[:1]) == len(data)

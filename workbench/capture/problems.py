"""What is wrong with a capture: listed one by one up to a bound, counted beyond it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    Attributes
    ----------
    frame
        Frame it concerns, or the last one before it; 0 for none.
    offset
        Byte in the (decompressed) file; -1 where that says nothing.
    kind
        Short name, the same for all problems of a kind.
    reason
        Sentence for a person.
    """

    frame: int
    offset: int
    kind: str
    reason: str


@dataclass
class ProblemList:
    """Problems in order of the file, at most `limit` of them listed.

    Examples
    --------
    >>> found = ProblemList(limit=1)
    >>> found.add(1, 24, "cut-short", "the file ends inside a packet")
    >>> found.add(2, 90, "cut-short", "the file ends inside a packet")
    >>> len(found.listed), found.counts["cut-short"]
    (1, 2)
    """

    limit: int = 10_000
    listed: list[Problem] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, frame: int, offset: int, kind: str, reason: str) -> None:
        """Note a problem."""
        self.counts[kind] += 1
        if len(self.listed) < self.limit:
            self.listed.append(Problem(frame, offset, kind, reason))

    def count(self, kind: str, number: int) -> None:
        """Count problems that are not listed."""
        if number > 0:
            self.counts[kind] += number

    def copy(self) -> ProblemList:
        """Return a list of its own with the same problems."""
        return ProblemList(self.limit, list(self.listed), Counter(self.counts))

    def table(self) -> pd.DataFrame:
        """Return the problems as a table.

        Returns
        -------
        pandas.DataFrame
            `frame` uint32, `offset` int64, `kind` and `reason` text; a last row for each kind of
            which more were found than are listed. `attrs["counts"]` has the number of each kind.
        """
        import pandas as pd

        rows = list(self.listed)
        listed = Counter(problem.kind for problem in rows)
        for kind, number in sorted(self.counts.items()):
            if number > listed[kind]:
                rows.append(Problem(0, -1, kind, f"{number - listed[kind]:,} more of this kind"))
        table = pd.DataFrame(
            {
                "frame": np.array([problem.frame for problem in rows], "u4"),
                "offset": np.array([problem.offset for problem in rows], "i8"),
                "kind": pd.array([problem.kind for problem in rows], dtype="str"),
                "reason": pd.array([problem.reason for problem in rows], dtype="str"),
            }
        )
        table.attrs["counts"] = dict(self.counts)
        return table

"""Compare two sides: pair their connections, find what differs, come to a verdict.

In: two sides. Out: a `Comparison`, which looks at packets when it is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from workbench.comparison.differences import differences_table, grouped, pair_differences
from workbench.comparison.pairing import pair_up
from workbench.comparison.sides import Side
from workbench.comparison.values import AlignedRow, Attempt, Difference, Pair, Verdict
from workbench.comparison.verdict import verdict_of
from workbench.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Comparison:
    """Two sides and what differs between them.

    Parameters
    ----------
    reference, candidate : Side
        The two.
    pairs : tuple of Pair
        Connections that correspond.
    unpaired : tuple of tuple of Attempt
        What is left on either side.
    """

    reference: Side
    candidate: Side
    pairs: tuple[Pair, ...]
    unpaired: tuple[tuple[Attempt, ...], tuple[Attempt, ...]] = ((), ())

    @cached_property
    def by_pair(self) -> tuple[tuple[Difference, ...], ...]:
        """The differences of every pair, most important first."""
        return tuple(
            tuple(pair_differences(pair, number, self.reference, self.candidate))
            for number, pair in enumerate(self.pairs)
        )

    @cached_property
    def found(self) -> tuple[Difference, ...]:
        """The differences of all pairs, equal ones counted together."""
        return grouped(self.by_pair)

    @cached_property
    def differences(self) -> pd.DataFrame:
        """The same as a table; see `workbench.comparison.values.COLUMNS`."""
        return differences_table(self.found)

    @cached_property
    def verdict(self) -> Verdict:
        """What it comes to."""
        return verdict_of(self.pairs, self.found)

    def of_pair(self, number: int) -> tuple[Difference, ...]:
        """Return the differences of one pair.

        Raises
        ------
        ParameterError
            When there is no such pair.
        """
        self._check(number)
        return self.by_pair[number]

    def aligned(self, number: int) -> tuple[AlignedRow, ...]:
        """Return the packets of a pair side by side.

        Parameters
        ----------
        number : int
            Of the pair.

        Raises
        ------
        ParameterError
            When there is no such pair.
        """
        from workbench.comparison.alignment import align

        self._check(number)
        pair = self.pairs[number]
        return align(
            self.reference.conversation(pair.reference), self.candidate.conversation(pair.candidate)
        )

    def _check(self, number: int) -> None:
        """Make sure that a pair exists."""
        if not self.pairs:
            raise ParameterError(
                "There are no pairs: nothing on one side corresponds to the other."
            )
        if not 0 <= number < len(self.pairs):
            raise ParameterError.out_of_range("pair", number, 0, len(self.pairs) - 1)


def compare(reference: Side, candidate: Side, domain: str | None = None) -> Comparison:
    """Compare two sides.

    Parameters
    ----------
    reference, candidate : Side
        The two.
    domain : str, optional
        Only connections for this name, and names below it.

    Returns
    -------
    Comparison

    Raises
    ------
    ParameterError
        When neither side has a connection for the domain.
    """
    left, right = reference, candidate
    if domain:
        left, right = reference.of_domain(domain), candidate.of_domain(domain)
        if not (left.attempts or right.attempts):
            raise ParameterError(
                f"No connection of either side asks for {domain!r}; leave it out to see all."
            )
    found = pair_up(left.attempts, right.attempts)
    return Comparison(left, right, found.pairs, (found.reference, found.candidate))

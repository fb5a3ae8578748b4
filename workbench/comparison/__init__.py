"""Two sides of anything: which connections correspond, what differs, what it means.

In: connections of captures with their strategies. Out: `Comparison`: pairs, aligned packets,
differences with their impact, a verdict. Never: a chart, a laboratory, a rule about one case.
"""

from workbench.comparison.comparing import Comparison, compare
from workbench.comparison.values import (
    AlignedRow,
    Attempt,
    Difference,
    Frames,
    Outcome,
    Pair,
    Verdict,
)

__all__ = [
    "AlignedRow", "Attempt", "Comparison", "Difference", "Frames", "Outcome", "Pair", "Verdict",
    "compare",
]  # fmt: skip

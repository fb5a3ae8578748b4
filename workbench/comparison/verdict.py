"""Same, better, worse, or no verdict, with the reason in one sentence.

In: pairs and what differs. Out: a `Verdict`. Outcomes decide; differences of sending are named
beside them and never as the cause.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

from workbench.comparison.statements import joined
from workbench.comparison.values import Difference, Pair, Verdict

LIKELY = 0.05
"""Flips that come about by chance more often than this prove nothing."""


def verdict_of(pairs: Sequence[Pair], found: Sequence[Difference]) -> Verdict:
    """Return what a comparison comes to.

    Each name is judged by its own pairs: worse where the candidate fails in all of them that the
    reference gets through, or in so many that chance does not explain it (exact test of McNemar,
    one side: binomial of the discordant pairs, p at most 0.05).

    Parameters
    ----------
    pairs : sequence of Pair
        Connections that correspond.
    found : sequence of Difference
        What differs, most important first.

    Returns
    -------
    Verdict
        ``no verdict`` without pairs, where outcomes cannot be told, or point both ways.

    Examples
    --------
    >>> verdict_of([], []).word
    'no verdict'
    """
    if not pairs:
        return Verdict("no verdict", "no connection of one side corresponds to one of the other")
    names: dict[str, list[int]] = {}
    for pair in pairs:
        step = _step(pair)
        if step is not None:
            names.setdefault(pair.reference.name or pair.reference.server, []).append(step)
    if not names:
        return Verdict("no verdict", "the packets do not tell how the connections ended")
    judged = {name: _judged(steps) for name, steps in names.items()}
    worse = [name for name, word in judged.items() if word == "worse"]
    better = [name for name, word in judged.items() if word == "better"]
    if worse and better:
        why = f"{_named(worse)} got worse and {_named(better)} better"
        return Verdict("no verdict", why)
    if worse or better:
        word, some = ("worse", worse) if worse else ("better", better)
        return Verdict(word, _why(word, some, pairs, found))
    mixed = [name for name, word in judged.items() if word == "unclear"]
    if mixed:
        why = f"for {_named(mixed)} outcomes differ no more than chance explains"
        return Verdict("no verdict", why)
    return Verdict("same", _same(pairs, found))


def _step(pair: Pair) -> int | None:
    """Return 1 for a pair that got better, -1 for worse, 0 for neither, None if unknown."""
    left, right = pair.reference.outcome.succeeded, pair.candidate.outcome.succeeded
    return None if left is None or right is None else int(right) - int(left)


def _judged(steps: Sequence[int]) -> str:
    """Return what the pairs of one name come to."""
    down, up = steps.count(-1), steps.count(1)
    if not down and not up:
        return "same"
    word, flips, against = ("worse", down, up) if down > up else ("better", up, down)
    if flips == len(steps) or (down != up and _chance(flips, flips + against) <= LIKELY):
        return word
    return "unclear"


def _chance(flips: int, of: int) -> float:
    """Return how likely a fair coin falls on one side so often, or more often."""
    if of > 1_000:
        # Beyond any doubt, or so near to a half that nothing is shown.
        return 0.0 if flips > 0.6 * of else 1.0
    return float(sum(comb(of, k) for k in range(flips, of + 1)) / 2**of)


def _why(word: str, names: list[str], pairs: Sequence[Pair], found: Sequence[Difference]) -> str:
    """Return the reason for a verdict that is not ``same``."""
    steps = {"worse": -1, "better": 1}
    flipped = [pair for pair in pairs if _step(pair) == steps[word]]
    first = next(pair for pair in flipped
                 if (pair.reference.name or pair.reference.server) in names)  # fmt: skip
    bad = first.candidate if word == "worse" else first.reference
    who = ("the reference got its answer, the candidate did not" if word == "worse"
           else "the candidate got its answer, the reference did not")  # fmt: skip
    count = f" in {len(flipped)} of {len(pairs)} pairs" if len(pairs) > 1 else ""
    return f"{_named(names)}: {who}{count} ({bad.outcome.statement}); {_beside(found)}"


def _beside(found: Sequence[Difference]) -> str:
    """Return what differs besides the outcome, as part of a sentence."""
    sent = [one for one in found if one.group in ("sending", "request") and one.impact != "none"]
    if not sent:
        return "nothing differs in how the requests were sent, beyond what varies by design"
    more = f" (and {len(sent) - 1} more)" if len(sent) > 1 else ""
    return f"what differs most: {sent[0].statement}{more}"


def _same(pairs: Sequence[Pair], found: Sequence[Difference]) -> str:
    """Return the reason for ``same``."""
    both = [pair.reference.outcome.succeeded for pair in pairs if _step(pair) == 0]
    ended = ("both sides got their answers" if all(both)
             else "both sides ended alike" if any(both)
             else "neither side got an answer")  # fmt: skip
    sent = [one for one in found if one.group == "sending" and one.impact not in ("none", "low")]
    if not sent:
        return f"{ended}, and nothing differs beyond what varies by design"
    return f"{ended}, although {sent[0].statement}"


def _named(names: list[str], most: int = 3) -> str:
    """Return names as part of a sentence."""
    some = names[:most] + ([f"{len(names) - most} more"] if len(names) > most else [])
    return joined(some)

"""All differences between two sides, grouped over their pairs, most important first.

In: two sides and their pairs. Out: `Difference` values with counts, and their table. What varies by
design (ports, identifications, random bytes, times below the round trip) is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.comparison.sending import NOWHERE, sending_differences
from workbench.comparison.sides import Side
from workbench.comparison.statements import joined, sentence
from workbench.comparison.values import COLUMNS, IMPACTS, Attempt, Difference, Frames, Pair
from workbench.evasion.markers import Request, request_facts

if TYPE_CHECKING:
    import pandas as pd

GROUPS = ("sending", "request", "outcome", "timing")
SLOW_NS = 100_000_000
"""Waits that differ by less are not told: schedulers and servers alone do as much."""
NEAR = frozenset({"client", "unknown"})
"""Places where all that was sent is taken to be seen."""


def pair_differences(
    pair: Pair, number: int = 0, reference: Side | None = None, candidate: Side | None = None
) -> list[Difference]:
    """Return in what the two connections of one pair differ.

    Parameters
    ----------
    pair : Pair
        The two.
    number : int
        Of the pair.
    reference, candidate : Side, optional
        Where their packets are, for what strategies alone do not tell.

    Returns
    -------
    list of Difference
        Most important first.
    """

    def facts() -> Request:
        return NOWHERE if reference is None else request_of(reference, pair.reference)

    places = (reference.place, candidate.place) if reference and candidate else ("client",) * 2
    sent = _unseen(pair, number, places)
    if not sent:
        sent = [_seen_from(one, places) for one in sending_differences(pair, number, facts)]
    rest = [*_request(pair, number), *_outcome(pair, number), *_timing(pair, number)]
    return ordered([*sent, *rest])


def grouped(found: Sequence[Sequence[Difference]]) -> tuple[Difference, ...]:
    """Return equal differences of several pairs as one, with counts.

    Parameters
    ----------
    found : sequence of sequence of Difference
        Of every pair.

    Returns
    -------
    tuple of Difference
        Most important first; the evidence is that of the first pair.
    """
    kept: dict[tuple[str, str, str, str], Difference] = {}
    counts: dict[tuple[str, str, str, str], int] = {}
    for each in found:
        for one in each:
            key = (one.parameter, one.reference, one.candidate, one.path)
            known = kept.setdefault(key, one)
            if IMPACTS.index(one.impact) < IMPACTS.index(known.impact):
                kept[key] = one
            counts[key] = counts.get(key, 0) + 1
    return tuple(
        ordered(replace(one, count=counts[key], of=len(found)) for key, one in kept.items())
    )


def ordered(found: Iterable[Difference]) -> list[Difference]:
    """Return differences, most important first."""
    return sorted(
        found, key=lambda one: (IMPACTS.index(one.impact), GROUPS.index(one.group), -one.count)
    )


def differences_table(found: Sequence[Difference]) -> pd.DataFrame:
    """Return differences as a table, with the columns of `COLUMNS`.

    Examples
    --------
    >>> differences_table([Difference("ttl", "3", "4", "high", "x")])["systematic"].tolist()
    [False]
    """
    import pandas as pd

    rows = {name: [getattr(one, name) for one in found] for name in COLUMNS}
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    types = {"count": "int64", "of": "int64", "confidence": "float64", "systematic": "bool"}
    return table.astype(types)


def request_of(side: Side, attempt: Attempt) -> Request:
    """Return where markers are in the genuine request of an attempt."""
    from workbench.traffic.segments import classify
    from workbench.traffic.streams import genuine_stream

    conversation = side.conversation(attempt)
    data = genuine_stream(conversation, classify(conversation), 0).data
    return request_facts(data[: max(attempt.outcome.request_bytes, 0)])


def _unseen(pair: Pair, number: int, places: tuple[str, str]) -> list[Difference]:
    """Return the difference that a request makes which was not seen whole; its sending is none."""
    both = (pair.reference, pair.candidate)
    whole = [_is_whole(one, place) for one, place in zip(both, places, strict=True)]
    if all(whole):
        return []
    before, after = ("whole" if each else "not whole" for each in whole)
    sides = joined([side for side, each in zip(("reference", "candidate"), whole, strict=True)
                    if not each])  # fmt: skip
    text = f"no whole request of the {sides} was seen, so that its sending cannot be compared"
    impact = "none" if not any(whole) else "low"
    return [
        Difference("request", before, after, impact, text, Frames(pair=number), group="request")
    ]


def _is_whole(one: Attempt, place: str) -> bool:
    """Tell whether a request was seen whole, at the client or as far as it should have come."""
    if one.protocol != "tcp" or one.outcome.request_bytes > 0:
        return True
    return place in NEAR and bool(one.kind or one.strategy)


def _seen_from(one: Difference, places: tuple[str, str]) -> Difference:
    """Return a difference as far as the places of capture let it be told."""
    if set(places) <= NEAR:
        return one
    if places[0] == places[1]:
        text = one.statement.replace("is sent with", "arrives with")
        return replace(one, statement=f"{text}, as seen at the {places[0]}")
    if one.parameter not in ("strategy", "ttl", "repeats"):
        return one
    text = f"{one.statement}, but the captures were made at the {places[0]} and at the {places[1]}"
    return replace(one, impact="low", statement=text)


def _request(pair: Pair, number: int) -> list[Difference]:
    """Return in what the requests differ, their sending left aside."""
    left, right = pair.reference, pair.candidate
    found: list[Difference] = []
    frames = Frames(pair=number)
    if left.name.lower() != right.name.lower() and left.name and right.name:
        text = f"the first name seen is {right.name} instead of {left.name}"
        found.append(Difference("name", left.name, right.name, "low", text, frames,
                                group="request"))  # fmt: skip
    one, other = left.ja4, right.ja4
    if one != other and one and other and left.protocol == "tcp":
        client = one.rpartition("_")[0] != other.rpartition("_")[0]
        text = sentence("fingerprint", one, other)
        impact = "medium" if client else "low"
        found.append(Difference("fingerprint", one, other, impact, text, frames, group="request"))
    return found


def _outcome(pair: Pair, number: int) -> list[Difference]:
    """Return how differently the two ended."""
    left, right = pair.reference.outcome, pair.candidate.outcome
    if left.stage == right.stage:
        return []
    flipped = left.succeeded is not None and right.succeeded is not None
    impact = "critical" if flipped and left.succeeded != right.succeeded else "low"
    text = f"{right.statement}; with the reference, {left.statement}"
    frames = Frames((left.frame,) if left.frame else (), (right.frame,) if right.frame else (),
                    number)  # fmt: skip
    return [Difference("outcome", left.stage, right.stage, impact, text, frames, group="outcome")]


def _timing(pair: Pair, number: int) -> list[Difference]:
    """Return waits that differ by more than a round trip, where both got an answer."""
    left, right = pair.reference, pair.candidate
    one, other = left.outcome, right.outcome
    if min(one.first_byte_ns, other.first_byte_ns) < 0 or one.stage != other.stage:
        return []
    floor = max(left.rtt_ns, right.rtt_ns, SLOW_NS)
    if abs(one.first_byte_ns - other.first_byte_ns) <= floor:
        return []
    before, after = (f"{each.first_byte_ns / 1e6:.0f} ms" for each in (one, other))
    text = f"the first byte of the answer came after {after} instead of {before}"
    frames = Frames(pair=number)
    return [Difference("first_byte", before, after, "low", text, frames, group="timing")]

"""What several connections say together: votes by field, disagreements, readings that generalise.

In: what was recognised in single connections. Out: one descriptor for each way of sending, with the
positions and TTLs that explain most of them. One connection cannot tell `midsld` from a number, nor
a fixed TTL from one that follows the distance; several can (domain reference 4, 3.2).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from workbench.evasion.markers import Reading, rank
from workbench.evasion.phases import Fake, Split
from workbench.evasion.recognise import Recognised
from workbench.evasion.strategy import Strategy
from workbench.evasion.values import Evidence, Position, Ttl

ENOUGH = 3
"""Connections from which on a parameter counts as stable."""
AUTO_LOW, AUTO_HIGH = 3, 20
"""Bounds of zapret's autottl, where nothing shows others."""


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One way of sending, as several connections show it.

    Parameters
    ----------
    strategy : Strategy
        What most of them agree on.
    connections : tuple of int
        Their numbers.
    disagreements : mapping of str to mapping
        By field, how many connections have which value, where not all have one.
    readings : tuple of tuple of Reading
        For every cut, its readings, the best first.
    stable : bool
        Whether there are enough of them, and none disagrees.
    """

    strategy: Strategy
    connections: tuple[int, ...]
    disagreements: Mapping[str, Mapping[str, int]]
    readings: tuple[tuple[Reading, ...], ...] = ()
    stable: bool = False


def aggregate(found: Sequence[Recognised]) -> tuple[Aggregate, ...]:
    """Put connections together that were sent in the same way.

    Parameters
    ----------
    found : sequence of Recognised
        Of one capture, or of several of one client.

    Returns
    -------
    tuple of Aggregate
        The most frequent first. Connections differ in way where names, tool, number of cuts or the
        request's protocol do.
    """
    groups: dict[tuple[object, ...], list[Recognised]] = {}
    for one in found:
        if one.strategy:
            key = (one.strategy.text, one.kind, one.strategy.tool, len(one.cuts))
            groups.setdefault(key, []).append(one)
    made = [_of_group(group) for group in groups.values()]
    return tuple(sorted(made, key=lambda one: (-len(one.connections), one.connections)))


def _of_group(group: Sequence[Recognised]) -> Aggregate:
    """Vote, and choose readings."""
    votes = {name: _votes(group, name) for name in _FIELDS}
    disagreements = {name: dict(count) for name, count in votes.items() if len(count) > 1}
    usual = {name: count.most_common(1)[0][0] for name, count in votes.items() if count}
    model = max(group, key=lambda one: sum(_FIELDS[name](one.strategy) == value
                                           for name, value in usual.items()))  # fmt: skip
    readings = tuple(
        rank([(one.facts, [one.cuts[at]]) for one in group if len(one.cuts) > at])
        for at in range(len(model.cuts))
    )
    strategy = with_positions(model.strategy, [_best(found) for found in readings])
    strategy, disagreements = _with_ttl(strategy, group, disagreements)
    numbers = tuple(one.number for one in group)
    evidence = _evidence(group, disagreements, readings)
    return Aggregate(
        replace(strategy, evidence=evidence),
        numbers,
        disagreements,
        readings,
        stable=len(group) >= ENOUGH and not disagreements,
    )


def _ttl_text(strategy: Strategy) -> str:
    ttl = ttl_of(strategy)
    return str(ttl) if ttl else ""


def ttl_of(strategy: Strategy) -> Ttl | None:
    """Return the TTL of the first fakes of a strategy, None without any."""
    plain = strategy.plain()
    for fake in plain.phase1:
        if fake.ttl.mode != "same":
            return fake.ttl
    for part in (plain.phase2, plain.sockets, plain.dup, plain.orig):
        if part is not None and part.ttl.mode != "same":
            return part.ttl
    return next((one.ttl for one in plain.phase0 if one.ttl.mode != "same"), None)


def fooling_text(strategy: Strategy) -> str:
    """Return all kinds of fooling of a strategy, sorted and joined by commas."""
    plain = strategy.plain()
    kinds = {kind for fake in plain.phase1 for kind in fake.fooling.kinds}
    for part in (plain.phase2, plain.sockets, plain.dup):
        kinds |= part.fooling.kinds if part is not None else set()
    kinds |= {kind for one in plain.phase0 for kind in one.fooling.kinds}
    return ",".join(sorted(kinds))


def _repeats(strategy: Strategy) -> str:
    return str(max((fake.repeats for fake in strategy.phase1), default=0))


def _order(strategy: Strategy) -> str:
    return str(strategy.phase2.altorder) if strategy.phase2 else ""


def _overlap(strategy: Strategy) -> str:
    return str(strategy.phase2.seqovl or "") if strategy.phase2 else ""


_FIELDS = {
    "ttl": _ttl_text,
    "fooling": fooling_text,
    "repeats": _repeats,
    "order": _order,
    "seqovl": _overlap,
}


def _votes(group: Sequence[Recognised], name: str) -> Counter[str]:
    return Counter(_FIELDS[name](one.strategy) for one in group)


def _best(readings: Sequence[Reading]) -> Position | None:
    return readings[0].position if readings else None


def with_positions(strategy: Strategy, positions: Sequence[Position | None]) -> Strategy:
    """Return a strategy with other readings of its cuts, in their order."""
    chosen = [one for one in positions if one is not None]
    if len(chosen) != len(positions) or not chosen:
        return strategy
    split, sockets = strategy.phase2, strategy.sockets
    if split and len(split.positions) == len(chosen):
        return replace(strategy, phase2=replace(split, positions=tuple(chosen)))
    if sockets and len(sockets.pieces) == len(chosen):
        pieces = tuple(
            replace(piece, position=position)
            for piece, position in zip(sockets.pieces, chosen, strict=True)
        )
        return replace(strategy, sockets=replace(sockets, pieces=pieces))
    return strategy


def _with_ttl(
    strategy: Strategy,
    group: Sequence[Recognised],
    disagreements: dict[str, dict[str, int]],
) -> tuple[Strategy, dict[str, dict[str, int]]]:
    """Read a TTL as fixed, or as one that follows the distance, by several distances."""
    pairs = {
        (ttl.value, one.hops)
        for one in group
        if one.hops > 0 and (ttl := ttl_of(one.strategy)) and ttl.mode == "fixed"
    }
    values, hops = {value for value, _ in pairs}, {far for _, far in pairs}
    if len(hops) < 2 or len(values) < 2:
        return strategy, disagreements
    deltas = {
        delta
        for delta in range(-20, 0)
        if all(value == min(max(far + delta, AUTO_LOW), AUTO_HIGH) for value, far in pairs)
    }
    if not deltas:
        return strategy, disagreements
    auto = Ttl.auto(max(deltas), AUTO_LOW, AUTO_HIGH)
    rest = {name: votes for name, votes in disagreements.items() if name != "ttl"}
    return _replace_ttl(strategy, auto), rest


def _replace_ttl(strategy: Strategy, ttl: Ttl) -> Strategy:
    """Write a TTL wherever a fixed one was."""
    fakes = tuple(_fake(fake, ttl) for fake in strategy.phase1)
    split = strategy.phase2
    if split is not None and split.ttl.mode == "fixed":
        split = _split(split, ttl)
    return replace(strategy, phase1=fakes, phase2=split)


def _fake(fake: Fake, ttl: Ttl) -> Fake:
    return replace(fake, ttl=ttl) if fake.ttl.mode == "fixed" else fake


def _split(split: Split, ttl: Ttl) -> Split:
    return replace(split, ttl=ttl)


def _evidence(
    group: Sequence[Recognised],
    disagreements: Mapping[str, Mapping[str, int]],
    readings: Sequence[Sequence[Reading]],
) -> dict[str, Evidence]:
    """Return what the common strategy stands on: the connections' own evidence, added up."""
    found: dict[str, Evidence] = {}
    for one in group:
        for path, evidence in one.strategy.evidence.items():
            before = found.get(path, Evidence())
            found[path] = Evidence(
                (before.frames + evidence.frames)[:64],
                before.rivals or evidence.rivals,
                before.support + evidence.support,
                before.against + evidence.against,
                before.note or evidence.note,
            )
    for name, votes in disagreements.items():
        counts = sorted(votes.values())
        other = [value for value, _ in Counter(votes).most_common()[1:]]
        found[name] = Evidence((), tuple(other), counts[-1], sum(counts[:-1]), "by connection")
    for at, ranked in enumerate(readings):
        path = f"positions.{at}"
        best = ranked[0] if ranked else None
        if best:
            rivals = tuple(str(one.position) for one in ranked[1:16])
            found[path] = Evidence((), rivals, best.support, best.against, "by connection")
    return found

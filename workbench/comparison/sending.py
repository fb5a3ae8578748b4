"""What differs in how two clients sent their requests: strategies field by field.

In: a pair of attempts. Out: differences, most important first. Fields that only follow from another
difference (the TTL of shadows that one side does not send) are not told twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache

from workbench.comparison.impacts import SHADOWING, classed, delivered, name_whole, presence, worst
from workbench.comparison.statements import joined, owner, sentence, short
from workbench.comparison.values import Difference, Frames, Pair
from workbench.evasion.differences import Difference as Changed
from workbench.evasion.differences import differences
from workbench.evasion.markers import Request
from workbench.evasion.strategy import Strategy
from workbench.evasion.values import Evidence

Facts = Callable[[], Request]
SHADOWS_ONLY = ("ttl", "ttl6", "fooling", "repeats", "pattern", "altorder", "host_fake", "midhost")
"""Fields of phase 2 that plain splits have no use for."""
NOWHERE = Request("unknown", 0)
NEVER = float("nan")


def sending_differences(
    pair: Pair, number: int = 0, facts: Facts = lambda: NOWHERE
) -> list[Difference]:
    """Return in what the sending of two requests differs.

    Parameters
    ----------
    pair : Pair
        The two.
    number : int
        Of the pair.
    facts : callable
        Gives where markers are in the request; asked only where cuts differ.

    Returns
    -------
    list of Difference
        Empty for equal strategies, in no order.

    Examples
    --------
    >>> from workbench.comparison.values import Attempt
    >>> from workbench.evasion.parsing import parse
    >>> def sent(ttl):
    ...     strategy = parse(f"nfqws --dpi-desync=fake --dpi-desync-ttl={ttl}")
    ...     return Attempt(0, 0, "tcp", "tls", "a.test", "10.0.0.1", 443, strategy=strategy)
    >>> [found.statement for found in sending_differences(Pair(sent(3), sent(4)))]
    ['fakes leave with TTL 4 instead of TTL 3']
    """
    left, right = pair.reference.strategy, pair.candidate.strategy
    changed = [one for one in _changes(left, right) if not _same_readings(one, left, right)]
    if not changed:
        return []
    found: list[Difference] = []
    acts = left.text, right.text
    if acts[0] != acts[1]:
        found.append(_acts(pair, number, changed, acts))
        if not all(acts):
            return found
    groups: dict[tuple[str, str, str], list[Changed]] = {}
    for one in changed:
        if not _follows(one, left, right, other_acts=acts[0] != acts[1]):
            parameter, _ = classed(one.path)
            groups.setdefault((parameter, one.left, one.right), []).append(one)
    found += [_field(pair, number, parameter, ones) for (parameter, _, _), ones in groups.items()]
    return [_weighed(one, pair, facts) for one in found]


@lru_cache(maxsize=256)
def _changes(left: Strategy, right: Strategy) -> tuple[Changed, ...]:
    """Return the fields that differ; many pairs of two captures have the same two strategies."""
    return differences(left, right)


def _acts(pair: Pair, number: int, changed: Iterable[Changed], acts: tuple[str, str]) -> Difference:
    """Return the difference between strategies that consist of other acts."""
    left, right = pair.reference.strategy, pair.candidate.strategy
    one, other = (text or "none" for text in acts)
    frames = Frames(_all_frames(left), _all_frames(right), number)
    path = next((one.path.partition(".")[0] for one in changed), "")
    text = sentence("strategy", one, other)
    sure = _surest(left, right)
    return Difference("strategy", one, other, presence(left, right), text, frames, sure, path=path)


def _field(pair: Pair, number: int, parameter: str, ones: list[Changed]) -> Difference:
    """Return the difference that one parameter makes, in all places where it is the same."""
    first = ones[0]
    left, right = pair.reference.strategy, pair.candidate.strategy
    frames = Frames(
        tuple(sorted({at for one in ones for at in _frames(left, one.path)})),
        tuple(sorted({at for one in ones for at in _frames(right, one.path)})),
        number,
    )
    text = sentence(parameter, first.left, first.right, joined([owner(one.path) for one in ones]))
    sure = min(
        (share for one in ones for each in (left, right)
         if (share := _confidence(each, one.path)) == share),
        default=NEVER,
    )  # fmt: skip
    impact = worst(classed(one.path)[1] for one in ones)
    values = short(first.left), short(first.right)
    return Difference(parameter, *values, impact, text, frames, sure, path=first.path)


def _weighed(one: Difference, pair: Pair, facts: Facts) -> Difference:
    """Return a difference with the impact that its consequences have."""
    left, right = pair.reference, pair.candidate
    if one.parameter in ("ttl", "fooling") and left.protocol == "tcp":
        routers = max(left.routers, right.routers)
        before, after = (delivered(each.strategy, routers) for each in (left, right))
        if before != after:
            side = "" if after else "no longer "
            text = f"{one.statement}: the server would {side}take them for the client's data"
            return replace(one, impact="critical", statement=text)
    if one.parameter in ("split_pos", "tls_records"):
        before_whole, after_whole = (name_whole(each.strategy, facts()) for each in (left, right))
        if before_whole is not None and before_whole != after_whole:
            how = "one part now holds the whole name" if after_whole else "the name is now cut"
            return replace(one, impact="critical", statement=f"{one.statement}: {how}")
    return one


def _follows(one: Changed, left: Strategy, right: Strategy, *, other_acts: bool) -> bool:
    """Tell whether a change only follows from other acts, which are told already."""
    group, _, field = one.path.partition(".")
    if group == "tool":
        return not left.tool or not right.tool
    if "nothing" in (one.left, one.right) and not field and group.startswith(("phase", "sockets")):
        return True
    if field == "kind" or (not field and classed(one.path)[0] in ("udp", "oob", "dup", "window")):
        return other_acts
    if group == "phase2" and left.phase2 and right.phase2:
        both = left.phase2.kind in SHADOWING and right.phase2.kind in SHADOWING
        return not both and field.partition(".")[0] in SHADOWS_ONLY
    if group.startswith("phase1") and other_acts:
        resets = [any(fake.kind in ("rst", "rstack") for fake in each.phase1)
                  for each in (left, right)]  # fmt: skip
        return resets[0] != resets[1] and field == "payloads"
    return False


def _same_readings(one: Changed, left: Strategy, right: Strategy) -> bool:
    """Tell whether the same cuts were only read in other words."""
    if classed(one.path)[0] not in ("split_pos", "tls_records"):
        return False
    mine, theirs = _readings(left, one.path, one.left), _readings(right, one.path, one.right)
    return len(mine) == len(theirs) and all(a & b for a, b in zip(mine, theirs, strict=True))


def _readings(strategy: Strategy, path: str, words: str) -> list[set[str]]:
    """Return, for every cut, what it may be called; distances from the end only if best."""
    best = words.split(",")
    kept = sorted(
        (name for name in strategy.evidence if name == path or name.startswith(path + ".")),
        key=lambda name: (len(name), name),
    )
    found = [{one} for one in best]
    for names, name in zip(found, kept, strict=False):
        names |= {str(one) for one in strategy.evidence[name].rivals if str(one)[:1] != "-"}
    return found


def _evidence(strategy: Strategy, path: str) -> list[Evidence]:
    """Return the evidence for a field: its own, else that of what it is part of."""
    wanted = path.replace("[0]", "").replace("[", ".").replace("]", "").removesuffix(".kinds")
    while wanted:
        found = [
            one
            for name, one in strategy.evidence.items()
            if name == wanted or (name.startswith(f"{wanted}.") and "positions" in wanted)
        ]
        if found:
            return found
        wanted = wanted.rpartition(".")[0]
    return []


def _frames(strategy: Strategy, path: str) -> tuple[int, ...]:
    """Return the frames that show a field."""
    return tuple(sorted({at for one in _evidence(strategy, path) for at in one.frames}))


def _all_frames(strategy: Strategy) -> tuple[int, ...]:
    """Return all frames that show a strategy."""
    return tuple(sorted({at for one in strategy.evidence.values() for at in one.frames}))


def _confidence(strategy: Strategy, path: str) -> float:
    """Return the share of observations that agree with a field, by the rule of succession."""
    shares = [(one.support + 1) / (one.support + one.against + 2)
              for one in _evidence(strategy, path)]  # fmt: skip
    return min(shares, default=NEVER)


def _surest(left: Strategy, right: Strategy) -> float:
    """Return the confidence of the less sure of two strategies."""
    known = [one.confidence for one in (left, right) if one.confidence == one.confidence]
    return min(known, default=NEVER)

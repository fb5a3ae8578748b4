"""What was sent against what a command line promises.

In: a side and the strategies of a command. Out: for every connection that the command is for, what
differs from its promise; the promise is the reference, the capture the candidate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from workbench.comparison.differences import grouped, ordered, request_of
from workbench.comparison.sending import NOWHERE, sending_differences
from workbench.comparison.sides import Side
from workbench.comparison.values import Attempt, Difference, Pair, Verdict
from workbench.evasion.markers import Request, resolve_all
from workbench.evasion.phases import FAKED, HEADER_MODES
from workbench.evasion.strategy import NONE, Strategy
from workbench.evasion.values import SAME_TTL, Ttl

REQUESTS = ("tls", "http", "quic")
OWN_TTL = 60
"""A TTL from here on reaches any server, as the sender's own does: it is not told from it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Whether a promise was kept.

    Parameters
    ----------
    attempts : tuple of Attempt
        Requests that it was held against.
    found : tuple of Difference
        What differs, most important first.
    """

    attempts: tuple[Attempt, ...]
    found: tuple[Difference, ...]

    @property
    def verdict(self) -> Verdict:
        """``same`` where nothing above low differs, ``worse`` else; without requests none."""
        if not self.attempts:
            return Verdict(
                "no verdict", "the capture holds no request that could have been changed"
            )
        broken = [one for one in self.found if one.impact not in ("low", "none")]
        if not broken:
            return Verdict("same", "what was sent is what the command promises")
        return Verdict("worse", f"the command is not what was sent: {broken[0].statement}")


def against(side: Side, promised: Sequence[Strategy]) -> Kept:
    """Compare what was sent with what a command promises.

    Parameters
    ----------
    side : Side
        What was sent.
    promised : sequence of Strategy
        Its profiles, as `workbench.evasion.parsing.parse_profiles` reads them. Each request is held
        against the profile that it is nearest to, since host lists are not read.

    Returns
    -------
    Kept

    Examples
    --------
    >>> from workbench.evasion.parsing import parse
    >>> sent = parse("nfqws --dpi-desync=fake --dpi-desync-ttl=3")
    >>> one = Attempt(0, 0, "tcp", "tls", "a.test", "10.0.0.1", 443, strategy=sent)
    >>> against(Side("capture", (), (one,)), [sent]).verdict.word
    'same'
    """
    attempts = tuple(one for one in side.attempts if one.kind in REQUESTS or one.strategy)
    every = [_nearest(side, one, promised, number) for number, one in enumerate(attempts)]
    return Kept(attempts, grouped(every))


def _nearest(
    side: Side, one: Attempt, promised: Sequence[Strategy], number: int
) -> list[Difference]:
    """Return the differences from the profile with the fewest of them."""
    options = [_from(side, one, strategy, number) for strategy in promised or (NONE,)]
    return min(options, key=lambda found: (len(found), [each.impact for each in found]))


def _from(side: Side, one: Attempt, strategy: Strategy, number: int) -> list[Difference]:
    """Return the differences of an attempt from a profile."""
    seen = _comparable(one.strategy)
    expected = _visible(strategy, one)
    facts = request_of(side, one) if expected.phase2 and side.recorded else NOWHERE
    pair = Pair(replace(one, strategy=_placed(expected, seen, facts)), replace(one, strategy=seen))
    found = sending_differences(pair, number, lambda: facts)
    return ordered(_softened(each) for each in found)


def _visible(strategy: Strategy, one: Attempt) -> Strategy:
    """Return the part of a promise that a request over that protocol and that IP version shows."""
    datagrams, six = one.protocol == "udp", ":" in one.server
    split = strategy.phase2
    if datagrams and split is not None and split.kind != "ipfrag2":
        split = None
    elif split is not None:
        split = replace(split, ttl=_seen(split.ttl, split.ttl6, one, six=six), ttl6=None)
    fakes = tuple(
        replace(fake, ttl=_seen(fake.ttl, fake.ttl6, one, six=six), ttl6=None)
        for fake in strategy.phase1
        if (not fake.transport or datagrams) and (six or fake.kind not in HEADER_MODES)
    )
    udp = strategy.udp if datagrams else None
    return _comparable(replace(strategy, phase1=fakes, phase2=split, udp=udp))


def _comparable(strategy: Strategy) -> Strategy:
    """Return a strategy without whose way of sending it is, and the packets it is limited to."""
    dup, orig = strategy.dup, strategy.orig
    return replace(
        strategy,
        tool="",
        limits=NONE.limits,
        dup=None if dup is None else replace(dup, start="", cutoff=""),
        orig=None if orig is None else replace(orig, start="", cutoff=""),
    )


def _seen(ttl: Ttl, other: Ttl | None, one: Attempt, *, six: bool) -> Ttl:
    """Return a TTL as it shows at its sender."""
    used = other if six and other is not None else ttl
    if used.mode == "auto" and one.routers >= 0:
        # zapret: clamp(hops + delta, low, high), with the router count as hops.
        return Ttl.fixed(min(max(one.routers + used.delta, used.low), used.high))
    return SAME_TTL if used.mode == "fixed" and used.value >= OWN_TTL else used


def _placed(expected: Strategy, seen: Strategy, facts: Request) -> Strategy:
    """Return a promise with its cuts in the words of what was seen, where they are the same."""
    mine, theirs = expected.phase2, seen.phase2
    if mine is None or theirs is None or mine.kind in FAKED or not facts.length:
        return expected
    if resolve_all(mine.positions, facts) != resolve_all(theirs.positions, facts):
        return expected
    return replace(expected, phase2=replace(mine, positions=theirs.positions))


def _softened(one: Difference) -> Difference:
    """Return a difference as low where the promise is a file: what it holds is not known."""
    if one.reference and " file '" in f" {one.reference}":
        return replace(one, impact="low", statement=f"{one.statement}, which is not opened")
    return one

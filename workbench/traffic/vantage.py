"""Where a capture was made: at the client, at the server, at a router, or in between.

In: the connections of a capture. Out: a place, with the rules that speak for it. One connection can
mislead, so all of them vote; where they disagree or say nothing, the place is unknown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from workbench.traffic.conversation import ACK, RST, SYN, TCP, Conversation
from workbench.traffic.hops import INITIAL, hop_guess
from workbench.traffic.offload import checksum_verdicts

PLACES = ("client", "router", "middle", "server", "unknown")
MAX_VOTERS = 200
SPLIT = 5
"""One part of the handshake's round trip has to be this many times the other."""
LEAST_RTT_NS = 2_000_000
AGREEMENT = 0.75
WEIGHTS = {"offload": 3, "ttl": 2, "round-trip": 2}
FITS = {
    ("round-trip", "client"): ("client", "router", "middle"),
    ("round-trip", "server"): ("server", "middle"),
    ("round-trip", "middle"): ("middle", "router"),
}
"""Places that a rule's answer fits, where it is more than the one it names: a round trip shows only
which side is near."""


@dataclass(frozen=True, slots=True)
class Vantage:
    """A place of capture.

    Attributes
    ----------
    place
        One of `PLACES`.
    rules
        Names of the rules that speak for it: ``ttl``, ``round-trip``, ``offload``.
    evidence
        What each rule saw, in words, with counts of connections.
    client_hops, server_hops
        Routers between the place and either side, -1 where not known; of several clients or
        servers the most frequent.
    """

    place: str
    rules: tuple[str, ...]
    evidence: tuple[str, ...]
    client_hops: int = -1
    server_hops: int = -1


def infer_vantage(conversations: Iterable[Conversation]) -> Vantage:
    """Infer where a capture was made.

    Rules: a SYN with an initial TTL (64, 128, 255) left the client here, a SYN+ACK with one left
    the server here; the handshake's round trip lies on the side of the one that is far away;
    checksums that a card has still to fill in are seen only where the packet is sent. Capture
    between two hosts of one network shows initial TTLs of both: the other rules decide.

    Parameters
    ----------
    conversations
        Conversations of one capture; the first two hundred with a handshake are asked.

    Returns
    -------
    Vantage
        `unknown` where fewer than three quarters of the votes agree.
    """
    votes: Counter[tuple[str, str]] = Counter()
    distances: tuple[Counter[int], Counter[int]] = (Counter(), Counter())
    voters = 0
    for conversation in conversations:
        if conversation.protocol != TCP or voters >= MAX_VOTERS:
            continue
        cast = _votes(conversation, distances)
        voters += bool(cast)
        votes.update(cast)
    return _decide(votes, distances)


def _votes(
    conversation: Conversation, distances: tuple[Counter[int], Counter[int]]
) -> list[tuple[str, str]]:
    """Return what one conversation says: rule and place."""
    flags = conversation.flags
    opening = (flags & (SYN | RST)) == SYN
    first = [
        np.flatnonzero(opening & (conversation.direction == side) & (((flags & ACK) != 0) == side))
        for side in (0, 1)
    ]
    cast = _by_offload(conversation)
    if not len(first[0]) or not len(first[1]):
        return cast
    syn, answer = int(first[0][0]), int(first[1][0])
    ttl = int(conversation.ttl[syn]), int(conversation.ttl[answer])
    for side in (0, 1):
        distances[side][_hops(ttl[side])] += 1
    return cast + _by_ttl(*ttl) + _by_round_trip(conversation, syn, answer)


def _hops(ttl: int) -> int:
    return 0 if ttl in INITIAL else int(hop_guess(ttl))


def _by_ttl(client: int, server: int) -> list[tuple[str, str]]:
    near = client in INITIAL, server in INITIAL
    if near == (True, False):
        return [("ttl", "client")]
    if near == (False, True):
        return [("ttl", "server")]
    hops = _hops(client), _hops(server)
    if near == (True, True) or -1 in hops:
        return []
    return [("ttl", "router" if hops[0] == 1 < hops[1] else "middle")]


def _by_round_trip(conversation: Conversation, syn: int, answer: int) -> list[tuple[str, str]]:
    """Say on which side the handshake's round trip lies."""
    later = conversation.direction == 0
    later &= (conversation.flags & (SYN | RST | ACK)) == ACK
    later[: answer + 1] = False
    ends = np.flatnonzero(later)
    if answer < syn or not len(ends):
        return []
    times = conversation.time_ns
    there = int(times[answer]) - int(times[syn])
    back = int(times[ends[0]]) - int(times[answer])
    if there < 0 or back < 0 or there + back < LEAST_RTT_NS:
        return []
    if there > SPLIT * back:
        return [("round-trip", "client")]
    return [("round-trip", "server" if back > SPLIT * there else "middle")]


def _by_offload(conversation: Conversation) -> list[tuple[str, str]]:
    """Say who sends from here: only there are checksums unfinished."""
    if not (conversation.checksum > 1).any():
        return []
    directions = checksum_verdicts(conversation).directions
    unfinished = [name in ("offload-partial", "offload-zero") for name in directions]
    if unfinished == [True, False]:
        return [("offload", "client")]
    return [("offload", "server")] if unfinished == [False, True] else []


def _decide(
    votes: Counter[tuple[str, str]], distances: tuple[Counter[int], Counter[int]]
) -> Vantage:
    """Weigh the votes: each rule has one answer, that of most connections."""
    said: dict[str, str] = {}
    for rule in WEIGHTS:
        told = {place: votes[rule, place] for place in PLACES if votes[rule, place]}
        best = max(told, key=lambda place: told[place], default="unknown")
        if told and told[best] >= AGREEMENT * sum(told.values()):
            said[rule] = best
    place = max(PLACES, key=lambda name: (_weight(said, name), name in said.values()))
    if not said or _weight(said, place) < AGREEMENT * sum(WEIGHTS[rule] for rule in said):
        place = "unknown"
    rules = tuple(rule for rule, at in said.items() if place in FITS.get((rule, at), (at,)))
    evidence = tuple(
        f"{rule}: {at} ({count} connection{'s' * (count != 1)})"
        for (rule, at), count in sorted(votes.items())
    )
    return Vantage(place, rules, evidence, _usual(distances[0]), _usual(distances[1]))


def _weight(said: dict[str, str], place: str) -> int:
    """Return the weight of the rules whose answers fit a place."""
    return sum(WEIGHTS[rule] for rule, at in said.items() if place in FITS.get((rule, at), (at,)))


def _usual(counted: Counter[int]) -> int:
    return counted.most_common(1)[0][0] if counted else -1

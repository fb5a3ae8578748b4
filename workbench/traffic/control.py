"""Standings of packets that open, end or acknowledge: a sender that goes on did not mean its end.

In: a conversation and the reasons against its packets. Out: a standing for each packet of one
direction that brings no payload.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.traffic.conversation import ACK, FIN, RST, SYN, Conversation
from workbench.traffic.evidence import HARD, SOFT

Array = np.ndarray[Any, Any]

UNKNOWN, GENUINE, FAKE = range(3)
STANDINGS = ("unknown", "genuine", "fake")
DECIDING = HARD["checksum"] | HARD["md5"] | HARD["role"]
"""Hard reasons that hold for packets without payload."""
NEVER = np.iinfo("i8").min


def judge_control(
    conversation: Conversation,
    side: int,
    mine: Array,
    reasons: tuple[Array, Array],
    standing: Array,
) -> None:
    """Judge the packets of a direction that bring no payload, in place.

    A SYN+ACK of a side that sends a SYN itself is fake, and so is a SYN of low TTL beside one of
    full TTL. A RST or FIN after which the sender goes on is fake where something else speaks
    against it too: a hard reason, or a TTL too low to arrive. What remains is unknown.

    Parameters
    ----------
    conversation
        A TCP conversation.
    side
        0 for the client's packets, 1 for the server's.
    mine
        bool, packets of that side, without second recordings.
    reasons
        Hard and soft reasons (`workbench.traffic.evidence`); both may gain some.
    standing
        int8, indices into `STANDINGS`.
    """
    flags = conversation.flags
    hard, soft = reasons
    bare = mine & ((conversation.length == 0) | ((flags & RST) != 0))
    odd = (hard != 0) | ((soft & (SOFT["low-ttl"] | SOFT["other-ttl"])) != 0)
    opening = mine & ((flags & (SYN | RST)) == SYN)
    plain = opening & ((flags & ACK) == 0)
    answer = opening & ~plain
    watched = bare & (odd | ((flags & (RST | FIN)) != 0))
    watched |= answer if plain.any() else False
    places = np.flatnonzero(watched)
    if not len(places):
        return
    _openings(conversation, side, plain, answer, reasons, standing)
    endings = places[(flags[places] & (RST | FIN)) != 0]
    if len(endings):
        _endings(conversation, side, mine, endings, reasons, standing)
    others = places[(flags[places] & (RST | FIN | SYN)) == 0]
    standing[others[(hard[others]) != 0]] = UNKNOWN
    standing[others[(hard[others] & DECIDING) != 0]] = FAKE


def _openings(
    conversation: Conversation,
    side: int,
    plain: Array,
    answer: Array,
    reasons: tuple[Array, Array],
    standing: Array,
) -> None:
    """Judge SYNs, and SYN+ACKs of a side that sends a SYN."""
    hard, soft = reasons
    if plain.any() and answer.any():
        peer = (conversation.direction != side) & ((conversation.flags & (SYN | ACK)) == SYN)
        if not peer.any():
            hard[answer] |= HARD["role"]
    low = (soft & SOFT["low-ttl"]) != 0
    bare = (plain | answer) & (conversation.length == 0)
    standing[bare & ((hard != 0) | low)] = UNKNOWN
    numbers = conversation.seq[plain & (hard == 0) & ~low]
    beside = np.isin(conversation.seq, numbers) & low if side == 0 else np.zeros_like(low)
    standing[bare & (beside | ((hard & DECIDING) != 0))] = FAKE


def _endings(
    conversation: Conversation,
    side: int,
    mine: Array,
    places: Array,
    reasons: tuple[Array, Array],
    standing: Array,
) -> None:
    """Judge RSTs and FINs: after a RST nothing may follow, after a FIN no new data."""
    hard, soft = reasons
    flags, length = conversation.flags, conversation.length
    ordinary = mine & (hard == 0) & ((soft & SOFT["low-ttl"]) == 0) & ((flags & RST) == 0)
    follows = np.flatnonzero(ordinary & ((length > 0) | ((flags & (SYN | ACK)) == SYN)))
    last = int(follows[-1]) if len(follows) else -1
    ends = np.where(ordinary & (length > 0), conversation.offset + length, NEVER)
    reach = np.append(np.maximum.accumulate(ends[::-1])[::-1][1:], NEVER)
    resets = (flags[places] & RST) != 0
    further = reach[places] > conversation.offset[places] + length[places]
    goes_on = np.where(resets, places < last, further)
    soft[places[goes_on]] |= SOFT["goes-on"]
    against, why = hard[places], soft[places]
    doomed = SOFT["unreachable"] | SOFT["quoted"]
    low = ((why & SOFT["low-ttl"]) != 0) & ((why & doomed) != 0) & (side == 0)
    meant = ((against & DECIDING) != 0) | (goes_on & ((against != 0) | low))
    other = resets & ((why & SOFT["other-ttl"]) != 0)
    standing[places[(against != 0) | goes_on | other]] = UNKNOWN
    standing[places[meant]] = FAKE

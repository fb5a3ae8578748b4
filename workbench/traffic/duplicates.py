"""Packets that the capture holds twice, told from packets that were sent twice.

In: one conversation. Out: which packets are second recordings of another. A capture on the `any`
device, on a bridge, or on both sides of a router records every packet again, within milliseconds;
a tool that repeats packets repeats a few, and never those of the other side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.traffic.conversation import Conversation

Array = np.ndarray[Any, Any]

WINDOW_NS = 5_000_000
"""Longest time between two recordings of one packet."""
MOSTLY = 0.8
HOPS = 2
"""Largest difference of TTL between them: a router in between, or two."""
NONE, CAPTURE, REPEATS, ONE_SIDED = "none", "capture", "repeats", "one-sided"


@dataclass(frozen=True, slots=True)
class Duplicates:
    """What a conversation holds twice.

    Attributes
    ----------
    verdict
        ``none``; ``capture`` (nearly every packet of both directions is recorded again, `copy_of`
        says which); ``one-sided`` (the same of all packets of one direction only: a mirror port or
        a tool that repeats everything, not undone); ``repeats`` (single packets are the same).
    copy_of
        int64 of each packet: the place of its first recording, -1 for a first recording. Filled
        only where the verdict is ``capture``.
    twins
        int64 of each packet: the earlier packet that it is the same as, -1 without one, whatever
        the verdict.
    """

    verdict: str
    copy_of: Array
    twins: Array


def find_duplicates(conversation: Conversation) -> Duplicates:
    """Find packets recorded twice.

    Two recordings agree in everything but time, TTL (by at most two) and Ethernet header, and are
    at most 5 ms apart. They are the capture's doing if four of five packets of both directions
    have one, among the packets without payload too; retransmissions and a tool's repeats are not so
    regular.

    Parameters
    ----------
    conversation
        Any conversation.

    Returns
    -------
    Duplicates
        The verdict, and the packets concerned.
    """
    twins = _twins(conversation)
    none = np.full(len(twins), -1, "i8")
    paired = twins >= 0
    if not paired.any():
        return Duplicates(NONE, none, twins)
    doubled = [_doubled(conversation, paired, side) for side in (0, 1)]
    sides = [doubled[side] for side in (0, 1) if (conversation.direction == side).any()]
    if all(sides) and len(sides) == 2:
        return Duplicates(CAPTURE, _first_recordings(twins), twins)
    return Duplicates(ONE_SIDED if any(sides) else REPEATS, none, twins)


def _twins(conversation: Conversation) -> Array:
    """Pair each packet with the earlier one that it repeats."""
    twins = np.full(len(conversation), -1, "i8")
    names = ("direction", "seq", "ack", "flags", "window", "length", "ip_id", "fragment",
             "options", "ts_value", "ts_echo", "checksum_delta")  # fmt: skip
    keys = list(zip(*(getattr(conversation, name).tolist() for name in names), strict=True))
    if len(set(keys)) == len(keys):
        return twins
    last: dict[tuple[int, ...], int] = {}
    times, ttl = conversation.time_ns.tolist(), conversation.ttl.tolist()
    for at, key in enumerate(keys):
        before = last.get(key, -1)
        last[key] = at
        near = before >= 0 and abs(times[at] - times[before]) <= WINDOW_NS
        if near and abs(ttl[at] - ttl[before]) <= HOPS and _same_bytes(conversation, at, before):
            twins[at] = before
    return twins


def _same_bytes(conversation: Conversation, left: int, right: int) -> bool:
    if not conversation.length[left]:
        return True
    return conversation.payload(left) == conversation.payload(right)


def _doubled(conversation: Conversation, paired: Array, side: int) -> bool:
    """Tell whether nearly all packets of a direction have a twin, those without payload too."""
    mine = conversation.direction == side
    bare = mine & (conversation.length == 0)
    for chosen in (mine, bare):
        count, pairs = int(chosen.sum()), int((paired & chosen).sum())
        if count and 2 * pairs < MOSTLY * count:
            return False
    return int(mine.sum()) >= 2


def _first_recordings(twins: Array) -> Array:
    """Follow twins of twins to the first recording."""
    copy_of = twins.copy()
    for at in np.flatnonzero(twins >= 0).tolist():
        before = int(copy_of[twins[at]])
        if before >= 0:
            copy_of[at] = before
    return copy_of

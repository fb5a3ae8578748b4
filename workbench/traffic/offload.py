"""Which wrong checksums mean something: those that no network card would have put right later.

In: one conversation. Out: a verdict for each packet and each direction, by the tests of a checksum
that offload leaves unfinished.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.capture import codes
from workbench.traffic.conversation import ACK, RST, SYN, TCP, UDP, Conversation

Array = np.ndarray[Any, Any]

UNKNOWN, OK, BAD, OFFLOAD_PARTIAL, OFFLOAD_ZERO = range(5)
VERDICTS = ("unknown", "ok", "bad", "offload-partial", "offload-zero")
MOSTLY = 0.8
"""Share of a direction's packets that have to be wrong for all to be taken as unfinished."""
LOOKED_AT = 64
FULL_FRAME = 1460
_JUDGED = {codes.GOOD: OK, codes.BAD: BAD, codes.PARTIAL: OFFLOAD_PARTIAL}
_TABLE = np.array([_JUDGED.get(code, UNKNOWN) for code in range(len(codes.CHECKSUM_NAMES))], "i1")


@dataclass(frozen=True, slots=True)
class Offload:
    """Checksum verdicts of one conversation.

    Attributes
    ----------
    verdict
        int8 of each packet, an index into `VERDICTS`.
    directions
        What each direction shows, client to server first: ``ok``, ``bad`` (wrong ones that offload
        does not explain), ``offload-partial``, ``offload-zero``, ``offload-unproven`` (most are
        wrong, the control packets too), or ``unknown`` (none could be checked).
    """

    verdict: Array
    directions: tuple[str, str]


def checksum_verdicts(conversation: Conversation) -> Offload:
    """Judge the transport checksums of a conversation.

    A checksum is `ok` if it is right; `offload-partial` if it is the sum of the pseudo header that
    Linux leaves for the card (CHECKSUM_PARTIAL); `offload-zero` if it is one value, 0 for instance,
    on most wrong packets of its direction; `unknown` if it could not be checked, if the packet is
    longer than a segment can be (merged by the receiver's card), or if most packets of the
    direction are wrong, those without payload among them; else `bad`.

    Parameters
    ----------
    conversation
        Any conversation.

    Returns
    -------
    Offload
        Verdicts by packet and direction.
    """
    verdict: Array = _TABLE[conversation.checksum]
    wrong = verdict == BAD
    if not wrong.any():
        plain = [_plain(conversation, verdict, side) for side in (0, 1)]
        return Offload(verdict, (plain[0], plain[1]))
    names = []
    for side in (0, 1):
        mine = conversation.direction == side
        if not (wrong & mine).any():
            names.append(_plain(conversation, verdict, side))
            continue
        verdict[wrong & mine & _oversize(conversation)] = UNKNOWN
        names.append(_explain(conversation, verdict, mine))
    return Offload(verdict, (names[0], names[1]))


def _plain(conversation: Conversation, verdict: Array, side: int) -> str:
    """Name a direction that has no wrong checksum."""
    mine = verdict[conversation.direction == side]
    if (mine == OFFLOAD_PARTIAL).any():
        return "offload-partial"
    return "ok" if (mine == OK).any() else "unknown"


def _explain(conversation: Conversation, verdict: Array, mine: Array) -> str:
    """Decide what the wrong checksums of a direction are, in place."""
    wrong = np.flatnonzero(mine & (verdict == BAD))
    if not len(wrong):
        return "unknown"
    if _constant(conversation, wrong):
        verdict[wrong] = OFFLOAD_ZERO
        return "offload-zero"
    control = mine & (conversation.length == 0) & ((conversation.flags & RST) == 0)
    if conversation.protocol == TCP:
        control &= (conversation.flags & (SYN | ACK)) != 0
    judged = control if (control & (verdict != UNKNOWN)).sum() >= 2 else mine
    known = judged & (verdict != UNKNOWN)
    right = known & (verdict != BAD)
    # Nothing right in a direction: nothing shows that its checksums can be trusted.
    if int(right.sum()) <= (1 - MOSTLY) * int(known.sum()):
        verdict[wrong] = UNKNOWN
        return "offload-unproven"
    return "offload-partial" if (verdict[mine] == OFFLOAD_PARTIAL).any() else "bad"


def _constant(conversation: Conversation, wrong: Array) -> bool:
    """Tell whether wrong packets of different kinds hold one value: 0, or a fixed one."""
    if len(wrong) < 2:
        return False
    at = {TCP: 16, UDP: 6}.get(conversation.protocol)
    if at is None:
        return False
    looked = wrong[:: max(1, len(wrong) // LOOKED_AT)][:LOOKED_AT].tolist()
    stored = {conversation.header_bytes(index)[at : at + 2] for index in looked}
    # Copies of one packet hold one value too.
    places = {(int(conversation.offset[i]), int(conversation.length[i])) for i in looked}
    return len(stored) == 1 and len(places) > 1


def _oversize(conversation: Conversation) -> Array:
    """Tell which packets are longer than one segment on the wire."""
    known = conversation.mss[conversation.mss > 0]
    largest = max(int(known.max()), 536) if len(known) else FULL_FRAME
    longer: Array = conversation.length > largest
    return longer

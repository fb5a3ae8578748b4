"""What speaks against each packet of a conversation, taken by itself: baselines and reasons.

In: one conversation. Out: bit flags by packet, hard ones (no server delivers such a packet) and
soft ones (each has innocent explanations). Nothing here decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from workbench.traffic.conversation import ACK, FIN, RST, SYN, TCP, Conversation
from workbench.traffic.hops import hop_guess
from workbench.traffic.offload import BAD, Offload

Array = np.ndarray[Any, Any]

HARD = {
    "before-start": 1, "bad-ack": 2, "checksum": 4, "md5": 8, "old-timestamp": 16, "no-ack": 32,
    "far-ahead": 64, "stale": 128, "role": 256,
}  # fmt: skip
"""Reasons for which no server delivers a packet (domain of RFC 9293, 7323, 2385):

before-start: all of it lies before the first byte of the stream; bad-ack: it acknowledges what was
before the other side's first byte, or exactly 66,000 bytes too little; checksum: wrong, and offload
does not explain it; md5: a signature (option 19) on a connection without; old-timestamp: far behind
the sender's clock; no-ack: data without the ACK flag; far-ahead: 64 KiB or more beyond all that the
sender's later packets count; stale: other bytes for what was acknowledged already; role: a SYN+ACK
by the side that sends the SYN.
"""
SOFT = {
    "low-ttl": 1, "unreachable": 2, "conflict": 4, "beyond-sender": 8, "uniform": 16, "quoted": 32,
    "extension": 64, "layout": 128, "same-bytes": 256, "goes-on": 512, "no-timestamp": 1024,
    "other-ttl": 2048, "lost": 4096, "aged": 8192, "unreadable": 16384,
    "padding": 32768,
}  # fmt: skip
"""Reasons that alone prove nothing:

low-ttl: at least 3 below the direction's own; unreachable: not above the hops to the receiver;
conflict: other bytes than another packet for one range; beyond-sender: ends behind what the
sender's later packets count; uniform: one byte repeated, where another packet says more; quoted: an
ICMP error quotes it; extension: IPv6 extension headers that its fellows lack; layout: another order
of TCP options than its fellows (rebuilt by a tool, genuine or not); same-bytes: a copy of a packet
next to it; goes-on: the sender goes on after this end; no-timestamp: the option is missing on a
connection that has it; other-ttl: not the direction's own; lost: its bytes were sent again later;
aged: its timestamp is behind; unreadable: too many overlaps to look at all; padding: zeros that
fill a short Ethernet frame, in an acknowledgement.
"""
LOWER_TTL = 3
OLD_TICKS = 100_000
AGED_TICKS = 5_000
BADACK = 66_000
FAR = 1 << 16
NO_TTL = 0


class Baseline(NamedTuple):
    """What the ordinary packets of a direction look like, from its SYN and handshake ACK.

    Parameters
    ----------
    ttl
        TTL at the place of capture, the highest of its SYN and of its first plain ACK; without a
        SYN the most frequent; 0 without packets.
    layout
        Code of the TCP options of its plain ACKs, -1 without any.
    md5
        Whether the connection is signed (option 19 on the SYN).
    timestamps
        Whether its plain packets carry timestamps.
    window
        Window of its first plain ACK, unscaled; -1 without one.
    ip_id
        ``zero``, ``counter`` or ``other``; ``unknown`` with less than two plain packets.
    dont_fragment
        Whether DF is set on its first packet.
    extension
        Usual bytes of extension headers.
    """

    ttl: int
    layout: int
    md5: bool
    timestamps: bool
    window: int
    ip_id: str
    dont_fragment: bool
    extension: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """Reasons by packet.

    Attributes
    ----------
    hard, soft
        int32, sums of the values of `HARD` and `SOFT`.
    baselines
        Client to server first.
    """

    hard: Array
    soft: Array
    baselines: tuple[Baseline, Baseline]


def reason_names(hard: int, soft: int) -> list[str]:
    """Return reasons by name, hard ones first.

    Parameters
    ----------
    hard, soft
        Sums of flags.

    Examples
    --------
    >>> reason_names(4, 3)
    ['checksum', 'low-ttl', 'unreachable']
    """
    names = [name for name, bit in HARD.items() if hard & bit]
    return names + [name for name, bit in SOFT.items() if soft & bit]


def collect_evidence(
    conversation: Conversation, offload: Offload, quoted: frozenset[int] = frozenset()
) -> Evidence:
    """Collect what speaks against each packet.

    Parameters
    ----------
    conversation
        Any conversation.
    offload
        Its checksum verdicts.
    quoted
        Rows of packets that an ICMP error quotes (`workbench.traffic.quotes`).

    Returns
    -------
    Evidence
        Reasons that need no comparison of bytes; the rest is `workbench.traffic.judging`'s.
    """
    sides = [conversation.direction == side for side in (0, 1)]
    baselines = tuple(baseline(conversation, mine) for mine in sides)
    hard = np.where(offload.verdict == BAD, HARD["checksum"], 0).astype("i4")
    soft = np.zeros(len(conversation), "i4")
    for side, mine in enumerate(sides):
        if mine.any():
            _by_headers(conversation, mine, baselines[side], baselines[1 - side], hard, soft)
            if conversation.protocol == TCP:
                _by_numbers(conversation, side, mine, hard, soft)
    if quoted:
        soft[np.isin(conversation.rows, list(quoted))] |= SOFT["quoted"]
    return Evidence(hard, soft, (baselines[0], baselines[1]))


def baseline(conversation: Conversation, mine: Array) -> Baseline:
    """Describe the ordinary packets of a direction.

    Parameters
    ----------
    conversation
        Any conversation.
    mine
        bool, packets of the direction.

    Returns
    -------
    Baseline
        From its SYN and its packets without payload.
    """
    places = np.flatnonzero(mine & ~conversation.piece)
    if not len(places):
        return Baseline(NO_TTL, -1, False, False, -1, "unknown", False, 0)
    flags = conversation.flags[places]
    opening = places[(flags & (SYN | RST)) == SYN]
    bare = conversation.length[places] == 0
    plain = places[bare & ((flags & (SYN | RST | FIN | ACK)) == ACK)]
    unsacked = plain[conversation.sack_blocks[plain] == 0] if len(plain) else plain
    stamped = unsacked if len(unsacked) else places
    return Baseline(
        ttl=_usual_ttl(conversation, places, opening, plain),
        layout=_most(conversation.options[unsacked]) if len(unsacked) else -1,
        md5=bool(len(opening) and conversation.md5[opening].all()),
        timestamps=bool(conversation.ts_value[stamped[0]] >= 0),
        window=int(conversation.window[plain[0]]) if len(plain) else -1,
        ip_id=_ip_id_mode(conversation.ip_id[plain].tolist()),
        dont_fragment=bool(conversation.fragment[places[0]] & 0x4000),
        extension=int(conversation.extension[places].min()),
    )


def _usual_ttl(conversation: Conversation, places: Array, opening: Array, plain: Array) -> int:
    if len(opening):
        chosen = conversation.ttl[opening].tolist() + conversation.ttl[plain[:1]].tolist()
        return int(max(chosen))
    if conversation.protocol != TCP:
        return int(conversation.ttl[places].max())
    return _most(conversation.ttl[places])


def _most(values: Array) -> int:
    """Return the most frequent value, the largest of several."""
    found = values.tolist()
    if found.count(found[0]) == len(found):
        return int(found[0])
    counts: dict[int, int] = {}
    for value in found:
        counts[value] = counts.get(value, 0) + 1
    return int(max(counts, key=lambda value: (counts[value], value)))


def _ip_id_mode(numbers: list[int]) -> str:
    if len(numbers) < 2:
        return "unknown"
    if not any(numbers):
        return "zero"
    steps = [(later - number) & 0xFFFF for number, later in pairwise(numbers[:33])]
    return "counter" if sum(0 < step < 256 for step in steps) >= 0.8 * len(steps) else "other"


def _by_headers(
    conversation: Conversation,
    mine: Array,
    own: Baseline,
    other: Baseline,
    hard: Array,
    soft: Array,
) -> None:
    """Note TTL, options, flags and extension headers that differ from the direction's own."""
    ttl = conversation.ttl
    differs = mine & (ttl != own.ttl)
    if differs.any():
        low = differs & (ttl <= own.ttl - LOWER_TTL)
        soft[differs] |= SOFT["other-ttl"]
        soft[low] |= SOFT["low-ttl"]
        hops = int(hop_guess(other.ttl))
        if hops > 0:
            soft[low & (ttl <= hops)] |= SOFT["unreachable"]
    soft[mine & (conversation.extension > own.extension)] |= SOFT["extension"]
    if conversation.protocol != TCP:
        return
    if not own.md5:
        hard[mine & conversation.md5] |= HARD["md5"]
    filled = mine & (conversation.length > 0)
    hard[filled & ((conversation.flags & (ACK | SYN | RST)) == 0)] |= HARD["no-ack"]
    if own.timestamps:
        soft[filled & (conversation.ts_value < 0)] |= SOFT["no-timestamp"]
    if own.layout >= 0:
        plain = filled & (conversation.sack_blocks == 0)
        soft[plain & (conversation.options != own.layout)] |= SOFT["layout"]


def _by_numbers(
    conversation: Conversation, side: int, mine: Array, hard: Array, soft: Array
) -> None:
    """Note sequence, acknowledgement and timestamp numbers that cannot be."""
    offset, length, flags = conversation.offset, conversation.length, conversation.flags
    if conversation.origins[side].known:
        probe = (offset >= -1) & (length <= 1)
        before = mine & (offset + length <= 0) & (offset < 0) & ~probe
        hard[before] |= HARD["before-start"]
    _acknowledgements(conversation, side, mine, hard)
    _timestamps(conversation, mine, hard, soft)
    plain = mine & (length == 0) & ((flags & (SYN | RST)) == 0) & (hard == 0)
    if not plain.any():
        return
    later = np.where(plain, offset, np.iinfo("i8").min)
    reach = np.maximum.accumulate(later[::-1])[::-1]
    # A probe that keeps a connection alive counts one less.
    beyond = mine & (length > 0) & (offset + length > reach + 1) & (reach > np.iinfo("i8").min)
    soft[beyond] |= SOFT["beyond-sender"]
    far = beyond & (offset > reach + FAR)
    if far.any():
        acked = conversation.ack_offset[~mine & (hard == 0)]
        hard[far & (offset > (int(acked.max()) if len(acked) else 0))] |= HARD["far-ahead"]


def _acknowledgements(conversation: Conversation, side: int, mine: Array, hard: Array) -> None:
    acks = conversation.ack_offset
    answering = mine & ((conversation.flags & (ACK | SYN)) == ACK)
    places = np.flatnonzero(answering)
    if not len(places):
        return
    values = acks[places]
    if conversation.origins[1 - side].known:
        hard[places[values < -1]] |= HARD["bad-ack"]
    if int(values.min()) >= int(values.max()) - BADACK // 2:
        return
    reached = np.maximum.accumulate(values)
    loaded = (conversation.length[places] > 0) | ((conversation.flags[places] & RST) != 0)
    # The packet that it was made from may acknowledge more than those before.
    changes = np.append(values[1:] != values[:-1], True)
    ends = np.where(changes, np.arange(len(values)), len(values))
    after = np.minimum(np.minimum.accumulate(ends[::-1])[::-1] + 1, len(values) - 1)
    lower = reached - values == BADACK
    lower |= (values < reached) & (values[after] - values == BADACK)
    hard[places[lower & loaded]] |= HARD["bad-ack"]


def _timestamps(conversation: Conversation, mine: Array, hard: Array, soft: Array) -> None:
    places = np.flatnonzero(mine & (conversation.ts_value >= 0))
    if len(places) < 2:
        return
    values = conversation.ts_value[places]
    ticks = (values - values[0] + 2**31) % 2**32 - 2**31
    behind = np.maximum.accumulate(ticks) - ticks
    if int(behind.max()) < AGED_TICKS:
        return
    soft[places[behind >= AGED_TICKS]] |= SOFT["aged"]
    old = behind >= OLD_TICKS
    # A proxy that answered the SYN may have had another clock than the server behind it.
    if 2 * int(old.sum()) < len(old) or not old[-1]:
        hard[places[old]] |= HARD["old-timestamp"]

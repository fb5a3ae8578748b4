"""Packets of two connections side by side: which corresponds to which, and in what they differ.

In: two conversations. Out: rows. Packets correspond by their role and their place relative to the
connection's own start, found by edit distance within each phase. What varies by design is no
difference: absolute numbers, ports, identifications, random bytes, times, and how an answer is cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from workbench.capture import codes
from workbench.capture.flags import flag_text
from workbench.comparison.values import AlignedRow
from workbench.traffic.conversation import FIN, RST, SYN, TCP, Conversation
from workbench.traffic.segments import RETRANSMISSION, SHADOW, classify

PHASES = ("handshake", "request", "answer", "end")
ANSWER = 2
"""From this phase on, how both directions interleave is chance: each is aligned by itself."""
MOST_CELLS = 160_000
"""Stretches whose lengths multiplied are more are put side by side packet by packet."""
GAP, OTHER, CHANGED = 10, 30, 6
"""Costs: a packet without a partner, one of another role (never better than two gaps), one of the
same role that differs. A packet that moved within its phase costs two gaps."""


@dataclass(frozen=True, slots=True)
class Item:
    """A packet as far as it can be compared with one of another connection."""

    index: int
    frame: int
    direction: int
    phase: int
    role: str
    start: int
    length: int
    ttl: int
    low: bool
    flags: int
    spoiled: bool
    options: int
    acked: int
    content: str


def align(left: Conversation, right: Conversation) -> tuple[AlignedRow, ...]:
    """Put the packets of two connections side by side.

    Parameters
    ----------
    left, right : Conversation
        Reference and candidate.

    Returns
    -------
    tuple of AlignedRow
        Every packet once, second recordings of the capture left out; in the order of the reference.

    Examples
    --------
    >>> import workbench as wb
    >>> conversation = wb.read("data/http.pcap").conversation(1)
    >>> {row.mark for row in align(conversation, conversation)}
    {'same'}
    """
    one, other = items_of(left), items_of(right)
    rows: list[AlignedRow] = []
    for phase in range(len(PHASES)):
        mine = [item for item in one if item.phase == phase]
        theirs = [item for item in other if item.phase == phase]
        chosen = _partners if phase < ANSWER else _each_way
        rows += [_row(a, b) for a, b in chosen(mine, theirs)]
    return tuple(rows)


def items_of(conversation: Conversation) -> list[Item]:
    """Return the packets of a connection as they can be compared.

    Parameters
    ----------
    conversation : Conversation
        Any.

    Returns
    -------
    list of Item
        In order of capture.
    """
    segments = classify(conversation)
    fake = segments.fake()
    phases = _phases(conversation, fake)
    usual = [_usual_ttl(conversation, side, fake) for side in (0, 1)]
    items = []
    for at in np.flatnonzero(segments.copy_of < 0).tolist():
        direction = max(int(conversation.direction[at]), 0)
        role = _role(conversation, at, bool(fake[at]), int(segments.kind[at]))
        chosen = direction == 0 and conversation.length[at] > 0
        items.append(
            Item(
                at,
                int(conversation.frame[at]),
                direction,
                phases[at],
                role,
                int(conversation.offset[at]) if chosen else 0,
                int(conversation.length[at]) if chosen else 0,
                int(conversation.ttl[at]),
                int(conversation.ttl[at]) != usual[direction],
                int(conversation.flags[at]),
                int(segments.checksum[at]) == codes.BAD,
                int(conversation.options[at]),
                int(conversation.ack_offset[at]),
                _content(conversation.payload(at)) if role in ("fake", "shadow") else "",
            )
        )
    return items


def _phases(
    conversation: Conversation, fake: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> list[int]:
    """Return the phase of every packet."""
    bare = (conversation.flags & SYN) == 0
    data = (conversation.length > 0) & bare
    asked = _first(data & (conversation.direction == 0) | fake & bare, len(conversation))
    answered = _first(data & (conversation.direction == 1), len(conversation))
    ending = (conversation.flags & (FIN | RST)) != 0
    ended = _first(ending & ~fake, len(conversation)) if conversation.protocol == TCP else -1
    last = len(conversation) if ended < 0 else ended
    return [
        3 if at >= last else 2 if at >= answered else 1 if at >= asked else 0
        for at in range(len(conversation))
    ]


def _first(chosen: np.ndarray[tuple[int], np.dtype[np.bool_]], count: int) -> int:
    """Return the place of the first of some packets, `count` where there is none."""
    found = np.flatnonzero(chosen)
    return int(found[0]) if len(found) else count


def _usual_ttl(
    conversation: Conversation, side: int, fake: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> int:
    """Return the TTL that most genuine packets of a side have."""
    own = conversation.ttl[(conversation.direction == side) & ~fake]
    return int(np.bincount(own).argmax()) if len(own) else -1


def _role(conversation: Conversation, at: int, fake: bool, kind: int) -> str:
    """Return what a packet is."""
    flags = int(conversation.flags[at])
    if conversation.protocol == TCP and flags & (SYN | RST | FIN):
        name = "SYN" if flags & SYN else "RST" if flags & RST else "FIN"
        return f"fake {name}" if fake else name
    if not conversation.length[at]:
        return "fake ACK" if fake else "ACK" if conversation.protocol == TCP else "empty"
    if fake:
        return "shadow" if kind == SHADOW else "fake"
    return "repeat" if kind == RETRANSMISSION else "data"


def _content(data: bytes) -> str:
    """Return what a fake holds, in a word."""
    if not data:
        return ""
    if data.count(data[:1]) == len(data):
        return f"0x{data[0]:02x} over and over"
    return "a TLS record" if data[0] == 0x16 and data[1:2] == b"\x03" else "other bytes"


def _partners(left: list[Item], right: list[Item]) -> Iterator[tuple[Item | None, Item | None]]:
    """Yield which packets of a phase correspond."""
    if len(left) * len(right) > MOST_CELLS:
        yield from zip_longest(left, right)
        return
    costs = _costs(left, right)
    pairs: list[tuple[Item | None, Item | None]] = []
    a, b = len(left), len(right)
    while a or b:
        if a and b and costs[a][b] == costs[a - 1][b - 1] + _cost(left[a - 1], right[b - 1]):
            a, b = a - 1, b - 1
            pairs.append((left[a], right[b]))
        elif a and costs[a][b] == costs[a - 1][b] + GAP:
            a -= 1
            pairs.append((left[a], None))
        else:
            b -= 1
            pairs.append((None, right[b]))
    yield from reversed(pairs)


def _costs(left: list[Item], right: list[Item]) -> list[list[int]]:
    """Return the edit distances of all beginnings (Needleman and Wunsch 1970)."""
    costs = [[at * GAP for at in range(len(right) + 1)]]
    for one in left:
        above = costs[-1]
        line = [above[0] + GAP]
        for at, other in enumerate(right):
            line.append(min(above[at] + _cost(one, other), above[at + 1] + GAP, line[at] + GAP))
        costs.append(line)
    return costs


def _cost(one: Item, other: Item) -> int:
    """Return the cost of taking two packets for the same one."""
    if one.direction != other.direction or one.role != other.role:
        return OTHER
    return 0 if one.start == other.start and one.length == other.length else CHANGED


def _each_way(left: list[Item], right: list[Item]) -> Iterator[tuple[Item | None, Item | None]]:
    """Yield which packets of a phase correspond, direction by direction, by place on the left."""
    placed: list[tuple[int, int, Item | None, Item | None]] = []
    for side in (0, 1):
        ways = ([item for item in each if item.direction == side] for each in (left, right))
        last = -1
        for mine, theirs in _partners(*ways):
            last = mine.index if mine else last
            placed.append((last, side, mine, theirs))
    placed.sort(key=lambda one: one[:2])
    yield from ((mine, theirs) for _, _, mine, theirs in placed)


def _row(left: Item | None, right: Item | None) -> AlignedRow:
    """Return two packets, or one and a gap, as a row."""
    some = left or right
    assert some is not None  # noqa: S101 (no pair is empty)
    differs = tuple(_differs(left, right)) if left and right else ()
    mark = "only-right" if left is None else "only-left" if right is None else "same"
    return AlignedRow(
        left.index if left else None,
        right.index if right else None,
        left.frame if left else 0,
        right.frame if right else 0,
        "differs" if differs else mark,
        PHASES[some.phase],
        some.role,
        differs,
    )


def _differs(left: Item, right: Item) -> Iterator[str]:
    """Yield in what two packets differ, the candidate's value first."""
    if (left.low or right.low) and left.ttl != right.ttl:
        yield f"TTL {right.ttl} instead of {left.ttl}"
    if left.spoiled != right.spoiled:
        yield f"a {'wrong' if right.spoiled else 'right'} checksum"
    if left.flags != right.flags and left.direction == 0:
        yield f"flags {flag_text(right.flags)} instead of {flag_text(left.flags)}"
    if left.content != right.content:
        yield f"holds {right.content or 'nothing'} instead of {left.content or 'nothing'}"
    if left.direction or left.phase > 1:
        return
    if (left.start, left.length) != (right.start, right.length):
        spans = [f"{one.start} to {one.start + one.length}" for one in (right, left)]
        yield f"bytes {spans[0]} instead of {spans[1]}"
    if left.options != right.options:
        yield "other TCP options"
    if left.role in ("fake", "shadow") and left.acked != right.acked:
        yield f"acknowledges {right.acked} instead of {left.acked}"

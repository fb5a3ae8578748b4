"""The client's packets of a conversation, as strategies look at them.

In: a conversation and its segment classes. Out: `Seen` values, and what is known of the connection
around them. Second recordings, fragments and bare acknowledgements are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.capture import codes
from workbench.capture.fragments import MORE_FRAGMENTS, OFFSET
from workbench.evasion.seen import ACK, AT_ONCE_NS, FIN, PSH, RST, SYN, Seen
from workbench.traffic.conversation import TCP, Conversation
from workbench.traffic.evidence import HARD, LOWER_TTL, SOFT
from workbench.traffic.hops import hop_guess
from workbench.traffic.offload import BAD, OFFLOAD_PARTIAL, OK
from workbench.traffic.segments import Segments

Array = np.ndarray[Any, Any]

INITIAL_TTLS = (64, 128, 255)
WINDOWS_TTL = 128
MOST_PACKETS = 2048
"""Most packets of a client that are looked at: its first ones."""
TYPICAL_OPTIONS = 12
PADDING, SMALLEST_FRAME = 6, 64
"""Bytes that Ethernet adds to a bare segment, and the smallest frame with a VLAN tag."""
MOVED = HARD["bad-ack"]


@dataclass(frozen=True, slots=True)
class Scene:
    """What is known of a connection besides its client's packets.

    Parameters
    ----------
    packets : tuple of Seen
        The client's packets with payload, SYN or RST, in the order sent.
    full : int
        Payload of a full segment; 0 where it is not known.
    hops : int
        Routers up to the server, by the rule that zapret goes by; -1 where it gives none.
    steps : int
        Routers between the client and the place of capture.
    ttl : int
        TTL of the client's ordinary packets where they were captured.
    layout : int
        Code of the TCP options of its ordinary packets; -1 where they have none.
    ack_id : int
        IP identification of the last packet before the request; -1 without any.
    stamped : bool
        Whether its packets carry timestamps.
    acked : int
        Bytes of the client's stream that the server acknowledged in the end.
    low_ack : bool
        Whether the handshake's last ACK has a lower TTL than the SYN.
    trip_ns : int
        Time from the SYN to the handshake's last ACK, the same at every place; 0 if not seen.
    answered : bool
        Whether anything followed the first packet.
    ends : frozenset of int
        Places in the stream where the client's packets without payload are.
    heard : bool
        Whether any packet of the server was captured.
    """

    packets: tuple[Seen, ...]
    full: int
    hops: int
    steps: int
    ttl: int
    layout: int
    ack_id: int
    stamped: bool
    acked: int = 0
    low_ack: bool = False
    trip_ns: int = 0
    answered: bool = True
    ends: frozenset[int] = frozenset()
    heard: bool = True

    @property
    def windows(self) -> bool:
        """Whether the client's packets begin with the TTL of Windows."""
        return self.ttl + self.steps == WINDOWS_TTL

    @property
    def distance(self) -> int:
        """Routers between client and server as the client would count them; -1 if not known."""
        return self.hops + self.steps if self.hops >= 0 else -1


def look(conversation: Conversation, segments: Segments) -> Scene:
    """Return what strategies depend on.

    Parameters
    ----------
    conversation : Conversation
        Any TCP or UDP conversation.
    segments : Segments
        What `workbench.traffic.segments.classify` says of it.

    Returns
    -------
    Scene
        With at most `MOST_PACKETS` packets.
    """
    own, other = segments.baselines
    initial = next((value for value in INITIAL_TTLS if value >= own.ttl), own.ttl)
    steps = initial - own.ttl if own.ttl else 0
    places = _places(conversation, segments)
    reader = _Reader(conversation, segments, steps)
    return Scene(
        packets=tuple(reader.seen(at) for at in places),
        full=_full_segment(conversation),
        hops=int(hop_guess(other.ttl)) if other.ttl else -1,
        steps=steps,
        ttl=own.ttl,
        layout=own.layout,
        ack_id=_last_before(conversation, places),
        stamped=own.timestamps,
        acked=reader.acked[-1] if len(conversation) else 0,
        low_ack=_low_ack(conversation, own.ttl),
        trip_ns=_trip(conversation),
        answered=len(conversation) > 1,
        ends=_ends(conversation),
        heard=bool((conversation.direction == 1).any()),
    )


def _ends(conversation: Conversation) -> frozenset[int]:
    """Return where bare packets of the client are, the handshake's left out."""
    bare = (conversation.direction == 0) & (conversation.length == 0)
    bare &= (conversation.flags & (SYN | RST)) == 0
    places = conversation.offset[bare]
    return frozenset(places[places > 0].tolist()[:MOST_PACKETS])


def _low_ack(conversation: Conversation, ttl: int) -> bool:
    """Tell whether the first bare ACK of the client after a SYN+ACK has a lower TTL."""
    at = _handshake_ack(conversation)
    return at >= 0 and highest_ttl(conversation, at) < ttl - 2


def highest_ttl(conversation: Conversation, at: int) -> int:
    """Return the highest TTL of a packet and its copies: a tool may send some that die."""
    same = (conversation.direction == conversation.direction[at]) & (
        conversation.seq == conversation.seq[at]
    )
    same &= (conversation.ack == conversation.ack[at]) & (
        conversation.flags == conversation.flags[at]
    )
    near = np.abs(conversation.time_ns - conversation.time_ns[at]) <= AT_ONCE_NS
    return int(conversation.ttl[same & near].max())


def _handshake_ack(conversation: Conversation) -> int:
    """Return the first bare ACK of the client after a SYN+ACK, -1 without one."""
    flags = conversation.flags
    answer = np.flatnonzero((conversation.direction == 1) & ((flags & SYN) != 0))
    bare = (conversation.direction == 0) & (conversation.length == 0)
    acks = np.flatnonzero(bare & ((flags & (SYN | ACK | RST)) == ACK))
    after = acks[acks > answer[0]] if len(answer) else acks[:0]
    return int(after[0]) if len(after) else -1


def _trip(conversation: Conversation) -> int:
    """Return the time from the last SYN to the handshake's ACK."""
    at = _handshake_ack(conversation)
    syns = np.flatnonzero((conversation.direction == 0) & ((conversation.flags & SYN) != 0))
    before = syns[syns < at] if at >= 0 else syns[:0]
    times = conversation.time_ns
    return int(times[at]) - int(times[before[-1]]) if len(before) else 0


def _places(conversation: Conversation, segments: Segments) -> list[int]:
    """Return the packets to look at."""
    chosen = (conversation.direction == 0) & ~_recorded_again(segments) & ~conversation.piece
    flags = conversation.flags
    chosen &= ~_padding(conversation)
    chosen &= (conversation.length > 0) | ((flags & (SYN | RST)) != 0)
    found: list[int] = np.flatnonzero(chosen)[:MOST_PACKETS].tolist()
    return found


def _recorded_again(segments: Segments) -> Array:
    """Tell which packets are second recordings.

    Where a tool repeats a packet and the capture doubles it, there are four alike: as many are left
    as the other packets' number of recordings allows.
    """
    again: Array = segments.copy_of >= 0
    if not again.any():
        return again
    first = np.where(again, segments.copy_of, np.arange(len(again)))
    _, counts = np.unique(first, return_counts=True)
    usual = int(np.bincount(counts[counts > 1]).argmax())
    seen: dict[int, int] = {}
    found = again.copy()
    for at in np.flatnonzero(again).tolist():
        number = seen[int(first[at])] = seen.get(int(first[at]), 0) + 1
        found[at] = number % usual != 0
    return found


def _padding(conversation: Conversation) -> Array:
    """Tell which packets are bare acknowledgements whose Ethernet padding counts as payload."""
    short = (conversation.length > 0) & (conversation.length <= PADDING)
    short &= (conversation.flags & (PSH | ACK | SYN | RST | FIN)) == ACK
    if conversation.protocol != TCP or not short.any():
        return np.zeros(len(conversation), bool)
    for at in np.flatnonzero(short).tolist():
        row = int(conversation.rows[at])
        short[at] = conversation.packets.columns["wire"][row] <= SMALLEST_FRAME and not any(
            conversation.payload(at)
        )
    return short


def _sums_count(conversation: Conversation, segments: Segments) -> bool:
    """Tell whether checksums say anything: not where those of bare packets are wrong too.

    Copies of a good packet do not count, which tools spoil on purpose.
    """
    bare = (conversation.direction == 0) & (conversation.length == 0)
    bare &= (conversation.flags & RST) == 0
    # A client that sends a SYN+ACK does so on purpose, and may spoil it.
    bare &= (conversation.flags & (SYN | ACK)) != SYN | ACK
    wrong = np.flatnonzero(bare & (segments.checksum == BAD)).tolist()
    if not wrong:
        return True
    names = ("seq", "ack", "flags")
    right = {
        tuple(int(getattr(conversation, name)[at]) for name in names)
        for at in np.flatnonzero(bare & np.isin(segments.checksum, (OK, OFFLOAD_PARTIAL))).tolist()
    }
    return all(tuple(int(getattr(conversation, name)[at]) for name in names) in right
               for at in wrong)  # fmt: skip


def _full_segment(conversation: Conversation) -> int:
    """Return the payload of a full segment: the smaller MSS without the options of data."""
    announced = conversation.mss[conversation.mss > 0].tolist()
    if len(announced) < 2:
        return 0
    loaded = (conversation.direction == 0) & (conversation.length > 0) & ~conversation.md5
    headers = conversation.header[loaded]
    options = int(np.median(headers)) - 20 if len(headers) else TYPICAL_OPTIONS
    return max(int(min(announced)) - options, 1)


def _last_before(conversation: Conversation, places: list[int]) -> int:
    """Return the identification of the client's last packet before its first data."""
    loaded = [at for at in places if conversation.length[at] and not conversation.flags[at] & SYN]
    if not loaded:
        return -1
    before = np.flatnonzero(conversation.direction[: loaded[0]] == 0)
    return int(conversation.ip_id[before[-1]]) if len(before) else -1


def _spoilt(conversation: Conversation) -> Array:
    """Tell which datagrams have a wrong checksum though others of their sender have a right one.

    Offload leaves all of a sender's checksums unfinished, or none.
    """
    mine = (conversation.direction == 0) & (conversation.length > 0)
    right = mine & np.isin(conversation.checksum, (codes.GOOD, codes.PARTIAL))
    if conversation.protocol == TCP or not right.any():
        return np.zeros(len(conversation), bool)
    found: Array = mine & (conversation.checksum == codes.BAD)
    return found


class _Reader:
    """Makes `Seen` values of a conversation's packets."""

    def __init__(self, conversation: Conversation, segments: Segments, steps: int) -> None:
        self.conversation = conversation
        self.segments = segments
        self.steps = steps
        theirs = conversation.direction == 1
        sound = theirs & (segments.hard == 0)
        acks = np.where(sound, conversation.ack_offset, 0)
        self.acked = np.maximum.accumulate(acks).tolist()
        self.answers = np.cumsum(theirs).tolist()
        due = np.where((conversation.direction == 0) & (segments.hard == 0),
                       conversation.ack_offset, 0)  # fmt: skip
        self.due = np.maximum.accumulate(due).tolist()
        self.last = 0
        self.spoilt = _spoilt(conversation)
        self.sums = _sums_count(conversation, segments)
        bare = (conversation.direction == 0) & (conversation.length == 0)
        bare &= (conversation.flags & (SYN | RST | ACK)) == ACK
        self.bare = set(conversation.ack_offset[bare].tolist())
        version = conversation.packets.columns["ip_version"][conversation.rows]
        self.six = (version == 6).tolist()

    def seen(self, at: int) -> Seen:
        """Return one packet."""
        conversation, segments = self.conversation, self.segments
        hard, soft = int(segments.hard[at]), int(segments.soft[at])
        answered = self.answers[at] != self.last
        self.last = self.answers[at]
        wrong = int(segments.checksum[at]) == BAD or bool(self.spoilt[at])
        wrong = wrong and self.sums
        hard &= ~HARD["checksum"] if not self.sums else ~0
        hard &= ~MOVED if int(conversation.ack_offset[at]) in self.bare else ~0
        own = self.segments.baselines[0].ttl
        odd = abs(int(conversation.ttl[at]) - own) >= LOWER_TTL if own else False
        return Seen(
            frame=int(conversation.frame[at]),
            time_ns=int(conversation.time_ns[at]),
            offset=int(conversation.offset[at]),
            length=int(conversation.length[at]),
            flags=int(conversation.flags[at]) if conversation.protocol == TCP else ACK,
            data=conversation.payload(at),
            ttl=int(conversation.ttl[at]) + self.steps if odd else 0,
            checksum=int(conversation.checksum_delta[at]) if wrong else None,
            ack_shift=int(conversation.ack_offset[at]) - self.due[at] if hard & MOVED else 0,
            timestamp=int(conversation.ts_value[at]),
            md5=bool(hard & HARD["md5"]),
            layout=int(conversation.options[at]),
            ip_id=-1 if self.six[at] else int(conversation.ip_id[at]),
            headers=self._headers(at),
            header=int(conversation.header[at]),
            window=int(conversation.window[at]),
            cut=self._cut(at),
            hard=hard != 0 or wrong,
            beyond=bool(soft & SOFT["beyond-sender"]),
            answered=answered,
            acked=self.acked[at],
        )

    def _headers(self, at: int) -> tuple[int, ...]:
        """Return the numbers of IPv6 extension headers."""
        if not self.six[at] or not self.conversation.extension[at]:
            return ()
        packets, row = self.conversation.packets, int(self.conversation.rows[at])
        data = packets.data(row)[int(packets.columns["network_at"][row]) :]
        found: list[int] = []
        kind, place = data[6], 40
        while kind in (0, 43, 44, 51, 60) and place + 8 <= len(data) and len(found) < 8:
            found.append(kind)
            size = 8 if kind == 44 else 8 + 8 * data[place + 1]
            kind, place = data[place], place + size
        return tuple(found)

    def _cut(self, at: int) -> int:
        """Return how many transport bytes the first fragment had."""
        fragment = int(self.conversation.fragment[at])
        if not fragment & (OFFSET | MORE_FRAGMENTS):
            return 0
        if fragment & OFFSET:
            return 8 * (fragment & OFFSET)
        packets, row = self.conversation.packets, int(self.conversation.rows[at])
        data = packets.data(row)[int(packets.columns["network_at"][row]) :]
        if data[0] >> 4 == 4:
            return int.from_bytes(data[2:4], "big") - 4 * (data[0] & 15)
        return int.from_bytes(data[4:6], "big") - 8 * len(self._headers(at))

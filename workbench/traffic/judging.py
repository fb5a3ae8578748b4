"""Genuine or fake: packets of one direction compared with each other and with the answers.

In: a conversation and its evidence. Out: a standing for each packet. What nothing speaks against is
laid out first; what something speaks against is compared with it; only what contradicts it, or
copies it at once, is called fake. Where two packets contradict each other and nothing tells them
apart, both are unknown.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.traffic.control import FAKE, GENUINE, UNKNOWN, judge_control
from workbench.traffic.conversation import ACK, RST, SYN, TCP, Conversation
from workbench.traffic.coverage import Coverage, Overlap, Payloads
from workbench.traffic.evidence import HARD, SOFT, Evidence

Array = np.ndarray[Any, Any]

AT_ONCE_NS = 5_000_000
"""A copy within this time, with no answer in between, is no retransmission: the shortest timers of
real stacks are longer, and early retransmissions need an answer."""
ROUNDS = 4
NEIGHBOURS = 64
MAX_TIED = 8
"""Most contents of one range that are told apart."""
TFO_CODES = (12, 13)
IPV4_HEADER, ETHERNET_LEAST = 20, 46
SUSPECT = SOFT["low-ttl"] | SOFT["beyond-sender"]


class Judge:
    """Judges the packets of one direction; `standing`, `hard` and `soft` are filled in place.

    Parameters
    ----------
    conversation, evidence
        What to judge, and what is known of each packet.
    side
        0 for the client's packets, 1 for the server's.
    usable
        bool, packets that are no second recordings.
    standing
        int8, indices into `workbench.traffic.control.STANDINGS`.
    """

    def __init__(
        self,
        conversation: Conversation,
        evidence: Evidence,
        side: int,
        usable: Array,
        standing: Array,
    ) -> None:
        self.conversation = conversation
        self.side = side
        self.hard, self.soft = evidence.hard, evidence.soft
        self.standing = standing
        self.mine = usable & (conversation.direction == side)
        self.starts = conversation.offset.tolist()
        self.ends = (conversation.offset + conversation.length).tolist()
        self.payloads = Payloads(conversation.payload, self.starts)
        self.held = Coverage()
        self._acked: list[int] | None = None
        self._answers: list[int] | None = None
        self._tied: dict[tuple[int, int], list[int]] = {}

    def judge(self) -> None:
        """Judge all packets of the direction."""
        conversation = self.conversation
        loaded = self.mine & (conversation.length > 0) & ((conversation.flags & RST) == 0)
        self.standing[self.mine] = GENUINE
        self.standing[loaded & (self.hard != 0)] = FAKE
        if conversation.protocol != TCP:
            self._datagrams(loaded)
            return
        opening = loaded & ((conversation.flags & SYN) != 0)
        clean = loaded & (self.hard == 0) & ~opening
        suspect = clean & ((self.soft & SUSPECT) != 0)
        ordinary = np.flatnonzero(clean & ~suspect)
        if suspect.any() or opening.any() or not self._in_order(ordinary):
            self._ordinary(ordinary.tolist())
            self._suspects(np.flatnonzero(suspect))
            self._openings(np.flatnonzero(opening).tolist())
        judge_control(conversation, self.side, self.mine, (self.hard, self.soft), self.standing)

    def _in_order(self, places: Array) -> bool:
        """Tell whether packets follow each other without overlap: nothing to compare then."""
        if len(places) < 2:
            return True
        conversation = self.conversation
        starts = conversation.offset[places]
        ends = starts + conversation.length[places]
        return bool((starts[1:] >= np.maximum.accumulate(ends)[:-1]).all())

    def acked(self, index: int) -> int:
        """Return the highest offset acknowledged before a packet was captured."""
        if self._acked is None:
            conversation = self.conversation
            answering = (conversation.direction != self.side) & (self.hard == 0)
            answering &= (conversation.flags & (ACK | RST)) == ACK
            low = np.iinfo("i8").min
            values = np.where(answering, conversation.ack_offset, low)
            self._acked = np.maximum.accumulate(values).tolist()
        return self._acked[index]

    def _ordinary(self, places: list[int]) -> None:
        """Lay out what nothing speaks against; losers of a contradiction are taken out again."""
        for _ in range(ROUNDS):
            self.held = Coverage()
            self._tied = {}
            lost: set[int] = set()
            for index in places:
                overlaps = self.held.overlaps(self.starts[index], self.ends[index])
                rival = self._rival(index, overlaps)
                # Against one that is out already the next round decides.
                if rival is not None and rival.owner not in lost:
                    lost |= self._resolve(rival, index)
                if index not in lost:
                    self.held.add(self.starts[index], self.ends[index], index)
            if not lost:
                break
            places = [index for index in places if index not in lost]

    def _rival(self, index: int, overlaps: list[Overlap]) -> Overlap | None:
        """Return where a packet contradicts another of which it covers all, or that covers it."""
        if self._is_probe(index):
            return None
        if self.held.exhausted:
            self.soft[index] |= SOFT["unreadable"]
            self.standing[index] = UNKNOWN
        start, end = self.starts[index], self.ends[index]
        for overlap in overlaps:
            owner = overlap.owner
            within = self.starts[owner] <= start and end <= self.ends[owner]
            around = start <= self.starts[owner] and self.ends[owner] <= end
            if (within or around) and self.payloads.differ(
                index, owner, overlap.start, overlap.end
            ):
                return overlap
        return None

    def _is_probe(self, index: int) -> bool:
        """Tell whether a packet may be a keep-alive: one byte of anything below the next one."""
        start, end = self.starts[index], self.ends[index]
        return bool(end - start == 1 and end <= self.acked(index) and end == self.held.highest)

    def _resolve(self, rival: Overlap, index: int) -> set[int]:
        """Decide between two full packets that contradict each other; return the loser."""
        owner = rival.owner
        self.soft[[index, owner]] |= SOFT["conflict"]
        tied = self._tied.setdefault((self.starts[index], self.ends[index]), [])
        again = any(
            not self.payloads.differ(index, other, self.starts[index], self.ends[index])
            for other in tied
        )
        stale = self.acked(index) >= rival.end and self.acked(owner) < rival.end
        if stale and not again:
            self.hard[index] |= HARD["stale"]
            self.standing[index] = FAKE if self.side == 0 else UNKNOWN
            return {index}
        for one in (index, owner):
            if self._is_padding(one):
                self.soft[one] |= SOFT["padding"]
                self.standing[one] = UNKNOWN
                return {one}
        bare, bare_owner = self.payloads.uniform(index), self.payloads.uniform(owner)
        if self.side == 0 and bare != bare_owner:
            loser = index if bare else owner
            self.soft[loser] |= SOFT["uniform"]
            self.standing[loser] = FAKE
            return {loser}
        self.standing[[index, owner]] = UNKNOWN
        if len(tied) < MAX_TIED and not again:
            tied.append(index)
        return set()

    def _is_padding(self, index: int) -> bool:
        """Tell whether a payload may be the padding of a short Ethernet frame, counted in."""
        conversation = self.conversation
        size = int(conversation.header[index]) + int(conversation.length[index])
        short = size + IPV4_HEADER <= ETHERNET_LEAST and conversation.flags[index] == ACK
        return bool(short) and not any(self.payloads.of(index))

    def _suspects(self, places: Array) -> None:
        """Compare what has a low TTL, or lies behind the sender's end, with the rest."""
        ttl = self.conversation.ttl
        for value in sorted(set(ttl[places].tolist()), reverse=True):
            group = places[ttl[places] == value].tolist()
            for index in group:
                self._suspect(index)
            for index in group:
                if self.standing[index] != FAKE:
                    self.held.add(self.starts[index], self.ends[index], index)

    def _suspect(self, index: int) -> None:
        overlaps = self.held.overlaps(self.starts[index], self.ends[index])
        lower = bool(self.soft[index] & SOFT["low-ttl"])
        if self._is_probe(index):
            return
        for overlap in overlaps:
            if self.payloads.differ(index, overlap.owner, overlap.start, overlap.end):
                self.soft[index] |= SOFT["conflict"]
                self._contradicted(index, overlap)
                return
        covered = sum(overlap.end - overlap.start for overlap in overlaps)
        if covered == self.ends[index] - self.starts[index]:
            copied = lower and any(self._at_once(index, overlap.owner) for overlap in overlaps)
            self.soft[index] |= SOFT["same-bytes"] if copied else SOFT["lost"]
            if copied:
                self.standing[index] = FAKE if self.side == 0 else UNKNOWN
        elif self.acked(len(self.starts) - 1) < self.ends[index]:
            beyond = bool(self.soft[index] & SOFT["beyond-sender"]) or self._in_company(index)
            meant = lower and beyond and self.side == 0
            self.standing[index] = FAKE if meant else UNKNOWN

    def _contradicted(self, index: int, overlap: Overlap) -> None:
        """Judge a suspect that contradicts what is laid out."""
        owner = overlap.owner
        within = self.starts[index] <= self.starts[owner] or self.ends[owner] <= self.ends[index]
        suspicion = int(self.soft[index]) & SUSPECT
        worse = suspicion & ~int(self.soft[owner])
        lower = self.conversation.ttl[index] < self.conversation.ttl[owner]
        if self.side == 0 and (lower or (worse and within)):
            self.standing[index] = FAKE
        else:
            self.standing[index] = UNKNOWN

    def _in_company(self, index: int) -> bool:
        """Tell whether a packet follows a fake on: the same TTL, where that one ends, at once."""
        ttl = self.conversation.ttl
        for before in range(index - 1, max(-1, index - NEIGHBOURS), -1):
            if self.standing[before] == FAKE and self.ends[before] == self.starts[index]:
                return bool(ttl[before] == ttl[index]) and self._at_once(before, index)
        return False

    def _at_once(self, index: int, owner: int) -> bool:
        """Tell whether two packets were sent together: close, and nothing answered in between."""
        conversation = self.conversation
        first, last = min(index, owner), max(index, owner)
        apart = int(conversation.time_ns[last]) - int(conversation.time_ns[first])
        if self._answers is None:
            self._answers = np.cumsum(conversation.direction == 1 - self.side).tolist()
        return apart <= AT_ONCE_NS and self._answers[last] == self._answers[first]

    def _openings(self, places: list[int]) -> None:
        """Judge data in a SYN: delivered only with TCP Fast Open (RFC 7413), or sent again."""
        conversation = self.conversation
        for index in places:
            if self.hard[index]:
                continue
            last = self.acked(len(self.starts) - 1)
            options = int(conversation.options[index])
            fast = any((options >> 4 * place) & 15 in TFO_CODES for place in range(15))
            overlaps = self.held.overlaps(self.starts[index], self.ends[index])
            contradicted = any(
                self.payloads.differ(index, overlap.owner, overlap.start, overlap.end)
                for overlap in overlaps
            )
            if contradicted:
                self.soft[index] |= SOFT["conflict"]
                self.standing[index] = FAKE if self.side == 0 and not fast else UNKNOWN
            elif not overlaps and not fast and last < self.ends[index]:
                self.standing[index] = UNKNOWN

    def _datagrams(self, loaded: Array) -> None:
        """Judge datagrams, which nothing retransmits: a low TTL among full ones is meant."""
        low = loaded & ((self.soft & SOFT["low-ttl"]) != 0) & (self.hard == 0)
        if not low.any():
            return
        full = np.flatnonzero(loaded & ((self.soft & SOFT["low-ttl"]) == 0))
        times = self.conversation.time_ns.tolist()
        for index in np.flatnonzero(low).tolist():
            at = int(np.searchsorted(full, index))
            near = [int(full[place]) for place in (at - 1, at) if 0 <= place < len(full)]
            volley = any(abs(times[place] - times[index]) <= AT_ONCE_NS for place in near)
            known = int(self.soft[index]) & (SOFT["unreachable"] | SOFT["quoted"])
            meant = self.side == 0 and (volley or known)
            self.standing[index] = FAKE if meant else UNKNOWN

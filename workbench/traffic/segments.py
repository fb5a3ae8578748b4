"""Segment classes: what each packet of a conversation brings, and whether it is meant.

In: one conversation. Out: for every packet a kind (by its place in the stream) and a standing
(genuine, fake, unknown) with reasons. No strategy is named here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.traffic.control import FAKE, GENUINE, STANDINGS, UNKNOWN
from workbench.traffic.conversation import ACK, FIN, RST, SYN, TCP, Conversation
from workbench.traffic.coverage import Coverage, Payloads
from workbench.traffic.duplicates import find_duplicates
from workbench.traffic.evidence import Baseline, collect_evidence, reason_names
from workbench.traffic.judging import Judge
from workbench.traffic.offload import checksum_verdicts

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray[Any, Any]

KINDS = (
    "none", "fresh", "retransmission", "shadow", "overlap-left", "gap", "out-of-window",
    "keep-alive", "zero-window-probe", "control",
)  # fmt: skip
NONE, FRESH, RETRANSMISSION, SHADOW, OVERLAP_LEFT = range(5)
GAP, OUT_OF_WINDOW, KEEP_ALIVE, PROBE, CONTROL = range(5, 10)


@dataclass(frozen=True, slots=True)
class Segments:
    """Classes of the packets of a conversation: arrays of one length.

    Attributes
    ----------
    kind
        int8, an index into `KINDS`: ``fresh`` brings bytes that nothing brought before, ``gap`` the
        same beyond a hole, ``overlap-left`` begins in what is there already (or before the first
        byte) and goes beyond it, ``retransmission`` brings nothing new, ``shadow`` other bytes for
        a range of genuine ones, ``out-of-window`` lies where no receiver looks; ``control`` opens
        or ends; ``none`` has no payload, or is a second recording.
    standing
        int8, an index into `STANDINGS`.
    hard, soft
        int32, reasons (`workbench.traffic.evidence`).
    partner
        int32, the packet that brought the same range: of a retransmission the first copy, of a
        shadow the genuine one; -1 without any.
    late
        bool, fills a hole: it was overtaken, or lost and sent again.
    copy_of
        int64, of a second recording by the capture the first one; else -1.
    checksum
        int8, verdicts of `workbench.traffic.offload`.
    offload, duplicates
        What the checksums of each direction show, and whether the capture holds packets twice.
    baselines
        Ordinary packets of each direction, client to server first.
    """

    kind: Array
    standing: Array
    hard: Array
    soft: Array
    partner: Array
    late: Array
    copy_of: Array
    checksum: Array
    offload: tuple[str, str]
    duplicates: str
    baselines: tuple[Baseline, Baseline]

    def genuine(self) -> Array:
        """Return which packets are genuine: bool."""
        found: Array = self.standing == GENUINE
        return found

    def fake(self) -> Array:
        """Return which packets are fake: bool."""
        found: Array = self.standing == FAKE
        return found

    def reasons(self, index: int) -> list[str]:
        """Return what speaks against a packet, by name."""
        return reason_names(int(self.hard[index]), int(self.soft[index]))


def classify(conversation: Conversation, quoted: frozenset[int] = frozenset()) -> Segments:
    """Classify the packets of a conversation.

    Parameters
    ----------
    conversation
        Any conversation.
    quoted
        Rows of packets that an ICMP error quotes (`workbench.traffic.quotes`).

    Returns
    -------
    Segments
        One entry a packet.
    """
    offload = checksum_verdicts(conversation)
    doubles = find_duplicates(conversation)
    evidence = collect_evidence(conversation, offload, quoted)
    count = len(conversation)
    standing = np.full(count, GENUINE, "i1")
    usable = doubles.copy_of < 0
    for side in (0, 1):
        Judge(conversation, evidence, side, usable, standing).judge()
    again = np.flatnonzero(~usable)
    if len(again):
        first = doubles.copy_of[again]
        standing[again] = standing[first]
        evidence.hard[again], evidence.soft[again] = evidence.hard[first], evidence.soft[first]
    kind, partner = np.zeros(count, "i1"), np.full(count, -1, "i4")
    late = np.zeros(count, bool)
    for side in (0, 1):
        _Kinds(conversation, side, usable, standing, (kind, partner, late)).find()
    return Segments(
        kind=kind,
        standing=standing,
        hard=evidence.hard,
        soft=evidence.soft,
        partner=partner,
        late=late,
        copy_of=doubles.copy_of,
        checksum=offload.verdict,
        offload=offload.directions,
        duplicates=doubles.verdict,
        baselines=evidence.baselines,
    )


class _Kinds:
    """Finds the kinds of one direction, once it is known which packets are fake."""

    def __init__(
        self,
        conversation: Conversation,
        side: int,
        usable: Array,
        standing: Array,
        out: tuple[Array, Array, Array],
    ) -> None:
        self.conversation = conversation
        self.side = side
        self.kind, self.partner, self.late = out
        mine = usable & (conversation.direction == side)
        flags = conversation.flags
        opening = (flags & (SYN | RST)) != 0
        self.control = mine & (opening | ((flags & FIN) != 0)) & (conversation.length == 0)
        self.control |= mine & ((flags & RST) != 0)
        self.loaded = mine & (conversation.length > 0) & ((flags & RST) == 0)
        self.bare = mine & ~self.control & ~self.loaded & ~conversation.piece
        self.fakes = self.loaded & (standing == FAKE)
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.held = Coverage()
        self.top = 0

    def find(self) -> None:
        """Fill in the kinds."""
        self.kind[self.control] = CONTROL
        conversation = self.conversation
        places = np.flatnonzero(self.loaded & ~self.fakes)
        if conversation.protocol != TCP:
            self.kind[self.loaded] = FRESH
            return
        starts, lengths = conversation.offset[places], conversation.length[places]
        follows = len(places) == 0 or (
            starts[0] == 0 and bool((starts[1:] == (starts + lengths)[:-1]).all())
        )
        if follows and not self.fakes.any() and not (lengths == 1).any():
            self.kind[places] = FRESH
        else:
            self._by_place(places.tolist())
        self._bare_probes()

    def _by_place(self, places: list[int]) -> None:
        conversation = self.conversation
        self.starts = conversation.offset.tolist()
        self.ends = (conversation.offset + conversation.length).tolist()
        first = conversation.origins[self.side].known
        self.top = 0 if first or not places else self.starts[places[0]]
        payloads = Payloads(conversation.payload, self.starts)
        for index in places:
            self._one(index, payloads)
        exact = {(self.starts[index], self.ends[index]): index for index in reversed(places)}
        for index in np.flatnonzero(self.fakes).tolist():
            self._fake(index, payloads, exact)

    def _one(self, index: int, payloads: Payloads) -> None:
        """Find the kind of a packet that is not fake, and let it hold its range."""
        start, end = self.starts[index], self.ends[index]
        overlaps = self.held.overlaps(start, end)
        covered = sum(overlap.end - overlap.start for overlap in overlaps)
        if end - start == 1 and (probe := self._probe(start, index)):
            self.kind[index] = probe
            if probe == KEEP_ALIVE:
                return
        elif end <= 0 and self.conversation.origins[self.side].known:
            self.kind[index] = OUT_OF_WINDOW
            return
        elif covered == end - start:
            differs = any(payloads.differ(index, o.owner, o.start, o.end) for o in overlaps)
            self.kind[index] = SHADOW if differs else RETRANSMISSION
            self.partner[index] = overlaps[0].owner
        elif overlaps or start < 0 <= self.top:
            self._partly(index, overlaps[0].owner if overlaps else -1, start)
        else:
            self.kind[index] = GAP if start > self.top else FRESH
            self.late[index] = start < self.top
        self.held.add(start, end, index)
        self.top = max(self.top, end)

    def _partly(self, index: int, owner: int, start: int) -> None:
        """Name a packet of which only a part is new."""
        self.partner[index] = owner
        if owner < 0 and not self.conversation.origins[self.side].known:
            self.kind[index], self.late[index] = FRESH, True
        elif owner < 0 or self.starts[owner] <= start:
            self.kind[index] = OVERLAP_LEFT
        else:
            # It ends in what is there already: an earlier packet began too far to the left.
            self.kind[index], self.late[index] = FRESH, True
            if self.conversation.protocol == TCP and self.kind[owner] in (FRESH, GAP):
                self.kind[owner] = OVERLAP_LEFT

    def _probe(self, start: int, index: int) -> int:
        """Tell a single byte that asks for an answer: its kind, 0 for an ordinary one."""
        if start == self.top - 1 and self._acked(index) >= start + 1:
            return KEEP_ALIVE
        return PROBE if start == self.top and self._window(index) == 0 else 0

    def _answer(self, index: int) -> int:
        """Return the last answer before a packet, -1 without one."""
        conversation = self.conversation
        for at in range(index - 1, max(-1, index - 200), -1):
            answered = conversation.flags[at] & (ACK | SYN | RST) == ACK
            if answered and conversation.direction[at] != self.side:
                return at
        return -1

    def _acked(self, index: int) -> int:
        at = self._answer(index)
        # One that no answer precedes repeats the last byte of the handshake: the SYN's number.
        return int(self.conversation.ack_offset[at]) if at >= 0 else 0

    def _window(self, index: int) -> int:
        at = self._answer(index)
        return int(self.conversation.window[at]) if at >= 0 else -1

    def _fake(self, index: int, payloads: Payloads, exact: dict[tuple[int, int], int]) -> None:
        """Find the kind of a fake, which holds nothing."""
        start, end = self.starts[index], self.ends[index]
        overlaps = self.held.overlaps(start, end)
        far = end <= 0 or start > self.top + (1 << 16)
        if not overlaps:
            self.kind[index] = OUT_OF_WINDOW if far else GAP if start > self.top else FRESH
            return
        differs = any(payloads.differ(index, o.owner, o.start, o.end) for o in overlaps)
        self.kind[index] = SHADOW if differs else RETRANSMISSION
        self.partner[index] = exact.get((start, end), overlaps[0].owner)

    def _bare_probes(self) -> None:
        """Name acknowledgements that repeat the last number, to get an answer."""
        conversation = self.conversation
        places = np.flatnonzero(self.bare | self.loaded | (self.control & ~self._resets()))
        offset = conversation.offset[places]
        end = offset + conversation.length[places] + ((conversation.flags[places] & FIN) != 0)
        if len(places) < 2:
            return
        reached = np.maximum.accumulate(np.append(0, end[:-1]))
        below = self.bare[places] & (offset == reached - 1)
        for index in places[below].tolist():
            self.kind[index] = PROBE if self._window(index) == 0 else KEEP_ALIVE

    def _resets(self) -> Array:
        resets: Array = (self.conversation.flags & RST) != 0
        return resets


COLUMNS = {
    "frame": "uint32, number of the packet",
    "direction": "int8, 0 from the client, 1 from the server",
    "offset": "int64, stream offset of its first byte",
    "length": "int64, payload bytes",
    "kind": "what it brings, one of `KINDS`",
    "standing": "genuine, fake or unknown",
    "reasons": "what speaks against it, comma-joined",
    "partner": "uint32, frame that brought the same range first, 0 without one",
}
"""Columns of `segment_table`, in order."""


def segment_table(conversation: Conversation, segments: Segments) -> pd.DataFrame:
    """Return the segments of a conversation as a table.

    Parameters
    ----------
    conversation
        Any conversation.
    segments
        What `classify` says of it.

    Returns
    -------
    pandas.DataFrame
        One row a packet, with the columns of `COLUMNS`.
    """
    import pandas as pd

    from workbench.capture.table import text_categories

    frame = conversation.frame
    partner = np.where(segments.partner >= 0, frame[segments.partner], 0)
    reasons = [",".join(segments.reasons(index)) for index in range(len(conversation))]
    return pd.DataFrame(
        {
            "frame": frame,
            "direction": conversation.direction,
            "offset": conversation.offset,
            "length": conversation.length,
            "kind": text_categories(segments.kind, KINDS),
            "standing": text_categories(segments.standing, STANDINGS),
            "reasons": reasons,
            "partner": partner.astype("u4"),
        }
    )


__all__ = (
    "COLUMNS", "FAKE", "GENUINE", "KINDS", "STANDINGS", "UNKNOWN", "Segments", "classify",
    "segment_table",
)  # fmt: skip

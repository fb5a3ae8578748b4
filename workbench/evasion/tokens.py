"""What was sent as a row of tokens: the first volley of a connection, in the order of sending.

In: packets with standings. Out: tokens (``F`` fake, ``f2`` shadow of part 2, ``P2`` part 2, ``K``
reset) and the parts that they name. What comes again later is counted, not told again: tools repeat
their whole act with every retransmission.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from workbench.evasion.genuine import FAKE, GENUINE, Asked
from workbench.evasion.seen import AT_ONCE_NS, RST, SYN, Seen

PART, SHADOW, FAKED, RESET, COPY = "P", "f", "F", "K", "D"
BADSEQ = -10_000
LATER_NS = 100_000_000
"""Fakes this long after the last packet belong to another volley: no tool waits so long."""
MOST_TOKENS = 4096
REACH = 1 << 16
MOST_PARTS = 256


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the request.

    Parameters
    ----------
    start, end : int
        Its place in the stream.
    overlap : int
        Bytes of filling that its packet carries in front of it.
    seen : Seen
        Its packet; its shadow where that was not captured.
    ghost : bool
        Whether only its shadow was captured: what is genuine was dropped before this place.
    """

    start: int
    end: int
    overlap: int
    seen: Seen
    ghost: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """One element of what was sent.

    Parameters
    ----------
    kind : str
        ``P`` part, ``f`` shadow, ``F`` fake, ``K`` reset, ``D`` copy of a part.
    part : int
        Number of the part from 0 on by place; -1 for fakes and resets.
    seen : Seen
        Its packet.
    """

    kind: str
    part: int
    seen: Seen

    @property
    def text(self) -> str:
        """The token as it is written: parts count from 1."""
        return f"{self.kind}{self.part + 1}" if self.part >= 0 else self.kind


@dataclass(frozen=True, slots=True)
class Volley:
    """What a client sent for its request the first time.

    Parameters
    ----------
    tokens : tuple of Token
        In the order sent.
    parts : tuple of Part
        By place.
    shift : int
        What fakes' sequence numbers were moved by.
    again : tuple of Seen
        Genuine packets that bring nothing new: retransmissions.
    later : int
        How often the volley's fakes came again.
    """

    tokens: tuple[Token, ...]
    parts: tuple[Part, ...]
    shift: int = 0
    again: tuple[Seen, ...] = ()
    later: int = 0

    @property
    def text(self) -> str:
        """All tokens, with blanks in between."""
        return " ".join(token.text for token in self.tokens)

    def of_kind(self, *kinds: str) -> list[Token]:
        """Return the tokens of some kinds, in order."""
        return [token for token in self.tokens if token.kind in kinds]


def first_volley(packets: Sequence[Seen], standing: Sequence[str], request: Asked) -> Volley:
    """Return the first volley of a request.

    Parameters
    ----------
    packets, standing
        As `workbench.evasion.genuine.settle` takes and returns them.
    request : Asked
        What they carry.

    Returns
    -------
    Volley
        Of no tokens where nothing was asked.

    Examples
    --------
    >>> from workbench.evasion.genuine import asked, settle
    >>> sent = [Seen(1, 0, 2, 2, data=b"cd"), Seen(2, 9, 0, 2, data=b"ab")]
    >>> first_volley(sent, settle(sent), asked(sent, settle(sent))).text
    'P2 P1'
    """
    walk = _Walk(request.length)
    for one, what in zip(packets[:MOST_TOKENS], standing[:MOST_TOKENS], strict=True):
        if not walk.take(one, what):
            break
    return walk.finish()


def with_rest(volley: Volley, length: int, full: int, ends: Collection[int] = ()) -> Volley:
    """Add the rest of a request that was cut short of its own length, and not by a full segment.

    Its end was sent too, and dropped before it came to the place of capture.

    Parameters
    ----------
    volley : Volley
        A first volley.
    length : int
        Bytes of the request by its own word.
    full : int
        Payload of a full segment; 0 where it is not known.
    ends : collection of int
        Where later packets of the client without payload go on.
    """
    parts = volley.parts
    if not parts or parts[-1].end >= length or parts[0].start > 0 or parts[-1].end in ends:
        return volley
    last = parts[-1]
    natural = not full or last.end - last.start >= full or last.end % full == 0
    if natural or len(last.seen.data) < last.seen.length:
        return volley
    rest = Part(last.end, length, 0, last.seen, ghost=True)
    return replace(volley, parts=(*parts, rest))


class _Walk:
    """Follows a client's packets until the request is out."""

    def __init__(self, length: int) -> None:
        self.length = length
        self.sent: list[tuple[Seen, str]] = []
        self.fresh: list[Seen] = []
        self.again: list[Seen] = []
        self.last_ns: int | None = None
        self.later = 0
        self.closed = False

    def take(self, one: Seen, what: str) -> bool:
        """Take the next packet; return whether more may follow."""
        if one.flags & SYN:
            self.sent = [sent for sent in self.sent if not sent[0].flags & RST]
            return True
        reset = bool(one.flags & RST) and not self.complete() and _in_reach(one)
        if not (one.length or reset):
            return True
        loaded = not one.flags & RST
        if what == GENUINE and one.offset >= self.length:
            return not self.complete()
        if what == GENUINE and loaded and self._covered(one):
            self._known(one)
            return True
        if what == FAKE or reset:
            return self._besides(one, what)
        if what == GENUINE:
            self._add(one, what)
            self.fresh.append(one)
        return True

    def _besides(self, one: Seen, what: str) -> bool:
        """Take a fake or a reset, unless it belongs to a later volley."""
        apart = one.time_ns - self.last_ns if self.last_ns is not None else 0
        if (self.complete() and apart > AT_ONCE_NS) or (self.fresh and apart > LATER_NS):
            self.closed = True
        if self.closed:
            self.later += 1
        else:
            self._add(one, FAKE if what == FAKE else RESET)
        return True

    def _known(self, one: Seen) -> None:
        """Take a genuine packet that brings nothing new."""
        copy = any(one.same(other) and one.at_once(other) for other in self.fresh)
        if copy and not one.answered:
            self._add(one, COPY)
        else:
            self.again.append(one)

    def _add(self, one: Seen, what: str) -> None:
        self.sent.append((one, what))
        self.last_ns = one.time_ns

    def _covered(self, one: Seen) -> bool:
        """Tell whether earlier genuine packets hold all of a packet's range."""
        at = max(one.offset, 0)
        for other in sorted(self.fresh, key=lambda other: other.offset):
            if other.offset <= at < other.end:
                at = other.end
        return at >= one.end and not any(
            one.differs(other) and one.offset < other.offset for other in self.fresh
        )

    def complete(self) -> bool:
        """Tell whether all of the request was sent."""
        at = 0
        for one in sorted(self.fresh, key=lambda one: one.offset):
            if one.offset > at:
                return False
            at = max(at, one.end)
        return bool(self.fresh) and at >= self.length

    def _drop_endings(self) -> None:
        """Leave out resets that no genuine packet follows: they end a connection."""
        last = max((at for at, (_, what) in enumerate(self.sent) if what == GENUINE), default=-1)
        self.sent = [one for at, one in enumerate(self.sent) if at < last or not one[0].flags & RST]

    def finish(self) -> Volley:
        """Name the tokens."""
        parts = _parts(self.fresh[:MOST_PARTS])
        parts = _with_ghosts(parts, [one for one, what in self.sent if what == FAKE])
        fakes = [one for one, what in self.sent if what in (FAKE, RESET)]
        self._drop_endings()
        shift = _shift(fakes, parts)
        numbers = {id(part.seen): at for at, part in enumerate(parts) if not part.ghost}
        tokens = [_token(one, what, parts, numbers, shift) for one, what in self.sent]
        return Volley(
            tuple(token for token in tokens if token),
            tuple(parts),
            shift,
            tuple(self.again),
            self.later,
        )


def _parts(fresh: list[Seen]) -> list[Part]:
    """Order genuine packets by place and cut off what fills them on the left."""
    parts: list[Part] = []
    reached = 0
    for one in sorted(fresh, key=lambda one: (one.offset, one.length)):
        start = max(one.offset, reached) if parts else max(one.offset, 0)
        if one.end > start:
            filled = one.offset < 0 or any(one.differs(part.seen) for part in parts)
            parts.append(Part(start, one.end, start - one.offset if filled else 0, one))
            reached = one.end
    return parts


def _with_ghosts(parts: list[Part], fakes: list[Seen]) -> list[Part]:
    """Add parts of which only the shadows were captured: those that join on to others."""
    shift = _shift(fakes, parts)
    found = list(parts)
    for one in fakes:
        start = one.offset - (shift if one.moved else 0)
        end = start + one.length
        if not one.length or not one.uniform or start < 0:
            continue
        if not any(part.start < end and start < part.end for part in found):
            found.append(Part(start, end, 0, one, ghost=True))
    found.sort(key=lambda part: part.start)
    joined = (
        found
        and found[0].start == 0
        and all(one.end == other.start for one, other in itertools.pairwise(found))
    )
    return found if joined and len(found) > 1 else parts


def _shift(fakes: list[Seen], parts: list[Part]) -> int:
    """Return by how much fakes' sequence numbers were moved: what puts most of them on parts."""
    moved = [one for one in fakes if one.moved]
    if not moved:
        return 0
    if not parts:
        return BADSEQ if any(one.offset == BADSEQ for one in moved) else 0
    places = {(part.start, part.end - part.start) for part in parts}
    starts = {part.start for part in parts} | {0}
    votes: Counter[int] = Counter()
    for one in moved[:64]:
        for start in starts:
            exact = (start, one.length) in places
            votes[one.offset - start] += 4 if exact and len(parts) > 1 else 1
    usual = {0: 2, BADSEQ: 1}
    lowest = min(one.offset for one in moved)
    ranked = sorted(
        votes, key=lambda one: (-votes[one], -usual.get(one, 0), one != lowest, abs(one))
    )
    return ranked[0]


def _token(
    one: Seen, what: str, parts: list[Part], numbers: dict[int, int], shift: int
) -> Token | None:
    """Name one packet."""
    if what == GENUINE:
        at = numbers.get(id(one), -1)
        return Token(PART, at, one) if at >= 0 else None
    if what == COPY:
        found = [at for at, part in enumerate(parts) if part.seen.same(one)]
        return Token(COPY, found[0] if found else -1, one)
    if what == RESET or one.flags & RST:
        return Token(RESET, -1, one)
    if len(parts) > 1:
        own = one.offset - (shift if one.moved else 0)
        for at, part in enumerate(parts):
            start = part.start - (part.overlap if part.start == 0 else 0)
            if one.length == part.end - part.start and own in (part.start, start):
                return Token(SHADOW, at, one)
    return Token(FAKED, -1, one)


def _in_reach(one: Seen) -> bool:
    """Tell whether a reset belongs to the stream: not one that answers a stray packet."""
    return bool(one.ack_shift) or abs(one.offset) < REACH

"""How a program that owns its socket wrote the request: TTL-1 pieces, swapped bytes, urgent bytes.

In: a volley. Out: the pieces in order, as tpws, byedpi and SpoofDPI make them (domain reference
2.5). What the kernel sends again later is what gives them away.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from workbench.evasion.fooling import layout_names
from workbench.evasion.seen import AT_ONCE_NS, Seen
from workbench.evasion.sighting import Scene
from workbench.evasion.sockets import PieceKind
from workbench.evasion.tokens import PART, SHADOW, Part, Volley

FULL_ID = 1 << 16
MOST_STEP = 16
CHUNKS = 3
"""From so many pieces of one length on they are called chunks."""


@dataclass(frozen=True, slots=True)
class Written:
    """Pieces of a request, in the order of their places.

    Parameters
    ----------
    kinds : tuple of str
        What was done to each piece, the last included.
    ends : tuple of int
        Where each ends.
    fakes : tuple of Seen
        What was sent in place of swapped pieces.
    sure : bool
        Whether something besides the cuts shows that a socket was written to.
    late : bool
        Whether a piece came long after those behind it: lost, or let die on the way.
    """

    kinds: tuple[PieceKind, ...]
    ends: tuple[int, ...]
    fakes: tuple[Seen, ...] = ()
    sure: bool = False
    late: bool = False


def read_pieces(
    volley: Volley, scene: Scene, urgent: int, natural: frozenset[int]
) -> Written | None:
    """Return how a socket was written to, None where packets were made instead.

    Parameters
    ----------
    volley : Volley
        The first volley.
    scene : Scene
        What is known of the connection.
    urgent : int
        Offset of the urgent byte, -1 without one.
    natural : frozenset of int
        Where the request would have been cut anyway.
    """
    parts = volley.parts
    if all(part.seen.ttl for part in parts):
        return None
    swapped = _swapped(volley, scene)
    dead = {at for at, part in enumerate(parts) if part.seen.ttl and at not in swapped}
    late = _late(volley, scene)
    if not (dead or swapped or late or urgent >= 0) and not _native_rise(volley, scene):
        return None
    kinds: list[PieceKind] = []
    ends: list[int] = []
    for at, part in enumerate(parts):
        kind = _kind(part, at, dead, swapped, urgent)
        more = at + 1 < len(parts) and part.end in natural
        if more and (
            kind == "split" or kind == _kind(parts[at + 1], at + 1, dead, swapped, urgent)
        ):
            continue
        kinds.append(kind)
        ends.append(part.end)
    fakes = tuple(swapped[at] for at in sorted(swapped))
    sure = bool(dead or swapped or late or urgent >= 0)
    return Written(tuple(kinds), tuple(ends), fakes, sure, bool(late))


def _kind(part: Part, at: int, dead: set[int], swapped: dict[int, Seen], urgent: int) -> PieceKind:
    """Name what was done to one piece."""
    if at in swapped:
        return "fake"
    if part.start <= urgent <= part.end and urgent >= 0 and part.end == urgent:
        return "disoob" if at in dead else "oob"
    return "disorder" if at in dead else "split"


def _swapped(volley: Volley, scene: Scene) -> dict[int, Seen]:
    """Return pieces whose fake was sent in their place, and whose own bytes came much later."""
    found: dict[int, Seen] = {}
    others = [one.seen for one in volley.tokens if one.kind == PART]
    for token in volley.of_kind(SHADOW):
        part = volley.parts[token.part]
        apart = part.seen.time_ns - token.seen.time_ns
        rest = [one for one in others if one.at_once(token.seen)]
        waited = apart > AT_ONCE_NS and (rest or part.seen.answered)
        if waited and not rebuilt(token.seen, scene):
            found.setdefault(token.part, token.seen)
    for at, part in enumerate(volley.parts):
        again = any(one.offset <= part.start for one in volley.again)
        if part.seen.md5 or (part.seen.ttl > 1 and again):
            found.setdefault(at, part.seen)
    return found


def _late(volley: Volley, scene: Scene) -> set[int]:
    """Return parts that came long after parts behind them: their first copies died on the way.

    Loss looks the same, but does not prefer the places where a program cuts.
    """
    found: set[int] = set()
    parts = [part for part in volley.parts if not part.ghost]
    for at, part in enumerate(volley.parts):
        before = [
            other
            for other in parts
            if other.start > part.start and other.seen.time_ns < part.seen.time_ns - AT_ONCE_NS
        ]
        if before and part.seen.answered and native(part.seen, scene) and not part.ghost:
            found.add(at)
    return found


def _native_rise(volley: Volley, scene: Scene) -> bool:
    """Tell whether parts came in rising order, each a packet of the kernel's own making."""
    parts = [part for part in volley.parts if not part.ghost]
    if len(volley.parts) < 2 or any(one.kind != PART for one in volley.tokens):
        return False
    order = [one.part for one in volley.tokens]
    if order != sorted(order) or any(part.overlap or part.seen.cut for part in parts):
        return False
    if scene.layout >= 0 and any(part.seen.layout != scene.layout for part in parts):
        return False
    return _counted([part.seen.ip_id for part in parts], scene.ack_id)


def _counted(numbers: list[int], before: int) -> bool:
    """Tell whether identifications rise by one as a socket's do; true where there are none."""
    if numbers[0] < 0:
        return True
    steps = [(b - a) % FULL_ID for a, b in itertools.pairwise(numbers)]
    near = before < 0 or 0 < (numbers[0] - before) % FULL_ID <= MOST_STEP
    return near and all(step == 1 for step in steps)


def native(one: Seen, scene: Scene) -> bool:
    """Tell whether a packet has the options of the connection's ordinary ones, in their order."""
    return scene.layout < 0 or one.layout == scene.layout


def rebuilt(one: Seen, scene: Scene) -> bool:
    """Tell whether a packet's options are in the order in which zapret rebuilds them."""
    names = layout_names(one.layout) if one.layout > 0 else ()
    tail = [name for name in names if name != "md5"]
    signed = names[:2] == ("md5", "ts")
    return signed or (tail[:3] == ["ts", "nop", "nop"] and one.layout != scene.layout)


def chunk(ends: tuple[int, ...], length: int) -> tuple[int, int]:
    """Return how many pieces stand before equal ones, and the length of those; 0 for none.

    Examples
    --------
    >>> chunk((50, 100, 150, 200, 217), 217), chunk((1, 517), 517)
    ((0, 50), (2, 0))
    """
    starts = (0, *ends[:-1])
    sizes = [end - start for start, end in zip(starts, ends, strict=True)]
    if len(sizes) <= CHUNKS:
        return len(sizes), 0
    size = sizes[-2]
    if any(one != size for one in sizes[1:-1]) or (sizes[-1] > size and ends[-1] < length):
        return len(sizes), 0
    return (0 if sizes[0] == size else 1), size

"""Tokens matched with the orders that tools send in: which phases they are, and which variant.

In: a volley. Out: its shape: what leads, how the request is cut and ordered, which variant of the
order its shadows follow, and which tokens nothing explains. Templates are those of the domain
reference, 2.6.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from workbench.evasion.seen import Seen
from workbench.evasion.tokens import COPY, FAKED, PART, RESET, SHADOW, Part, Token, Volley

#: Order of shadows (f) and genuine parts (R) of the two halves, by variant.
FAKEDSPLIT = (
    ("f1", "R1", "f1", "f2", "R2", "f2"),
    ("R1", "f1", "f2", "R2", "f2"),
    ("R1", "f2", "R2", "f2"),
    ("R1", "f2", "R2"),
)
FAKEDDISORDER = (
    ("f2", "R2", "f2", "f1", "R1", "f1"),
    ("R2", "f2", "f1", "R1", "f1"),
    ("R2", "f1", "R1", "f1"),
    ("R2", "f1", "R1"),
)
FULL_SEGMENTS = frozenset({1460, 1448, 1440, 1428, 1420, 1412, 1408, 1400, 1388, 1380, 1368, 1360})
"""Payload of a full segment on usual links, with and without timestamps."""


@dataclass(frozen=True, slots=True)
class Group:
    """Identical packets, one after the other.

    Parameters
    ----------
    kind : str
        ``F`` or ``K``.
    seen : tuple of Seen
        The packets.
    """

    kind: str
    seen: tuple[Seen, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """What the grammar makes of a volley.

    Parameters
    ----------
    lead : tuple of Group
        Fakes and resets before the request.
    kind : str
        Name of the second phase; empty where the request is sent as it is.
    cuts : tuple of int
        Where the request is cut on purpose.
    altorder : int
        Variant of the order, with 8 or 16 added as zapret does.
    overlap : int
        Bytes of filling in front of a part.
    filling : bytes
        They.
    shadows : tuple of Seen
        Fakes of parts.
    repeats : int
        How often shadows come in a row.
    misses : int
        Tokens that the template has too many or too few.
    unexplained : tuple of Token
        Tokens that no phase explains.
    copies : tuple of Token
        Copies of genuine packets.
    ordered : bool
        Whether the parts came in one of the known orders.
    """

    lead: tuple[Group, ...] = ()
    kind: str = ""
    cuts: tuple[int, ...] = ()
    altorder: int = 0
    overlap: int = 0
    filling: bytes = b""
    shadows: tuple[Seen, ...] = ()
    repeats: int = 1
    misses: int = 0
    unexplained: tuple[Token, ...] = ()
    copies: tuple[Token, ...] = ()
    ordered: bool = True


def natural_cuts(parts: Sequence[Part], full: int) -> frozenset[int]:
    """Return the ends of parts that the sender's stack would have cut by itself.

    Parameters
    ----------
    parts : sequence of Part
        By place.
    full : int
        Payload of a full segment; 0 where it is not known.

    Returns
    -------
    frozenset of int
        Ends at whole multiples of a full segment, and of parts that are full themselves.
    """
    sizes = {full} if full else FULL_SEGMENTS
    found = set()
    for part in parts[:-1]:
        length = part.end - part.start
        if (
            length in sizes
            or any(part.end % size == 0 for size in sizes)
            or (full and length > full and part.end % full == 0)
        ):
            found.add(part.end)
    return frozenset(found)


def read_shape(
    volley: Volley, natural: Collection[int] = (), host: tuple[int, int] | None = None
) -> Shape:
    """Return the shape of a volley.

    Parameters
    ----------
    volley : Volley
        Of `workbench.evasion.tokens.first_volley`.
    natural : collection of int
        Places where the request would have been cut anyway.
    host : tuple of int, optional
        Where the name is in the request, if that is known.

    Returns
    -------
    Shape
        Empty where nothing out of the ordinary was sent.

    Examples
    --------
    >>> from workbench.evasion.genuine import asked, settle
    >>> from workbench.evasion.tokens import first_volley
    >>> sent = [Seen(1, 0, 2, 2, data=b"cd"), Seen(2, 9, 0, 2, data=b"ab")]
    >>> shape = read_shape(first_volley(sent, settle(sent), asked(sent, settle(sent))))
    >>> shape.kind, shape.cuts
    ('multidisorder', (2,))
    """
    first = next((at for at, one in enumerate(volley.tokens) if one.kind in "Pf"), None)
    lead = volley.tokens if first is None else volley.tokens[:first]
    body = () if first is None else volley.tokens[first:]
    base = Shape(
        lead=_groups(one for one in lead if one.kind in (FAKED, RESET)),
        copies=tuple(one for one in volley.tokens if one.kind == COPY),
        unexplained=tuple(one for one in body if one.kind in (FAKED, RESET)),
    )
    messages = _messages(volley.parts, natural)
    cut = [message for message in messages if len(message) > 1]
    if not cut:
        return _uncut(base, body)
    shape = _host_fake(base, volley, body, host) or _cut(base, volley, body, cut, messages)
    return _overlap(shape, volley)


def _groups(tokens: object) -> tuple[Group, ...]:
    """Put identical packets together."""
    groups: list[Group] = []
    for token in tokens:  # type: ignore[attr-defined]
        last = groups[-1] if groups else None
        if last and last.kind == token.kind and token.seen.same(last.seen[0]):
            groups[-1] = Group(last.kind, (*last.seen, token.seen))
        else:
            groups.append(Group(token.kind, (token.seen,)))
    return tuple(groups)


def _messages(parts: Sequence[Part], natural: Collection[int]) -> list[list[int]]:
    """Put numbers of parts together that were one packet before they were cut."""
    found: list[list[int]] = []
    for at, part in enumerate(parts):
        if at == 0 or part.start in natural:
            found.append([])
        found[-1].append(at)
    return found


def _uncut(base: Shape, body: Sequence[Token]) -> Shape:
    """Return the shape of a request that was not cut: shadows of it are fakes like others."""
    shadows = [one for one in body if one.kind == SHADOW]
    return replace(base, unexplained=base.unexplained + tuple(shadows))


def _cut(
    base: Shape,
    volley: Volley,
    body: Sequence[Token],
    cut: list[list[int]],
    messages: list[list[int]],
) -> Shape:
    """Return the shape of a request that was cut."""
    inside = {at for message in cut for at in message}
    ghosts = {at for at in inside if volley.parts[at].ghost}
    order = [
        one.part for one in body if one.part in inside and (one.kind == PART or one.part in ghosts)
    ]
    order = list(dict.fromkeys(order))
    rising, falling = _directions(order, cut)
    cuts = tuple(volley.parts[at].start for message in cut for at in message[1:])
    shadows = tuple(one.seen for one in body if one.kind == SHADOW)
    shape = replace(base, cuts=cuts, shadows=shadows, ordered=rising or falling)
    shaded = {one.part for one in body if one.kind == SHADOW}
    halves = [message for message in cut if len(message) == 2 and shaded & set(message)]
    if not halves:
        extra = tuple(one for one in body if one.kind == SHADOW and one.part in inside)
        kind = "multidisorder" if falling or not rising else "multisplit"
        return replace(shape, kind=kind, unexplained=base.unexplained + extra)
    kind = "fakeddisorder" if falling else "fakedsplit"
    return _variant(replace(shape, kind=kind), body, halves[0], messages)


def _directions(order: list[int], cut: list[list[int]]) -> tuple[bool, bool]:
    """Tell whether parts came in rising order, and whether in falling order, within packets."""
    places = {at: place for place, at in enumerate(order)}
    rising = falling = True
    for message in cut:
        came = [places[at] for at in message if at in places]
        rising &= came == sorted(came)
        falling &= came == sorted(came, reverse=True)
    return rising, falling and not rising


def _variant(
    shape: Shape, body: Sequence[Token], half: list[int], messages: list[list[int]]
) -> Shape:
    """Find the variant of the order that shadows follow."""
    names = {half[0]: "1", half[1]: "2"}
    runs = [
        (("R" if kind == PART else "f") + names[part], len(list(run)))
        for (kind, part), run in groupby(body, key=lambda one: (one.kind, one.part))
        if part in names and kind in (PART, SHADOW)
    ]
    seen = tuple(name for name, _ in runs)
    templates = FAKEDDISORDER if shape.kind == "fakeddisorder" else FAKEDSPLIT
    distances = [_distance(seen, template) for template in templates]
    best = min(range(len(templates)), key=lambda at: (distances[at], at))
    counts = Counter(count for name, count in runs if name[0] == "f")
    return replace(
        shape,
        altorder=best + _others(body, half, messages),
        misses=distances[best],
        repeats=max(counts, key=lambda count: (counts[count], count)),
    )


def _others(body: Sequence[Token], half: list[int], messages: list[list[int]]) -> int:
    """Return what zapret adds to the variant for how packets without a cut are sent."""
    for message in messages:
        if len(message) != 1 or message[0] in half:
            continue
        kinds = "".join(one.kind for one in body if one.part == message[0])
        before, _, after = kinds.partition(PART)
        if SHADOW in before:
            return 0
        return 8 if SHADOW in after else 16
    return 0


def _distance(left: Sequence[str], right: Sequence[str]) -> int:
    """Return how many words have to be put in, taken out or changed (Levenshtein)."""
    row = list(range(len(right) + 1))
    for at, word in enumerate(left, 1):
        before, row[0] = row[0], at
        for place, other in enumerate(right, 1):
            new = min(row[place] + 1, row[place - 1] + 1, before + (word != other))
            before, row[place] = row[place], new
    return row[-1]


def _host_fake(
    base: Shape, volley: Volley, body: Sequence[Token], host: tuple[int, int] | None
) -> Shape | None:
    """Recognise hostfakesplit: only the name is shadowed, as a whole."""
    parts = volley.parts
    fakes = [one for one in body if one.kind in (SHADOW, FAKED)]
    ranges = {_range(one, volley) for one in fakes}
    if len(ranges) != 1 or len(parts) < 3 or any(one.seen.uniform for one in fakes):
        return None
    start, end = ranges.pop()
    if host is not None and (start, end) != host:
        return None
    inner = [at for at, part in enumerate(parts) if start <= part.start and part.end <= end]
    whole = inner and parts[inner[0]].start == start and parts[inner[-1]].end == end
    if not whole or inner[0] == 0 or inner[-1] == len(parts) - 1:
        return None
    came = [one.part for one in body if one.kind == PART]
    if not {inner[-1], inner[-1] + 1} <= set(came):
        return None
    late = came.index(inner[-1]) > came.index(inner[-1] + 1)
    runs = [len(list(run)) for _, run in groupby(body, key=lambda one: one in fakes) if _]
    return replace(
        base,
        kind="hostfakesplit",
        cuts=(start, end),
        altorder=int(late),
        shadows=tuple(one.seen for one in fakes),
        repeats=Counter(runs).most_common(1)[0][0],
        misses=abs(len(runs) - (1 if late else 2)),
        unexplained=tuple(one for one in base.unexplained if one not in fakes),
    )


def _range(token: Token, volley: Volley) -> tuple[int, int]:
    """Return the range of the request that a fake stands for."""
    seen = token.seen
    start = seen.offset - (volley.shift if seen.moved else 0)
    return start, start + seen.length


def _overlap(shape: Shape, volley: Volley) -> Shape:
    """Note the filling in front of a part."""
    filled = [part for part in volley.parts if part.overlap]
    if not filled:
        return shape
    part = filled[0]
    return replace(shape, overlap=part.overlap, filling=part.seen.data[: part.overlap])

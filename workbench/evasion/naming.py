"""A shape turned into the phases of a descriptor, every value with what it stands on.

In: shape, volley, request facts. Out: fakes, split and pieces, and the evidence for each field.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from workbench.evasion.fakes import payload_of
from workbench.evasion.fooling import common, fooling_of, ttl_of
from workbench.evasion.grammar import Group, Shape
from workbench.evasion.heads import Records
from workbench.evasion.markers import Request, expressions
from workbench.evasion.phases import Fake, FakeKind, Split
from workbench.evasion.seen import ACK, Seen
from workbench.evasion.sighting import Scene
from workbench.evasion.sockets import Piece, Sockets
from workbench.evasion.tokens import FAKED, Volley
from workbench.evasion.values import (
    NO_FOOLING,
    Evidence,
    Fooling,
    Payload,
    Position,
    Protocol,
    Tamper,
    Ttl,
)
from workbench.evasion.written import Written, chunk

MOST_RIVALS = 32
MOST_FRAMES = 64
FAR = 40
"""Largest distance from a marker that is listed as a reading."""
PROTOCOLS: dict[str, Protocol] = {"tls": "tls", "http": "http", "quic": "quic"}
SHORTEST_CUT = 8
"""So many bytes equal to the request's are no accident."""
IP_HEADER = 20


@dataclass(slots=True)
class Notes:
    """Collects what values stand on.

    Parameters
    ----------
    found : dict of str to Evidence
        By field.
    """

    found: dict[str, Evidence] = field(default_factory=dict)

    def add(
        self,
        path: str,
        frames: Iterable[int],
        *,
        against: int = 0,
        rivals: Sequence[str] = (),
        note: str = "",
    ) -> None:
        """Note the frames that show a value; there must be one at least."""
        shown = tuple(dict.fromkeys(frames))
        self.found[path] = Evidence(
            shown[:MOST_FRAMES], tuple(rivals)[:MOST_RIVALS], max(len(shown), 1), against, note
        )


@dataclass(frozen=True, slots=True)
class Context:
    """What phases are named with.

    Parameters
    ----------
    scene : Scene
        The connection.
    volley : Volley
        The first volley.
    shape : Shape
        What the grammar makes of it.
    facts : Request
        Where markers are.
    records : Records
        How the hello is spread over records.
    protocol : str
        Of the request.
    session : bytes
        Session id of the request's hello.
    """

    scene: Scene
    volley: Volley
    shape: Shape
    facts: Request
    records: Records
    protocol: Protocol
    session: bytes = b""

    @property
    def model(self) -> Seen | None:
        """The genuine packet that fakes are made from: the one that holds the first byte."""
        return self.volley.parts[0].seen if self.volley.parts else None

    def fooling(self, fakes: Sequence[Seen]) -> tuple[Fooling, int]:
        """Return what is wrong with most of some fakes, and how many are otherwise."""
        return common([fooling_of(one, self.model, self.volley.shift) for one in fakes])

    def readings(self, offset: int) -> tuple[Position, ...]:
        """Return all positions that an offset of the stream may be meant by."""
        found = expressions(offset, self.facts) + expressions(offset, self.facts, FAR)
        origin = self.records.origin(offset)
        if origin != offset:
            found += expressions(origin, self.facts)
        if offset == self.facts.length // 2:
            found = (*found[:1], Position("middle"), *found[1:])
        return tuple(dict.fromkeys(found))


def frames(packets: Iterable[Seen]) -> list[int]:
    """Return the frames of packets."""
    return [one.frame for one in packets]


def fakes_of(context: Context, notes: Notes) -> tuple[Fake, ...]:
    """Return phase 1.

    Fakes that differ in TTL or fooling are phases of their own, as GoodbyeDPI sends them; those
    that agree hold several payloads.

    Parameters
    ----------
    context : Context
        What was seen.
    notes : Notes
        Takes the evidence.
    """
    found: list[Fake] = []
    held: list[list[Group]] = []
    for group in context.shape.lead:
        fake = _one_fake(context, group)
        last = found[-1] if found else None
        if last and _alike(last, fake) and fake.kind == "fake":
            before = held[-1][-1].seen[-1]
            ahead = group.seen[0].offset == before.end
            found[-1] = replace(
                last,
                payloads=last.payloads + fake.payloads,
                advance_seq=ahead,
            )
            held[-1].append(group)
        else:
            found.append(fake)
            held.append([group])
    for at, (fake, groups) in enumerate(zip(found, held, strict=True)):
        _note_fake(context, notes, at, fake, groups)
    return tuple(_plain_payload(fake) for fake in found)


def _one_fake(context: Context, group: Group) -> Fake:
    first = group.seen[0]
    fooling, _ = context.fooling(group.seen)
    kind: FakeKind = "fake"
    payloads: tuple[Payload, ...] = ()
    tampers = _tampers(first, context.model) if group.kind == FAKED else ()
    if any(one.field_name == "len" for one in tampers):
        fooling = replace(fooling, kinds=fooling.kinds - {"badsum"})
    if group.kind == FAKED and not tampers:
        payloads = (payload_of(first, context.protocol, context.session),)
    else:
        kind = "rstack" if first.flags & ACK else "rst"
    return Fake(kind, ttl_of(group.seen), fooling=fooling, payloads=payloads,
                repeats=len(group.seen), tampers=tampers)  # fmt: skip


def _tampers(fake: Seen, model: Seen | None) -> tuple[Tamper, ...]:
    """Return header fields by which a fake is a copy of the request that reads otherwise.

    A larger data offset takes the first bytes for options; a smaller total length cuts the end, and
    the checksum that was right for the whole is wrong for what is left (Geneva).
    """
    if model is None or not fake.data or len(model.data) < model.length:
        return ()
    more = fake.header - model.header
    if more > 0 and fake.data == model.data[more:] and not more % 4:
        return (Tamper("TCP", "dataofs", "replace", str(fake.header // 4)),)
    cut = fake.length < model.length and model.data.startswith(fake.data)
    if cut and fake.checksum is not None and fake.length >= SHORTEST_CUT:
        total = IP_HEADER + fake.header + fake.length
        return (Tamper("IP", "len", "replace", str(total)),)
    return ()


def _alike(one: Fake, other: Fake) -> bool:
    return (one.kind, one.ttl, one.fooling, one.repeats) == (
        other.kind, other.ttl, other.fooling, other.repeats,
    )  # fmt: skip


def _plain_payload(fake: Fake) -> Fake:
    """Leave out a lone payload that is the tool's own."""
    only = fake.payloads[0] if len(fake.payloads) == 1 else None
    own = only is not None and only.kind == "default" and not only.sni and only.mods is None
    return replace(fake, payloads=()) if own else fake


def _note_fake(
    context: Context, notes: Notes, at: int, fake: Fake, groups: Sequence[Group]
) -> None:
    seen = [one for group in groups for one in group.seen]
    path = f"phase1.{at}" if at else "phase1"
    shown = frames(seen)
    _, odd = context.fooling(seen)
    notes.add(path, shown, note="sent besides the request, not meant for the server")
    note_ttl(context.scene, notes, path, fake.ttl, seen)
    note_fooling(context.scene, notes, path, fake.fooling, seen, odd)
    if fake.repeats > 1:
        notes.add(f"{path}.repeats", shown, note="identical, one after the other")


def note_ttl(scene: Scene, notes: Notes, path: str, ttl: Ttl, seen: Sequence[Seen]) -> None:
    """Note a TTL with what else it may be: a distance to the server's hops."""
    if ttl.mode != "fixed":
        return
    rivals = []
    hops = scene.distance
    if 0 < hops and ttl.value < hops:
        rivals.append(f"auto {ttl.value - hops:+d}")
    note = f"server at {hops} hops" if hops >= 0 else "distance to the server unknown"
    same = [one for one in seen if one.ttl == ttl.value]
    notes.add(f"{path}.ttl", frames(same), against=len(seen) - len(same), rivals=rivals, note=note)


def note_fooling(
    scene: Scene,
    notes: Notes,
    path: str,
    fooling: Fooling,
    seen: Sequence[Seen],
    odd: int,
) -> None:
    """Note fooling, and what is wrong with it."""
    if not fooling:
        return
    rivals = ["badack"] if "badseq" in fooling.kinds and not fooling.badseq_increment else []
    note = ""
    if "ts" in fooling.kinds and not scene.stamped:
        note = "no timestamps on this connection: it does nothing"
    notes.add(f"{path}.fooling", frames(seen), against=odd, rivals=rivals, note=note)


def split_of(context: Context, notes: Notes) -> Split | None:
    """Return phase 2 of a packet tool.

    Parameters
    ----------
    context : Context
        What was seen.
    notes : Notes
        Takes the evidence.
    """
    shape, scene = context.shape, context.scene
    if not shape.kind:
        return None
    fooling, odd = context.fooling(shape.shadows) if shape.shadows else (NO_FOOLING, 0)
    split = Split(
        shape.kind,  # type: ignore[arg-type]
        positions=() if shape.kind == "hostfakesplit" else _positions(context, notes),
        altorder=shape.altorder,
        ttl=ttl_of(shape.shadows),
        fooling=fooling,
        repeats=shape.repeats,
    )
    split = _overlap(split, shape)
    parts = [part.seen for part in context.volley.parts]
    wrong = shape.misses + len(shape.unexplained)
    rivals = _rival_splits(context)
    wrong += (not shape.ordered) + (rivals != [])
    notes.add("phase2", frames(parts), against=wrong, rivals=rivals,
              note=context.volley.text[:200])  # fmt: skip
    if shape.shadows:
        note_ttl(scene, notes, "phase2", split.ttl, shape.shadows)
        note_fooling(scene, notes, "phase2", split.fooling, shape.shadows, odd)
        notes.add("phase2.altorder", frames(shape.shadows), against=shape.misses)
        split = _pattern(split, context)
    return split


def _rival_splits(context: Context) -> list[str]:
    """Return what else the order of parts may be, where fakes are out of sight."""
    shape, scene = context.shape, context.scene
    rivals = []
    if not shape.shadows and scene.steps:
        rivals.append("fakeddisorder" if shape.kind == "multidisorder" else "fakedsplit")
    if any(part.ghost for part in context.volley.parts):
        rivals.append("multidisorder" if shape.kind == "multisplit" else "multisplit")
    if shape.kind == "multisplit" and scene.layout < 0:
        rivals.append("socket-split")
    return rivals


def _positions(context: Context, notes: Notes) -> tuple[Position, ...]:
    """Return the best reading of every cut, and note the others."""
    found: list[Position] = []
    for at, cut in enumerate(context.shape.cuts):
        readings = context.readings(cut) or (Position("", cut),)
        found.append(readings[0])
        path = "phase2.positions" if len(context.shape.cuts) == 1 else f"phase2.positions.{at}"
        shown = [part.seen.frame for part in context.volley.parts if cut in (part.start, part.end)]
        notes.add(path, shown, rivals=[str(one) for one in readings[1:]], note=f"offset {cut}")
    return tuple(found)


def _overlap(split: Split, shape: Shape) -> Split:
    """Add the filling in front of a part."""
    if not shape.overlap:
        return split
    filling = shape.filling
    pattern = None if not any(filling) else _filling(filling, shape.overlap)
    return replace(split, seqovl=Position("", shape.overlap), seqovl_pattern=pattern)


def _filling(data: bytes, length: int) -> Payload:
    """Describe what fills an overlap or a shadow."""
    first = Seen(0, 0, 0, length, data=data)
    if len(data) > 1 and first.uniform:
        return Payload("bytes", data=data[:1])
    return replace(payload_of(first, ""), protocol="")


def _pattern(split: Split, context: Context) -> Split:
    """Add what shadows hold."""
    shadows = context.shape.shadows
    if split.kind == "hostfakesplit":
        text = shadows[0].data.decode("ascii", "replace")
        names = {one.data for one in shadows}
        drawn = len(names) == 1 and _drawn(text)
        middle = [part.end for part in context.volley.parts
                  if context.shape.cuts[0] < part.end < context.shape.cuts[1]]  # fmt: skip
        midhost = context.readings(middle[0])[0] if middle else None
        return replace(split, host_fake="" if drawn else text, midhost=midhost)
    if any(any(one.data) for one in shadows):
        longest = max(shadows, key=lambda one: len(one.data))
        return replace(split, pattern=_filling(longest.data, longest.length))
    return split


def _drawn(text: str) -> bool:
    """Tell whether a name may be zapret's: letters and digits, an end of three letters."""
    head, dot, end = text.rpartition(".")
    if not dot:
        return text.isalnum() and text[:1].isalpha()
    return head.isalnum() and head[:1].isalpha() and len(end) == 3 and head.lower() == head


def sockets_of(context: Context, written: Written, byte: int, notes: Notes) -> Sockets:
    """Return how a socket was written to.

    Parameters
    ----------
    context : Context
        What was seen.
    written : Written
        Its pieces.
    byte : int
        The urgent byte.
    notes : Notes
        Takes the evidence.
    """
    kinds, ends = written.kinds, written.ends
    stop = ends[-1] >= context.facts.length or ends[-1] == context.volley.parts[-1].end
    cuts = len(ends) - 1 if stop else len(ends)
    before, size = chunk(ends, ends[-1]) if set(kinds) == {"split"} else (len(ends), 0)
    pieces = []
    for at in range(min(cuts, before)):
        readings = context.readings(ends[at]) or (Position("", ends[at]),)
        pieces.append(Piece(kinds[at], readings[0]))
        part = context.volley.parts[min(at, len(context.volley.parts) - 1)]
        notes.add(f"sockets.pieces.{at}", [part.seen.frame],
                  rivals=[str(one) for one in readings[1:]], note=f"offset {ends[at]}")  # fmt: skip
    alternate = stop and cuts > 0 and kinds[-1] == "disorder" and len(kinds) > 2
    if alternate:
        pieces = [replace(one, kind="split") if one.kind == "disorder" else one for one in pieces]
    fooling, odd = context.fooling(written.fakes) if written.fakes else (NO_FOOLING, 0)
    ttl = ttl_of(written.fakes)
    shown = [part.seen.frame for part in context.volley.parts]
    rivals = [] if written.sure else ["multisplit"]
    rivals += ["socket-disorder", "socket-fake"] if written.late else []
    if any(part.ghost for part in context.volley.parts):
        rivals += ["multidisorder", "socket-disorder"]
    notes.add("sockets", shown, rivals=rivals, note=context.volley.text[:200])
    if written.fakes:
        note_ttl(context.scene, notes, "sockets", ttl, written.fakes)
        note_fooling(context.scene, notes, "sockets", fooling, written.fakes, odd)
    return Sockets(
        tuple(pieces),
        alternate=alternate,
        chunk=size,
        oob_byte=byte,
        ttl=ttl,
        fooling=fooling,
        payloads=_swapped_payloads(written),
    )


def _swapped_payloads(written: Written) -> tuple[Payload, ...]:
    """Return what swapped pieces held; nothing for what byedpi brings along."""
    if not written.fakes:
        return ()
    longest = max(written.fakes, key=lambda one: len(one.data))
    payload = payload_of(longest, "tls")
    own = payload.sni in ("", "www.wikipedia.org")
    return () if own else (Payload(protocol="tls", sni=payload.sni),)

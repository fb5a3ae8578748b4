"""A shape turned into phases 1 and 2 of a descriptor, every value with what it stands on.

In: shape, volley, request facts. Out: fakes and split.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from workbench.evasion.fakes import payload_of
from workbench.evasion.fooling import ttl_of
from workbench.evasion.grammar import Group, Shape
from workbench.evasion.notes import Context, Notes, frames, note_fooling, note_ttl
from workbench.evasion.phases import Fake, FakeKind, Split
from workbench.evasion.seen import ACK, Seen
from workbench.evasion.tokens import FAKED
from workbench.evasion.values import NO_FOOLING, Payload, Position, Tamper
from workbench.evasion.written import native

SHORTEST_CUT = 8
"""So many bytes equal to the request's are no accident."""
IP_HEADER = 20


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
    if group.kind == FAKED:
        own = () if tampers else (payload_of(first, context.protocol, context.session),)
        payloads = own
    else:
        kind = "rstack" if first.flags & ACK else "rst"
    scene = context.scene
    # Geneva makes its reset of the bare ACK before the request, and keeps its identification.
    copied = group.kind != FAKED and 0 < scene.ack_id == first.ip_id and native(first, scene)
    return Fake(
        kind,
        ttl_of(group.seen),
        fooling=fooling,
        payloads=payloads,
        repeats=len(group.seen),
        at="ack" if copied else "data",
        after=copied,
        tampers=tampers,
    )


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
        midhost = _reading(context, middle[0]) if middle else None
        return replace(split, host_fake="" if drawn else text, midhost=midhost)
    if any(any(one.data) for one in shadows):
        longest = max(shadows, key=lambda one: len(one.data))
        return replace(split, pattern=_filling(longest.data, longest.length))
    return split


def _reading(context: Context, cut: int) -> Position:
    """Return the best reading of a cut."""
    return (context.readings(cut) or (Position("", cut),))[0]


def _drawn(text: str) -> bool:
    """Tell whether a name may be zapret's: letters and digits, an end of three letters."""
    head, dot, end = text.rpartition(".")
    if not dot:
        return text.isalnum() and text[:1].isalpha()
    return head.isalnum() and head[:1].isalpha() and len(end) == 3 and head.lower() == head

"""What the values of a descriptor stand on: frames, rival readings, counts.

In: what was seen of a connection. Out: evidence by field, and the context that phases are named in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from workbench.evasion.fooling import common, fooling_of
from workbench.evasion.grammar import Shape
from workbench.evasion.heads import Records
from workbench.evasion.markers import Request, expressions
from workbench.evasion.seen import Seen
from workbench.evasion.sighting import Scene
from workbench.evasion.tokens import Volley
from workbench.evasion.values import Evidence, Fooling, Position, Protocol, Ttl

MOST_RIVALS = 32
MOST_FRAMES = 64
FAR = 40
"""Largest distance from a marker that is listed as a reading."""


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
        return common([fooling_of(one, self._original(one), self.volley.shift) for one in fakes])

    def _original(self, fake: Seen) -> Seen | None:
        """Return the packet that a fake was made from: the part that it shadows, else the first."""
        start = fake.offset - (self.volley.shift if fake.moved else 0)
        for part in self.volley.parts:
            if not part.ghost and (start, fake.length) == (part.start, part.end - part.start):
                return part.seen
        return self.model

    def readings(self, offset: int) -> tuple[Position, ...]:
        """Return all positions that an offset of the stream may be meant by."""
        found = expressions(offset, self.facts) + expressions(offset, self.facts, FAR)
        origin = self.records.origin(offset)
        if origin != offset:
            found += expressions(origin, self.facts)
        if 1 < offset == self.facts.length // 2:
            found = (*found[:1], Position("middle"), *found[1:])
        return tuple(dict.fromkeys(found))


def frames(packets: Iterable[Seen]) -> list[int]:
    """Return the frames of packets."""
    return [one.frame for one in packets]


def note_ttl(scene: Scene, notes: Notes, path: str, ttl: Ttl, seen: Sequence[Seen]) -> None:
    """Note a TTL with what else it may be: a distance to the server's hops."""
    if ttl.mode != "fixed":
        return
    rivals = []
    hops = scene.distance
    if hops > 0 and ttl.value < hops:
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

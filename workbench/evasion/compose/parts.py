"""Phase 2 of zapret: how one packet of the request is cut, ordered and shadowed (reference 2.6).

Each function sends through a `Volley` and says whether it did: an order that does not apply here
leaves the packet as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from types import MappingProxyType

from workbench.evasion.compose.packet import Sent
from workbench.evasion.compose.payloads import host_fake, pattern_bytes
from workbench.evasion.compose.volley import Volley
from workbench.evasion.phases import Split
from workbench.evasion.values import Fooling

FIRST_ORDER, OTHER_ORDER = 0, 3
"""Bits of an order variant for a packet with a cut, and for one without (`+8`, `+16`)."""


@dataclass(frozen=True, slots=True)
class Cuts:
    """Where one packet is cut, as offsets in its payload.

    Parameters
    ----------
    split : Split
        The order and its parameters.
    places : tuple of int
        Cuts inside this packet; for hostfakesplit the name's ends, then its middle if it is cut.
    overlap : int
        Bytes of sequence overlap, 0 for none.
    ttl : int
        Of the shadows.
    random : random.Random
        For made-up names.
    files : mapping
        Contents of pattern files by name.
    """

    split: Split
    places: tuple[int, ...]
    overlap: int
    ttl: int
    random: Random
    files: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def fooling(self) -> Fooling:
        """Of the shadows."""
        return self.split.fooling

    @property
    def repeats(self) -> int:
        """Copies of each shadow."""
        return self.split.repeats

    @property
    def variant(self) -> int:
        """Order variant, 0 to 3: its own bits where the packet has no cut."""
        return self.split.altorder >> (FIRST_ORDER if self.places else OTHER_ORDER) & 3

    def front(self, size: int) -> bytes:
        """Return the bytes of an overlap."""
        return pattern_bytes(self.split.seqovl_pattern, size, 0, self.files) if size else b""

    def filling(self, volley: Volley) -> bytes:
        """Return what shadows the payload: the pattern at the place where it stands."""
        return pattern_bytes(self.split.pattern, volley.length, volley.at, self.files)


def multisplit(volley: Volley, cuts: Cuts) -> bool:
    """Send the parts in order; only the first of the request may have an overlap."""
    if not cuts.places:
        return False
    for number, (start, stop) in enumerate(_ranges(cuts.places, volley.length), 1):
        front = cuts.front(cuts.overlap if number == 1 and not volley.at else 0)
        packet = volley.part(start, stop, front, part=number)
        if front and not volley.craft.fits(packet):
            packet = volley.part(start, stop, part=number)
        volley.emit(packet)
        volley.count()
    return True


def multidisorder(volley: Volley, cuts: Cuts) -> bool:
    """Send the parts in reverse; the last but one may overlap the one before it."""
    if not cuts.places:
        return False
    ranges = _ranges(cuts.places, volley.length)
    volley.count(len(cuts.places))
    last = volley.number
    for number, (start, stop) in reversed(list(enumerate(ranges, 1))):
        size = cuts.overlap if number == 2 and cuts.overlap < start else 0
        volley.emit(volley.part(start, stop, cuts.front(size), part=number))
        volley.count(-1)
    volley.number = volley.ids.add(last)
    return True


def fakedsplit(volley: Volley, cuts: Cuts) -> bool:
    """Send both parts in order, shadows around them."""
    place = cuts.places[0] if cuts.places else volley.length
    overlap = 0 if volley.at or place >= volley.length else cuts.overlap
    filling = cuts.filling(volley)
    first = Shadowed(volley, cuts, 0, place, filling, overlap, part=1)
    first.send(before=cuts.variant == 0, after=cuts.variant <= 1)
    if place < volley.length:
        second = Shadowed(volley, cuts, place, volley.length, filling, part=2)
        second.send(before=True, after=cuts.variant <= 2)
    return True


def fakeddisorder(volley: Volley, cuts: Cuts) -> bool:
    """Send the second part first, shadows around both."""
    place = cuts.places[0] if cuts.places else 0
    overlap = cuts.overlap if cuts.overlap < place else 0
    filling = cuts.filling(volley)
    second = Shadowed(volley, cuts, place, volley.length, filling, overlap, part=2 if place else 1)
    second.send(before=cuts.variant == 0, after=cuts.variant <= 1)
    if place:
        first = Shadowed(volley, cuts, 0, place, filling, part=1)
        first.send(before=True, after=cuts.variant <= 2)
    return True


@dataclass(slots=True)
class Shadowed:
    """A part with the fake that covers it, made once and sent before it, behind it, or both.

    Parameters
    ----------
    volley, cuts
        As in the functions of this module.
    start, stop : int
        The part.
    filling : bytes
        What stands in place of the whole payload.
    overlap : int
        Bytes put before the genuine part.
    part : int
        Its number within the packet.
    """

    volley: Volley
    cuts: Cuts
    start: int
    stop: int
    filling: bytes
    overlap: int = 0
    part: int = 1

    def send(self, *, before: bool, after: bool) -> None:
        """Send the part and its shadows; in ``seqgroup`` they share one identification."""
        volley, cuts = self.volley, self.cuts
        shadow = volley.shadow(
            self.start,
            self.filling[self.start : self.stop],
            cuts.ttl,
            cuts.fooling,
            part=self.part,
        )
        if before:
            volley.emit(shadow, cuts.repeats)
            self._count_shadow()
        volley.emit(self._genuine())
        volley.count()
        if after:
            number = shadow.ip_id if volley.ids.grouped else volley.number
            volley.emit(shadow.but(ip_id=number), cuts.repeats)
            self._count_shadow()

    def _genuine(self) -> Sent:
        """Return the part, without its overlap where that does not fit."""
        volley = self.volley
        packet = volley.part(self.start, self.stop, self.cuts.front(self.overlap), part=self.part)
        if self.overlap and not volley.craft.fits(packet):
            packet = volley.part(self.start, self.stop, part=self.part)
        return packet

    def _count_shadow(self) -> None:
        """Go on to another number, unless shadows share the part's."""
        if not self.volley.ids.grouped:
            self.volley.count()


def hostfakesplit(volley: Volley, cuts: Cuts) -> bool:
    """Send the parts before, in and behind the name, the name shadowed by another."""
    if len(cuts.places) < 2:
        return False
    start, stop, *middle = cuts.places
    name = host_fake(stop - start, cuts.split.host_fake, cuts.random)
    volley.emit(volley.part(0, start))
    volley.count()
    fake = volley.shadow(start, name, cuts.ttl, cuts.fooling, part=2).but(role="host-fake")
    volley.emit(fake, cuts.repeats)
    if not volley.ids.grouped:
        volley.count()
    ranges = list(pairwise([start, *middle, stop]))
    behind = len(ranges) + 2
    if cuts.split.altorder & 1:
        resumed = volley.number
        volley.count(len(ranges))
        volley.emit(volley.part(stop, volley.length, part=behind))
        volley.number = resumed
    for part, (begin, end) in enumerate(ranges, 2):
        volley.emit(volley.part(begin, end, part=part))
        volley.count()
    if not cuts.split.altorder & 1:
        volley.emit(
            fake.but(ip_id=fake.ip_id if volley.ids.grouped else volley.number), cuts.repeats
        )
        if not volley.ids.grouped:
            volley.count()
        volley.emit(volley.part(stop, volley.length, part=behind))
    volley.count()
    return True


def _ranges(places: Sequence[int], length: int) -> list[tuple[int, int]]:
    """Return the parts between cuts."""
    return list(pairwise([0, *places, length]))


ORDERS = {
    "multisplit": multisplit,
    "multidisorder": multidisorder,
    "fakedsplit": fakedsplit,
    "fakeddisorder": fakeddisorder,
    "hostfakesplit": hostfakesplit,
}

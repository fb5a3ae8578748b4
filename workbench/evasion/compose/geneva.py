"""Geneva's way of sending: it acts on whatever packet a trigger matches (domain reference 2.9).

Copies keep the packet's identification and option layout; checksums are computed anew unless they
are written over.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from workbench.errors import ParameterError
from workbench.evasion.compose.craft import Crafter, fake_flags
from workbench.evasion.compose.headers import ACK, MD5, PSH, RST, SYN, TIMESTAMPS, walk_options
from workbench.evasion.compose.packet import Sent
from workbench.evasion.compose.path import PathFacts
from workbench.evasion.compose.payloads import Fakes
from workbench.evasion.markers import request_facts, resolve_first
from workbench.evasion.strategy import Fake, Fooling, Strategy, Tamper

TRIGGERS = {"data": PSH | ACK, "ack": ACK, "syn": SYN}
LETTERS = "FSRPAUECN"
NUMBERS = {
    "TCP": {"seq": 2**32, "ack": 2**32, "window": 2**16, "urgptr": 2**16},
    "IP": {"ttl": 256, "id": 2**16, "tos": 256},
    "UDP": {},
}
FIELD_OF = {"urgptr": "urgent", "id": "ip_id"}
WORDS = ("dataofs", "len", "flags", "load", "chksum")
CORRUPT_LOAD = 10


@dataclass(slots=True)
class Geneva:
    """One connection's packets on their way through Geneva's engine.

    Parameters
    ----------
    strategy : Strategy
        Fakes with the packet that each goes with; a split with one position.
    path : PathFacts
        For TTLs.
    random : random.Random
        For values that are corrupted.
    fakes : Fakes
        Makes payloads that are given.

    Raises
    ------
    ParameterError
        For a program that the descriptor's fields do not express.
    """

    strategy: Strategy
    path: PathFacts
    random: Random
    fakes: Fakes

    def __post_init__(self) -> None:
        if self.strategy.program:
            example = "a strategy whose actions are fakes and one cut"
            raise ParameterError.not_understood("program", self.strategy.program, example)

    def out(self, packet: Sent) -> list[Sent]:
        """Return what leaves the host in place of a packet of the kernel's."""
        matched = [fake for fake in self.strategy.phase1 if TRIGGERS[fake.at] == packet.flags]
        openings = self._openings(packet) if packet.flags == SYN else []
        before = [one for fake in matched if not fake.after for one in self._copies(packet, fake)]
        behind = [one for fake in matched if fake.after for one in self._copies(packet, fake)]
        return [*openings, *before, *self._parts(packet), *behind]

    def _openings(self, packet: Sent) -> list[Sent]:
        """Return what is sent before the SYN: a copy of it with ACK set, or with a payload."""
        sent = []
        for opening in self.strategy.phase0:
            ttl = Crafter(self.path, self.random).ttl(opening.ttl, opening.ttl6, packet)
            copy = packet.but(genuine=False, ttl=ttl)
            if opening.kind == "synack":
                copy = copy.but(role="synack", flags=SYN | ACK)
            else:
                data = self.fakes.bytes_of(opening.payload, b"", "syndata")
                copy = copy.but(role="fake", payload=data)
            sent.append(self._fooled(copy, opening.fooling))
        return sent

    def _parts(self, packet: Sent) -> list[Sent]:
        """Return the packet, in two parts where it is cut."""
        split = self.strategy.phase2
        if split is None or packet.flags != PSH | ACK or packet.length < 2:
            return [packet]
        place = resolve_first(split.positions, request_facts(packet.payload))
        first = packet.but(role="part", payload=packet.payload[:place], part=1)
        second = packet.but(
            role="part", payload=packet.payload[place:], part=2,
            seq=(packet.seq + place) % 2**32,
            offset=None if packet.offset is None else packet.offset + place,
        )  # fmt: skip
        return [second, first] if split.kind == "multidisorder" else [first, second]

    def _copies(self, packet: Sent, fake: Fake) -> list[Sent]:
        """Return the copies of a packet that one fake stands for."""
        ttl = Crafter(self.path, self.random).ttl(fake.ttl, fake.ttl6, packet)
        copy = packet.but(role="fake", genuine=False, offset=None, ttl=ttl)
        if fake.kind in {"rst", "rstack"}:
            flags = RST | (ACK if fake.kind == "rstack" else 0)
            copy = copy.but(role="rst", flags=flags)
        elif fake.payloads:
            copy = copy.but(payload=self._payload(fake, packet))
        copy = copy.but(flags=fake_flags(copy.flags, fake.fooling))
        copy = self._fooled(copy, fake.fooling)
        for tamper in fake.tampers:
            copy = tampered(copy, tamper, self.random)
        return [copy] * max(fake.repeats, 1)

    def _payload(self, fake: Fake, packet: Sent) -> bytes:
        """Return the payload of a copy; a corrupted one is a few letters and digits."""
        payload = fake.payloads[0]
        if payload.kind == "random" and not payload.length:
            signs = string.ascii_lowercase + string.digits
            return "".join(self.random.choice(signs) for _ in range(CORRUPT_LOAD)).encode()
        return self.fakes.bytes_of(payload, packet.payload, request_facts(packet.payload).kind)

    def _fooled(self, copy: Sent, fooling: Fooling) -> Sent:
        """Return a copy made unacceptable; increments of 0 stand for random numbers."""
        kinds = fooling.kinds
        if "badsum" in kinds:
            copy = copy.but(checksum_xor=self.random.randrange(1, 65536))
        if "randseq" in kinds:
            copy = copy.but(seq=self.random.randrange(2**32))
        if "badseq" in kinds:
            copy = copy.but(seq=(copy.seq + fooling.badseq_increment) % 2**32)
        if kinds & {"badseq", "badack"}:
            added = fooling.badack_increment or self.random.randrange(2**32)
            copy = copy.but(ack=(copy.ack + added) % 2**32)
        if "datanoack" in kinds:
            copy = copy.but(flags=copy.flags & ~ACK)
        if "ts" in kinds:
            copy = copy.but(options=_restamped(copy.options, fooling.ts_increment))
        if "md5sig" in kinds:
            option = bytes([MD5, 18]) + self.random.randbytes(16)
            copy = copy.but(options=copy.options + option + b"\0\0")
        return copy


def tampered(packet: Sent, tamper: Tamper, random: Random) -> Sent:
    """Return a packet with one header field written over.

    Parameters
    ----------
    packet : Sent
        A copy.
    tamper : Tamper
        Protocol, field, mode and value.
    random : random.Random
        For ``corrupt``.

    Returns
    -------
    Sent
        Its checksum is right for the new value, but for a total length that cuts the packet.

    Raises
    ------
    ParameterError
        For a field that is not known, or a value that is no number.
    """
    known = NUMBERS.get(tamper.protocol, {})
    if tamper.field_name in known:
        limit = known[tamper.field_name]
        field = FIELD_OF.get(tamper.field_name, tamper.field_name)
        return packet.but(**{field: _value(tamper, limit, getattr(packet, field), random)})
    changes: dict[str, Callable[[Sent, Tamper, Random], Sent]] = {
        "dataofs": _header_length, "len": _total_length, "flags": _flags,
        "load": lambda one, said, _: one.but(payload=said.value.encode("latin-1", "replace")),
        "chksum": lambda one, _, dice: one.but(checksum_xor=dice.randrange(1, 65536)),
    }  # fmt: skip
    change = changes.get(tamper.field_name)
    if change is None:
        name = f"{tamper.protocol}:{tamper.field_name}"
        raise ParameterError.not_among("tampered field", name, [*known, *WORDS])
    return change(packet, tamper, random)


def _value(tamper: Tamper, limit: int, before: int, random: Random) -> int:
    """Return the number that a field gets."""
    if tamper.mode == "corrupt":
        return random.randrange(limit)
    digits = tamper.value
    if not digits.removeprefix("-").isdecimal():
        raise ParameterError.not_understood("tampered value", digits, "a whole number")
    return (int(digits) + (before if tamper.mode == "add" else 0)) % limit


def _header_length(packet: Sent, tamper: Tamper, random: Random) -> Sent:
    """Return a packet whose header claims more or fewer words: the payload begins elsewhere."""
    words = _value(tamper, 16, 5 + len(packet.options) // 4, random)
    whole = packet.options + packet.payload
    size = max(words * 4 - 20, 0)
    return packet.but(options=whole[:size], payload=whole[size:])


def _total_length(packet: Sent, tamper: Tamper, random: Random) -> Sent:
    """Return a packet cut to a total length; its checksum is that of the whole one."""
    size = _value(tamper, 65536, packet.header_length() + packet.length, random)
    kept = packet.payload[: max(size - packet.header_length(), 0)]
    right = int.from_bytes(packet.but(payload=kept).transport()[16:18], "big")
    stored = int.from_bytes(packet.transport()[16:18], "big")
    return packet.but(payload=kept, checksum_xor=packet.checksum_xor ^ right ^ stored)


def _flags(packet: Sent, tamper: Tamper, random: Random) -> Sent:
    """Return a packet with other TCP flags."""
    if tamper.mode == "corrupt":
        return packet.but(flags=random.randrange(1, 512))
    letters = {letter: 1 << bit for bit, letter in enumerate(LETTERS)}
    return packet.but(flags=sum(letters.get(one, 0) for one in set(tamper.value)))


def _restamped(options: bytes, increment: int) -> bytes:
    """Return options with another timestamp."""
    for kind, body in walk_options(options):
        if kind == TIMESTAMPS:
            value = (int.from_bytes(body[:4], "big") + increment) % 2**32
            return options.replace(body, value.to_bytes(4, "big") + body[4:])
    return options

"""youtubeUnblock's way of sending: fakes one behind the other, then fragments (reference 5.4).

Fakes copy the packet's headers and options; fragments get random identifications of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from workbench.evasion.compose.craft import Crafter
from workbench.evasion.compose.fragments import fragmented
from workbench.evasion.compose.headers import TIMESTAMPS, walk_options
from workbench.evasion.compose.packet import Sent
from workbench.evasion.compose.path import MS, PathFacts
from workbench.evasion.compose.payloads import Fakes
from workbench.evasion.markers import request_facts, resolve_all
from workbench.evasion.strategy import Fake, Fooling, Split, Strategy

MD5_ROOM = 20
"""Bytes that an MD5 option takes with its padding."""


@dataclass(slots=True)
class YoutubeUnblock:
    """One connection's packets on their way through youtubeUnblock.

    Parameters
    ----------
    strategy : Strategy
        What to do.
    path : PathFacts
        For TTLs.
    random : random.Random
        For identifications and pauses.
    fakes : Fakes
        Makes payloads.
    """

    strategy: Strategy
    path: PathFacts
    random: Random
    fakes: Fakes

    def out(self, packet: Sent) -> list[Sent]:
        """Return what leaves the host in place of a packet of the kernel's."""
        if packet.flags & 2:
            return [self._opening(packet)]
        facts = request_facts(packet.payload)
        if facts.kind != "tls" or facts.host is None:
            return [packet]
        window = self.strategy.window
        shown = packet if window is None else packet.but(window=window.size)
        sent: list[Sent] = []
        for fake in self.strategy.phase1:
            if fake.transport != "udp":
                sent += self.volley(shown, fake)
        split = self.strategy.phase2
        places = list(resolve_all(split.positions, facts)) if split else []
        if split is None or not places:
            return [*sent, packet]
        if split.kind == "ipfrag2":
            return sent + self._ip_fragments(packet, places)
        return sent + self._fragments(shown, split, places, 0)

    def _opening(self, packet: Sent) -> Sent:
        """Return the SYN, with data where the strategy wants it; its options stay as they are."""
        for opening in self.strategy.phase0:
            if opening.kind == "syndata":
                data = self.fakes.bytes_of(opening.payload, b"", "tls")
                return packet.but(payload=data)
        return packet

    def volley(self, packet: Sent, fake: Fake) -> list[Sent]:
        """Return a fake as often as wanted, each behind the one before it, unless it lies behind.

        Parameters
        ----------
        packet : Sent
            What it is copied from.
        fake : Fake
            Payload, fooling, how many.
        """
        crafter = Crafter(self.path, self.random)
        ttl = crafter.ttl(fake.ttl, fake.ttl6, packet)
        stays = bool(fake.fooling.kinds & {"pastseq", "randseq"})
        sent: list[Sent] = []
        at, number = packet.seq, packet.ip_id
        for payload in self.fakes.chosen(fake.payloads, "tls"):
            data = self.fakes.bytes_of(payload, packet.payload, "tls")
            for _ in range(max(fake.repeats, 1)):
                made = packet.but(
                    role="fake", genuine=False, payload=data, offset=None, ttl=ttl, ip_id=number,
                    dont_fragment=False, seq=at % 2**32, pause_ns=0,
                )  # fmt: skip
                sent.append(spoiled(made, fake.fooling))
                number = (number + 1) % 65536 if packet.ends.version == 4 else 0
                at = at + (0 if stays else len(data))
        return sent

    def _ip_fragments(self, packet: Sent, places: list[int]) -> list[Sent]:
        """Return the IP fragments of a packet; IPv6 is left alone.

        With more than one place only the last fragment comes out: the tool fails at the next one,
        and lets the whole packet go behind it. Places count from the transport header, each rounded
        up to a multiple of eight from the one before.
        """
        if packet.ends.version == 6:
            return [packet]
        at = before = 0
        for place in places:
            size = place - before
            at, before = at + size + 8 - size % 8, place
        pieces = fragmented(packet, at, self.random)
        if pieces is None:
            return [packet]
        return [pieces[1], pieces[0]] if len(places) == 1 else [pieces[1], packet]

    def _fragments(self, packet: Sent, split: Split, places: list[int], before: int) -> list[Sent]:
        """Return a packet in pieces: the first one, and what is behind it cut further."""
        if not places:
            return [packet]
        cut = places[0] - before
        first = self._piece(packet, 0, cut)
        second = self._piece(packet, cut, packet.length)
        rest = self._fragments(second, split, places[1:], places[0])
        middle = self._between(second, split)
        backwards = split.kind in {"multidisorder", "fakeddisorder"}
        if split.pause_ms and not backwards:
            rest[0] = rest[0].but(pause_ns=split.pause_ms * MS)
        if split.pause_ms and backwards:
            first = first.but(pause_ns=split.pause_ms * MS)
        return [*rest, *middle, first] if backwards else [first, *middle, *rest]

    def _between(self, second: Sent, split: Split) -> list[Sent]:
        """Return the fake that goes between two pieces, over the second one's range."""
        if split.kind not in {"fakedsplit", "fakeddisorder"}:
            return []
        fake = next((one for one in self.strategy.phase1 if one.kind == "fake"), None)
        fake = Fake(fooling=split.fooling, ttl=split.ttl) if fake is None else fake
        return self.volley(second, fake)

    def _piece(self, packet: Sent, start: int, stop: int) -> Sent:
        """Return a piece of a packet's payload with a random identification."""
        number = self.random.randrange(65536) if packet.ends.version == 4 else 0
        return packet.but(
            role="part", payload=packet.payload[start:stop], seq=(packet.seq + start) % 2**32,
            ip_id=number, offset=(packet.offset or 0) + start, part=0, pause_ns=0,
        )  # fmt: skip


def spoiled(packet: Sent, fooling: Fooling) -> Sent:
    """Return a fake made unacceptable in youtubeUnblock's way, in its order.

    Parameters
    ----------
    packet : Sent
        The fake.
    fooling : Fooling
        ``pastseq`` lies before the request by its own length, ``randseq`` 10000 further.

    Returns
    -------
    Sent
        The checksum is wrong by 256: the tool adds one to the first byte of it.
    """
    kinds = fooling.kinds
    seq, options = packet.seq, packet.options
    if "randseq" in kinds:
        seq -= 10_000 + packet.length
    if "pastseq" in kinds:
        seq -= packet.length
    if "badseq" in kinds:
        seq += fooling.badseq_increment
    if "md5sig" in kinds:
        grown = options + bytes(max(MD5_ROOM - len(options), 0))
        options = b"\x13\x12" + grown[2:18] + b"\x01" * (len(grown) - 18)
    if "ts" in kinds:
        options = _older(options, fooling.ts_increment)
    wrong = {"checksum_add": 0x0100} if "badsum" in kinds else {}
    return packet.but(seq=seq % 2**32, options=options, **wrong)


def _older(options: bytes, increment: int) -> bytes:
    """Return options whose timestamp was changed."""
    for kind, body in walk_options(options):
        if kind == TIMESTAMPS:
            value = (int.from_bytes(body[:4], "big") + increment) % 2**32
            return options.replace(
                b"\x08\x0a" + body, b"\x08\x0a" + value.to_bytes(4, "big") + body[4:]
            )
    return options

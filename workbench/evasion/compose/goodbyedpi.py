"""GoodbyeDPI's way of sending: copies of the packet, changed in place (domain reference 5.4, 8.5).

Each kind of fooling has a fake of its own, TTL first, then checksum, then sequence; all packets
keep the identification, the options and the window of the original.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from workbench.evasion.compose.head_tricks import tricked
from workbench.evasion.compose.packet import Sent
from workbench.evasion.compose.path import PathFacts
from workbench.evasion.compose.payloads import Fakes
from workbench.evasion.markers import request_facts, resolve
from workbench.evasion.strategy import Fake, Strategy, Ttl

SHORTEST = 16
"""A request must be longer than this to be touched."""
LEAST_HOPS = 3
"""Nearer servers get no fake whose TTL is computed (`--min-ttl`, which `--auto-ttl` implies)."""


@dataclass(slots=True)
class GoodbyeDpi:
    """One connection's packets on their way through GoodbyeDPI.

    Parameters
    ----------
    strategy : Strategy
        One `Fake` for each kind of fooling; a split with one position.
    path : PathFacts
        For the distance to the server.
    random : random.Random
        For what is drawn.
    fakes : Fakes
        Makes payloads.
    """

    strategy: Strategy
    path: PathFacts
    random: Random
    fakes: Fakes

    def out(self, packet: Sent) -> list[Sent]:
        """Return what leaves the host in place of a packet of the kernel's."""
        facts = request_facts(packet.payload)
        if facts.kind not in {"tls", "http"} or packet.length <= SHORTEST:
            return [packet]
        sent = [one for fake in self.strategy.phase1 for one in self._fakes(packet, fake)]
        changed = tricked(packet.payload, self.strategy.http, "goodbyedpi", self.random)
        return sent + self._parts(packet.but(payload=changed))

    def _fakes(self, packet: Sent, fake: Fake) -> list[Sent]:
        """Return the fakes of one kind: every payload, each as often as wanted."""
        facts = request_facts(packet.payload)
        ttl = self._ttl(fake, packet)
        if fake.ttl.mode == "auto" and not ttl:
            return []
        kinds = fake.fooling.kinds
        sent: list[Sent] = []
        for payload in self.fakes.chosen(fake.payloads, facts.kind):
            data = self.fakes.bytes_of(payload, packet.payload, facts.kind)
            one = packet.but(role="fake", genuine=False, payload=data, offset=None, ttl=ttl)
            if "badseq" in kinds:
                seq, ack = fake.fooling.badseq_increment, fake.fooling.badack_increment
                one = one.but(seq=(one.seq + seq) % 2**32, ack=(one.ack + ack) % 2**32)
            if "badsum" in kinds:
                one = one.but(checksum_add=-1)
            sent += [one] * max(fake.repeats, 1)
        return sent

    def _ttl(self, fake: Fake, packet: Sent) -> int:
        """Return a fake's TTL, 0 for none to be sent."""
        if fake.ttl.mode == "auto":
            return auto_ttl(fake.ttl, self.path.arriving_ttl) or fake.ttl.value
        return fake.ttl.value if fake.ttl.mode == "fixed" else packet.ttl

    def _parts(self, packet: Sent) -> list[Sent]:
        """Return the request, in two parts where it is cut."""
        split = self.strategy.phase2
        facts = request_facts(packet.payload)
        places = [resolve(one, facts) for one in split.positions] if split else []
        place = next((one for one in places if one), None)
        if split is None or place is None:
            return [packet]
        first = packet.but(role="part", payload=packet.payload[:place], part=1)
        second = packet.but(
            role="part", payload=packet.payload[place:], part=2,
            seq=(packet.seq + place) % 2**32, offset=(packet.offset or 0) + place,
        )  # fmt: skip
        return [second, first] if split.kind == "multidisorder" else [first, second]


def auto_ttl(wanted: Ttl, seen: int) -> int:
    """Return GoodbyeDPI's TTL for the TTL of the server's packets (domain reference 3.2).

    Parameters
    ----------
    wanted : Ttl
        Mode ``auto``; `low`, minus `delta` and `high` are the three numbers of ``--auto-ttl``.
    seen : int
        TTL as it arrived.

    Returns
    -------
    int
        0 where no fake is sent.

    Examples
    --------
    >>> auto_ttl(Ttl.auto(-4, 1, 10), 52), auto_ttl(Ttl.auto(-4, 1, 10), 64)
    (8, 0)
    """
    hops = next((top - seen for low, top in ((98, 128), (34, 64)) if low < seen < top), 0)
    near, far = wanted.low, -wanted.delta
    if hops <= near or hops < LEAST_HOPS:
        return 0
    value = hops - far
    if value < far and hops <= 9:
        value = hops - near - int((far - near) * hops / 10)
    return min(value, wanted.high) if wanted.high else max(value, 0)

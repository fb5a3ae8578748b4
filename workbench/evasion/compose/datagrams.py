"""What packet tools make of UDP datagrams (domain reference 2.8)."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from workbench.evasion.compose.copies import copied
from workbench.evasion.compose.counters import Counters, applies
from workbench.evasion.compose.craft import EXTENSION_OF, Crafter, Identifications
from workbench.evasion.compose.fragments import DEFAULT_UDP, fragmented
from workbench.evasion.compose.packet import Sent, junk
from workbench.evasion.compose.payloads import Fakes, pattern_bytes
from workbench.evasion.markers import Request, request_facts
from workbench.evasion.phases import HEADER_MODES
from workbench.evasion.strategy import Fake, Strategy

LONGEST = 65_507
DHT_START = b"d1:"
DHT_KEY = b"d2:001:x"


def datagram_kind(data: bytes) -> str:
    """Return what zapret takes a datagram for: quic, dht, stun, wireguard, discord or unknown-udp.

    Examples
    --------
    >>> datagram_kind(b"d1:ad2:id20:"), datagram_kind(b"hello")
    ('dht', 'unknown-udp')
    """
    if request_facts(data).kind == "quic":
        return "quic"
    if data[:1] == b"d" and data[1:2] in (b"1", b"2") and data[2:3] == b":" and data[-1:] == b"e":
        return "dht"
    if data[:3] == DHT_START:
        return "dht"
    if len(data) >= 20 and data[0] & 0xC0 == 0 and data[4:8] == b"\x21\x12\xa4\x42":
        return "stun"
    if len(data) == 148 and data[:4] == b"\x01\0\0\0":
        return "wireguard"
    if len(data) == 74 and data[:4] == b"\x00\x01\x00\x46":
        return "discord"
    return "unknown-udp"


@dataclass(slots=True)
class NfqwsUdp:
    """One flow's datagrams on their way through nfqws.

    Parameters
    ----------
    strategy : Strategy
        What to do.
    craft : Crafter
        Knows the path.
    random : random.Random
        For what is drawn.
    fakes : Fakes
        Makes payloads.
    counters : Counters
        Of the flow.
    """

    strategy: Strategy
    craft: Crafter
    random: Random
    fakes: Fakes
    counters: Counters

    def out(self, packet: Sent) -> list[Sent]:
        """Return what leaves the host in place of a datagram."""
        self.counters.feed(packet)
        limits = self.strategy.limits
        kind = datagram_kind(packet.payload)
        facts = Request("quic" if kind == "quic" else "unknown", len(packet.payload))
        known = kind != "unknown-udp" or limits.any_protocol
        wanted = known and applies(self.strategy.scope, facts, "", self.craft.path)
        if not wanted or not self.counters.within("desync", limits.start, limits.cutoff):
            return self._copies(packet)
        ids = Identifications(self.strategy.ip_id_mode or "seq", self.random)
        number = ids.first(packet)
        sent: list[Sent] = []
        for fake in self.strategy.phase1:
            if fake.kind in {"fake", "fakeknown"}:
                made = self._fakes(packet, fake, kind, number, ids)
                sent += made
                number = ids.add(number, len(made) // max(fake.repeats, 1))
        replaced = self._replaced(packet, number)
        if replaced is None:
            return self._behind(packet, sent)
        return sent + replaced + self._track(packet)

    def _behind(self, packet: Sent, fakes: list[Sent]) -> list[Sent]:
        """Return a datagram that is not replaced, behind its fakes."""
        if not fakes:
            return self._copies(packet)
        dup = self.strategy.dup
        if dup and self.counters.within("dup", dup.start, dup.cutoff):
            return fakes + self._copies(packet)
        return [*fakes, packet, *self._track(packet)]

    def _copies(self, packet: Sent) -> list[Sent]:
        """Return a datagram with copies of it where wanted."""
        dup = self.strategy.dup
        if not dup or dup.count < 1 or not self.counters.within("dup", dup.start, dup.cutoff):
            return [packet]
        ids = Identifications(self.strategy.ip_id_mode or "seq", self.random)
        return copied(packet, dup, self.craft, ids) + self._track(packet)

    def _track(self, packet: Sent) -> list[Sent]:
        """Return the remains of a flow's first datagram, which was replaced."""
        return [junk(packet)] if self.counters.counts["n"] == 1 else []

    def _fakes(
        self, packet: Sent, fake: Fake, kind: str, number: int, ids: Identifications
    ) -> list[Sent]:
        """Return the fakes of one kind."""
        sent: list[Sent] = []
        ttl = self.craft.ttl(fake.ttl, fake.ttl6, packet)
        for payload in self.fakes.chosen(fake.payloads, kind):
            data = self.fakes.bytes_of(payload, packet.payload, kind)
            one = self.craft.segment(
                packet, data, fooling=fake.fooling, role="fake", genuine=False, ttl=ttl,
                ip_id=number, seq=0, ack=0, options=b"",
            )  # fmt: skip
            sent += [one] * max(fake.repeats, 1)
            number = ids.add(number)
        return sent

    def _replaced(self, packet: Sent, number: int) -> list[Sent] | None:
        """Return what stands in place of the datagram, None where it stays."""
        split, udp = self.strategy.phase2, self.strategy.udp
        modes = [fake.kind for fake in self.strategy.phase1 if fake.kind in HEADER_MODES]
        chain = EXTENSION_OF[modes[-1]] if modes and packet.ends.version == 6 else ()
        packet = packet.but(extensions=chain)
        if split is not None and split.kind == "ipfrag2":
            place = split.fragment_udp if split.fragment_udp < packet.length + 8 else DEFAULT_UDP
            pieces = fragmented(packet, place, self.random, identification=number)
            return list(pieces) if pieces else None
        if udp is None:
            return [packet.but(tos=0)] if chain else None
        if udp.kind == "udplen":
            return [packet.but(payload=self._resized(packet.payload), ip_id=number, role="part")]
        if udp.kind == "tamper" and packet.payload[:3] == DHT_START:
            changed = DHT_KEY + packet.payload[1:]
            return [packet.but(payload=changed, ip_id=number, role="part")]
        return None

    def _resized(self, data: bytes) -> bytes:
        """Return a payload made longer or shorter, but never empty."""
        udp = self.strategy.udp
        increment = udp.increment if udp else 0
        if increment < 0:
            return data[: max(len(data) + increment, 1)]
        size = min(increment, LONGEST - len(data))
        return data + pattern_bytes(udp.pattern if udp else None, size, 0, self.fakes.files)


def youtube_datagram(
    strategy: Strategy, packet: Sent, random: Random, craft: Crafter
) -> list[Sent]:
    """Return what youtubeUnblock sends for a QUIC datagram: fakes of zeros, then the datagram.

    Parameters
    ----------
    strategy : Strategy
        Its fakes: how many, of what length, and what is wrong with them.
    packet : Sent
        The kernel's datagram.
    random : random.Random
        For identifications.
    craft : Crafter
        Knows TTLs.

    Returns
    -------
    list of Sent
        In order.
    """
    sent: list[Sent] = []
    for fake in strategy.phase1:
        if fake.transport != "udp":
            continue
        sizes = [one.length for one in fake.payloads if one.protocol in {"", "quic"}] or [64]
        for _ in range(fake.repeats):
            number = random.randrange(65536) if packet.ends.version == 4 else 0
            wrong = {"checksum_add": 0x0100} if "badsum" in fake.fooling.kinds else {}
            ttl = craft.ttl(fake.ttl, fake.ttl6, packet)
            sent.append(
                packet.but(
                    role="fake", genuine=False, payload=bytes(sizes[0] or 64), ip_id=number,
                    dont_fragment=False, ttl=ttl, offset=None, **wrong,
                )
            )  # fmt: skip
    return [*sent, packet]

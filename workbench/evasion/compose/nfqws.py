"""What nfqws makes of the packets of a TCP connection (zapret v1; domain reference 2.2 to 2.7)."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from workbench.evasion.compose import headers
from workbench.evasion.compose.copies import copied, retouched
from workbench.evasion.compose.counters import Counters, applies
from workbench.evasion.compose.craft import Crafter, Identifications, fake_flags
from workbench.evasion.compose.fragments import DEFAULT_TCP, fragmented
from workbench.evasion.compose.head_tricks import tricked
from workbench.evasion.compose.headers import ACK, RST, SYN
from workbench.evasion.compose.packet import Sent, junk
from workbench.evasion.compose.parts import ORDERS, Cuts
from workbench.evasion.compose.path import PathFacts
from workbench.evasion.compose.payloads import Fakes
from workbench.evasion.compose.volley import Volley
from workbench.evasion.markers import Request, request_facts, resolve, resolve_all, resolve_first
from workbench.evasion.phases import FAKED, HEADER_MODES
from workbench.evasion.strategy import Fake, Opening, Position, Split, Strategy

REASSEMBLY_LIMIT = 16_384
MOST_REPEATS = 1024
PLACES = (Position("host"), Position("endhost"))


class Nfqws:
    """One connection's packets on their way through nfqws.

    Parameters
    ----------
    strategy : Strategy
        What to do.
    path : PathFacts
        Where.
    request : bytes
        The whole request, to know how long it is.
    random : random.Random
        For everything that is drawn.
    fakes : Fakes
        Makes payloads.
    """

    def __init__(
        self, strategy: Strategy, path: PathFacts, request: bytes, random: Random, fakes: Fakes
    ) -> None:
        self._strategy = strategy
        self._path = path
        self._random = random
        self._fakes = fakes
        self._craft = Crafter(path, random)
        self._ids = Identifications(strategy.ip_id_mode or "seq", random)
        self._counters = Counters(path.client_isn)
        self._facts = request_facts(request)
        self._whole = request
        self._held: list[Sent] = []
        self._window_open = False
        self._next_id = 0
        self._first_part = 1

    def out(self, packet: Sent) -> list[Sent]:
        """Return what leaves the host in place of a packet of the kernel's.

        Parameters
        ----------
        packet : Sent
            As the kernel built it, in its order.

        Returns
        -------
        list of Sent
            Empty while the packets of a long request are held back.
        """
        self._counters.feed(packet)
        packet = self._retouched(packet)
        if not self._active():
            return self._original(packet)
        if packet.flags & SYN:
            return self._opening(packet)
        if not packet.payload:
            return self._original(packet)
        return self._data(packet)

    def _active(self) -> bool:
        """Tell whether the packet is one that the strategy touches."""
        limits = self._strategy.limits
        return self._counters.within("desync", limits.start, limits.cutoff)

    def _retouched(self, packet: Sent) -> Sent:
        """Return the packet with another TTL, flags or window, where the strategy says so."""
        orig = self._strategy.orig
        if orig and self._counters.within("orig", orig.start, orig.cutoff):
            packet = retouched(packet, orig, self._craft)
        window = self._strategy.window
        if window is None or window.kind != "wssize" or not window.size or self._window_open:
            return packet
        if not self._counters.within("window", "", window.cutoff):
            return packet
        return small_window(packet, window.size, window.scale)

    def _open_window(self) -> None:
        """End the small window, as a known request does unless the strategy says otherwise."""
        window = self._strategy.window
        self._window_open = window is not None and window.forced_cutoff

    def _original(self, packet: Sent) -> list[Sent]:
        """Return a packet that is not replaced, with copies of it where wanted."""
        dup = self._strategy.dup
        if not dup or dup.count < 1 or not self._counters.within("dup", dup.start, dup.cutoff):
            return [packet]
        sent = copied(packet, dup, self._craft, self._ids)
        return sent + [junk(packet)] * self._first(packet)

    def _first(self, packet: Sent) -> bool:
        """Tell whether dropping this packet would lose the kernel's track of the flow."""
        return bool(packet.flags & SYN) or self._counters.counts["n"] == 1

    def _opening(self, packet: Sent) -> list[Sent]:
        """Return what is sent with the SYN."""
        sent: list[Sent] = []
        for opening in self._strategy.phase0:
            if opening.kind == "synack":
                sent.append(self._synack(packet, opening))
            elif opening.kind == "syndata" and not packet.payload:
                sent.append(self._syn_with_data(packet, opening))
                return [*sent, junk(packet)]
        return sent + self._original(packet)

    def _synack(self, packet: Sent, opening: Opening) -> Sent:
        """Return the SYN+ACK that goes before the SYN."""
        return self._craft.segment(
            packet,
            flags=SYN | ACK,
            fooling=opening.fooling,
            role="synack",
            genuine=False,
            ttl=self._craft.ttl(opening.ttl, opening.ttl6, packet),
            ip_id=self._ids.first(packet),
        )

    def _syn_with_data(self, packet: Sent, opening: Opening) -> Sent:
        """Return the SYN that carries data."""
        data = self._fakes.bytes_of(opening.payload, b"", "syndata")
        number = self._ids.first(packet)
        return self._craft.segment(packet, data, opening=True, role="syn", ip_id=number)

    def _data(self, packet: Sent) -> list[Sent]:
        """Return what replaces a data packet; those of a long hello wait for the rest."""
        if packet.offset is None or packet.offset >= len(self._whole):
            return self._original(packet)
        facts = self._facts
        known = facts.kind in {"tls", "http"} or self._strategy.limits.any_protocol
        if not known or not self._wanted(facts):
            return self._original(packet)
        if facts.kind == "tls" and len(packet.payload) < len(self._whole) <= REASSEMBLY_LIMIT:
            return self._collected(packet)
        self._open_window()
        return self._desync(packet, self._payload_facts(packet), replay=False)

    def _payload_facts(self, packet: Sent) -> Request:
        """Return the facts of a request in one packet; HTTP is not put together."""
        return (
            self._facts
            if len(packet.payload) == len(self._whole)
            else request_facts(packet.payload)
        )

    def _wanted(self, facts: Request) -> bool:
        """Tell whether a request of this kind and name is desynchronised."""
        if facts.host is None:
            if facts.kind == "http" or (facts.kind == "tls" and self._strategy.limits.skip_nosni):
                return False
            name = ""
        else:
            name = self._whole[slice(*facts.host)].decode("ascii", "replace")
        return applies(self._strategy.scope, facts, name, self._path)

    def _collected(self, packet: Sent) -> list[Sent]:
        """Hold the packets of a long hello until it is whole, then replay them all."""
        self._held.append(packet)
        if sum(len(held.payload) for held in self._held) < len(self._whole):
            return []
        self._open_window()
        sent: list[Sent] = []
        held, self._held = self._held, []
        for one in held:
            sent += self._desync(one, self._facts, replay=True)
        return sent

    def _desync(self, packet: Sent, facts: Request, *, replay: bool) -> list[Sent]:
        """Return fakes and parts in place of one data packet."""
        packet = self._changed_head(packet, facts)
        facts = replace(facts) if facts.kind != "http" else request_facts(packet.payload)
        number = (replay and self._next_id) or self._ids.first(packet)
        volley = Volley(packet, self._craft, self._ids, number, packet.offset or 0)
        volley.first_part = self._first_part if packet.offset else 1
        fits = self._first_phase(volley, facts)
        if not fits or (volley.sent and not self._craft.fits(volley.sent[-1])):
            return self._original(packet)
        fakes, volley.sent = volley.sent, []
        if replay and self._next_id:
            volley.number = self._next_id
        done = self._second_phase(volley, facts)
        if done:
            self._next_id = volley.number if replay else 0
            self._first_part = max((one.part for one in volley.sent), default=0) + 1
            return fakes + volley.sent
        return fakes + self._untouched(packet, volley, replay=replay)

    def _untouched(self, packet: Sent, volley: Volley, *, replay: bool) -> list[Sent]:
        """Return a data packet that is not cut; a replayed one takes the next number."""
        if volley.modes and self._path.version == 6 and self._strategy.phase2 is None:
            return [self._craft.segment(packet, packet.payload, header_modes=volley.modes,
                                        tos=0, offset=packet.offset)]  # fmt: skip
        if replay and self._next_id and self._strategy.phase2 is not None:
            packet = packet.but(ip_id=self._next_id)
            self._next_id = self._ids.add(self._next_id)
            return [packet]
        return self._original(packet)

    def _changed_head(self, packet: Sent, facts: Request) -> Sent:
        """Return the packet with a changed HTTP head."""
        if facts.kind != "http":
            return packet
        data = tricked(packet.payload, self._strategy.http, "nfqws", self._random)
        return packet.but(payload=data)

    def _first_phase(self, volley: Volley, facts: Request) -> bool:
        """Send the fakes, and note the IPv6 headers of genuine parts; only with the first packet.

        Returns
        -------
        bool
            False where the system refuses a fake for its size.
        """
        for fake in self._strategy.phase1:
            if fake.kind in HEADER_MODES:
                volley.modes = (fake.kind,)
            elif not volley.at and (fake.kind != "fakeknown" or facts.kind != "unknown"):
                self._send_fakes(volley, fake, facts)
        return all(self._craft.fits(one) for one in volley.sent)

    def _send_fakes(self, volley: Volley, fake: Fake, facts: Request) -> None:
        """Send one kind of fake, each payload as often as wanted."""
        packet = volley.packet
        ttl = self._craft.ttl(fake.ttl, fake.ttl6, packet)
        common: dict[str, Any] = {"genuine": False, "ttl": ttl, "fooling": fake.fooling}
        repeats = min(fake.repeats, MOST_REPEATS)
        if fake.kind in {"rst", "rstack"}:
            flags = RST | (ACK if fake.kind == "rstack" else 0)
            volley.emit(
                self._craft.segment(packet, flags=flags, role="rst", ip_id=volley.number, **common),
                repeats,
            )
            volley.count()
            return
        shift = 0
        flags = fake_flags(packet.flags, fake.fooling)
        for payload in self._fakes.chosen(fake.payloads, facts.kind):
            data = self._fakes.bytes_of(payload, self._whole, facts.kind)
            made = self._craft.segment(
                packet, data, shift=shift, flags=flags, role="fake", ip_id=volley.number, **common
            )
            volley.emit(made, repeats)
            volley.count()
            shift += len(data) if fake.advance_seq else 0

    def _second_phase(self, volley: Volley, facts: Request) -> bool:
        """Cut the packet; False where it stays as it is."""
        split = self._strategy.phase2
        if split is None:
            return False
        if split.kind == "ipfrag2":
            return self._fragments(split, volley)
        cuts = Cuts(
            split,
            self._places(split, volley, facts),
            self._overlap(split, volley, facts),
            self._craft.ttl(split.ttl, split.ttl6, volley.packet),
            self._random,
            self._fakes.files,
        )
        cuts = replace(cuts, split=replace(split, repeats=min(split.repeats, MOST_REPEATS)))
        return ORDERS[split.kind](volley, cuts)

    def _places(self, split: Split, volley: Volley, facts: Request) -> tuple[int, ...]:
        """Return where the packet is cut, in its own bytes."""
        if split.kind in FAKED:
            return self._inside([resolve_first(split.positions, facts)], volley)
        if split.kind != "hostfakesplit":
            return self._inside(resolve_all(split.positions, facts), volley)
        places = self._inside(resolve_all(PLACES, facts), volley)
        if len(places) != 2 or split.midhost is None:
            return places
        middle = self._inside([resolve(split.midhost, facts) or 0], volley)
        return places + tuple(one for one in middle if places[0] < one < places[1])

    @staticmethod
    def _inside(places: list[int] | tuple[int, ...], volley: Volley) -> tuple[int, ...]:
        """Return those of the request's places that lie inside the packet, from its first byte."""
        moved = (place - volley.at for place in places)
        return tuple(place for place in moved if 0 < place < volley.length)

    def _overlap(self, split: Split, volley: Volley, facts: Request) -> int:
        """Return the bytes of sequence overlap: a number, or for reversed orders a place too."""
        if split.seqovl is None:
            return 0
        if split.kind in {"multisplit", "fakedsplit"}:
            return 0 if split.seqovl.marker else max(split.seqovl.delta, 0)
        place = resolve(split.seqovl, facts)
        return next(iter(self._inside([place], volley)), 0) if place else 0

    def _fragments(self, split: Split, volley: Volley) -> bool:
        """Send the packet in two IP fragments; only the first of a request."""
        if volley.at:
            return False
        packet = volley.packet
        size = len(packet.transport())
        place = split.fragment_tcp if 0 < split.fragment_tcp < size else DEFAULT_TCP
        modes = tuple(mode for mode in volley.modes if mode != "ipfrag1")
        if packet.ends.version == 6 and modes:
            kinds = {"hopbyhop": headers.HOP_BY_HOP, "destopt": headers.DESTINATION}
            packet = packet.but(extensions=tuple(kinds[mode] for mode in modes))
        number = volley.number or self._random.randrange(1, 65536)
        pieces = fragmented(packet, place, self._random, identification=number)
        if pieces is None:
            return False
        for piece in pieces:
            volley.emit(piece)
        volley.count()
        return True


def small_window(packet: Sent, size: int, scale: int | None) -> Sent:
    """Return a packet that offers another window; a scale can only be lowered."""
    options = packet.options
    for kind, body in headers.walk_options(options):
        if kind == headers.SCALE and scale is not None and body and scale < body[0]:
            options = options.replace(b"\x03\x03" + body, b"\x03\x03" + bytes([scale]))
    return packet.but(window=size & 0xFFFF, options=options)

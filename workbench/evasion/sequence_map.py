"""The sequence map of a request: what was sent for it, in order, and where in it each piece lies.

In: one conversation. Out: a small value ready to be drawn: bars by offset in the request, in the
order of sending, with markers and cuts. Nothing here judges a packet: standings, tokens and parts
are those of the recogniser.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from workbench.capture import codes
from workbench.evasion.datagrams import first_datagrams
from workbench.evasion.fakes import SHORT, payload_of
from workbench.evasion.fooling import fooling_of
from workbench.evasion.genuine import FAKE, GENUINE
from workbench.evasion.markers import NAMED, Request, expressions, place_of, request_facts
from workbench.evasion.of_stream import OfStream
from workbench.evasion.recognise import at_one_place
from workbench.evasion.recognised import Beside
from workbench.evasion.seen import ACK, SYN, Seen
from workbench.evasion.sequence_values import Bar, Cut, SequenceMap
from workbench.evasion.sighting import Scene, look
from workbench.evasion.strategy import NONE, Strategy
from workbench.evasion.tokens import COPY, FAKED, PART, RESET, SHADOW, Part
from workbench.evasion.values import Position, Protocol
from workbench.traffic.conversation import TCP, UDP, Conversation
from workbench.traffic.messages.hello import client_hello
from workbench.traffic.messages.http import http_request
from workbench.traffic.segments import Segments, classify

MOST_BARS = 256
MOST_CUTS = 256
PAUSE_NS = 20_000_000
"""Packets that come so long after the one before are another volley: no tool pauses so long by
itself, and no kernel repeats anything sooner (RFC 6298; Linux: 200 ms)."""
NEAR = 1_500
"""So far behind its end a fake may lie and still be drawn where it says that it is."""
KINDS = {
    PART: "part", SHADOW: "shadow", FAKED: "fake", RESET: "reset", COPY: "copy",
}  # fmt: skip
"""Kinds of bars by the first letter of their token; besides: ``retransmission``, ``opening``."""


def sequence_map(
    conversation: Conversation, segments: Segments | None = None, strategy: Strategy = NONE
) -> SequenceMap:
    """Return the sequence map of a connection's request.

    Parameters
    ----------
    conversation : Conversation
        One connection.
    segments : Segments, optional
        What `workbench.traffic.segments.classify` says of it, where that is known already.
    strategy : Strategy
        What the recogniser makes of it: its readings name the cuts.

    Returns
    -------
    SequenceMap
        Without bars where nothing was asked.

    Examples
    --------
    >>> import workbench as wb
    >>> found = sequence_map(wb.read("data/http.pcap").conversation(1))
    >>> [(bar.token, bar.kind, bar.start, bar.end) for bar in found.bars]
    [('P1', 'part', 0, 79)]
    """
    if conversation.protocol not in (TCP, UDP) or not len(conversation):
        return SequenceMap()
    near = at_one_place(conversation)
    known = segments if segments is not None and near is conversation else classify(near)
    scene = look(near, known)
    if near.protocol == UDP:
        return _of_datagrams(near, scene)
    return _Stream(near, scene, strategy).made()


class _Maker:
    """Makes bars of packets."""

    def __init__(self, conversation: Conversation, scene: Scene) -> None:
        self.conversation = conversation
        self.scene = scene
        self.place = {frame: at for at, frame in enumerate(conversation.frame.tolist())}

    def bar(self, one: Seen, token: str, kind: str, **more: Any) -> Bar:
        """Return a bar with what the packet's headers say."""
        at = self.place[one.frame]
        verdict = codes.CHECKSUM_NAMES[int(self.conversation.checksum[at])]
        return Bar(
            one.frame,
            one.time_ns,
            token,
            kind,
            ttl=int(self.conversation.ttl[at]) + self.scene.steps,
            low=bool(one.ttl),
            checksum="bad" if one.checksum is not None else verdict.replace("bad", "unverified"),
            **{"start": one.offset, "end": one.end} | more,
        )


def _of_datagrams(conversation: Conversation, scene: Scene) -> SequenceMap:
    """Return the map of a request of one datagram."""
    found = first_datagrams(scene.packets)
    if found.request is None:
        return SequenceMap(steps=scene.steps)
    maker, request = _Maker(conversation, scene), found.request
    protocol: Protocol = "quic" if found.quic else "unknown-udp"
    bars = []
    for one in itertools.chain.from_iterable(found.fakes):
        kinds = tuple(sorted(fooling_of(one, None).kinds))
        words = _told(one, protocol)
        bars.append(maker.bar(one, "F", "fake", start=0, end=one.length, fooling=kinds,
                              payload=words))  # fmt: skip
    bars.append(maker.bar(request, "P1", "part", start=0, end=request.length, part=1))
    kind = "quic" if found.quic else "unknown"
    return SequenceMap(
        kind, request.length, _counted(bars, ()), max(len(bars) - MOST_BARS, 0), parts=1,
        steps=scene.steps,
    )  # fmt: skip


class _Stream:
    """Makes the map of a request of a stream."""

    def __init__(self, conversation: Conversation, scene: Scene, strategy: Strategy) -> None:
        self.maker = _Maker(conversation, scene)
        self.scene = scene
        self.strategy = strategy
        self.read = OfStream(conversation, scene, Beside())
        self.volley = self.read.volley
        self.parts = self.volley.parts
        self.tokens = {id(token.seen): token for token in self.volley.tokens}
        self.ranges = [(part.start, part.end) for part in self.parts]
        self.length = self.read.request.length

    def made(self) -> SequenceMap:
        """Return the map."""
        read = self.read
        bars = [bar for bar in map(self._bar, read.packets, read.standing) if bar]
        first = {token.seen.frame for token in self.volley.tokens}
        facts = request_facts(read.request.data)
        return SequenceMap(
            read.request.kind,
            self.length,
            _counted(bars, first),
            max(len(bars) - MOST_BARS, 0),
            _name(read.request.data, facts),
            facts.host,
            self._markers(facts),
            self._cuts(),
            len(self.parts),
            tuple((part.start, part.end) for part in self.parts if part.ghost),
            self.scene.steps,
        )

    def _bar(self, one: Seen, standing: str) -> Bar | None:
        """Return the bar of a packet, None for what has nothing to do with the request."""
        if one.flags & SYN:
            return self._opening(one)
        token = self.tokens.get(id(one))
        if token is not None and token.kind in (PART, COPY):
            return self._genuine(one, token.text, KINDS[token.kind], token.part)
        if token is not None and token.kind == RESET:
            return self.maker.bar(one, "K", "reset", start=0, end=0, moved=one.offset)
        if token is not None or standing == FAKE:
            return self._fake(one, token.part if token else -1)
        again = standing == GENUINE and one.length and one.offset < self.length
        return self._genuine(one, "", "retransmission", self._part_at(one)) if again else None

    def _opening(self, one: Seen) -> Bar | None:
        """Return the bar of an act at the handshake; an ordinary SYN is none."""
        answer = one.flags & (SYN | ACK) == SYN | ACK
        marked = one.ttl or one.checksum is not None or one.md5
        if not (one.length or answer or marked):
            return None
        words = "data in the SYN" if one.length else "SYN+ACK" if answer else "copy of the SYN"
        return self.maker.bar(one, "S", "opening", start=0, end=one.length, payload=words)

    def _genuine(self, one: Seen, token: str, kind: str, part: int) -> Bar:
        """Return the bar of genuine bytes."""
        filled = 0
        if part >= 0 and not self.parts[part].ghost and self.parts[part].seen.same(one):
            filled = self.parts[part].overlap
        number = part + 1
        text = token or f"R{number or ''}"
        words = f"two IP fragments, {one.cut} bytes in the first" if one.cut else ""
        return self.maker.bar(one, text, kind, filling=filled, part=number, payload=words)

    def _fake(self, one: Seen, part: int) -> Bar:
        """Return the bar of a fake, where it pretends to lie."""
        shift = self.volley.shift if one.ack_shift or one.end <= 0 or one.hard else 0
        start = one.offset - shift
        if start + one.length <= 0 or start >= self.length + NEAR:
            start = 0
        number = part if part >= 0 else self._shadowed(start, start + one.length)
        kind = "shadow" if number >= 0 else "fake"
        protocol: Protocol = "http" if self.read.request.kind == "http" else "tls"
        return self.maker.bar(
            one,
            f"f{number + 1}" if number >= 0 else "F",
            kind,
            start=start,
            end=start + one.length,
            moved=one.offset - start,
            fooling=tuple(sorted(fooling_of(one, self._model(number), shift).kinds)),
            payload=_told(one, protocol) if one.length else "",
            part=number + 1,
        )

    def _model(self, number: int) -> Seen | None:
        """Return the packet that a fake was made from."""
        real = [part.seen for part in self.parts if not part.ghost]
        if number >= 0 and not self.parts[number].ghost:
            return self.parts[number].seen
        return real[0] if real else None

    def _shadowed(self, start: int, end: int) -> int:
        """Return the part of exactly that range, -1 without one or without a second part."""
        whole = len(self.parts) < 2
        return -1 if whole or (start, end) not in self.ranges else self.ranges.index((start, end))

    def _part_at(self, one: Seen) -> int:
        """Return the part that a packet brings again, -1 where it brings several."""
        found = [at for at, part in enumerate(self.parts) if _within(one, part)]
        return found[0] if len(found) == 1 else -1

    def _markers(self, facts: Request) -> tuple[tuple[str, int], ...]:
        """Return the markers that the request has, and what else stands out in it."""
        found = [(name, place_of(Position(name), facts)) for name in NAMED]
        known = [(name, place) for name, place in found if place is not None and name != "midhost"]
        headers = self.read.records.headers[:MOST_CUTS]
        known += [(f"record {at}", place) for at, place in enumerate(headers, 2)]
        known += [("urgent byte", self.read.urgent)] if self.read.urgent >= 0 else []
        return tuple(sorted(known, key=lambda one: one[1]))

    def _cuts(self) -> tuple[Cut, ...]:
        """Return the places between parts, by the readings of the strategy."""
        split, sockets = self.strategy.phase2, self.strategy.sockets
        given = split.positions if split else ()
        given += tuple(piece.position for piece in sockets.pieces) if sockets else ()
        facts = self.read.facts
        readings = {place_of(one, facts): str(one) for one in reversed(given)}
        found = []
        for part in self.parts[1 : MOST_CUTS + 1]:
            place = self.read.records.origin(part.start)
            other = expressions(place, facts)
            label = readings.get(place) or (str(other[0]) if other else str(part.start))
            found.append(Cut(part.start, label, part.start in self.read.natural))
        return tuple(found)


def _within(one: Seen, part: Part) -> bool:
    """Tell whether a packet covers a part, or lies in it."""
    inside = part.start <= max(one.offset, 0) and one.end <= part.end
    return inside or (one.offset <= part.start and part.end <= one.end)


def _counted(bars: list[Bar], first: Iterable[int]) -> tuple[Bar, ...]:
    """Return bars with their volleys and with times from the first of them on."""
    frames = set(first) or {bar.frame for bar in bars}
    last = max((at for at, bar in enumerate(bars) if bar.frame in frames), default=-1)
    found: list[Bar] = []
    number = 1
    for at, bar in enumerate(bars[:MOST_BARS]):
        number += at > last and bar.since_ns - bars[at - 1].since_ns > PAUSE_NS
        found.append(replace(bar, since_ns=bar.since_ns - bars[0].since_ns, volley=number))
    return tuple(found)


def _told(fake: Seen, protocol: Protocol) -> str:
    """Return what a fake holds, in words."""
    data = fake.data
    if data and data.count(data[:1]) == len(data):
        return "zeros" if not data[0] else f"0x{data[0]:02x} over and over"
    hello = client_hello(data) if data[:1] == b"\x16" else None
    if hello is not None and hello.server_name:
        return f"hello for {hello.server_name}"
    request = http_request(data) if protocol == "http" else None
    if request is not None and request.server_name:
        return f"request for {request.server_name}"
    payload = payload_of(fake, protocol)
    if payload.kind == "default":
        return "the tool's own request"
    text = data.decode("ascii", "replace")
    if len(data) <= SHORT and text.isprintable() and text.isascii():
        return f"the text {text}"
    return "a hello" if payload.kind == "hello" else "other bytes"


def _name(data: bytes, facts: Request) -> str:
    """Return the name that a request asks for."""
    if facts.kind == "tls":
        hello = client_hello(data)
        return hello.server_name if hello else ""
    start, end = facts.host or (0, 0)
    return data[start : min(end, start + 255)].decode("ascii", "backslashreplace").strip()


__all__ = ("MOST_BARS", "Bar", "Cut", "SequenceMap", "sequence_map")

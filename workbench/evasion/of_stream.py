"""Name the strategy of a TCP connection, step by step.

In: a conversation and its scene. Out: `Recognised`.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

from workbench.evasion.additions import Dup, Http, Window
from workbench.evasion.fingerprints import Sign, guess_tool, ip_id_mode, packet_signs, piece_signs
from workbench.evasion.fooling import fooling_of, ttl_of
from workbench.evasion.genuine import Asked, asked, settle, without_urgent
from workbench.evasion.grammar import Shape, natural_cuts, read_shape
from workbench.evasion.handshake import (
    client_window,
    low_genuine,
    openings,
    server_window,
    small_mss,
    syn_copies,
)
from workbench.evasion.heads import Records, read_head, read_records
from workbench.evasion.markers import Request, expressions, request_facts
from workbench.evasion.naming import fakes_of, split_of
from workbench.evasion.notes import Context, Notes, frames
from workbench.evasion.of_datagrams import FRAGMENT_LIMIT
from workbench.evasion.phases import Fake, FakeKind, Split
from workbench.evasion.pieces import sockets_of
from workbench.evasion.recognised import Beside, Recognised
from workbench.evasion.seen import AT_ONCE_NS, RST, Seen
from workbench.evasion.sighting import Scene
from workbench.evasion.strategy import NONE, Strategy, Token
from workbench.evasion.tokens import FAKED, RESET, SHADOW, Volley, first_volley, with_rest
from workbench.evasion.values import Protocol
from workbench.evasion.written import read_pieces
from workbench.traffic.conversation import Conversation
from workbench.traffic.messages.hello import client_hello
from workbench.traffic.messages.records import HEADER

HEADER_MODES: dict[int, FakeKind] = {0: "hopbyhop", 60: "destopt", 44: "ipfrag1"}
PROTOCOLS: dict[str, Protocol] = {"tls": "tls", "http": "http", "quic": "quic"}


class OfStream:
    """Names the strategy of a TCP connection, step by step."""

    def __init__(self, conversation: Conversation, scene: Scene, beside: Beside) -> None:
        self.conversation = conversation
        self.scene = scene
        self.beside = beside
        self.notes = Notes()
        self.signs: list[Sign] = []
        self.others: list[str] = []
        self.fields: dict[str, Any] = {}
        self.cuts: tuple[int, ...] = ()
        packets, self.urgent, self.byte = without_urgent(scene.packets)
        self.packets = _without_fillers(packets, scene)
        known = scene.heard and not scene.low_ack
        self.standing = settle(self.packets, scene.acked if known else None)
        self.request: Asked = asked(self.packets, self.standing)
        self.volley: Volley = first_volley(self.packets, self.standing, self.request)
        raw = any(part.seen.timestamp < 0 for part in self.volley.parts) and scene.stamped
        if self.request.kind == "tls" and not raw:
            self.volley = with_rest(self.volley, self.request.length, scene.full, scene.ends)
        self.records: Records = read_records(self.request.data)
        length = self.request.length - HEADER * len(self.records.headers)
        self.facts: Request = replace(request_facts(self.records.whole), length=max(length, 0))
        self.natural = natural_cuts(self.volley.parts, scene.full)
        self.shape = self._shape()
        if self.request.kind == "unknown" and not self._marked():
            self.shape = Shape()

    def _marked(self) -> bool:
        """Tell whether more than their bytes tells fakes from the rest."""
        fakes = [one.seen for one in self.volley.of_kind(FAKED, SHADOW, RESET)]
        return any(one.hard or one.ttl or one.flags & RST for one in fakes)

    def recognised(self) -> Recognised:
        """Return what was found, with where it stands."""
        strategy = self.strategy()
        return Recognised(
            self.conversation.number,
            strategy,
            self.facts,
            self.cuts if strategy else (),
            self.scene.distance,
            self.request.kind,
        )

    def strategy(self) -> Strategy:
        """Return what was found."""
        self._handshake()
        self._request()
        self._phases()
        self._lowered()
        if not self.fields and not self.others:
            return NONE
        guess = guess_tool(self._signs())
        if guess.tool not in ("", "nfqws"):
            self.fields.pop("ip_id_mode", None)
        if guess.tool:
            note = "; ".join(sign.what for sign in guess.signs if sign.tool == guess.tool)
            self.notes.add("tool", self._shown(), rivals=guess.rivals, note=note)
        unexplained = tuple(
            Token(one.text, (one.seen.frame,), "no order of any tool has it here")
            for one in self.shape.unexplained
        )
        return Strategy(
            **self.fields,
            tool=guess.tool,
            evidence=self.notes.found,
            unexplained=unexplained,
            others=tuple(self.others),
        )

    def _shape(self) -> Shape:
        host = self._host()
        shape = read_shape(self.volley, self.natural, host)
        if shape.kind and not shape.shadows and not self._on_purpose(shape):
            return replace(shape, kind="", cuts=(), overlap=0)
        return shape

    def _host(self) -> tuple[int, int] | None:
        """Return where the name is in the stream, None where it is not known or in records."""
        if self.records.headers or self.facts.host is None:
            return None
        return self.facts.host

    def _on_purpose(self, shape: Shape) -> bool:
        """Tell whether a program or a network would not have cut or ordered the request so."""
        if self.request.kind == "unknown":
            return bool(shape.overlap)
        cuts = set(shape.cuts)
        if self.request.kind == "http":
            head = self.request.data.find(b"\r\n\r\n") + 4
            cuts = {cut for cut in cuts if head < 4 or cut < head}
            cuts = {cut for cut in cuts if self.request.data[cut - 1 : cut] != b"\n"}
        if not cuts:
            return False
        parts = self.volley.parts
        times = [part.seen.time_ns for part in parts]
        together = max(times) - min(times) <= AT_ONCE_NS * max(1, len(parts) - 1)
        if together or self.request.kind == "tls":
            return True
        host = self.facts.host
        return host is not None and min(cuts) < host[1]

    def _context(self) -> Context:
        hello = client_hello(self.records.whole) if self.request.kind == "tls" else None
        return Context(
            self.scene,
            self.volley,
            self.shape,
            self.facts,
            self.records,
            PROTOCOLS.get(self.request.kind, "unknown"),
            hello.session_id if hello else b"",
        )

    def _handshake(self) -> None:
        found = openings(self.scene)
        if found:
            self.fields["phase0"] = tuple(opening for opening, _ in found)
            for at, (opening, shown) in enumerate(found):
                self.notes.add(f"phase0.{at}" if at else "phase0", shown, note=opening.kind)
        window = client_window(self.conversation)
        if window:
            self.fields["window"] = window[0]
            self.notes.add("window", window[1], rivals=("a receiver short of memory",))
        mss = small_mss(self.conversation)
        if mss:
            self.fields["mss"] = mss[0]
            self.notes.add("mss", mss[1], rivals=("a small MTU",))
        copies = syn_copies(self.scene)
        if copies:
            self.fields["dup"] = copies[0]
            self.notes.add("dup", copies[1], note="a SYN sent more than once")
        if server_window(self.conversation):
            self.others.append("server-window")

    def _request(self) -> None:
        """Look at the request's own bytes."""
        shown = [part.seen.frame for part in self.volley.parts]
        if self.records.cuts:
            context = self._context()
            cuts = [(cut, expressions(cut, context.facts)) for cut in self.records.cuts]
            self.fields["tls_records"] = tuple(found[0] for _, found in cuts)
            for at, (cut, found) in enumerate(cuts):
                path = f"tls_records.{at}" if at else "tls_records"
                self.notes.add(path, shown, rivals=[str(one) for one in found[1:]],
                               note=f"record ends at {cut}")  # fmt: skip
        if self.records.minor is not None:
            self.fields["tls_minor"] = self.records.minor
            self.notes.add("tls_minor", shown)
        head = read_head(self.request.data) if self.request.kind == "http" else Http()
        if head != Http():
            self.fields["http"] = head
            self.notes.add("http", shown)

    def _phases(self) -> None:
        """Name fakes, parts and pieces."""
        self._copies()
        context = self._context()
        written = None
        if self.volley.parts and (self.request.kind != "unknown" or self.urgent >= 0):
            written = read_pieces(self.volley, self.scene, self.urgent, self.natural)
        if written and self.shape.kind == "multisplit" and self._waited():
            self._inbound()
            return
        if written and (written.sure or self.shape.kind == "multisplit"):
            self._written(context, written)
            return
        fakes = fakes_of(context, self.notes)
        fakes = self._header_modes() + fakes
        if fakes:
            self.fields["phase1"] = fakes
        split = self._fragments() or split_of(context, self.notes)
        if split:
            self.fields["phase2"] = split
            self.cuts = tuple(self.records.origin(cut) for cut in self.shape.cuts)
        payloads = [one for fake in fakes for one in fake.payloads]
        self.signs += packet_signs(self.volley, self.shape, self.scene, payloads)

    def _waited(self) -> bool:
        """Tell whether each of three parts or more was sent after the one before was received."""
        parts = [part for part in self.volley.parts if not part.ghost]
        waits = [
            after.seen.acked >= after.start
            and after.seen.time_ns - before.seen.time_ns >= self.scene.trip_ns // 2
            for before, after in itertools.pairwise(parts)
        ]
        # Two parts may come from a program that waits; GoodbyeDPI's window mode is for Windows.
        enough = 1 if self.scene.windows else 2
        return len(waits) >= enough and all(waits) and not any(part.seen.ttl for part in parts)

    def _inbound(self) -> None:
        """Name the window that made the client's own kernel send small parts."""
        parts = self.volley.parts
        size = parts[0].end - parts[0].start
        self.shape = replace(self.shape, kind="", cuts=())
        self.fields["window"] = Window("inbound", size)
        self.notes.add("window", [part.seen.frame for part in parts],
                       rivals=("a server with a small window", "socket-split"),
                       note="every part waited for the answer to the one before")  # fmt: skip

    def _written(self, context: Context, written: Any) -> None:
        self.shape = replace(self.shape, kind="", unexplained=(), shadows=())
        self.signs += piece_signs(written.kinds, self.byte if self.urgent >= 0 else -1)
        if len(written.ends) > 1 or written.sure:
            self.fields["sockets"] = sockets_of(context, written, self.byte, self.notes)
            pieces = self.fields["sockets"].pieces
            self.cuts = tuple(written.ends[: len(pieces)])
        lead = [group for group in self.shape.lead if group.seen[0] not in written.fakes]
        if lead:
            rest = replace(context, shape=replace(self.shape, lead=tuple(lead)))
            self.fields["phase1"] = fakes_of(rest, self.notes)

    def _copies(self) -> None:
        """Take copies of genuine packets out of the fakes."""
        parts = [part.seen for part in self.volley.parts if not part.ghost]
        copies = [
            one
            for one in self.volley.of_kind(FAKED, SHADOW)
            if one.seen.data
            and not one.seen.uniform
            and any(_copies(one.seen, part) for part in parts)
        ]
        if not copies:
            return
        first = copies[0].seen
        same = [one.seen for one in copies if one.seen.same(first)]
        fooling = fooling_of(first, parts[0], self.volley.shift)
        self.fields["dup"] = Dup(len(same), ttl=ttl_of(same), fooling=fooling)
        seen = {id(one.seen) for one in copies}
        self.notes.add("dup", [one.seen.frame for one in copies], rivals=("fake",),
                       note="the request's own bytes")  # fmt: skip
        shape = self.shape
        lead = tuple(group for group in shape.lead if id(group.seen[0]) not in seen)
        odd = tuple(one for one in shape.unexplained if id(one.seen) not in seen)
        self.shape = replace(shape, lead=lead, unexplained=odd)

    def _header_modes(self) -> tuple[Fake, ...]:
        """Return extension headers that the request's packets have and the SYN lacks."""
        syn = next((one for one in self.scene.packets if one.flags & 2), None)
        parts = self.volley.parts
        if not parts or syn is None:
            return ()
        more = [kind for kind in parts[0].seen.headers if kind not in syn.headers]
        kinds = [HEADER_MODES[kind] for kind in more if kind in HEADER_MODES]
        if parts[0].seen.cut:
            kinds = [kind for kind in kinds if kind != "ipfrag1"]
        for kind in kinds:
            self.notes.add(f"phase1.{kind}", [part.seen.frame for part in parts])
        return tuple(Fake(kind) for kind in kinds)

    def _fragments(self) -> Split | None:
        """Return the IP fragments that the request was sent in."""
        cut = [part.seen for part in self.volley.parts if part.seen.cut]
        if not cut:
            return self._loose_fragment()
        if cut[0].cut >= FRAGMENT_LIMIT:
            return None
        self.notes.add("phase2", frames(cut), note=f"first fragment of {cut[0].cut} bytes")
        return Split("ipfrag2", fragment_tcp=cut[0].cut)

    def _loose_fragment(self) -> Split | None:
        """Return a fragment that holds the request's own end, sent beside the whole request."""
        if len(self.volley.parts) != 1:
            return None
        part = self.volley.parts[0].seen
        for frame, before, data in self.beside.fragments:
            at = before - part.header
            if 0 < at < part.length and before < FRAGMENT_LIMIT and part.data[at:] == data:
                note = "a fragment with the request's end, beside the whole"
                self.notes.add("phase2", [frame, part.frame], against=1, note=note)
                return Split("ipfrag2", fragment_tcp=before)
        return None

    def _lowered(self) -> None:
        """Note a TTL that genuine packets were given."""
        if "sockets" in self.fields:
            return
        genuine = [part.seen for part in self.volley.parts]
        if not self.scene.low_ack and any(not one.ttl for one in self.volley.again):
            return
        found = low_genuine(self.conversation, self.scene, genuine)
        if found:
            self.fields["orig"] = found[0]
            self.notes.add("orig", found[1], note="genuine packets below the SYN's TTL")

    def _signs(self) -> list[Sign]:
        signs = list(self.signs)
        if self.beside.strays:
            signs.append(Sign("nfqws", 2, "a packet of protocol 255 beside it"))
        mode = ip_id_mode(self.volley, self.shape, self.scene)
        if mode in ("zero", "seqgroup") or (mode == "seq" and self.shape.shadows):
            signs.append(Sign("nfqws", 1, f"identifications in mode {mode}"))
        if mode and mode != "seq":
            self.fields["ip_id_mode"] = mode
        return signs

    def _shown(self) -> list[int]:
        return [one.seen.frame for one in self.volley.tokens]


def _copies(one: Seen, part: Seen) -> bool:
    """Tell whether a packet carries a part's bytes in the same act."""
    same = (one.length, one.data) == (part.length, part.data)
    return same and one.at_once(part)


def _without_fillers(packets: list[Seen], scene: Scene) -> list[Seen]:
    """Leave out zeros that a socket sends for what raw segments brought already (DPITunnel)."""
    loaded = [one for one in packets if one.length and not one.hard]
    raw = [one for one in loaded if one.timestamp < 0 and not one.ttl and not one.uniform]
    if not scene.stamped or not raw:
        return packets
    return [
        one
        for one in packets
        if not (one.length and one.timestamp >= 0 and one.data and not any(one.data))
    ]

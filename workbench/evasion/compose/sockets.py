"""Tools that own an ordinary socket: tpws, byedpi, SpoofDPI, GreenTunnel (domain reference 2.5).

They change socket options between writes; the kernel makes the packets, and repeats by itself what
was lost on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random

from workbench.evasion.compose.head_tricks import tricked
from workbench.evasion.compose.kernel import Kernel
from workbench.evasion.compose.packet import Sent
from workbench.evasion.compose.path import PathFacts
from workbench.evasion.compose.payloads import Fakes
from workbench.evasion.compose.records import moved, record_places, split_records
from workbench.evasion.markers import Request, place_of, request_facts, resolve
from workbench.evasion.strategy import Payload, Sockets, Strategy

DEAD_TTL = 1
BYEDPI_TTL = 8
NO_SOCKETS = Sockets()


@dataclass(frozen=True, slots=True)
class Write:
    """One write to the socket.

    Parameters
    ----------
    start, stop : int
        Bytes of the stream.
    ttl : int
        What the socket is set to; 0 to leave it.
    urgent : int, optional
        An urgent byte put behind the piece.
    fake : bytes, optional
        What the kernel sends first in place of the piece.
    md5 : bool
        Whether the MD5 option is on.
    """

    start: int
    stop: int
    ttl: int = 0
    urgent: int | None = None
    fake: bytes | None = None
    md5: bool = False


@dataclass(slots=True)
class SocketTool:
    """Writes one request through a socket.

    Parameters
    ----------
    strategy : Strategy
        What to do.
    path : PathFacts
        Where.
    kernel : Kernel
        The client's.
    random : random.Random
        For what is drawn.
    fakes : Fakes
        Makes payloads.
    """

    strategy: Strategy
    path: PathFacts
    kernel: Kernel
    random: Random
    fakes: Fakes
    _lost: list[tuple[Sent, bytes]] = field(default_factory=list)

    def send(self, request: bytes) -> list[Sent]:
        """Return the packets of a request, with the repetitions of what was lost on purpose."""
        facts = request_facts(request)
        data, facts, places = self._stream(request, facts)
        sent: list[Sent] = []
        for number, write in enumerate(self._writes(data, facts, places)):
            if number and number == self.path.initial_window:
                self.kernel.wait(self.path.rtt_ns)
            sent += self._written(write, data, len(sent) + 1)
        return sent + self._repeated(data)

    def _stream(self, request: bytes, facts: Request) -> tuple[bytes, Request, list[int]]:
        """Return the bytes written, the facts that places depend on, and where records are cut."""
        if facts.kind == "http":
            data = tricked(request, self.strategy.http, self.strategy.tool or "tpws", self.random)
            return data, request_facts(data), []
        if facts.kind == "tls" and self.strategy.tls_minor is not None:
            request = request[:2] + bytes([self.strategy.tls_minor & 0xFF]) + request[3:]
        if facts.kind != "tls" or not self.strategy.tls_records:
            return request, facts, []
        cuts = record_places(self.strategy.tls_records, facts, self.strategy.tool)
        data = split_records(request, cuts)
        return data, facts, cuts

    def _writes(self, data: bytes, facts: Request, cuts: list[int]) -> list[Write]:
        """Return the writes in order."""
        sockets = self.strategy.sockets or NO_SOCKETS
        if self.strategy.tool in {"byedpi", ""} and not sockets.alternate:
            writes = self._byedpi(sockets, data, facts)
        else:
            writes = self._tpws(sockets, data, facts, cuts)
        done = writes[-1].stop if writes else 0
        if sockets.chunk:
            writes += self._chunks(done, len(data), sockets.chunk)
        elif done < len(data):
            writes.append(Write(done, len(data)))
        return writes

    def _chunks(self, start: int, stop: int, size: int) -> list[Write]:
        """Return equal pieces; what does not fit the initial window goes out in one."""
        edges = list(range(start, stop, size))
        room = self.path.initial_window
        if self.strategy.tool == "greentunnel":
            room = 1
        kept = edges[: room + 1]
        return [Write(a, b) for a, b in zip(kept, [*kept[1:], stop], strict=True)]

    def _byedpi(self, sockets: Sockets, data: bytes, facts: Request) -> list[Write]:
        """Return byedpi's writes: places in the order given, each from where the last one ended.

        The name's place is the one before records were cut; places counted from the end are not.
        """
        known = replace(facts, length=len(data))
        writes: list[Write] = []
        at = 0
        for piece in sockets.pieces:
            place = place_of(piece.position, known, self.random)
            if place is None or place < at:
                break
            place = min(place, len(data))
            if place > at:
                writes.append(self._piece(sockets, piece.kind, (at, place), data, facts.kind))
            at = place
        return writes

    def _tpws(self, sockets: Sockets, data: bytes, facts: Request, cuts: list[int]) -> list[Write]:
        """Return tpws' writes: all places sorted, those behind a record cut moved by its header."""
        found = {resolve(piece.position, facts): piece.kind for piece in sockets.pieces}
        places = sorted(place for place in found if place is not None)
        edges = [0, *(moved(place, cuts) for place in places), len(data)]
        dead = sockets.alternate and sockets.alternate_scope in {"", facts.kind}
        urgent = sockets.first_oob and sockets.oob_scope in {"", facts.kind}
        writes = []
        for number, place in enumerate(places):
            kind: str = found[place]
            if urgent and not number:
                kind = "oob"
            if dead and not number % 2:
                kind = {"oob": "disoob"}.get(kind, "disorder")
            span = (edges[number], edges[number + 1])
            writes.append(self._piece(sockets, kind, span, data, facts.kind))
        return writes

    def _piece(
        self, sockets: Sockets, kind: str, span: tuple[int, int], data: bytes, protocol: str
    ) -> Write:
        """Return the write of one piece."""
        write = Write(*span)
        if kind in {"oob", "disoob"}:
            write = replace(write, urgent=sockets.oob_byte)
        if kind in {"disorder", "disoob"}:
            return replace(write, ttl=DEAD_TTL)
        if kind != "fake":
            return write
        ttl = sockets.ttl.value if sockets.ttl.mode == "fixed" else BYEDPI_TTL
        fake = self._fake(sockets, span[1] - span[0], data, protocol)
        return replace(write, ttl=ttl, fake=fake, md5="md5sig" in sockets.fooling.kinds)

    def _fake(self, sockets: Sockets, size: int, data: bytes, protocol: str) -> bytes:
        """Return what goes out in place of a piece: a fake cut or padded to its length."""
        chosen = self.fakes.chosen(sockets.payloads, protocol if protocol == "http" else "tls")
        payload: Payload = chosen[self.random.randrange(len(chosen))]
        made = self.fakes.bytes_of(payload, data, protocol)
        start = 0
        if sockets.fake_offset is not None:
            start = place_of(sockets.fake_offset, request_facts(made), self.random) or 0
        return (made[max(start, 0) :] + bytes(size))[:size]

    def _written(self, write: Write, data: bytes, part: int) -> list[Sent]:
        """Return the packets of one write; remember those that will not arrive."""
        piece = data[write.start : write.stop]
        self.kernel.ttl = write.ttl or self.path.ttl
        common = {"part": part, "role": "part", "genuine": write.fake is None}
        if write.urgent is not None:
            body = piece + bytes([write.urgent])
            sent = [self.kernel.urgent(body, **common).but(offset=write.start)]
            pairs = [(sent[0], body)]
        else:
            shown = piece if write.fake is None else write.fake
            sent = [
                one.but(offset=(one.offset or 0) - self.kernel.shift)
                for one in self.kernel.write(shown, **common)
            ]
            pairs = [(one, self._genuine(one, data)) for one in sent]
        if write.md5:
            md5 = b"\x01\x01\x13\x12" + self.random.randbytes(16)
            sent = [one.but(options=md5 + one.options) for one in sent]
        if write.fake is not None:
            sent = [one.but(role="fake") for one in sent]
        if write.ttl or write.fake is not None:
            self._lost += pairs
        self.kernel.ttl = self.path.ttl
        return sent

    @staticmethod
    def _genuine(packet: Sent, data: bytes) -> bytes:
        """Return the stream's bytes for the range of a packet."""
        start = packet.offset or 0
        return data[start : start + packet.length]

    def _repeated(self, data: bytes) -> list[Sent]:
        """Return the kernel's repetitions; Windows sends all from the first loss on again."""
        if not self._lost:
            return []
        self.kernel.wait(self.path.retransmission_ns)
        first = self._lost[0][0]
        if self.path.windows and not self.kernel.shift:
            again = data[first.offset or 0 :]
            size = self.kernel.segment_size
            return [
                self._again(first, again[at : at + size], at) for at in range(0, len(again), size)
            ]
        lost = _collapsed(self._lost, self.kernel.segment_size)
        return [self.kernel.again(packet, body, ttl=self.path.ttl) for packet, body in lost]

    def _again(self, first: Sent, piece: bytes, at: int) -> Sent:
        """Return a piece of a repetition that begins at a lost packet."""
        moved_to = (first.seq + at) & 0xFFFFFFFF
        packet = self.kernel.again(first, piece, ttl=self.path.ttl)
        return packet.but(seq=moved_to, offset=(first.offset or 0) + at)


def _collapsed(lost: list[tuple[Sent, bytes]], size: int) -> list[tuple[Sent, bytes]]:
    """Return lost segments as Linux repeats them: neighbours in one, as far as they fit."""
    out: list[tuple[Sent, bytes]] = []
    for packet, body in lost:
        before = out[-1] if out else None
        if before and not (before[0].urgent or packet.urgent):
            follows = (before[0].seq + len(before[1])) & 0xFFFFFFFF == packet.seq
            if follows and len(before[1]) + len(body) <= size:
                out[-1] = (before[0], before[1] + body)
                continue
        out.append((packet, body))
    return out

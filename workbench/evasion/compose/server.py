"""A plausible server: what a Linux host acknowledges and answers (domain reference 6.1).

It judges packets by their headers alone, never by what the composer knows of them. It is no model
of a stack to rely on: `workbench.simulation` is.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from workbench.evasion.compose import headers
from workbench.evasion.compose.drawing import dice
from workbench.evasion.compose.headers import ACK, PSH, RST, SYN, TCP, UDP, URG
from workbench.evasion.compose.packet import Sent
from workbench.evasion.compose.path import MS, PathFacts

WINDOW = 65_160
SCALE = 10
OLDEST_ACK = WINDOW
ANSWER_NS = 300_000
MOST_BLOCKS = 3


@dataclass(slots=True)
class Server:
    """One connection's server.

    Parameters
    ----------
    path : PathFacts
        Where.
    length : int
        Bytes of the request; once they are all there, it answers.
    answer : bytes
        What it answers.

    Attributes
    ----------
    delivered : bytearray
        What its application has read.
    """

    path: PathFacts
    length: int
    answer: bytes
    delivered: bytearray = field(default_factory=bytearray)
    _sent: int = 0
    _ip_id: int = 0x9C00
    _next: int | None = None
    _recent: int = 0
    _place: int = 0
    _queued: dict[int, tuple[bytes, int]] = field(default_factory=dict)
    _pieces: dict[int, list[Sent]] = field(default_factory=dict)

    def receive(self, packet: Sent, time_ns: int) -> list[Sent]:
        """Return what it sends when a packet arrives.

        Parameters
        ----------
        packet : Sent
            One whose TTL let it come so far.
        time_ns : int
            When, counted from the SYN's departure.

        Returns
        -------
        list of Sent
            With `pause_ns` counted from the arrival.
        """
        if packet.fragment is not None:
            return self._joined(packet, time_ns)
        if packet.protocol == UDP and packet.checksum_good:
            return self._datagram(packet)
        if packet.protocol != TCP or not packet.checksum_good:
            return []
        if headers.MD5 in packet.option_layout or packet.extensions == (0, 0):
            return []
        if packet.flags & SYN:
            return self._opening(packet, time_ns)
        if self._next is None or packet.flags & RST or not packet.flags & ACK:
            return []
        return self._segment(packet, time_ns)

    def _joined(self, packet: Sent, time_ns: int) -> list[Sent]:
        """Put two fragments together, and take what they make."""
        pieces = self._pieces.setdefault(packet.ip_id or packet.fragment_id, [])
        pieces.append(packet)
        if len(pieces) < 2:
            return []
        body = b"".join(one.transport() for one in sorted(pieces, key=_fragment_offset))
        size = 8 if packet.protocol == UDP else (body[12] >> 4) * 4 if len(body) > 12 else 20
        first = min(pieces, key=_fragment_offset)
        whole = first.but(fragment=None, raw=None, role="original", payload=body[size:])
        return self.receive(whole, time_ns)

    def _opening(self, packet: Sent, time_ns: int) -> list[Sent]:
        """Answer a SYN; one for a connection that exists gets nothing."""
        if packet.flags & ACK or self._next is not None:
            return []
        self._next = (packet.seq + 1) & 0xFFFFFFFF
        self._recent = _stamp(packet) or 0
        options = struct.pack(">BBH", 2, 4, self.path.offered_mss)
        scale = struct.pack(">BBBB", 1, 3, 3, SCALE)
        if self.path.timestamps:
            options += b"\x04\x02" + struct.pack(">BBII", 8, 10, self._clock(time_ns), self._recent)
        else:
            options += b"\x01\x01\x04\x02"
        reply = self._reply(SYN | ACK, time_ns).but(
            seq=self.path.server_isn, window=WINDOW, options=options + scale, ip_id=0
        )
        return [reply]

    def _segment(self, packet: Sent, time_ns: int) -> list[Sent]:
        """Take a segment of an open connection."""
        if not packet.payload:
            return []
        ahead = _signed(packet.seq - (self._next or 0))
        stamp = _stamp(packet)
        stale = self.path.timestamps and stamp is not None and _signed(stamp - self._recent) < 0
        if _signed(packet.ack - self.path.server_isn) < -OLDEST_ACK:
            return []
        if stale or ahead + packet.length <= 0 or ahead > WINDOW:
            return [self._acknowledgement(time_ns, (packet.seq, packet.seq + packet.length))]
        if stamp is not None and ahead <= 0:
            self._recent = stamp
        self._take(packet, self._place + ahead)
        replies = [self._acknowledgement(time_ns)]
        if len(self.delivered) >= self.length and not self._sent:
            replies += self._answered(time_ns)
        return replies

    def _take(self, packet: Sent, start: int) -> None:
        """Keep a segment, and hand on all that follows without a gap, the newest first."""
        urgent = packet.urgent - 1 if packet.flags & URG else -1
        if start <= self._place:
            self._deliver(start, packet.payload, urgent)
        else:
            self._queued.setdefault(start, (packet.payload, urgent))
        for place in sorted(self._queued):
            if place > self._place:
                break
            self._deliver(place, *self._queued.pop(place))

    def _deliver(self, start: int, data: bytes, urgent: int) -> None:
        """Hand what is new of a segment to the application, without its urgent byte."""
        fresh = max(start + len(data) - self._place, 0)
        if not fresh:
            return
        first = len(data) - fresh
        kept = data[first:]
        if first <= urgent < len(data):
            kept = data[first:urgent] + data[urgent + 1 :]
        self.delivered += kept
        self._place += fresh
        self._next = ((self._next or 0) + fresh) & 0xFFFFFFFF

    def _answered(self, time_ns: int) -> list[Sent]:
        """Return the answer's segments."""
        size = self.path.segment_size
        replies = []
        for start in range(0, len(self.answer), size):
            piece = self.answer[start : start + size]
            last = start + size >= len(self.answer)
            packet = self._reply(ACK | (PSH if last else 0), time_ns)
            replies.append(packet.but(payload=piece, pause_ns=ANSWER_NS if not start else 0))
            self._sent += len(piece)
        return replies

    def _acknowledgement(self, time_ns: int, twice: tuple[int, int] | None = None) -> Sent:
        """Return an ACK, with what was received twice (RFC 2883) and what lies beyond a gap."""
        packet = self._reply(ACK, time_ns)
        blocks = [twice] if twice else []
        for start, (data, _) in sorted(self._queued.items()):
            left = (self._next or 0) + start - self._place
            blocks.append((left, left + len(data)))
        blocks = blocks[:MOST_BLOCKS]
        if not blocks:
            return packet
        body = b"".join(struct.pack(">II", a & 0xFFFFFFFF, b & 0xFFFFFFFF) for a, b in blocks)
        return packet.but(options=packet.options + bytes([1, 1, 5, 2 + len(body)]) + body)

    def _reply(self, flags: int, time_ns: int) -> Sent:
        """Return a packet of the server's with the next numbers."""
        self._ip_id = (self._ip_id + 1) & 0xFFFF
        options = b""
        if self.path.timestamps:
            options = struct.pack(">BBBBII", 1, 1, 8, 10, self._clock(time_ns), self._recent)
        return Sent(
            self.path.ends.turned(), "original", self.path.server_isn + 1 + self._sent,
            self._next or 0, flags, WINDOW >> SCALE, options=options, ttl=self.path.server_ttl,
            ip_id=self._ip_id if self.path.version == 4 else 0, from_client=False,
        )  # fmt: skip

    def _datagram(self, packet: Sent) -> list[Sent]:
        """Answer a QUIC Initial that is a whole one; other datagrams are passed over."""
        self.delivered += packet.payload
        if packet.length < 1200 or not packet.payload[0] & 0x80 or self._sent:
            return []
        self._sent = 1
        reply = self._reply(0, 0).but(
            protocol=UDP, seq=0, ack=0, window=0, options=b"", payload=self.answer[:1200]
        )
        return [reply]

    def _clock(self, time_ns: int) -> int:
        """Return the server's timestamp at a moment."""
        return (self.path.server_clock + time_ns // MS) & 0xFFFFFFFF


def _signed(value: int) -> int:
    """Return a difference of 32-bit numbers as a signed number."""
    value &= 0xFFFFFFFF
    return value - (1 << 32) if value >> 31 else value


def _fragment_offset(packet: Sent) -> int:
    """Return where a fragment stands in its datagram."""
    return packet.fragment[0] if packet.fragment else 0


def _stamp(packet: Sent) -> int | None:
    """Return a packet's timestamp value."""
    body = dict(headers.walk_options(packet.options)).get(headers.TIMESTAMPS)
    return None if body is None else int.from_bytes(body[:4], "big")


def plausible_answer(kind: str, size: int = 2800, seed: int = 0) -> bytes:
    """Return something like a server's first answer.

    Parameters
    ----------
    kind : str
        Of the request: ``tls``, ``http``, ``quic``, or another.
    size : int
        Bytes.
    seed : int
        Of what stands for ciphertext.

    Returns
    -------
    bytes
        A ServerHello and records; a page; a long-header packet.

    Examples
    --------
    >>> plausible_answer("tls")[:6].hex(), len(plausible_answer("http", 500))
    ('160303007a02', 500)
    """
    random = dice("answer", seed)
    if kind == "http":
        head = b"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html\r\n"
        head += b"Content-Length: "
        body = max(size - len(head) - 8, 0)
        return (head + f"{body:04d}".encode() + b"\r\n\r\n" + b"x" * body)[:size]
    if kind == "quic":
        return b"\xc1\x00\x00\x00\x01\x00\x08" + random.randbytes(max(size - 7, 1193))
    hello = bytes.fromhex("020000760303") + random.randbytes(32) + b"\x20" + random.randbytes(32)
    hello += bytes.fromhex("130200002e002b0002030400330024001d0020") + random.randbytes(32)
    out = b"\x16\x03\x03" + struct.pack(">H", len(hello)) + hello
    out += bytes.fromhex("140303000101")
    left = max(size - len(out) - 5, 0)
    return out + b"\x17\x03\x03" + struct.pack(">H", left) + random.randbytes(left)

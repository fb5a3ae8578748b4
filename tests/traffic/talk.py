"""Conversations made by hand: packets of two sides, by stream offset and millisecond."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

from tests.capture import build
from workbench.traffic.connections import find_connections
from workbench.traffic.conversation import Conversation, Conversations

FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
CLIENT, SERVER = ("10.0.0.1", 40000), ("10.0.0.2", 443)
CLIENT6, SERVER6 = ("fd00::1", 40000), ("fd00::2", 443)
SYN_OPTIONS = b"\x02\x04\x05\xb4\x04\x02\x01\x03\x03\x07" + bytes(2)
MD5 = b"\x13\x12" + bytes(16)


def stamp(value: int, echo: int = 1) -> bytes:
    """Return the timestamp option as Linux places it."""
    return b"\x01\x01\x08\x0a" + struct.pack(">II", value % 2**32, echo)


def sack(*edges: int) -> bytes:
    """Return a SACK option with sequence numbers."""
    numbers = struct.pack(f">{len(edges)}I", *(edge % 2**32 for edge in edges))
    return b"\x01\x01\x05" + bytes([2 + len(numbers)]) + numbers


@dataclass
class Talk:
    """A conversation being written down."""

    isn: int = 1000
    server_isn: int = 5000
    ttl: int = 64
    server_ttl: int = 52
    six: bool = False
    records: list[tuple[int, bytes]] = field(default_factory=list)
    ids: list[int] = field(default_factory=lambda: [100, 9000])

    def send(
        self,
        side: int,
        payload: bytes = b"",
        *,
        at: int = 0,
        ack: int = 0,
        ms: float | None = None,
        flags: int | None = None,
        seq: int | None = None,
        ttl: int | None = None,
        ip_id: int | None = None,
        bad: bool = False,
        fragment: int = 0,
        cut: int = 0,
        **fields: Any,
    ) -> Talk:
        """Add a packet: of side 0 or 1, at a stream offset, acknowledging another."""
        own, other = (self.isn, self.server_isn)[:: 1 if side == 0 else -1]
        ends = (CLIENT6, SERVER6) if self.six else (CLIENT, SERVER)
        (source, sport), (target, tport) = ends[:: 1 if side == 0 else -1]
        flags = (PSH | ACK if payload else ACK) if flags is None else flags
        number = own + 1 + at - bool(flags & SYN) if seq is None else seq
        segment = build.tcp(
            payload, source, target, ports=(sport, tport), seq=number % 2**32,
            ack=(other + 1 + ack) % 2**32 if flags & ACK else 0, flags=flags, **fields,
        )  # fmt: skip
        if bad:
            wrong = (struct.unpack(">H", segment[16:18])[0] ^ 0x1234) or 1
            segment = segment[:16] + struct.pack(">H", wrong) + segment[18:]
        hops = (self.ttl, self.server_ttl)[side] if ttl is None else ttl
        if ip_id is None:
            ip_id = self.ids[side]
            self.ids[side] += 1
        if self.six:
            frame = build.ethernet(build.ipv6(segment, 6, source, target, hops=hops), 0x86DD)
        else:
            packet = build.ipv4(
                segment, 6, source, target, ttl=hops, identification=ip_id, fragment=fragment
            )
            frame = build.ethernet(packet)
        before = self.records[-1][0] if self.records else 0
        now = before + 10_000 if ms is None else round(ms * 1_000_000)
        self.records.append((now, frame if not cut else frame[:-cut]))
        if cut:
            self.cuts.append(len(self.records) - 1)
        return self

    cuts: list[int] = field(default_factory=list)

    def raw(self, frame: bytes, ms: float) -> Talk:
        """Add a frame made elsewhere."""
        self.records.append((round(ms * 1_000_000), frame))
        return self

    def handshake(self, rtt: float = 20.0, **fields: Any) -> Talk:
        """Add SYN, SYN+ACK and ACK."""
        self.send(0, flags=SYN, ms=0, options=SYN_OPTIONS, **fields)
        self.send(1, flags=SYN | ACK, ms=rtt, options=SYN_OPTIONS)
        return self.send(0, ms=rtt + 0.1, **fields)

    def capture(self) -> bytes:
        """Return it as a pcap file."""
        lines = [build.pcap_header(nano=True)]
        for number, (now, frame) in enumerate(self.records):
            wire = len(frame) + 1000 if number in self.cuts else None
            lines.append(build.record(frame, build.START_NS + now, nano=True, wire=wire))
        return b"".join(lines)

    def conversations(self) -> Conversations:
        """Return all conversations in it."""
        return Conversations(find_connections(build.read(self.capture())))

    def conversation(self) -> Conversation:
        """Return the only conversation."""
        every = self.conversations()
        assert len(every) == 1
        return every[0]


REQUEST = bytes(range(65, 91)) * 20


def part(begin: int, end: int) -> bytes:
    """Return a part of the request that the tests send."""
    return REQUEST[begin:end]

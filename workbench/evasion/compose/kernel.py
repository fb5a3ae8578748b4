"""The client's own kernel: what leaves the socket before a packet tool sees it.

It hands out sequence numbers, IP identifications and timestamps as Linux does: identifications
count up by one a packet, timestamps by one a millisecond, `NOP, NOP, TS` stands in data segments.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from workbench.evasion.compose.headers import ACK, PSH, SYN, UDP, URG
from workbench.evasion.compose.packet import Sent
from workbench.evasion.compose.path import MS, PathFacts

HANDSHAKE_NS = 100_000
"""Between the SYN+ACK's arrival and the ACK."""
GAP_NS = 20_000
"""Between two packets of one volley."""


class Kernel:
    """The client's end of one connection.

    Parameters
    ----------
    path : PathFacts
        Where it stands.
    mss : int, optional
        The client lowered its MSS (tpws `--mss`); 88 is the smallest that Linux takes.

    Attributes
    ----------
    echo : int
        The server's timestamp that is echoed: that of its SYN+ACK at first.
    offset : int
        Stream offset of the next byte.
    shift : int
        Urgent bytes sent: the stream has them, the request has not.
    ttl : int
        What the socket is set to.
    """

    def __init__(self, path: PathFacts, mss: int | None = None) -> None:
        self._path = path if mss is None else path.but(mss=max(mss, 88))
        self._lowered = mss is not None
        self._ip_id = path.ip_id
        self._clock_ns = 0
        self._pause_ns = 0
        self.echo = (path.server_clock + path.rtt_ns // 2 // MS) & 0xFFFFFFFF
        self.offset = 0
        self.shift = 0
        self.ttl = path.ttl

    def wait(self, duration_ns: int) -> None:
        """Let time pass before the next packet."""
        self._pause_ns += duration_ns
        self._clock_ns += duration_ns

    @property
    def segment_size(self) -> int:
        """Largest payload of a segment."""
        return self._path.segment_size

    @property
    def clock(self) -> int:
        """Timestamp value now."""
        return (self._path.client_clock + self._clock_ns // MS) & 0xFFFFFFFF

    def syn(self) -> Sent:
        """Return the SYN: MSS, SACK permitted, timestamps, NOP, window scale."""
        path = self._path
        options = struct.pack(">BBH", 2, 4, path.offered_mss)
        scale = struct.pack(">BBBB", 1, 3, 3, path.window_scale)
        stamps = struct.pack(">BBII", 8, 10, self.clock, 0)
        options += b"\x04\x02" + stamps + scale if path.timestamps else scale + b"\x01\x01\x04\x02"
        window = min(path.window, 65535)
        return self._packet("syn", seq=path.client_isn, flags=SYN, window=window, options=options)

    def handshake(self) -> Sent:
        """Return the ACK that ends the handshake, a round trip later."""
        self.wait(self._path.rtt_ns + HANDSHAKE_NS)
        return self._packet("handshake", flags=ACK)

    def acknowledge(self, upto: int) -> Sent:
        """Return a bare ACK of the server's stream up to an offset."""
        packet = self._packet("handshake", flags=ACK)
        return packet.but(ack=(packet.ack + upto) & 0xFFFFFFFF)

    def rewind(self) -> None:
        """Begin the stream again: a repetition from its first byte."""
        self.offset = 0

    def take_back(self) -> None:
        """Forget the last packet: begin the stream again, and use its identification again."""
        self.rewind()
        if self._path.version == 4:
            self._ip_id = (self._ip_id - 1) & 0xFFFF

    def at(self, time_ns: int) -> None:
        """Let time pass until a moment, counted from the SYN; the past is ignored."""
        self.wait(max(time_ns - self._clock_ns, 0))

    def options(self, extra: bytes = b"") -> bytes:
        """Return the options of a data segment: NOP, NOP, TS; `extra` stands before them."""
        if not self._path.timestamps:
            return extra
        return extra + struct.pack(">BBBBII", 1, 1, 8, 10, self.clock, self.echo)

    def write(self, data: bytes, **changes: Any) -> Iterator[Sent]:
        """Return what one write to the socket becomes: segments of at most the MSS.

        Parameters
        ----------
        data : bytes
            What is written.
        **changes
            Fields of `Sent` for all of them.

        Yields
        ------
        Sent
            PSH stands on the last of them only.
        """
        size = self.segment_size
        for start in range(0, len(data), size):
            piece = data[start : start + size]
            flags = ACK | (PSH if start + size >= len(data) else 0)
            packet = self._packet("original", flags=flags, payload=piece, offset=self.offset)
            self.offset += len(piece)
            yield packet.but(**changes)

    def urgent(self, data: bytes, **changes: Any) -> Sent:
        """Return one write with MSG_OOB: URG, the pointer behind its last byte (RFC 9293 3.8.5).

        That byte is not of the request.
        """
        packet = self._packet(
            "part", flags=ACK | PSH | URG, payload=data, urgent=len(data), offset=self.offset
        )
        self.offset += len(data)
        self.shift += 1
        return packet.but(**changes)

    def again(self, packet: Sent, payload: bytes, **changes: Any) -> Sent:
        """Return the kernel's retransmission of what a packet held: new identification and time."""
        fresh = self._packet("retransmission", flags=packet.flags, payload=payload)
        fresh = fresh.but(seq=packet.seq, offset=packet.offset, urgent=packet.urgent)
        return fresh.but(part=packet.part, **changes)

    def datagram(self, data: bytes) -> Sent:
        """Return one UDP datagram."""
        return self._packet("original", protocol=UDP, payload=data, offset=0, options=b"")

    def _packet(self, role: str, **fields: object) -> Sent:
        """Return a packet of this connection with the next identification."""
        path = self._path
        step = 1 << path.window_scale
        values: dict[str, object] = {
            "seq": (path.client_isn + 1 + self.offset) & 0xFFFFFFFF,
            "ack": (path.server_isn + 1) & 0xFFFFFFFF if role != "syn" else 0,
            "window": min(-(-path.window // step), 65535),
            "ttl": self.ttl,
            "ip_id": self._next_id(),
            "pause_ns": self._take_pause(),
        }
        if "options" not in fields:
            values["options"] = self.options()
        if values.get("protocol", fields.get("protocol")) == UDP:
            values.update(seq=0, ack=0, window=0)
        return Sent(path.ends, role).but(**(values | fields))

    def _next_id(self) -> int:
        """Return the identification of the next packet; IPv6 has none."""
        if self._path.version == 6:
            return 0
        value, self._ip_id = self._ip_id, (self._ip_id + 1) & 0xFFFF
        return value

    def _take_pause(self) -> int:
        """Return the time since the last packet, at least the gap of a volley."""
        if not self._pause_ns:
            self.wait(GAP_NS)
        pause, self._pause_ns = self._pause_ns, 0
        return pause

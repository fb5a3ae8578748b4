"""A packet of the client as far as strategies depend on it, and what tells copies apart.

In: plain values. Out: the one value that tokens, grammar and fooling rules read, so that hand-made
sequences test them as well as captures.
"""

from __future__ import annotations

from dataclasses import dataclass

FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
FAR = 1 << 16
AT_ONCE_NS = 5_000_000
"""Packets of one act of sending follow each other within this time; no real stack retransmits so
soon without an answer."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A packet that the client sent.

    Parameters
    ----------
    frame : int
        Its frame.
    time_ns : int
        When it was captured.
    offset, length : int
        Place of its payload in the stream, and bytes that the packet says it has.
    flags : int
        TCP flags.
    data : bytes
        Captured payload, perhaps less than `length`.
    ttl : int
        TTL that it left its sender with where that is not the one of the sender's ordinary
        packets; 0 for an ordinary one.
    checksum : int, optional
        Stored minus right checksum where it is wrong and offload does not explain it.
    ack_shift : int
        Acknowledgement number minus the one that was due.
    timestamp : int
        TSval; -1 without the option.
    md5 : bool
        Whether it is signed (option 19) on a connection that is not.
    layout : int
        Code of its TCP options (`workbench.capture.kernels.extras`); -1 without any.
    ip_id : int
        IPv4 identification; -1 where there is none.
    headers : tuple of int
        Numbers of its IPv6 extension headers, in order.
    header : int
        Bytes of its TCP header.
    window : int
        Its window, unscaled; -1 where it does not matter.
    cut : int
        For a datagram put together from IP fragments, transport bytes in the first; else 0.
    hard : bool
        Whether no server delivers it.
    beyond : bool
        Whether it ends behind what its sender's later packets count.
    answered : bool
        Whether the other side sent something between the client's packet before and this one.
    acked : int
        Bytes of the stream that the other side had acknowledged before.
    """

    frame: int
    time_ns: int
    offset: int
    length: int
    flags: int = PSH | ACK
    data: bytes = b""
    ttl: int = 0
    checksum: int | None = None
    ack_shift: int = 0
    timestamp: int = -1
    md5: bool = False
    layout: int = -1
    ip_id: int = -1
    headers: tuple[int, ...] = ()
    header: int = 20
    window: int = -1
    cut: int = 0
    hard: bool = False
    beyond: bool = False
    answered: bool = False
    acked: int = 0

    @property
    def end(self) -> int:
        """One past its last byte in the stream."""
        return self.offset + self.length

    @property
    def uniform(self) -> bool:
        """Whether its payload is one byte over and over; of a single byte, whether it is zero."""
        if len(self.data) == 1:
            return self.data == b"\0"
        return bool(self.data) and self.data.count(self.data[:1]) == len(self.data)

    @property
    def moved(self) -> bool:
        """Whether its sequence number is not where its bytes would belong."""
        far = self.hard and abs(self.offset) > FAR
        return bool(self.ack_shift) or far or self.offset + self.length <= 0

    def differs(self, other: Seen) -> bool:
        """Return whether both hold captured bytes for one place that are not the same."""
        begin = max(self.offset, other.offset)
        end = min(self.offset + len(self.data), other.offset + len(other.data))
        if begin >= end:
            return False
        mine = self.data[begin - self.offset : end - self.offset]
        return mine != other.data[begin - other.offset : end - other.offset]

    def within(self, other: Seen) -> bool:
        """Return whether its range lies in the other's."""
        return other.offset <= self.offset and self.end <= other.end

    def at_once(self, other: Seen) -> bool:
        """Return whether both were sent in one act."""
        return abs(self.time_ns - other.time_ns) <= AT_ONCE_NS

    def same(self, other: Seen) -> bool:
        """Return whether both carry the same bytes at the same place."""
        mine = (self.offset, self.length, self.data)
        return mine == (other.offset, other.length, other.data)

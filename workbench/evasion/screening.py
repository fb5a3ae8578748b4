"""Which connections are worth a closer look: all others are told in one pass over the arrays.

In: connections. Out: numbers of those that show anything a strategy would. Whatever is left out
here is ordinary by every sign that recognition goes by; the tests hold it to that.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.capture import codes
from workbench.capture.fragments import MORE_FRAGMENTS, OFFSET
from workbench.evasion.seen import ACK, RST, SYN, URG
from workbench.traffic.connections import Connections

Array = np.ndarray[Any, Any]

TCP, UDP = 6, 17
LOWER = 3
LARGE = 1_200
SIGNED_HEADER = 38
TINY_WINDOW = 512
SOON_NS = 100_000_000
LATE_HOST = 128
DNS_PORT = 53
"""Clients ask twice for every name, for both families of addresses."""
ODD_MINORS = frozenset({2, *range(5, 256)})
NEVER = np.iinfo("i8").max


def screen(connections: Connections) -> Array:
    """Return the connections that may hold a strategy.

    Parameters
    ----------
    connections : Connections
        Of a capture.

    Returns
    -------
    ndarray of int64
        Their numbers, in order.
    """
    count = len(connections)
    if not count:
        return np.empty(0, "i8")
    rows = np.flatnonzero((connections.connection >= 0) & (connections.direction == 0))
    view = _View(connections, rows)
    found = view.odd_packets() | view.odd_ttl() | view.reset_before_data()
    found |= view.odd_beginning() | view.odd_request(~found)
    numbers: Array = np.flatnonzero(found)
    return numbers


class _View:
    """The client's packets of all connections."""

    def __init__(self, connections: Connections, rows: Array) -> None:
        self.connections = connections
        self.columns = connections.packets.columns
        self.rows = rows
        self.number = connections.connection[rows].astype("i8")
        self.count = len(connections)
        self.protocol = connections.columns["protocol"]
        self.flags = self.columns["tcp_flags"][rows]
        self.length = self.columns["payload_length"][rows]
        self.tcp = self.columns["protocol"][rows] == TCP
        self.loaded = self.length > 0

    def _any(self, chosen: Array) -> Array:
        """Return which connections have a chosen packet."""
        found = np.zeros(self.count, bool)
        found[self.number[chosen]] = True
        return found

    def odd_packets(self) -> Array:
        """Find packets that no ordinary client sends."""
        columns, rows, flags = self.columns, self.rows, self.flags
        odd = self.tcp & ((flags & (SYN | ACK | RST)) == SYN | ACK)
        odd |= self.tcp & self.loaded & ((flags & (SYN | URG)) != 0)
        odd |= self.tcp & self.loaded & ((flags & (ACK | RST)) == 0)
        opening = self.tcp & ((flags & (SYN | ACK | RST)) == SYN)
        odd |= opening & (columns["window"][rows] < TINY_WINDOW)
        odd |= (columns["fragment"][rows] & (OFFSET | MORE_FRAGMENTS)) != 0
        header = columns["payload_at"][rows].astype("i4") - columns["transport_at"][rows]
        odd |= self.tcp & self.loaded & (header >= SIGNED_HEADER)
        before = columns["transport_at"][rows].astype("i4") - columns["network_at"][rows]
        odd |= (columns["ip_version"][rows] == 6) & (before > 40)
        return self._any(odd) | self._odd_sums()

    def _odd_sums(self) -> Array:
        """Find wrong checksums beside right ones."""
        checksum = self.columns["checksum"][self.rows]
        bad = checksum == codes.BAD
        if not bad.any():
            return np.zeros(self.count, bool)
        return self._any(bad) & self._any((checksum == codes.GOOD) | (checksum == codes.PARTIAL))

    def odd_ttl(self) -> Array:
        """Find connections whose client's packets differ in TTL."""
        ttl = self.columns["ttl"][self.rows].astype("i4")
        low = np.full(self.count, 256, "i4")
        high = np.zeros(self.count, "i4")
        np.minimum.at(low, self.number, ttl)
        np.maximum.at(high, self.number, ttl)
        found: Array = high - low >= LOWER
        return found

    def reset_before_data(self) -> Array:
        """Find resets that the client goes on after."""
        reset = self.tcp & ((self.flags & RST) != 0)
        if not reset.any():
            return np.zeros(self.count, bool)
        first, last = np.full(self.count, NEVER), np.full(self.count, -1, "i8")
        np.minimum.at(first, self.number[reset], self.rows[reset])
        loaded = self.loaded & ~reset
        np.maximum.at(last, self.number[loaded], self.rows[loaded])
        found: Array = last > first
        return found

    def _first(self, chosen: Array, after: Array | None = None) -> Array:
        """Return the first chosen row of each connection, `NEVER` without one."""
        number, rows = self.number[chosen], self.rows[chosen]
        if after is not None:
            later = rows > after[number]
            number, rows = number[later], rows[later]
        found = np.full(self.count, NEVER)
        # Assigned from the last on, so that the first stays.
        found[number[::-1]] = rows[::-1]
        return found

    def odd_beginning(self) -> Array:
        """Find requests that come in more than one packet, or do not begin at the beginning."""
        one = self._first(self.loaded)
        two = self._first(self.loaded, one)
        found = np.zeros(self.count, bool)
        begun = np.flatnonzero(one < NEVER)
        first = one[begun]
        stream = self.protocol[begun] == TCP
        found[begun] = stream & self._misplaced(begun, first)
        both = np.flatnonzero((one < NEVER) & (two < NEVER))
        first, second = one[both], two[both]
        columns = self.columns
        soon = columns["time"][second].astype("i8") - columns["time"][first] < SOON_NS
        whole = columns["payload_length"][first] >= LARGE
        seq, length = columns["seq"].astype("i8"), columns["payload_length"].astype("i8")
        joined = (seq[first] + length[first] - seq[second]) % (1 << 32) == 0
        unanswered = self._unanswered(both, first, second)
        tcp = self.protocol[both] == TCP
        found[both] |= tcp & ((unanswered & ~(whole & joined)) | ~(joined | ~soon))
        large = whole | (columns["payload_length"][second] >= LARGE)
        again = (length[first] == length[second]) & (columns["destination_port"][first] != DNS_PORT)
        found[both] |= (self.protocol[both] == UDP) & soon & unanswered & (large | again)
        return found

    def _misplaced(self, begun: Array, first: Array) -> Array:
        """Tell where the first data are not those that follow the SYN."""
        syn = self._first(self.tcp & ((self.flags & (SYN | ACK | RST)) == SYN))
        opened = syn[begun]
        known = opened < NEVER
        seq = self.columns["seq"].astype("i8")
        start = seq[np.where(known, opened, 0)] + 1
        wrong: Array = known & ((seq[first] - start) % (1 << 32) != 0)
        return wrong

    def _unanswered(self, numbers: Array, first: Array, second: Array) -> Array:
        """Tell where the other side sent no data between two packets."""
        connections = self.connections
        theirs = (connections.direction == 1) & (self.columns["payload_length"] > 0)
        rows = np.flatnonzero(theirs)
        answer = np.full(self.count, NEVER)
        answer[connections.connection[rows[::-1]]] = rows[::-1]
        between: Array = answer[numbers] > second
        return between | (answer[numbers] < first)

    def odd_request(self, open_: Array) -> Array:
        """Look at the first bytes of requests in one packet: records, heads, QUIC's length."""
        one = self._first(self.loaded)
        numbers = np.flatnonzero((one < NEVER) & open_)
        found = np.zeros(self.count, bool)
        payloads = self.connections.packets.payloads(one[numbers])
        udp = (self.protocol[numbers] == UDP).tolist()
        for number, data, datagram in zip(numbers.tolist(), payloads, udp, strict=True):
            found[number] = odd_datagram(data) if datagram else odd_request(data)
        return found


def odd_request(data: bytes) -> bool:
    r"""Tell whether the first bytes of a stream may be tampered with.

    Examples
    --------
    >>> (
    ...     odd_request(b"GET / HTTP/1.1\r\nHost: a.org\r\n\r\n"),
    ...     odd_request(b"GET / HTTP/1.1\r\nhost: a"),
    ... )
    (False, True)
    """
    if data[:1] == b"\x16":
        end = 5 + int.from_bytes(data[3:5], "big")
        cut = len(data) < min(end, LARGE)
        cut = cut or (data[5:6] == b"\1" and 9 + int.from_bytes(data[6:9], "big") > end)
        return cut or data[2] in ODD_MINORS or data[end : end + 1] == b"\x16"
    if not data[:8].lstrip(b"\r\n")[:3].isalpha():
        return False
    at = data.find(b"\nHost: ")
    if at < 0:
        return b"\nhost:" in data[:4096].lower()
    end = data.find(b"\n", at + 1)
    value = data[at + 7 : end if end > 0 else None].rstrip(b"\r")
    head = data[:at]
    return (
        value[-1:] in (b".", b"\t")
        or value != value.lower()
        or data[:1] in (b"\r", b"\n")
        or b"  " in head[:12]
        or b"\r\n" not in data
        or at > LATE_HOST
        or head.count(b"\n") > 3
    )


def odd_datagram(data: bytes) -> bool:
    """Tell whether a datagram may be longer or shorter than its QUIC packets say."""
    from workbench.evasion.datagrams import is_initial, quic_tail

    return is_initial(data) and quic_tail(data) != 0

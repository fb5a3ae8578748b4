"""ICMP errors tied to the packets that they quote.

In: packets and their connections. Out: one row for each error, with the quoted packet and the hop
that it died at. An error quotes the IP header and at least 8 bytes behind it (RFC 792, RFC 4443).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.capture.extras import extra_columns
from workbench.capture.packets import Packets
from workbench.traffic.conversation import TCP, WHOLE, Conversations

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray[Any, Any]

ICMP, ICMP6 = 1, 58
KINDS4 = {3: "unreachable", 4: "source-quench", 5: "redirect", 11: "time-exceeded",
          12: "parameter-problem"}  # fmt: skip
KINDS6 = {1: "unreachable", 2: "packet-too-big", 3: "time-exceeded", 4: "parameter-problem"}
EXTENSIONS = (0, 43, 60, 135)
MAX_EXTENSIONS = 8
WINDOW_NS = 10_000_000_000
"""Longest time between a packet and the error that quotes it."""
MOST = 64
"""Most connections on the same endpoints that are looked through, and most packets that fit."""
MOST_ROWS = 20_000
RULES = ("ip-id+seq", "seq", "ip-id", "ports")


@dataclass(frozen=True, slots=True)
class Quote:
    """An ICMP error and what it quotes.

    Attributes
    ----------
    row
        Row of the error.
    kind, code
        ``time-exceeded``, ``unreachable`` and so on, and the ICMP code.
    router
        Address code of its sender.
    quoted
        Row of the quoted packet, -1 where it was not captured.
    rule
        What ties them: ``ip-id+seq``, ``seq`` (and size; IPv6, or an IP-ID that was changed),
        ``ip-id`` (datagrams), ``ports`` (the latest packet with these and of this size), or empty.
    hop
        For a time-exceeded, the router's distance from the place of capture: the TTL with which the
        quoted packet passed here; -1 where not known.
    connection
        Number of the connection, -1 without one.
    protocol
        IP protocol of the quoted packet.
    """

    row: int
    kind: str
    code: int
    router: int
    quoted: int
    rule: str
    hop: int
    connection: int
    protocol: int


@dataclass(frozen=True, slots=True)
class _Header:
    """What an error quotes."""

    source: bytes
    destination: bytes
    protocol: int
    ip_id: int
    ports: tuple[int, int]
    seq: int
    size: int


def find_quotes(conversations: Conversations) -> list[Quote]:
    """Find the ICMP errors of a capture, with the packets that they quote.

    Parameters
    ----------
    conversations
        Conversations of the capture.

    Returns
    -------
    list of Quote
        In the order of capture; those whose quotation cannot be read have protocol -1.
    """
    packets = conversations.connections.packets
    protocol = packets.columns["protocol"]
    rows = np.flatnonzero((protocol == ICMP) | (protocol == ICMP6)).tolist()
    if not rows:
        return []
    index = _Index(conversations)
    found = (_quote(packets, row, index) for row in rows)
    return [quote for quote in found if quote is not None]


def quoted_rows(quotes: list[Quote], kind: str = "time-exceeded") -> frozenset[int]:
    """Return the rows of packets that errors of one kind quote, for `classify`.

    Parameters
    ----------
    quotes
        What `find_quotes` found.
    kind
        Which errors.
    """
    return frozenset(quote.quoted for quote in quotes if quote.kind == kind and quote.quoted >= 0)


class _Index:
    """Finds connections by endpoints, and packets within them."""

    def __init__(self, conversations: Conversations) -> None:
        self.conversations = conversations
        packets = conversations.connections.packets
        self.packets = packets
        keys = packets.addresses.keys
        self.codes = {tuple(key): code for code, key in enumerate(keys.tolist())}
        columns = conversations.connections.columns
        names = ("protocol", "client", "client_port", "server", "server_port")
        self.numbers: dict[tuple[int, ...], list[int]] = {}
        for number, key in enumerate(zip(*(columns[n].tolist() for n in names), strict=True)):
            self.numbers.setdefault(key, []).append(number)

    def code(self, address: bytes) -> int:
        """Return the code of an address, -1 if no packet has it."""
        words = np.frombuffer(address.rjust(16, b"\0"), ">u4").astype("i8")
        words[0] |= (4 if len(address) == 4 else 6) << 32
        return self.codes.get(tuple(words.tolist()), -1)

    def candidates(self, header: _Header, before: int) -> tuple[int, Array]:
        """Return connection and rows of the packets that a header may belong to."""
        sender = self.code(header.source), header.ports[0]
        receiver = self.code(header.destination), header.ports[1]
        ways = (*sender, *receiver), (*receiver, *sender)
        for direction, ends in enumerate(ways):
            for number in reversed(self.numbers.get((header.protocol, *ends), [])[-MOST:]):
                rows = self.conversations.rows(number)
                at = int(np.searchsorted(rows, before))
                rows = rows[max(0, at - MOST_ROWS) : at]
                way = self.conversations.connections.direction[rows]
                rows = rows[way == direction]
                if len(rows):
                    return number, rows
        return -1, np.empty(0, "i8")


def _quote(packets: Packets, row: int, index: _Index) -> Quote | None:
    """Read one ICMP packet; None if it is no error."""
    columns = packets.columns
    whole = packets.datagrams.of(row)
    data = packets.data(row) if whole is None else whole
    at = int(columns["transport_at"][row])
    if columns["fragment"][row] & 0x1FFF or len(data) < at + 8:
        return None
    old = columns["protocol"][row] == ICMP
    kind = (KINDS4 if old else KINDS6).get(data[at])
    if kind is None:
        return None
    router, code = int(columns["source"][row]), data[at + 1]
    header = _quoted_header(data[at + 8 :])
    if header is None:
        return Quote(row, kind, code, router, -1, "", -1, -1, -1)
    number, rows = index.candidates(header, row)
    quoted, rule = _match(packets, header, rows, row)
    hop = int(columns["ttl"][quoted]) if quoted >= 0 and kind == "time-exceeded" else -1
    return Quote(row, kind, code, router, quoted, rule, hop, number, header.protocol)


def _quoted_header(data: bytes) -> _Header | None:
    """Read the quoted IP header and the ports; None where it is cut too short."""
    version = data[0] >> 4 if data else 0
    if version == 4 and len(data) >= 20:
        size, ip_id, protocol = (data[0] & 15) * 4, int.from_bytes(data[4:6], "big"), data[9]
        source, destination = data[12:16], data[16:20]
        whole = int.from_bytes(data[2:4], "big")
    elif version == 6 and len(data) >= 40:
        size, ip_id, protocol = 40, -1, data[6]
        source, destination = data[8:24], data[24:40]
        whole = 40 + int.from_bytes(data[4:6], "big")
        for _ in range(MAX_EXTENSIONS):
            if protocol not in (*EXTENSIONS, 44) or len(data) < size + 8:
                break
            step = 8 if protocol == 44 else (data[size + 1] + 1) * 8
            protocol, size = data[size], size + step
    else:
        return None
    if size < 20 or len(data) < size + 4:
        return None
    ports = struct.unpack(">HH", data[size : size + 4])
    seq = data[size + 4 : size + 8]
    number = int.from_bytes(seq, "big") if protocol == TCP and len(seq) == 4 else -1
    return _Header(source, destination, protocol, ip_id, (ports[0], ports[1]), number, whole)


def _match(packets: Packets, header: _Header, rows: Array, before: int) -> tuple[int, str]:
    """Return the packet that a header fits, and by which rule: of several the latest."""
    if not len(rows):
        return -1, ""
    time = packets.columns["time"]
    now, limits = int(time[before]), np.iinfo("i8")
    low, high = max(now - WINDOW_NS, limits.min), min(now + WINDOW_NS, limits.max)
    near = rows[(time[rows] >= low) & (time[rows] <= high)]
    near = near if len(near) else rows
    columns = packets.columns
    numbered = columns["seq"][near] == header.seq if header.seq >= 0 else None
    headers = columns["payload_at"][near].astype("i8") - columns["network_at"][near]
    sized = headers + columns["payload_length"][near] == header.size
    if header.ip_id < 0:
        same_id = None
    elif packets.extra or len(packets) <= WHOLE:
        same_id = extra_columns(packets, ["ip_id"])["ip_id"][near] == header.ip_id
    else:
        fitting = np.flatnonzero(sized if numbered is None else numbered)[-MOST:]
        same_id = np.zeros(len(near), bool)
        numbers = extra_columns(packets.take(near[fitting]), ["ip_id"])["ip_id"]
        same_id[fitting] = numbers == header.ip_id
    tests = (
        ("ip-id+seq", None if same_id is None or numbered is None else same_id & numbered),
        ("seq", None if numbered is None else numbered & sized),
        ("ip-id", same_id if header.seq < 0 else None),
        ("ports", sized if header.seq < 0 else None),
    )
    for rule, fits in tests:
        if fits is not None and fits.any():
            # Tools give an IP-ID to a fake and to a later packet: what died had the lower TTL.
            fitting = near[fits][::-1]
            return int(fitting[int(np.argmin(packets.columns["ttl"][fitting]))]), rule
    return -1, ""


COLUMNS = {
    "frame": "uint32, number of the ICMP packet",
    "kind": "time-exceeded, unreachable, packet-too-big, parameter-problem, redirect ...",
    "code": "uint8, ICMP code",
    "router": "address of its sender",
    "quoted_frame": "uint32, number of the packet that it quotes, 0 if that was not captured",
    "rule": "what ties them: ip-id+seq, seq, ip-id or ports",
    "hop": "int16, distance of the router from the place of capture, -1 if not known",
    "connection": "int32, connection of the quoted packet, -1 without one",
}
"""Columns of `quote_table`, in order."""


def quote_table(packets: Packets, quotes: list[Quote]) -> pd.DataFrame:
    """Return quotes as a table.

    Parameters
    ----------
    packets
        Packets of the capture.
    quotes
        What `find_quotes` found.

    Returns
    -------
    pandas.DataFrame
        One row an error, with the columns of `COLUMNS`.
    """
    import pandas as pd

    frames, texts = packets.frame_numbers(), packets.addresses.texts
    return pd.DataFrame(
        {
            "frame": np.array([frames[one.row] for one in quotes], "u4"),
            "kind": pd.Series([one.kind for one in quotes], dtype="str"),
            "code": np.array([one.code for one in quotes], "u1"),
            "router": pd.Series(
                [texts[one.router] if one.router >= 0 else "" for one in quotes], dtype="str"
            ),
            "quoted_frame": np.array(
                [frames[one.quoted] if one.quoted >= 0 else 0 for one in quotes], "u4"
            ),
            "rule": pd.Series([one.rule for one in quotes], dtype="str"),
            "hop": np.array([one.hop for one in quotes], "i2"),
            "connection": np.array([one.connection for one in quotes], "i4"),
        }
    )

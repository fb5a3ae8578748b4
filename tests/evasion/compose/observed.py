"""Requests and path facts of the desync captures, taken from the packets without our recogniser."""

from __future__ import annotations

import csv
import io
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dpkt

from tests.evasion.compose.signature import signed
from workbench.evasion.compose import PathFacts
from workbench.evasion.compose.headers import checksum, pseudo_header, walk_options


@dataclass
class Seen:
    """One client packet of a capture."""

    time: float
    protocol: int
    ttl: int
    source: bytes
    destination: bytes
    segment: bytes
    fragment: tuple[int, int, bool] | None = None
    tcp: Any = None
    ip_id: int = 0
    dont_fragment: bool = False


def cases(folder: Path) -> list[dict[str, str]]:
    """Return the client rows of the manifest, one a case."""
    with (folder / "manifest.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["vantage"] == "client"]
    return list({row["case_id"]: row for row in rows}.values())


def packets(path: Path) -> list[Seen]:
    """Return the IP packets of a capture, IPv6 headers walked."""
    reader = dpkt.pcap.UniversalReader(io.BytesIO(path.read_bytes()))
    at = {1: 14, 113: 16, 276: 20}[reader.datalink()]
    found = (_packet(float(time), bytes(frame[at:])) for time, frame in reader)
    return [one for one in found if one]


def _packet(time: float, data: bytes) -> Seen | None:
    if not data:
        return None
    if data[0] >> 4 == 4:
        head, total = (data[0] & 15) * 4, int.from_bytes(data[2:4], "big")
        word = int.from_bytes(data[6:8], "big")
        one = Seen(time, data[9], data[8], data[12:16], data[16:20], data[head:total])
        one.ip_id, one.dont_fragment = int.from_bytes(data[4:6], "big"), bool(word & 0x4000)
        if word & 0x3FFF:
            one.fragment = (one.ip_id, (word & 0x1FFF) * 8, bool(word & 0x2000))
    elif data[0] >> 4 == 6:
        protocol, rest, piece = data[6], data[40:], None
        while protocol in {0, 60, 44} and len(rest) >= 8:
            if protocol == 44:
                word = int.from_bytes(rest[2:4], "big")
                piece = (int.from_bytes(rest[4:8], "big"), word & 0xFFF8, bool(word & 1))
            protocol, rest = rest[0], rest[8:]
        one = Seen(time, protocol, data[7], data[8:24], data[24:40], rest, piece)
    else:
        return None
    if not one.fragment:
        one.tcp = _tcp(one)
    return one


def _tcp(one: Seen) -> Any:
    if one.protocol != 6 or len(one.segment) < 20:
        return None
    try:
        return dpkt.tcp.TCP(one.segment)
    except dpkt.UnpackError:
        return None


def whole_again(seen: list[Seen]) -> list[Seen]:
    """Return the packets with two-piece fragments put together where the second one stands."""
    out: list[Seen] = []
    waiting: dict[tuple[bytes, int], Seen] = {}
    for one in seen:
        if one.fragment is None:
            out.append(one)
            continue
        other = waiting.pop((one.source, one.fragment[0]), None)
        if other is None or other.fragment is None:
            waiting[one.source, one.fragment[0]] = one
            continue
        first, second = sorted((one, other), key=lambda piece: piece.fragment or (0, 0, False))
        if second.fragment and second.fragment[1:] == (len(first.segment), False):
            joined = Seen(one.time, one.protocol, one.ttl, one.source, one.destination,
                          first.segment + second.segment)  # fmt: skip
            joined.tcp = _tcp(joined)
            out.append(joined)
    return out


def first_flow(seen: Iterable[Seen]) -> list[Seen]:
    """Return the client's TCP packets of the first connection."""
    seen = [one for one in seen if one.source[:1] != b"\x7f"]
    syns = [one for one in seen if one.tcp and one.tcp.flags & 0x12 == 2]
    if not syns:
        return []
    key = (syns[0].source, syns[0].tcp.sport, syns[0].tcp.dport)
    return [one for one in seen if one.tcp and (one.source, one.tcp.sport, one.tcp.dport) == key]


def path_of(seen: list[Seen], row: dict[str, str]) -> PathFacts:
    """Return what is known of the path of a case."""
    seen = [one for one in seen if one.source[:1] != b"\x7f"]
    flow = first_flow(seen)
    version6 = row["ip_version"] == "6"
    facts: dict[str, Any] = {
        "hops": 4,
        "rtt_ns": 20_600_000,
        "think_ns": 1_700_000,
        "server_port": 443,
    }
    if row["proto"].startswith("http/"):
        facts["server_port"] = 80
    addresses: dict[str, Any] = {"client": "fd77:1::1" if version6 else "10.77.1.1"}
    addresses["server"] = "fd77:5::11" if version6 else "10.77.5.11"
    if flow:
        syn = next(one for one in flow if one.tcp.flags & 0x12 == 2)
        options = dict(walk_options(syn.tcp.opts))
        addresses = {
            name: str(ipaddress.ip_address(value))
            for name, value in (("client", syn.source), ("server", syn.destination))
        }
        facts |= {"client_port": syn.tcp.sport, "client_isn": syn.tcp.seq, "ttl": 64}
        facts |= {"timestamps": 8 in options, "window": syn.tcp.win, "ip_id": syn.ip_id}
        replies = [one for one in seen if one.source == syn.destination and _answers(one)]
        if replies:
            facts["server_isn"] = replies[0].tcp.seq
        if 8 in options:
            facts["client_clock"] = int.from_bytes(options[8][:4], "big")
    return PathFacts(**addresses, **facts)


def _answers(one: Seen) -> bool:
    return bool(one.tcp and one.tcp.flags & 0x12 == 0x12)


def request_of(seen: list[Seen], ttl: int = 64, *, offload: bool = False) -> bytes:
    """Return the request of the first connection: of each byte the last copy that could count.

    It could if it has the usual TTL, a right checksum, ACK, the server's numbers, no MD5 option;
    one of zeros alone never takes the place of another.
    """
    flow = first_flow(whole_again(seen))
    if not flow:
        return b""
    isn = next(one.tcp.seq for one in flow if one.tcp.flags & 0x12 == 2)
    held: dict[int, int] = {}
    urgent: set[int] = set()
    for counted in (True, False):
        for one in flow:
            start = signed(one.tcp.seq - isn) - 1
            if _counts(one, ttl, offload=offload) != counted or not -2000 <= start <= 20_000:
                continue
            if one.tcp.flags & 0x20:
                urgent.add(start + one.tcp.urp - 1)
            _hold(held, start, bytes(one.tcp.data), over=counted)
    size = next(index for index in range(len(held) + 1) if index not in held)
    return bytes(held[index] for index in range(size) if index not in urgent)


def _hold(held: dict[int, int], start: int, data: bytes, *, over: bool) -> None:
    over = over and any(data)
    for index, byte in enumerate(data, start):
        if over or index not in held:
            held[index] = byte


def _counts(one: Seen, ttl: int, *, offload: bool) -> bool:
    tcp = one.tcp
    if one.ttl != ttl or not tcp.flags & 0x10 or not tcp.data or tcp.flags & 2:
        return False
    if 19 in dict(walk_options(tcp.opts)):
        return False
    return offload or checksum_good(one)


def checksum_good(one: Seen) -> bool:
    """Tell whether a TCP segment's checksum is right."""
    pseudo = pseudo_header(one.source, one.destination, 6, len(one.segment))
    return checksum(pseudo + one.segment) == 0


def message(data: bytes) -> bytes:
    """Return the first message of a stream: a ClientHello in one record, or an HTTP head."""
    if data[:1] == b"\x16" and len(data) >= 5:
        body, rest = b"", data
        while rest[:1] == b"\x16":
            size = int.from_bytes(rest[3:5], "big")
            body, rest = body + rest[5 : 5 + size], rest[5 + size :]
        body = body[: 4 + int.from_bytes(body[1:4], "big")]
        return data[:3] + len(body).to_bytes(2, "big") + body
    head = data.find(b"\r\n\r\n")
    return data[: head + 4] if head >= 0 else data

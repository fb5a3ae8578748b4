"""What our parsers find in each connection of a capture, read in the plainest way.

Client and server payloads are put in order of sequence number, the first copy of a byte kept. That
is enough for ordinary captures; whatever bends the rules is another module's work.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from workbench.capture.packets import Packets
from workbench.capture.reader import read_packets
from workbench.traffic.connections import find_connections
from workbench.traffic.messages import dns, dtls, fingerprints, hello, http, kinds, server
from workbench.traffic.messages.quic_exchange import QuicExchange

TCP, UDP = 6, 17
ENOUGH = 40_000


@dataclass
class Seen:
    """One connection."""

    protocol: int
    first_frame: int
    client: tuple[str, int]
    server: tuple[str, int]
    datagrams: list[tuple[int, bytes]] = field(default_factory=list)
    segments: tuple[list[tuple[int, bytes]], list[tuple[int, bytes]]] = field(
        default_factory=lambda: ([], [])
    )
    starts: list[int | None] = field(default_factory=lambda: [None, None])

    def stream(self, way: int) -> bytes:
        """Return the bytes of one direction up to the first gap."""
        pieces = self.segments[way]
        if not pieces:
            return b""
        start = self.starts[way]
        base = pieces[0][0] if start is None else start
        joined = bytearray()
        # A relative number of 32 bits, so that a sequence may wrap.
        order = sorted(pieces, key=lambda piece: (piece[0] - base + 2**31) % 2**32)
        for seq, payload in order:
            at = (seq - base + 2**31) % 2**32 - 2**31
            if at > len(joined):
                break
            joined += payload[len(joined) - at :]
        return bytes(joined)


def connections(path: Path) -> list[Seen]:
    """Return the connections of a capture with their first payloads."""
    packets = read_packets(path)
    try:
        return _gathered(packets)
    finally:
        packets.close()


def _gathered(packets: Packets) -> list[Seen]:
    found = find_connections(packets)
    columns, frames = packets.columns, packets.frame_numbers()
    table: dict[str, Any] = found.columns
    seen: dict[int, Seen] = {}
    taken: dict[tuple[int, int], int] = {}
    for row in np.flatnonzero(found.connection >= 0):
        number, way = int(found.connection[row]), int(found.direction[row])
        one = seen.get(number)
        if one is None:
            one = seen[number] = Seen(
                int(table["protocol"][number]),
                int(frames[row]),
                (_text(packets, table["client"][number]), int(table["client_port"][number])),
                (_text(packets, table["server"][number]), int(table["server_port"][number])),
            )
        if one.protocol == TCP and columns["tcp_flags"][row] & 2:
            one.starts[way] = (int(columns["seq"][row]) + 1) % 2**32
        if not columns["payload_length"][row] or taken.get((number, way), 0) > ENOUGH:
            continue
        payload = packets.payload(int(row))
        taken[number, way] = taken.get((number, way), 0) + len(payload)
        if one.protocol == TCP:
            # Data in a SYN comes behind the number that the SYN itself takes.
            first = int(columns["seq"][row]) + bool(columns["tcp_flags"][row] & 2)
            one.segments[way].append((first % 2**32, payload))
        else:
            one.datagrams.append((way, payload))
    return list(seen.values())


def _text(packets: Packets, code: Any) -> str:
    return packets.addresses.texts[int(code)]


def findings(one: Seen) -> dict[str, Any]:
    """Return what our parsers say about a connection."""
    return _stream_findings(one) if one.protocol == TCP else _datagram_findings(one)


def _stream_findings(one: Seen) -> dict[str, Any]:
    said = one.stream(0)
    kind = kinds.request_kind(said)
    asked, answered = hello.client_hello(said), server.server_hello(one.stream(1))
    result: dict[str, Any] = {"kind": kind, "response": http.http_response(one.stream(1))}
    result |= _hello_findings(asked, "t")
    if answered is not None:
        result |= {"ja3s": fingerprints.ja3s(answered), "server": answered}
    if kind == "http":
        result["requests"] = http.http_requests(said)
        result["server_name"] = result["requests"][0].server_name
    if kind == "dns":
        result["dns"] = [*dns.dns_stream(said), *dns.dns_stream(one.stream(1))]
        result["names"] = [message.server_name.lower() for message in result["dns"]]
    return result


def _datagram_findings(one: Seen) -> dict[str, Any]:
    first = next((data for way, data in one.datagrams if way == 0), b"")
    kind = kinds.request_kind(first, "udp")
    result: dict[str, Any] = {"kind": kind}
    messages = [dns.dns_message(data) for _, data in one.datagrams if dns.is_dns(data)]
    if kind == "dns":
        result["dns"] = [message for message in messages if message]
        result["names"] = [message.server_name.lower() for message in result["dns"]]
    sides = [[data for way, data in one.datagrams if way == side] for side in (0, 1)]
    if any(map(dtls.is_dtls, sides[0] + sides[1])):
        # Either end of a call may be the client of DTLS.
        asked = [dtls.dtls_client_hello(side) for side in sides]
        replies = [dtls.dtls_server_hello(side) for side in sides]
        result |= _hello_findings(asked[0] or asked[1], "d")
        result["ja3s"] = next((fingerprints.ja3s(reply) for reply in replies if reply), None)
        return result
    exchange = QuicExchange()
    for way, data in one.datagrams[:64]:
        exchange.add(data, client=way == 0)
    if exchange.version:
        result |= {"quic": exchange, **_hello_findings(exchange.hello, "q")}
        if exchange.server_hello is not None:
            result["ja3s"] = fingerprints.ja3s(exchange.server_hello)
    return result


def _hello_findings(asked: hello.ClientHello | None, transport: Any) -> dict[str, Any]:
    if asked is None:
        return {}
    return {
        "hello": asked,
        "server_name": asked.server_name,
        "alpn": ";".join(asked.alpn),
        "ja3": fingerprints.ja3(asked),
        "ja4": fingerprints.ja4(asked, transport),
    }

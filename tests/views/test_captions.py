"""Sentences above charts."""

from __future__ import annotations

from typing import Any

from tests.frames import START_NS, connection_table, download, packet_table
from workbench.traffic import exchange, ladders, summaries
from workbench.views import captions


def test_timeline() -> None:
    rows = [{"time": START_NS}] + [{"time": START_NS + 10**9}] * 8
    text = captions.timeline(summaries.timeline(packet_table(rows), bins=4))
    assert text.startswith(
        "Busiest 1 s after the first packet, with 8 packets in 500 ms, 2.7 times"
    )
    assert "nothing at all in 33 % of the time" in text
    start = captions.timeline(summaries.timeline(packet_table(rows[1:] + rows[:1] * 70), bins=4))
    assert start.startswith("Busiest at its very start, with 70 packets")
    even = [{"time": START_NS + n} for n in range(10)]
    text = captions.timeline(summaries.timeline(packet_table(even), bins=10))
    assert text == "Evenly spread: never more than 1 packet in 1 ns, 1.0 times the mean."
    assert captions.timeline(summaries.timeline(packet_table([{}]))).startswith("All 1 packet fall")
    assert captions.timeline(summaries.timeline(packet_table([]))) == "Nothing was sent."


def test_sizes() -> None:
    rows = [{"wire_length": 60}] * 3 + [{"wire_length": 1500}]
    text = captions.sizes(summaries.sizes(packet_table(rows)))
    assert text.startswith("75 % of the packets have 32 to 63 bytes")
    long = captions.sizes(summaries.sizes(packet_table([{"wire_length": 1500}])))
    assert long.endswith("none is shorter than 128 bytes, as acknowledgements are.")
    assert captions.sizes(summaries.sizes(packet_table([]))) == "No packets, no sizes."


def test_conversations() -> None:
    rows: list[dict[str, Any]] = [{"wire_bytes_server": 940}, {"server": "10.0.0.9"}]
    table = connection_table(rows)
    text = captions.conversations(summaries.conversations(table, limit=1), table)
    assert "10.0.0.1 and 10.0.0.2 exchanged the most, 1000 B or 89 % of all, 94 %" in text
    assert "The 1 largest of 2 pairs" in text
    nobody = connection_table([])
    assert "Nobody" in captions.conversations(summaries.conversations(nobody), nobody)


def test_sequence() -> None:
    text = captions.sequence(exchange.sequence(download(), 1), "server")
    assert text == "The server sent 5.9 KiB in 7 segments at 97.7 KiB/s; 1 sent again."
    once = captions.sequence(exchange.sequence(download(), 0), "client")
    assert once == "The client sent 517 B in 1 segment; each byte once and in order."
    none = exchange.sequence(packet_table([]), 0)
    assert captions.sequence(none, "client") == "The client sent no data."


def test_ladder() -> None:
    text = captions.ladder(ladders.ladder(download()))
    assert text.startswith("Opened in full view, closed in order; 19 packets drawn.")
    reset = packet_table([{"payload_length": 1}, {"tcp_flags": 4, "direction": 1, "time": 5}])
    assert "under way" in captions.ladder(ladders.ladder(reset))
    assert "reset from the server" in captions.ladder(ladders.ladder(reset))
    datagrams = packet_table([{"protocol": "udp", "tcp_flags": 0}])
    assert captions.ladder(ladders.ladder(datagrams)).startswith("Datagrams have no beginning")
    assert captions.ladder(ladders.ladder(packet_table([]))) == "No packets."

"""Sentences about a capture."""

from __future__ import annotations

import pytest

from tests.frames import START_NS, connection_table, download, packet_table, problem_table
from workbench.traffic import health, summaries
from workbench.traffic.focus import Choice
from workbench.views import sentences


def test_a_capture_in_one_line() -> None:
    facts = summaries.facts(download(), connection_table([{}]))
    assert sentences.title("a.pcap", facts) == "a.pcap: 19 packets in 90 ms between 2 hosts"
    line = sentences.subtitle(facts, ["ab" * 32])
    assert line.startswith("begun 2023-11-14 22:13:20 UTC · ethernet · ")
    assert line.endswith("sha256 abababababab…")


def test_little_is_said_of_little() -> None:
    nothing = summaries.facts(packet_table([]), connection_table([]))
    assert sentences.title("a.pcap", nothing) == "a.pcap: a capture without packets"
    assert sentences.subtitle(nothing, []) == "0 B on the wire"
    one = summaries.facts(
        packet_table([{"source": None, "destination": None}]), connection_table([])
    )
    assert sentences.title("a.pcap", one) == "a.pcap: 1 packet"
    cards = sentences.opening_cards(nothing, (), connection_table([]))
    assert [card.title for card in cards] == ["What it is", "What is wrong", "What happened"]


def test_cards_of_a_clean_capture() -> None:
    facts = summaries.facts(download(), connection_table([{}]))
    table = connection_table([{"handshake_rtt_ns": 5_000_000}, {"protocol": "udp"}])
    what, wrong, happened = sentences.opening_cards(facts, (), table)
    assert what.lines[0] == "19 packets: TCP (100 %)."
    assert wrong.tone == "good"
    assert wrong.lines[0].startswith("Nothing wrong found: 19 packets looked at")
    assert "1 TCP connection, with the handshake seen." in happened.lines
    assert "A handshake took 5 ms (median)." in happened.lines


def test_cards_of_a_troubled_capture() -> None:
    rows = [{"problem": "truncated", "captured_length": 9, "time": START_NS - i} for i in range(3)]
    packets, connections = packet_table(rows), connection_table([{"rst_server": 1}])
    found = health.findings(packets, connections, problem_table([(0, 1, "cut", "short")]))
    facts = summaries.facts(packets, connections)
    what, wrong, _ = sentences.opening_cards(facts, found, connections)
    assert wrong.tone == "bad"
    assert wrong.lines[-1] == f"{len(found) - 3} further points below."
    assert "of which 27 B were kept" in what.lines[1]


def test_offload_alone_is_not_called_wrong() -> None:
    packets = packet_table([{"checksum": "bad"}, {"source": "10.0.0.2"}])
    found = health.findings(packets, connection_table([]), problem_table())
    facts = summaries.facts(packets, connection_table([]))
    wrong = sentences.opening_cards(facts, found, connection_table([]))[1]
    assert wrong.tone == "good"
    assert wrong.lines[0] == "Nothing that takes away from it."


@pytest.mark.parametrize(
    ("address", "port", "text"),
    [("10.0.0.1", 80, "10.0.0.1:80"), ("::1", 0, "::1"), ("a\u202eb", 1, "a\\u202eb:1")],
)
def test_endpoints(address: str, port: int, text: str) -> None:
    assert sentences.endpoint(address, port) == text


def test_a_connection_says_why_it_is_here() -> None:
    row = connection_table([{"connection": 4, "handshake_rtt_ns": 1_000_000}]).iloc[0]
    text = sentences.connection_title(row, Choice(4, "it is the only one", 2))
    assert text.startswith("Connection 4: TCP from 10.0.0.1:40000 to 10.0.0.2:443, chosen because")
    assert "2 others would match too" in text
    assert "its handshake took 1 ms" in text
    assert text.endswith("The client is the side that sent the SYN.")


def test_a_connection_in_words_tells_its_names() -> None:
    row = connection_table([{"duration_ns": 5_000_000, "handshake_rtt_ns": 1_000_000}]).iloc[0]
    plain = sentences.connection_words(row)
    assert plain.startswith(
        "TCP from 10.0.0.1:40000 to 10.0.0.2:443. It lasted 5 ms, its handshake"
    )
    assert "asked for" not in plain
    same = row.copy()
    same["server_name"] = same["first_name"] = "x.com"
    assert "It asked for x.com." in sentences.connection_words(same)
    same["first_name"] = "w3.org\x1b"
    told = sentences.connection_words(same)
    assert "It asked for x.com, though its first packet names w3.org\\x1b." in told
    same["server_name"] = same["first_name"] = None
    assert "asked for" not in sentences.connection_words(same)

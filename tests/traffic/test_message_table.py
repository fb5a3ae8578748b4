"""The messages of connections, in order, with the packets that brought them."""

from __future__ import annotations

import io

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import workbench as wb
from tests.capture import build
from tests.traffic.messages import samples
from tests.traffic.test_connections import ACK, BACK, PSH, THERE, handshake, segment
from workbench.traffic import message_table
from workbench.traffic.message_table import COLUMNS, _rank

DATA = PSH | ACK
HELLO = samples.records(samples.hello(name="x.example"))
ANSWER = samples.record(samples.server())


def sent(data: bytes, offset: int = 0, **fields: int) -> bytes:
    return segment(THERE, data, seq=101 + offset, ack=501, flags=DATA, **fields)


def answered(data: bytes, ack: int) -> bytes:
    return segment(BACK, data, seq=501, ack=ack, flags=DATA, ttl=57)


def messages(*frames: bytes):
    return wb.read(io.BytesIO(build.pcap([*handshake(), *frames]))).messages


def test_both_sides_of_a_connection_are_listed_in_order() -> None:
    table = messages(sent(HELLO), answered(ANSWER, 101 + len(HELLO)))
    assert list(table.columns) == list(COLUMNS)
    assert table["name"].tolist() == ["ClientHello", "ServerHello"]
    assert table["frame"].tolist() == [4, 5]
    assert table["direction"].tolist() == [0, 1]
    assert table["summary"][0].startswith("x.example, TLS 1.3")
    assert table["complete"].all()


def test_a_message_belongs_to_the_packet_with_its_first_byte() -> None:
    two = b"GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n"
    table = messages(sent(two[30:], 30), sent(two[:30]))
    assert table["summary"].tolist() == ["GET /a", "GET /b"]
    assert table["frame"].tolist() == [5, 5]
    assert table["offset"].tolist() == [0, 19]


def test_a_fake_is_no_message_and_the_other_side_is_listed_once() -> None:
    fake = samples.records(samples.hello(name="fake.example"))
    table = messages(sent(fake, ttl=2), sent(HELLO), answered(ANSWER, 101 + len(HELLO)))
    assert table["name"].tolist() == ["ClientHello", "ServerHello"]
    assert table["frame"].tolist() == [5, 6]


def test_datagrams_have_messages_of_their_own() -> None:
    capture = wb.read("data/dns.pcap")
    table = capture.messages
    assert set(table["kind"]) == {"dns"}
    query = table[table["name"] == "query"].iloc[0]
    assert bytes.fromhex("0001") in capture.payload(int(query["frame"]))


def test_no_more_is_listed_of_one_side_than_said(monkeypatch) -> None:
    monkeypatch.setattr(message_table, "MOST_MESSAGES", 3)
    requests = b"GET / HTTP/1.1\r\n\r\n" * 9
    assert len(messages(sent(requests))) == 3
    query = bytes.fromhex("1234 0100 0001 0000 0000 0000 01 61 03 6f7267 00 0001 0001")
    udp = build.ethernet(build.ipv4(build.udp(query, ports=(5000, 53)), 17))
    assert len(messages(*[udp] * 9)) == 3


def test_nothing_said_is_an_empty_table() -> None:
    table = messages()
    assert len(table) == 0
    assert list(table.columns) == list(COLUMNS)


@given(st.lists(st.integers(0, 5), max_size=40))
def test_ranks_count_within_groups(groups: list[int]) -> None:
    found = _rank(np.array(groups, "i8")).tolist()
    assert found == [groups[:at].count(group) for at, group in enumerate(groups)]

"""Rows of streams and datagrams."""

from __future__ import annotations

import dnslib
from hypothesis import given
from hypothesis import strategies as st

from tests.traffic.messages import samples, vectors
from tests.traffic.messages.quic_making import handshake_packet
from workbench.traffic.messages.rows import list_messages

HELLO = samples.record(samples.hello())


def names(data: bytes, transport="tcp") -> list[str]:
    return [row.name for row in list_messages(data, transport)]


def test_a_clients_stream_of_tls_lists_hello_and_records() -> None:
    finished = samples.record(bytes(40))
    stream = HELLO + samples.record(b"\1", 20) + finished + samples.record(bytes(99), 23)
    rows = list_messages(stream)
    assert [row.name for row in rows] == [
        "ClientHello", "change cipher spec", "encrypted handshake", "application data",
    ]  # fmt: skip
    assert rows[0].summary == f"{samples.NAME}, TLS 1.3, h2, http/1.1"
    # The first row is the message, without the header of its record.
    assert (rows[0].offset, rows[0].length) == (5, len(HELLO) - 5)
    assert rows[1].offset == len(HELLO)
    assert rows[-1].offset + rows[-1].length == len(stream)
    assert all(row.complete for row in rows)


def test_a_hello_sent_again_after_a_retry_is_one() -> None:
    stream = HELLO + samples.record(b"\1", 20) + HELLO
    rows = list_messages(stream)
    assert [row.name for row in rows] == ["ClientHello", "change cipher spec", "ClientHello"]
    assert rows[0].summary == rows[2].summary
    assert rows[2].offset == len(HELLO) + 6


def test_a_servers_stream_of_tls_lists_its_flight() -> None:
    flight = samples.server(samples.alpn(b"h2"), cipher=0xC02F) + samples.handshake(11, bytes(50))
    rows = list_messages(samples.records(flight, (20, 90)) + samples.record(b"\2\x28", 21))
    assert [row.name for row in rows] == ["ServerHello", "Certificate", "alert"]
    assert rows[0].summary == "TLS 1.2, cipher 0xc02f, h2"
    assert rows[-1].summary == "fatal handshake_failure"


def test_a_hello_that_is_special_says_so() -> None:
    special = samples.hello(
        samples.key_shares(samples.POST_QUANTUM_SHARE), samples.extension(0xFE0D, b"\0x")
    )
    [row] = list_messages(samples.record(special)[:-40])
    assert row.summary.startswith("no name, TLS 1.2")
    assert not row.complete
    assert row.problems
    assert row.length == len(special)


def test_requests_responses_and_queries_have_rows() -> None:
    assert names(b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n" * 2) == ["request", "request"]
    [row] = list_messages(b"HTTP/1.1 302 Found\r\nLocation: /b\r\n\r\n")
    assert (row.kind, row.summary) == ("http", "302 Found to /b")
    record = dnslib.DNSRecord.question("a.org")
    [row] = list_messages(bytes(record.pack()), "udp")
    assert (row.name, row.summary) == ("query", "A a.org")
    record.header.qr = 1
    record.add_answer(dnslib.RR("a.org", rdata=dnslib.A("192.0.2.1")))
    [row] = list_messages(samples.counted(bytes(record.pack())))
    assert (row.summary, row.offset) == ("A a.org NOERROR A 192.0.2.1", 2)


def test_packets_of_a_datagram_have_rows() -> None:
    datagram = vectors.CLIENT_1 + handshake_packet(b"id", bytes(40)) + b"\x40data"
    rows = list_messages(datagram, "udp")
    assert [row.name for row in rows] == ["initial", "handshake", "short"]
    assert rows[0].summary == "v1, - to 8394c8f03e515708, example.com, TLS 1.3, alpn"
    [row] = list_messages(bytes.fromhex("80 00000000 00 00 00000001 6b3343cf"), "udp")
    assert row.summary == "offers v1, v2"


def test_rows_stop_at_a_limit() -> None:
    assert len(list_messages(samples.record(b"x", 23) * 50, limit=7)) == 7
    many = samples.record(samples.handshake(2, b"") * 4000)
    assert len(list_messages(many)) == 1000


@given(st.binary(max_size=200), st.sampled_from(["tcp", "udp"]))
def test_any_bytes_are_listed_without_an_exception(data, transport) -> None:
    for stream in (data, HELLO + data, samples.record(data), vectors.CLIENT_1[:40] + data):
        for row in list_messages(stream, transport):
            assert 0 <= row.offset < len(stream)
            assert row.summary.isprintable()

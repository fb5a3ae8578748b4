"""What a payload says, with the bytes that say it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import workbench as wb
from tests.hostile import hostile_bytes
from workbench.traffic.browse.decoding import MOST_FIELDS, decode

REQUEST = b"GET /a HTTP/1.1\r\nHost: x.org\r\nAccept: */*\r\n\r\n"


def test_a_request_and_its_headers() -> None:
    fields = decode(REQUEST)
    assert [(field.name, field.value) for field in fields] == [
        ("HTTP request", "GET x.org /a"), ("Host", "x.org"), ("Accept", "*/*"),
    ]  # fmt: skip
    host = fields[1]
    assert REQUEST[host.start : host.end] == b"x.org"


def test_a_response() -> None:
    fields = decode(b"HTTP/1.1 302 Found\r\nLocation: http://x.org/\r\nContent-Length: 0\r\n\r\n")
    assert fields[0].value.startswith("302 Found")
    assert fields[1].value == "http://x.org/"


@pytest.mark.parametrize("name", ["tls13.pcap", "tls12.pcap"])
def test_a_hello_points_at_its_name(name: str) -> None:
    capture = wb.read(f"data/{name}")
    row = capture.connections.query("server_port == 443").iloc[0]
    packets = capture.select(connection=int(row["connection"])).table(["frame", "payload_length"])
    frame = int(packets.loc[packets["payload_length"] > 0, "frame"].iloc[0])
    payload = capture.payload(frame)
    fields = {field.name: field for field in decode(payload)}
    named = fields["server name"]
    assert payload[named.start : named.end].decode() == named.value
    assert "ALPN" in fields
    assert "TLS 1." in fields["versions"].value


def test_questions_and_answers() -> None:
    capture = wb.read("data/dns.pcap")
    replies = [decode(capture.payload(frame), "udp") for frame in (1, 2, 3, 4)]
    titles = {fields[0].name for fields in replies if fields}
    assert titles == {"DNS query", "DNS response"}
    assert any(field.name == "question" for fields in replies for field in fields)


def test_what_is_cut_or_unknown() -> None:
    assert decode(b"") == ()
    assert decode(bytes(40)) == ()
    assert "(cut short)" in decode(REQUEST[:20])[0].value


@given(st.one_of(hostile_bytes, st.binary(max_size=300)), st.sampled_from(["tcp", "udp"]))
def test_any_bytes_are_fields_within_them(data: bytes, transport: str) -> None:
    for prefix in (b"", b"GET / HTTP/1.1\r\nHost: ", b"\x16\x03\x01\x02\x00\x01"):
        payload = prefix + data
        fields = decode(payload, transport)  # type: ignore[arg-type]
        assert len(fields) <= MOST_FIELDS
        assert all(-1 <= field.start <= max(field.end, -1) <= len(payload) for field in fields)

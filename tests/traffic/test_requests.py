"""Requests of streams and datagrams."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.traffic.messages import samples
from workbench.traffic.requests import (
    NO_FAMILY,
    Request,
    family_of,
    read_datagrams,
    read_stream,
)

QUERY = bytes.fromhex("1234 0100 0001 0000 0000 0000 01 61 03 6f7267 00 0001 0001")
HELLO = samples.records(samples.hello(name="x.example"))


def test_a_hello_is_read_with_what_it_says_of_its_sender() -> None:
    request = read_stream(HELLO + b"more", 443)
    assert (request.kind, request.server_name, request.length) == ("tls", "x.example", len(HELLO))
    family = family_of(request)
    assert (family.alpn, family.tls_version) == ("h2,http/1.1", "TLS 1.3")
    assert family.ja4.startswith("t13d0308h2_")
    assert len(family.ja3) == 32
    assert not family.post_quantum


def test_of_part_of_a_hello_no_fingerprint_is_taken() -> None:
    request = read_stream(HELLO[:-1], 443)
    assert (request.kind, request.complete) == ("tls", False)
    assert family_of(request) is NO_FAMILY
    assert family_of(Request()) is NO_FAMILY


STREAMS = {
    b"": ("", "", -1),
    b"\x16": ("unknown", "", -1),
    b"GET /x HTTP/1.1\r\nHost: A.example:81\r\n\r\n": ("http", "a.example", 39),
    b"GET /x HTTP/1.1\r\nHost: a.exa": ("http", "", -1),
    b"SSH-2.0-x\r\n": ("ssh", "", -1),
    b"\x00" * 40: ("unknown", "", -1),
}


@pytest.mark.parametrize(("data", "expected"), STREAMS.items())
def test_a_stream_is_told_by_its_first_bytes(data: bytes, expected: tuple[str, str, int]) -> None:
    request = read_stream(data, 8080)
    assert (request.kind, request.server_name, request.length) == expected


def test_dns_is_told_by_its_port() -> None:
    framed = len(QUERY).to_bytes(2, "big") + QUERY
    assert read_stream(framed, 53).server_name == "a.org"
    assert read_stream(framed, 54).server_name == ""
    assert read_datagrams([QUERY], 5353).first_name == "a.org"
    response = QUERY[:2] + b"\x81\x80" + QUERY[4:]
    assert read_datagrams([response], 53).server_name == ""
    assert read_datagrams([], 53) == Request()


def test_a_datagram_of_nothing_known_has_a_length_alone() -> None:
    assert read_datagrams([bytes(64)], 443) == Request("unknown", 64)


@given(st.binary(max_size=80), st.integers(0, 65535))
def test_nothing_that_is_sent_raises(data: bytes, port: int) -> None:
    assert read_stream(data, port).length <= max(len(data), 65_540)
    assert isinstance(read_datagrams([data, data], port).server_name, str)

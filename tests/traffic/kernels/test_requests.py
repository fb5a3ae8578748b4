"""The kernel against the parsers: it answers as they do, or leaves the answer to them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.traffic.messages import samples
from workbench.capture.engine import interpreted
from workbench.traffic.connections import KERNELS
from workbench.traffic.kernels import hellos
from workbench.traffic.kernels import requests as kernel
from workbench.traffic.messages.fields import shown
from workbench.traffic.requests import read_datagrams, read_stream

ENGINE = interpreted(KERNELS)
KINDS = {hellos.TLS: "tls", hellos.HTTP: "http", hellos.DNS: "dns", hellos.QUIC: "quic"}
HEADS = [
    b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n",
    b"GET / HTTP/1.1\r\nhOsT:a.example:8080\r\nX: y\r\n\r\nbody",
    b"\r\nPOST /x HTTP/1.0\r\nHost: 10.0.0.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET http://b.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n",
    b"CONNECT a.example:443 HTTP/1.1\r\n\r\n",
    b"GET /\r\n\r\n",
    b"GET / HTTP/1.1\nHost: a.example\n\n",
    b"GET / HTTP/1.1\r\nHost: a.example.\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: UPPER.example\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost:\r\n\r\n",
    b"FOO /x y\r\n\r\n",
]
QUERIES = [
    bytes.fromhex("1234 0100 0001 0000 0000 0000 01 61 03 6f7267 00 0001 0001"),
    bytes.fromhex("1234 0100 0001 0000 0000 0000 00 0001 0001"),
    bytes.fromhex("1234 8100 0001 0000 0000 0000 01 61 03 6f7267 00 0001 0001"),
    bytes.fromhex("1234 0100 0001 0000 0000 0000 01 2e 00 0001 0001"),
    bytes.fromhex("1234 0100 0001 0000 0000 0000 03 5741 c3 00 0001 0001"),
    bytes.fromhex("1234 0100 0001 0000 0000 0000 3f 61"),
]


def look(data: bytes, protocol: int = 6, port: int = 443) -> tuple[int, int, int, bytes, int]:
    """Return kind, state, length, name and family of one message."""
    messages = kernel.Messages(*(np.array([n], "i8") for n in (3, len(data), protocol, port)))
    asked = hellos.Asked(*(np.zeros(1, "i8") for _ in hellos.Asked._fields))
    names = np.zeros(len(data) + 6, "u1")
    buffer = ENGINE.buffer(b"..." + data + b"...")
    arrays = ENGINE.arrays(messages), 0, 1, 1, ENGINE.arrays(asked), ENGINE.array(names)
    used = ENGINE.call("look", buffer, *arrays)
    start, size = int(asked.name_start[0]), int(asked.name_size[0])
    assert start + size <= max(used, start + size) <= len(names)
    name = names[start : start + size].tobytes()
    return int(asked.kind[0]), int(asked.state[0]), int(asked.length[0]), name, int(asked.family[0])


def agrees(data: bytes, protocol: int = 6, port: int = 443) -> bool:
    """Check an answer against the parsers; tell whether there was one."""
    kind, state, length, name, _ = look(data, protocol, port)
    if state != hellos.DONE or kind == hellos.UNKNOWN:
        return False
    request = read_stream(data, port) if protocol == 6 else read_datagrams([data], port)
    assert (KINDS[kind], length, shown(name)) == (
        request.kind,
        request.length,
        request.server_name,
    )
    assert request.complete or protocol == 17
    return True


@pytest.mark.parametrize("head", HEADS)
def test_heads_are_read_as_the_parser_does(head: bytes) -> None:
    agrees(head, port=80)
    for end in range(len(head)):
        agrees(head[:end], port=80)


def test_ordinary_messages_are_answered_here() -> None:
    assert [agrees(head, port=80) for head in HEADS[:3]] == [True] * 3
    assert agrees(QUERIES[0], 17, 53)
    assert look(samples.records(samples.hello(), (50,)))[:2] == (hellos.TLS, hellos.INTRICATE)
    assert look(samples.records(samples.hello())[:99])[:2] == (hellos.TLS, hellos.INCOMPLETE)
    assert look(b"GET / HT", port=80)[1] == hellos.INCOMPLETE


@pytest.mark.parametrize("query", QUERIES)
def test_queries_are_read_as_the_parser_does(query: bytes) -> None:
    for end in range(len(query) + 1):
        agrees(query[:end], 17, 53)


@given(st.binary(max_size=60), st.sampled_from([6, 17]), st.sampled_from([53, 80, 443]))
def test_anything_is_read_as_the_parser_does(data: bytes, protocol: int, port: int) -> None:
    agrees(data, protocol, port)

"""The plausible server."""

from __future__ import annotations

import pytest

from tests.evasion.compose.stage import HELLO, INITIAL, PATH, relative
from workbench.evasion.compose.headers import walk_options
from workbench.evasion.compose.kernel import Kernel
from workbench.evasion.compose.server import Server, plausible_answer


def opened() -> tuple[Server, Kernel]:
    server, kernel = Server(PATH, len(HELLO), bytes(2000)), Kernel(PATH)
    server.receive(kernel.syn(), 0)
    kernel.handshake()
    return server, kernel


def test_a_syn_is_answered_once() -> None:
    server, kernel = Server(PATH, 1, b""), Kernel(PATH)
    syn = kernel.syn()
    (reply,) = server.receive(syn, 30_000_000)
    assert (reply.flags, reply.seq, reply.ip_id) == (0x12, PATH.server_isn, 0)
    assert reply.option_layout == (2, 4, 8, 1, 3)
    assert relative(reply.ack, PATH.client_isn) == 1
    assert server.receive(syn, 40_000_000) == []


def test_the_request_is_acknowledged_and_answered() -> None:
    server, kernel = opened()
    (data,) = kernel.write(HELLO)
    ack, first, second = server.receive(data, 90_000_000)
    assert relative(ack.ack, PATH.client_isn) == 518
    assert (first.length, second.length) == (1448, 552)
    assert bytes(server.delivered) == HELLO


@pytest.mark.parametrize(
    "changes",
    [
        {"checksum_xor": 1}, {"flags": 8}, {"flags": 4}, {"ack": 5},
        {"options": b"\x13\x12" + bytes(16) + b"\x01\x01"},
    ],
)  # fmt: skip
def test_some_packets_leave_no_trace(changes) -> None:
    server, kernel = opened()
    (data,) = kernel.write(HELLO)
    assert server.receive(data.but(**changes), 90_000_000) == []
    assert not server.delivered


def test_old_data_is_answered_with_what_came_twice() -> None:
    server, kernel = opened()
    (data,) = kernel.write(HELLO)
    (reply,) = server.receive(data.but(seq=data.seq - 10_000), 90_000_000)
    block = dict(walk_options(reply.options))[5]
    assert relative(int.from_bytes(block[:4], "big"), PATH.client_isn) == 1 - 10_000
    assert not server.delivered


def test_segments_out_of_order() -> None:
    server, kernel = opened()
    first, second, third = (
        next(iter(kernel.write(HELLO[a:b]))) for a, b in ((0, 2), (2, 9), (9, 517))
    )
    (hole,) = server.receive(third, 1)
    assert relative(hole.ack, PATH.client_isn) == 1
    assert 5 in hole.option_layout
    server.receive(second, 2)
    server.receive(first, 3)
    assert bytes(server.delivered) == HELLO


def test_what_came_first_in_order_stays() -> None:
    server, kernel = opened()
    (data,) = kernel.write(HELLO)
    server.receive(data.but(payload=b"fake"), 1)
    server.receive(data, 2)
    assert bytes(server.delivered) == b"fake" + HELLO[4:]


def test_an_urgent_byte_is_taken_out() -> None:
    server, kernel = opened()
    urgent = kernel.urgent(HELLO[:1] + b"a")
    (rest,) = kernel.write(HELLO[1:])
    server.receive(rest, 1)
    server.receive(urgent, 2)
    assert bytes(server.delivered) == HELLO


def test_quic_is_answered_once() -> None:
    server, kernel = Server(PATH, 1200, plausible_answer("quic")), Kernel(PATH)
    assert server.receive(kernel.datagram(b"\x40" + bytes(619)), 0) == []
    (reply,) = server.receive(kernel.datagram(INITIAL), 0)
    assert (reply.protocol, reply.length) == (17, 1200)
    assert server.receive(kernel.datagram(INITIAL), 0) == []


@pytest.mark.parametrize(
    ("kind", "begin"), [("tls", b"\x16\x03\x03"), ("http", b"HTTP/1.1 200"), ("quic", b"\xc1")]
)
def test_answers(kind, begin) -> None:
    answer = plausible_answer(kind, 1500)
    assert answer.startswith(begin)
    assert len(answer) == 1500
    assert answer == plausible_answer(kind, 1500)

"""One connection's client."""

from __future__ import annotations

import pytest

from tests.evasion.compose.stage import HELLO, INITIAL, LONG, PATH, row, words
from workbench.errors import ParameterError
from workbench.evasion.compose.client import Client
from workbench.evasion.parsing import parse
from workbench.evasion.strategy import (
    NONE,
    Dup,
    Fake,
    Http,
    Payload,
    Piece,
    Position,
    Sockets,
    Split,
    Strategy,
)  # fmt: skip


def client(command: str = "", request: bytes = HELLO) -> Client:
    return Client(parse(command) if command else NONE, request, PATH)


def test_a_repetition_goes_through_the_tool_again() -> None:
    one = client("nfqws --dpi-desync=fake,multisplit --dpi-desync-ttl=3 --dpi-desync-split-pos=2")
    first = one.opening() + one.request()
    again = one.again(200_000_000)
    assert words(first) == words(again) == "F R1 R2"
    assert again[0].pause_ns >= 200_000_000
    assert again[0].ip_id == 0x4001
    assert again[1].payload == first[-2].payload


def test_a_datagram_has_no_handshake() -> None:
    one = client("nfqws --dpi-desync=fake", INITIAL)
    assert one.datagrams
    assert one.opening() == []
    assert words(one.request()) == "F O J"
    assert words(one.again(10**9)) == "F O"


def test_an_acknowledgement_has_a_moment() -> None:
    one = client()
    one.opening()
    one.request()
    (packet,) = one.acknowledge(500_000_000, 2800, 77)
    assert row(packet)[1:5] == (0x4001, 518, 2801, 0)
    assert one.kernel.echo == 77


def test_pauses_are_kept_while_packets_are_held() -> None:
    one = client("nfqws --dpi-desync=fake --dpi-desync-ttl=3", LONG)
    one.opening()
    made = one.request()
    assert made[0].pause_ns >= PATH.think_ns
    assert all(packet.pause_ns < PATH.think_ns for packet in made[1:])


@pytest.mark.parametrize(
    "make",
    [
        lambda: Strategy(phase1=(Fake(repeats=1025),)),
        lambda: Strategy(dup=Dup(10**9)),
        lambda: Strategy(phase2=Split("fakedsplit", repeats=10**9)),
        lambda: Strategy(phase2=Split("multisplit", (Position("", 2),) * 1025)),
        lambda: Strategy(phase1=(Fake(payloads=(Payload("zeros", length=10**9),)),)),
        lambda: Strategy(phase1=(Fake(payloads=(Payload("zeros", length=1),) * 1025),)),
        lambda: Strategy(http=Http(pad=10**9)),
        lambda: Strategy(phase2=Split("multisplit", seqovl=Position("", 10**9))),
        lambda: Strategy(sockets=Sockets((Piece("split", Position("", 2)),) * 1025)),
        lambda: Strategy(tls_records=(Position("", 9),) * 1025),
    ],
)
def test_absurd_numbers_are_refused(make) -> None:
    with pytest.raises(ParameterError):
        Client(make(), HELLO, PATH)


def test_records_alone_need_no_tool() -> None:
    sent = Client(Strategy(tls_records=(Position("sniext", 1),)), HELLO, PATH).request()
    assert [packet.length for packet in sent] == [522]

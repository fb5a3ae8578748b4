"""Which way a request is read, by how much is in doubt."""

from __future__ import annotations

import numpy as np
import pytest

from tests.capture import build
from tests.traffic.messages import samples
from tests.traffic.test_connections import ACK, BACK, PSH, SYN, THERE, handshake, segment
from workbench.capture.engine import interpreted
from workbench.capture.problems import ProblemList
from workbench.capture.reader import decode_source
from workbench.capture.sources import Source
from workbench.traffic import readers
from workbench.traffic.connections import KERNELS, connect
from workbench.traffic.openings import gather_openings
from workbench.traffic.readers import RequestReader

DATA = PSH | ACK
GET = b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"


def reader_of(frames: list[bytes]) -> RequestReader:
    packets = decode_source(Source("test", build.pcap(frames)), ProblemList(), interpreted())
    connections = connect(packets, interpreted(KERNELS))
    openings = gather_openings(connections, interpreted(KERNELS))
    return RequestReader(connections, openings, np.arange(len(connections)).tolist())


def names(frames: list[bytes]) -> tuple[str, str]:
    [(_, request, first)] = reader_of(frames).read()
    return request.server_name, first


def sent(data: bytes, offset: int = 0, **fields: int) -> bytes:
    return segment(THERE, data, seq=101 + offset, ack=501, flags=DATA, **fields)


PLAIN = {
    "one segment": [sent(GET)],
    "two segments": [sent(GET[:10]), sent(GET[10:], 10)],
    "sent again": [sent(GET), sent(GET)],
    "overwritten behind the request": [sent(GET), sent(b"body", len(GET)), sent(b"BODY", len(GET))],
}


@pytest.mark.parametrize("frames", PLAIN.values(), ids=PLAIN)
def test_what_is_plain_is_not_judged(frames: list[bytes], monkeypatch) -> None:
    monkeypatch.setattr(readers, "Conversations", None)
    assert names([*handshake(), *frames])[0] == "a.example"


def test_what_is_disputed_is_judged() -> None:
    fake = GET.replace(b"a.example", b"b.example")
    frames = [*handshake(), sent(fake, ttl=2), sent(GET)]
    assert names(frames) == ("a.example", "b.example")


def test_a_stream_that_asks_for_no_name_is_left_alone(monkeypatch) -> None:
    monkeypatch.setattr(readers, "Conversations", None)
    frames = [*handshake(), sent(b"SSH-2.0-something\r\n"), sent(b"XX", 17)]
    [(_, request, first)] = reader_of(frames).read()
    assert (request.kind, request.server_name, first) == ("ssh", "", "")


def test_what_a_syn_carries_is_judged() -> None:
    frames = [
        segment(THERE, GET, seq=100, flags=SYN),
        segment(BACK, seq=500, ack=101, flags=SYN | ACK),
        segment(THERE, GET, seq=101, ack=501, flags=DATA),
    ]
    assert names(frames)[0] == "a.example"


def test_several_connections_keep_their_numbers() -> None:
    query = bytes.fromhex("1234 0100 0001 0000 0000 0000 01 61 03 6f7267 00 0001 0001")
    udp = build.ethernet(build.ipv4(build.udp(query, ports=(5000, 53)), 17))
    fake = GET.replace(b"a.example", b"b.example")
    frames = [udp, *handshake(), sent(fake, ttl=2), sent(GET)]
    found = {number: request.server_name for number, request, _ in reader_of(frames).read()}
    assert found == {0: "a.org", 1: "a.example"}


def test_a_hello_in_many_segments_is_put_together() -> None:
    hello = samples.records(samples.hello(name="long.example"))
    parts = [sent(hello[at : at + 9], at) for at in range(0, len(hello), 9)]
    assert names([*handshake(), *parts]) == ("long.example", "")

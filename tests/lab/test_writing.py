"""Requests are written in the pieces that the composer's packets show, over a real socket."""

from __future__ import annotations

import socket

import pytest

from tests.evasion.compose.stage import HELLO, PAGE
from workbench.errors import WorkbenchError
from workbench.evasion.compose import compose
from workbench.evasion.parsing import parse
from workbench.evasion.strategy import NONE
from workbench.lab.writing import Writer, plan

COMMANDS = (
    "tpws --split-pos=2",
    "tpws --split-pos=1,midsld --disorder",
    "tpws --split-pos=1 --oob",
    "tpws --tlsrec=sniext+1 --split-pos=1",
    "ciadpi -s1 -d3+s",
    "ciadpi -f1+s -t3",
    "ciadpi -o3",
    "ciadpi -r1+s",
    "spoof-dpi -window-size 3",
)


@pytest.fixture
def pair():
    """Return both ends of a TCP connection over loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        one = socket.create_connection(listening.getsockname())
        other, _ = listening.accept()
    with one, other:
        one.settimeout(10)
        other.settimeout(10)
        yield one, other


def everything(end, size: int) -> bytes:
    data = b""
    while len(data) < size and (piece := end.recv(size - len(data))):
        data += piece
    return data


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("request_", [HELLO, PAGE], ids=["tls", "http"])
def test_writes_are_the_composers_packets(command, request_) -> None:
    strategy = parse(command)
    data, writes = plan(strategy, request_, seed=3)
    sent = [one for one in compose(strategy, request_, seed=3) if one.payload]
    first = [one for one in sent if one.role != "retransmission"]
    assert [one.start for one in writes] == [one.offset for one in first]
    for write, packet in zip(writes, first, strict=True):
        urgent = b"" if write.urgent is None else bytes([write.urgent])
        body = data[write.start : write.stop] + urgent
        assert packet.payload == (body if write.fake is None else write.fake)
        assert packet.ttl == (write.ttl or 64)
    assert writes[-1].stop == len(data)


@pytest.mark.parametrize("command", COMMANDS[:5])
def test_the_other_end_gets_the_stream(command, pair) -> None:
    one, other = pair
    data, writes = plan(parse(command), HELLO)
    writer = Writer(one)
    writer.prepare(parse(command))
    before = one.getsockopt(socket.IPPROTO_IP, socket.IP_TTL)
    writer.perform(data, writes)
    # Loopback has no routers: pieces with TTL 1 arrive as well.
    assert everything(other, len(data)) == data
    assert one.getsockopt(socket.IPPROTO_IP, socket.IP_TTL) == before


def test_an_urgent_byte_is_not_of_the_stream(pair) -> None:
    one, other = pair
    data, writes = plan(parse("ciadpi -o3"), HELLO)
    Writer(one).perform(data, writes)
    assert other.recv(1, socket.MSG_OOB) == b"a"
    assert everything(other, len(HELLO)) == HELLO


def test_a_swapped_piece_is_what_was_on_the_pages_when_it_was_sent(pair) -> None:
    one, other = pair
    data, writes = plan(parse("ciadpi -f3 -t8"), HELLO)
    (fake, rest) = writes
    # The first read takes the pages as they are at that time: the fake, or the piece after it.
    Writer(one).perform(data, writes)
    got = everything(other, len(HELLO))
    assert got[3:] == data[rest.start :]
    assert got[:3] in (fake.fake, data[:3])


def test_tools_that_wait_leave_nagle_on(pair) -> None:
    one, _ = pair
    for command, off in (("gt --port 8000", 0), ("tpws --split-pos=2", 1)):
        Writer(one).prepare(parse(command))
        assert bool(one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)) is bool(off)


def test_nothing_asked_for_is_one_write() -> None:
    data, (write,) = plan(NONE, HELLO)
    assert (data, write.start, write.stop, write.ttl) == (HELLO, 0, len(HELLO), 0)


def test_another_system_is_refused(pair, monkeypatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    with pytest.raises(WorkbenchError, match="Linux"):
        Writer(pair[0]).perform(*plan(parse("ciadpi -f3 -t8"), HELLO))

"""Whole connections."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.evasion.compose.stage import HELLO, INITIAL, PATH, relative, words
from workbench.evasion.compose.kernel import Kernel
from workbench.evasion.compose.scene import Event, Script, play
from workbench.evasion.parsing import parse
from workbench.evasion.strategy import NONE

FAKE = "nfqws --dpi-desync=fake"
COMMANDS = [
    "nfqws --dpi-desync=fake --dpi-desync-ttl=3",
    f"{FAKE},fakeddisorder --dpi-desync-fooling=badsum --dpi-desync-split-pos=midsld",
    f"{FAKE},multidisorder --dpi-desync-fooling=badseq --dpi-desync-split-pos=1,midsld",
    "nfqws --dpi-desync=fakedsplit --dpi-desync-fooling=md5sig",
    "nfqws --dpi-desync=hostfakesplit --dpi-desync-fooling=ts",
    "nfqws --dpi-desync=syndata,multisplit --dpi-desync-split-pos=2 --dpi-desync-split-seqovl=1",
    "nfqws --dpi-desync=fake,ipfrag2 --dpi-desync-fooling=datanoack",
    "ciadpi -d1 -s1+s -r1+s",
    "ciadpi -f-1 -t3",
    "tpws --split-pos=1,midsld --disorder --oob",
    "goodbyedpi -9",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_server_reads_the_request(command) -> None:
    scene = play(parse(command), HELLO)
    wanted = len(HELLO) + 5 * ("-r1+s" in command)
    assert len(scene.delivered) == wanted
    assert wanted > 517 or scene.delivered == HELLO
    assert scene.events[-1].packet.from_client
    times = [event.time_ns for event in scene.events]
    assert times == sorted(times)


def test_a_fake_that_arrives_is_read() -> None:
    scene = play(parse("nfqws --dpi-desync=fake"), HELLO)
    assert scene.delivered != HELLO
    assert scene.delivered[:5].hex() == "16030102a3"
    acks = [event.packet.ack for event in scene.events if not event.packet.from_client]
    assert relative(acks[-1], PATH.client_isn) == 681


def test_a_black_hole_and_repetitions() -> None:
    strategy = parse("nfqws --dpi-desync=fake --dpi-desync-ttl=3")
    scene = play(strategy, HELLO, script=Script(silent=True, repetitions=3))
    assert words(list(scene.sent)) == "F O F - F - F -"
    assert scene.delivered == b""
    starts = [event.time_ns for event in scene.events if event.packet.role == "fake"]
    gaps = [round((b - a) / 10**6) for a, b in pairwise(starts)]
    assert gaps == [204, 408, 816]
    assert not any(event.arrives(PATH) for event in scene.events[3:])


def test_a_lost_part_leaves_a_hole() -> None:
    strategy = parse("nfqws --dpi-desync=multisplit --dpi-desync-split-pos=100,200")
    scene = play(strategy, HELLO, script=Script(lost=frozenset({1}), repetitions=1))
    blocks = [event for event in scene.events if 5 in event.packet.option_layout]
    assert blocks
    assert scene.delivered == HELLO


def test_a_datagram_is_answered() -> None:
    scene = play(parse("nfqws --dpi-desync=fake --dpi-desync-ttl=3"), INITIAL)
    assert [event.packet.from_client for event in scene.events] == [True, True, True, False]
    answered = play(NONE, INITIAL, script=Script(answer=b"\xc0" + bytes(1300)))
    assert answered.events[-1].packet.length == 1200


def test_where_and_when_a_packet_is_seen() -> None:
    event = Event(1000, Kernel(PATH).syn().but(ttl=3))
    assert event.reach(PATH) == 2
    assert not event.arrives(PATH)
    assert Event(0, event.packet.but(ttl=13)).arrives(PATH)
    assert not Event(0, event.packet.but(ttl=12)).arrives(PATH)
    assert event.time_at(0, PATH) == 1000
    assert event.time_at(12, PATH) == 1000 + PATH.rtt_ns // 2
    back = Event(1000, event.packet.but(from_client=False))
    assert back.time_at(12, PATH) == 1000
    assert Event(0, event.packet, 1).reach(PATH) == 1

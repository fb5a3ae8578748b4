"""Packets recorded twice, and packets sent twice."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.traffic.talk import ACK, FIN, Talk, part
from workbench.traffic.duplicates import find_duplicates


def exchange() -> Talk:
    talk = Talk().handshake().send(0, part(0, 100)).send(1, ack=100).send(1, b"reply", ack=100)
    return talk.send(0, at=100, ack=5).send(0, at=100, ack=5, flags=FIN | ACK)


def doubled(talk: Talk, sides: tuple[int, ...] = (0, 1), later_ns: int = 20_000) -> Talk:
    """Record every packet of some sides twice."""
    conversation = talk.conversation()
    every = list(zip(talk.records, conversation.direction.tolist(), strict=True))
    talk.records = sorted(
        [record for record, _ in every]
        + [(now + later_ns, frame) for (now, frame), side in every if side in sides],
        key=lambda record: record[0],
    )
    return talk


def test_an_ordinary_conversation_has_none() -> None:
    found = find_duplicates(exchange().conversation())
    assert found.verdict == "none"
    assert (found.copy_of == -1).all()


def test_every_packet_twice_is_the_capture() -> None:
    found = find_duplicates(doubled(exchange()).conversation())
    assert found.verdict == "capture"
    assert (found.copy_of >= 0).sum() == 8


def test_three_recordings_have_one_original() -> None:
    talk = doubled(exchange())
    third = [(now + 30_000, frame) for now, frame in exchange().records]
    talk.records = sorted([*talk.records, *third])
    found = find_duplicates(talk.conversation())
    originals = found.copy_of == -1
    assert (found.verdict, originals.sum()) == ("capture", 8)
    assert all(originals[first] for first in found.copy_of[~originals].tolist())


def test_a_router_in_between_takes_one_hop() -> None:
    talk, behind = exchange(), Talk(ttl=63, server_ttl=53)
    behind.handshake().send(0, part(0, 100)).send(1, ack=100).send(1, b"reply", ack=100)
    behind.send(0, at=100, ack=5).send(0, at=100, ack=5, flags=FIN | ACK)
    talk.records = sorted([*talk.records, *[(now + 9_000, frame) for now, frame in behind.records]])
    assert find_duplicates(talk.conversation()).verdict == "capture"


def test_repeats_of_a_tool_are_not_undone() -> None:
    talk = Talk().handshake()
    for _ in range(6):
        talk.send(0, b"fake" * 9, ttl=3, ip_id=7)
    found = find_duplicates(talk.send(0, part(0, 100)).send(1, ack=100).conversation())
    assert found.verdict == "repeats"
    assert (found.copy_of == -1).all()
    assert (found.twins >= 0).sum() == 5


@pytest.mark.parametrize("side", [0, 1])
def test_one_side_twice_may_be_a_tool(side: int) -> None:
    found = find_duplicates(doubled(exchange(), (side,)).conversation())
    assert found.verdict == "one-sided"
    assert (found.copy_of == -1).all()


def test_what_is_far_apart_was_sent_twice() -> None:
    assert find_duplicates(doubled(exchange(), later_ns=6_000_000).conversation()).verdict == "none"


def test_a_retransmission_has_another_ip_id_or_other_bytes() -> None:
    talk = (
        Talk().handshake().send(0, part(0, 9)).send(0, part(0, 9)).send(0, part(1, 10), ip_id=103)
    )
    assert find_duplicates(talk.conversation()).verdict == "none"


@settings(max_examples=20)
@given(st.integers(1, 4_000_000))
def test_any_short_delay_is_the_captures(later_ns: int) -> None:
    assert (
        find_duplicates(doubled(exchange(), later_ns=later_ns).conversation()).verdict == "capture"
    )

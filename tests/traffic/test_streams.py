"""What a naive reader sees of a conversation, and what is meant to be delivered."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.capture import build
from tests.traffic.talk import ACK, MD5, PSH, RST, SYN, SYN_OPTIONS, URG, Talk, part
from tests.traffic.test_reassembly import segmentations
from workbench.errors import ParameterError
from workbench.traffic.segments import classify
from workbench.traffic.streams import Piece, genuine_stream, naive_stream


def genuine(talk: Talk, direction: int = 0, **options: Any) -> bytes:
    conversation = talk.conversation()
    return genuine_stream(conversation, classify(conversation), direction, **options).data


@given(segmentations(), st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_a_conversation_gives_its_stream_across_any_wrap(
    made: tuple[bytes, list[Piece]], isn: int
) -> None:
    data, pieces = made
    talk = Talk(isn=isn).handshake()
    for piece in pieces:
        talk.send(0, piece.data, at=piece.offset)
    assert genuine(talk) == data
    assert naive_stream(talk.conversation(), 0).data == data


FAKES = [
    {"ttl": 3}, {"bad": True}, {"options": MD5}, {"flags": PSH}, {"at": -10_000, "ack": -66_000},
]  # fmt: skip


@pytest.mark.parametrize("mark", FAKES)
def test_fakes_are_left_out_of_what_is_meant(mark: dict[str, Any]) -> None:
    talk = Talk().handshake().send(0, bytes(680), **mark)
    talk.send(0, part(3, 500), at=3).send(0, part(0, 3)).send(1, b"reply", ack=500)
    assert genuine(talk) == part(0, 500)
    assert genuine(talk, 1) == b"reply"
    deceived = naive_stream(talk.conversation(), 0).data
    assert (deceived == part(0, 500)) == ("at" in mark)


def test_linux_semantics_for_what_is_meant() -> None:
    talk = Talk().handshake().send(0, part(134, 500), at=134)
    assert genuine(talk.send(0, b"\0" + part(2, 134), at=1).send(0, part(0, 2))) == part(0, 500)


def test_doubtful_packets_fill_only_holes() -> None:
    talk = Talk().handshake().send(0, part(0, 1), ttl=1).send(0, part(1, 99), at=1)
    found = genuine_stream(conversation := talk.conversation(), classify(conversation), 0)
    assert found.data == part(0, 99)
    assert found.frames(0, 2) == (4, 5)


def test_urgent_bytes_are_left_out_or_kept() -> None:
    talk = Talk().handshake().send(0, b"\x16a", flags=PSH | ACK | URG, urgent=2)
    talk.send(0, part(0, 20), at=2)
    assert genuine(talk) == b"\x16" + part(0, 20)
    assert genuine(talk, urgent="inline") == b"\x16a" + part(0, 20)
    far = Talk().handshake().send(0, part(0, 9), flags=PSH | ACK | URG, urgent=4000)
    assert genuine(far) == part(0, 9)


def test_keep_alives_and_resets_bring_nothing() -> None:
    talk = Talk().handshake().send(0, part(0, 9)).send(1, ack=9)
    talk.send(0, b"\0", at=8, ms=900).send(0, b"why", at=9, flags=RST)
    assert genuine(talk) == part(0, 9)


def test_fast_open_and_ignored_data_in_a_syn() -> None:
    cookie = b"\x22\x0a" + bytes(8) + b"\x01\x01"
    fast = Talk().send(0, part(0, 16), flags=SYN, options=cookie).send(1, flags=SYN | ACK, ack=16)
    assert genuine(fast.send(0, part(16, 99), at=16)) == part(0, 99)
    ignored = Talk().send(0, bytes(16), flags=SYN, options=SYN_OPTIONS).send(1, flags=SYN | ACK)
    assert genuine(ignored.send(0, part(0, 99))) == part(0, 99)


def test_without_a_handshake_earlier_bytes_are_kept() -> None:
    talk = Talk().send(0, part(50, 99), at=50).send(1, ack=99).send(0, part(0, 50), ms=300)
    found = genuine_stream(conversation := talk.conversation(), classify(conversation), 0)
    assert (found.start, found.data) == (-50, part(0, 99))


def test_datagrams_follow_each_other() -> None:
    talk = Talk().raw(build.udp4(b"one"), 0).raw(build.udp4(b"two"), 1)
    assert genuine(talk) == b"onetwo"


def test_fragments_count_once() -> None:
    segment = build.tcp(part(0, 100), seq=1001, ack=5001, flags=ACK)
    first = build.ethernet(build.ipv4(segment[:40], 6, identification=7, fragment=0x2000))
    second = build.ethernet(build.ipv4(segment[40:], 6, identification=7, fragment=5))
    assert genuine(Talk().handshake().raw(second, 30).raw(first, 31)) == part(0, 100)


def test_what_the_snap_length_cut_off_is_a_gap() -> None:
    talk = Talk().handshake().send(0, part(0, 100), cut=60).send(0, part(100, 150), at=100)
    found = genuine_stream(conversation := talk.conversation(), classify(conversation), 0)
    assert (found.data, found.gaps) == (part(0, 40), ((40, 100),))
    assert found.islands == ((100, part(100, 150)),)


def test_another_treatment_of_urgent_bytes_is_refused() -> None:
    conversation = Talk().handshake().conversation()
    with pytest.raises(ParameterError, match="drop, inline"):
        genuine_stream(conversation, classify(conversation), 0, urgent="keep")

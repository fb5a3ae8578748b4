"""Genuine, fake or unknown: each rule, and what looks like it and is not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.capture import build
from tests.traffic.talk import ACK, FIN, MD5, PSH, SYN, SYN_OPTIONS, Talk, part, stamp
from workbench.traffic.connections import find_connections
from workbench.traffic.conversation import Conversations
from workbench.traffic.segments import STANDINGS, Segments, classify

GENUINE, FAKE, UNKNOWN = "genuine", "fake", "unknown"
LENGTH = 500
ZEROS = bytes(LENGTH)
OTHER = b"\x16\x03\x01" + bytes(range(200)) * 3


def classes(talk: Talk) -> tuple[list[str], Segments]:
    found = classify(talk.conversation())
    return [STANDINGS[code] for code in found.standing.tolist()], found


def standing(talk: Talk) -> str:
    """Return a letter for each packet behind the handshake."""
    return "".join(name[0] for name in classes(talk)[0][3:])


def request(talk: Talk, **fields: Any) -> Talk:
    return talk.send(0, part(0, LENGTH), **fields)


MARKS: dict[str, dict[str, Any]] = {
    "ttl": {"ttl": 3},
    "checksum": {"bad": True},
    "md5": {"options": MD5},
    "ack": {"ack": -66_000},
    "no-ack": {"flags": PSH},
}


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("fake", [OTHER, ZEROS, b"G"], ids=["longer", "zeros", "short"])
def test_a_marked_fake_before_the_request(mark: str, fake: bytes) -> None:
    talk = request(Talk().handshake().send(0, fake, **MARKS[mark]))
    assert standing(talk.send(1, ack=LENGTH, ms=41).send(0, at=LENGTH)) == "fggg"


@pytest.mark.parametrize("mark", MARKS)
def test_a_marked_copy_with_the_very_same_bytes(mark: str) -> None:
    talk = request(Talk().handshake(), **MARKS[mark])
    assert standing(request(talk).send(1, ack=LENGTH, ms=41)) == "fgg"


ORDERS = [
    "f1 P1 f1 f2 P2 f2", "P1 f1 f2 P2 f2", "P1 f2 P2 f2", "P1 f2 P2",
    "f2 P2 f2 f1 P1 f1", "P2 f2 f1 P1 f1", "P2 f1 P1 f1", "P2 f1 P1",
]  # fmt: skip


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("mark", [*MARKS, "badseq"])
def test_shadows_in_every_order(order: str, mark: str) -> None:
    talk, cut, want = Talk().handshake(), 156, ""
    for token in order.split():
        begin, end = (0, cut) if token[1] == "1" else (cut, LENGTH)
        if token[0] == "P":
            talk.send(0, part(begin, end), at=begin)
        elif mark == "badseq":
            talk.send(0, ZEROS[begin:end], at=begin - 10_000, ack=-66_000)
        else:
            talk.send(0, ZEROS[begin:end], at=begin, **MARKS[mark])
        want += "g" if token[0] == "P" else "f"
    assert standing(talk.send(1, ack=LENGTH, ms=41)) == want + "g"


def test_a_volley_that_retransmissions_repeat() -> None:
    talk = Talk().handshake()
    for ms in (21, 221, 621):
        request(talk.send(0, OTHER, ttl=3, ms=ms), ms=ms + 0.1)
    assert standing(talk) == "fgfgfg"


def test_fakes_that_follow_each_other() -> None:
    talk = Talk().handshake().send(0, OTHER, ttl=3).send(0, bytes(4), at=len(OTHER), ttl=3)
    assert standing(request(talk)) == "ffg"


def test_a_fake_that_nothing_hinders_is_seen_by_its_end() -> None:
    talk = request(Talk().handshake().send(0, OTHER)).send(1, ack=len(OTHER), ms=41)
    assert standing(talk.send(0, at=LENGTH, flags=FIN | ACK, ms=500)) == "fggg"


def test_two_contents_without_a_mark_are_unknown() -> None:
    talk = Talk().handshake().send(0, part(0, LENGTH)).send(0, part(7, LENGTH + 7))
    assert standing(talk.send(0, at=LENGTH)) == "uug"


def test_unmarked_zeros_lose_against_bytes() -> None:
    assert standing(request(Talk().handshake().send(0, ZEROS)).send(0, ZEROS)) == "fgf"


def test_other_bytes_after_the_acknowledgement_are_never_delivered() -> None:
    talk = request(Talk().handshake()).send(1, ack=LENGTH, ms=41)
    assert standing(talk.send(0, part(7, LENGTH + 7), at=0, ms=42)) == "ggf"


def test_a_retransmission_of_what_lost_a_tie_is_not_stale() -> None:
    talk = Talk().handshake().send(0, part(7, LENGTH + 7), at=0)
    request(talk).send(1, ack=LENGTH, ms=41)
    assert standing(request(talk, ms=230)) == "uugu"


def test_a_piece_that_died_and_was_sent_again_is_genuine() -> None:
    talk = Talk().handshake().send(0, part(0, 1), ttl=1).send(0, part(1, LENGTH), at=1)
    talk.send(1, ack=0, ms=41).send(0, part(0, 1), ms=230)
    names, found = classes(talk)
    assert names[3:] == [GENUINE] * 4
    assert "lost" in found.reasons(3)


def test_a_fake_in_place_of_a_piece_is_seen_by_the_later_copy() -> None:
    talk = Talk().handshake().send(0, OTHER[:499], ttl=8).send(0, part(499, 500), at=499)
    assert standing(talk.send(0, part(0, 499), ms=230)) == "fgg"


def test_a_low_ttl_alone_proves_nothing() -> None:
    assert standing(request(Talk().handshake(), ttl=3)) == "u"
    delivered = request(Talk().handshake(), ttl=20).send(1, ack=LENGTH, ms=41)
    assert standing(delivered) == "gg"


def test_fakes_below_a_lowered_request() -> None:
    talk = request(Talk().handshake().send(0, OTHER, ttl=3), ttl=20)
    assert standing(talk.send(1, ack=LENGTH, ms=41)) == "fgg"


def test_an_overlap_to_the_left_is_genuine() -> None:
    talk = Talk().handshake().send(0, part(134, LENGTH), at=134)
    talk.send(0, b"\0" + part(2, 134), at=1).send(0, part(0, 2))
    assert standing(talk) == "ggg"


def test_ordinary_retransmissions_are_genuine() -> None:
    talk = Talk().handshake().send(0, part(0, 100)).send(0, part(100, 200), at=100)
    talk.send(0, part(0, 200), ms=300).send(0, part(50, 250), at=50, ms=700)
    assert standing(talk) == "gggg"


def test_a_keep_alive_may_carry_any_byte() -> None:
    talk = request(Talk().handshake()).send(1, ack=LENGTH, ms=41)
    assert standing(talk.send(0, b"\0", at=LENGTH - 1, ms=900)) == "ggg"


def test_padding_that_the_sender_counted_in_is_no_fake() -> None:
    talk = Talk().handshake().send(0, bytes(2), flags=ACK)
    names, found = classes(request(talk))
    assert names[3:] == [UNKNOWN, GENUINE]
    assert "padding" in found.reasons(3)


def test_data_in_a_syn_that_is_ignored() -> None:
    talk = Talk().send(0, bytes(16), flags=SYN, options=SYN_OPTIONS)
    talk.send(1, flags=SYN | ACK, options=SYN_OPTIONS).send(0)
    assert classes(talk)[0][0] == UNKNOWN
    assert classes(request(talk))[0][0] == FAKE


@pytest.mark.parametrize("taken", [0, 16])
def test_data_in_a_syn_with_fast_open(taken: int) -> None:
    cookie = b"\x22\x0a" + bytes(8) + b"\x01\x01"
    talk = Talk().send(0, part(0, 16), flags=SYN, options=cookie)
    talk.send(1, flags=SYN | ACK, ack=taken, options=cookie)
    assert set(classes(talk.send(0, part(taken, 99), at=taken))[0]) == {GENUINE}


def test_data_in_a_syn_that_is_acknowledged_without_fast_open() -> None:
    talk = Talk().send(0, part(0, 16), flags=SYN).send(1, flags=SYN | ACK, ack=16)
    assert set(classes(talk)[0]) == {GENUINE}


def test_the_servers_packets_are_fake_only_where_nobody_delivers_them() -> None:
    talk = request(Talk().handshake()).send(1, b"page" * 9, ack=LENGTH, ttl=30)
    talk.send(1, b"real" * 9, ack=LENGTH).send(1, b"real" * 9, ack=LENGTH, bad=True)
    assert standing(talk) == "gugf"


def test_datagrams_of_low_ttl_beside_full_ones() -> None:
    def frame(payload: bytes, ttl: int) -> bytes:
        return build.ethernet(build.ipv4(build.udp(payload), 17, ttl=ttl))

    talk = Talk().raw(frame(b"fake", 3), 0).raw(frame(b"fake", 3), 0.1).raw(frame(b"true", 64), 0.2)
    assert classes(talk)[0] == [FAKE, FAKE, GENUINE]
    lonely = Talk().raw(frame(b"probe", 3), 0).raw(frame(b"true", 64), 900)
    assert classes(lonely)[0] == [UNKNOWN, GENUINE]


def test_a_second_recording_shares_the_standing_of_the_first() -> None:
    talk = request(Talk().handshake().send(0, OTHER, ttl=3)).send(1, ack=LENGTH, ms=41)
    twice = [(now + 20_000, frame) for now, frame in talk.records]
    talk.records = sorted([*talk.records, *twice])
    names, found = classes(talk)
    assert found.duplicates == "capture"
    assert names.count(FAKE) == 2
    assert names.count(GENUINE) == len(names) - 2


def test_old_timestamps_make_a_fake() -> None:
    talk = Talk().send(0, flags=SYN, options=stamp(700_000)).send(1, flags=SYN | ACK)
    talk.send(0, options=stamp(700_020)).send(0, b"fakename", options=stamp(100_021))
    talk.send(0, part(0, 8), options=stamp(700_021)).send(1, ack=8, ms=41)
    assert standing(talk) == "fgg"


def test_too_many_overlaps_are_unreadable_not_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.traffic.coverage.BUDGET_START", 50)
    monkeypatch.setattr("workbench.traffic.coverage.BUDGET_RANGE", 0)
    talk = Talk().handshake()
    for at in range(60):
        talk.send(0, part(at, at + 1), at=at)
    names, found = classes(talk.send(0, part(0, 60)).send(0, part(0, 60)))
    assert names[-1] == UNKNOWN
    assert "unreadable" in found.reasons(len(names) - 1)


def test_packets_without_a_time_are_near_nothing() -> None:
    frames = [
        build.ethernet(build.ipv4(build.udp(b"data"), 17, ttl=ttl)) for ttl in (64, 3, 64, 64)
    ]
    timeless = build.record(frames[1], nano=True)
    timeless = timeless[:4] + b"\xff\xff\xff\xff" + timeless[8:]
    records = [build.record(frame, nano=True) for frame in frames]
    data = build.pcap_header(nano=True) + records[0] + timeless + records[2] + records[3]
    found = classify(Conversations(find_connections(build.read(data)))[0])
    assert [STANDINGS[code] for code in found.standing.tolist()] == [
        GENUINE, UNKNOWN, GENUINE, GENUINE
    ]  # fmt: skip

"""What speaks against a packet, taken by itself."""

from __future__ import annotations

from typing import Any

import pytest

from tests.capture import build
from tests.traffic.talk import ACK, MD5, PSH, RST, SYN, Talk, part, stamp
from workbench.traffic.evidence import HARD, SOFT, Evidence, collect_evidence, reason_names
from workbench.traffic.offload import checksum_verdicts


def evidence(talk: Talk, quoted: frozenset[int] = frozenset()) -> Evidence:
    conversation = talk.conversation()
    return collect_evidence(conversation, checksum_verdicts(conversation), quoted)


def last(talk: Talk) -> set[str]:
    found = evidence(talk)
    return set(reason_names(int(found.hard[-1]), int(found.soft[-1])))


def test_flags_are_apart() -> None:
    for table in (HARD, SOFT):
        assert sorted(table.values()) == [1 << place for place in range(len(table))]


def test_nothing_speaks_against_ordinary_packets() -> None:
    talk = Talk().handshake().send(0, part(0, 100)).send(1, b"reply", ack=100)
    found = evidence(talk.send(0, at=100, ack=5))
    assert not found.hard.any()
    assert not found.soft.any()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"at": -10_000, "ack": -66_000}, "before-start"),
        ({"at": -10_000, "ack": -66_000}, "bad-ack"),
        ({"ack": -66_000}, "bad-ack"),
        ({"bad": True}, "checksum"),
        ({"options": MD5}, "md5"),
        ({"flags": PSH}, "no-ack"),
        ({"ttl": 3}, "low-ttl"),
        ({"ttl": 3}, "unreachable"),
        ({"ttl": 63}, "other-ttl"),
        ({"options": b"\x01\x01"}, "layout"),
    ],
)
def test_one_field_is_one_reason(fields: dict[str, Any], reason: str) -> None:
    assert reason in last(Talk().handshake().send(0, b"fake" * 9, **fields))


def test_a_ttl_above_the_hops_may_arrive() -> None:
    assert last(Talk().handshake().send(0, b"fake", ttl=13)) == {"low-ttl", "other-ttl"}


def test_a_client_with_a_low_ttl_of_its_own_is_ordinary() -> None:
    assert last(Talk(ttl=5).handshake().send(0, part(0, 9))) == set()


def test_a_connection_that_is_signed_has_signatures() -> None:
    talk = Talk().send(0, flags=SYN, options=MD5 + b"\x02\x04\x05\xb4").send(1, flags=SYN | ACK)
    assert last(talk.send(0, part(0, 9), options=MD5)) == set()


def test_an_acknowledgement_exactly_66000_too_small() -> None:
    talk = Talk().handshake().send(0, part(0, 9))
    for number in range(70):
        talk.send(1, bytes(1000), at=number * 1000, ack=9)
    talk.send(0, at=9, ack=70_000)
    assert "bad-ack" in last(talk.send(0, b"fake", at=9, ack=4_000))
    talk.records.pop()
    assert "bad-ack" not in last(talk.send(0, b"true", at=9, ack=4_100))


def test_an_acknowledgement_66000_below_the_one_that_follows() -> None:
    talk = Talk().handshake().send(0, ack=60_000)
    talk.send(0, b"fake", ack=4_000).send(0, b"fake", ack=4_000)
    found = evidence(talk.send(0, b"true", ack=70_000))
    assert [reason_names(hard, 0) for hard in found.hard[-3:].tolist()] == [["bad-ack"]] * 2 + [[]]


def test_old_timestamps() -> None:
    talk = Talk().send(0, flags=SYN, options=stamp(700_000)).send(1, flags=SYN | ACK)
    talk.send(0, options=stamp(700_020)).send(0, b"fake", options=stamp(100_021))
    found = evidence(talk.send(0, part(0, 9), options=stamp(700_021)))
    assert reason_names(int(found.hard[3]), int(found.soft[3])) == ["old-timestamp", "aged"]
    assert not found.hard[4]


def test_a_clock_that_changed_behind_the_handshake_is_a_proxys() -> None:
    talk = Talk().send(1, flags=SYN | ACK, options=stamp(900_000))
    for number in range(4):
        talk.send(1, b"reply", at=5 * number, options=stamp(1_000 + number))
    assert not evidence(talk).hard.any()


def test_timestamps_wrap() -> None:
    talk = Talk().send(0, flags=SYN, options=stamp(2**32 - 5))
    assert last(talk.send(0, options=stamp(3)).send(0, b"x", options=stamp(9))) == set()


def test_data_without_the_timestamp_of_its_fellows() -> None:
    talk = Talk().send(0, flags=SYN, options=stamp(1)).send(1, flags=SYN | ACK)
    assert "no-timestamp" in last(talk.send(0, options=stamp(2)).send(0, b"x"))


def test_bytes_behind_the_senders_own_end() -> None:
    talk = Talk().handshake().send(0, bytes(680)).send(0, part(0, 500)).send(0, at=500)
    found = evidence(talk)
    assert reason_names(0, int(found.soft[3])) == ["beyond-sender"]
    assert not found.soft[4]


def test_bytes_far_ahead_of_all_that_follows() -> None:
    talk = Talk().handshake().send(0, b"fake", at=2**31 - 10).send(0, part(0, 9)).send(0, at=9)
    assert reason_names(int(evidence(talk).hard[3]), 0) == ["far-ahead"]


def test_a_keep_alive_is_not_before_the_beginning() -> None:
    assert "before-start" not in last(Talk().handshake().send(0, b"\0", at=-1))


def test_what_an_error_quotes() -> None:
    found = evidence(Talk().handshake().send(0, b"x"), frozenset([3]))
    assert reason_names(0, int(found.soft[3])) == ["quoted"]


def test_extension_headers_that_the_others_lack() -> None:
    talk = Talk(six=True).handshake()
    segment = build.tcp(b"fake", "fd00::1", "fd00::2", seq=1001, ack=5001)
    packet = build.ipv6(b"\x06\x00\x01\x04" + bytes(4) + segment, 0)
    assert "extension" in last(talk.raw(build.ethernet(packet, 0x86DD), 30))


def test_baselines_describe_both_sides() -> None:
    talk = Talk().handshake().send(0, at=0).send(0, at=0)
    client, server = evidence(talk.send(1, flags=RST, ttl=200)).baselines
    assert (client.ttl, server.ttl, client.md5, client.window) == (64, 52, False, 500)
    assert (client.layout, server.layout) == (0, -1)
    assert (client.ip_id, server.ip_id, client.dont_fragment) == ("counter", "unknown", False)


@pytest.mark.parametrize(("ids", "mode"), [([0, 0, 0], "zero"), ([5, 900, 3], "other")])
def test_how_a_sender_numbers_its_packets(ids: list[int], mode: str) -> None:
    talk = Talk()
    for number in ids:
        talk.send(0, ip_id=number)
    assert evidence(talk).baselines[0].ip_id == mode


def test_without_a_handshake_the_usual_ttl_counts() -> None:
    talk = Talk().send(0, b"fake", ttl=3)
    for number in range(3):
        talk.send(0, b"true", at=number)
    assert evidence(talk).baselines[0].ttl == 64

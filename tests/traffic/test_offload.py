"""Wrong checksums that a card would have put right, and those that nobody would."""

from __future__ import annotations

import struct

import pytest

from tests.capture import build
from tests.traffic.talk import ACK, RST, SYN, SYN_OPTIONS, Talk, part
from workbench.traffic.offload import VERDICTS, Offload, checksum_verdicts


def partial(length: int) -> int:
    """Return what Linux leaves for the card: the pseudo header's sum, not complemented."""
    return ~build.internet_sum(build.pseudo("10.0.0.1", "10.0.0.2", 6, length)) & 0xFFFF


def judged(talk: Talk) -> tuple[list[str], Offload]:
    found = checksum_verdicts(talk.conversation())
    return [VERDICTS[code] for code in found.verdict.tolist()], found


def test_right_ones_are_ok() -> None:
    names, found = judged(Talk().handshake())
    assert names == ["ok"] * 3
    assert found.directions == ("ok", "ok")


def test_a_wrong_one_among_right_ones_is_bad() -> None:
    names, found = judged(Talk().handshake().send(0, b"fake", bad=True).send(0, part(0, 9)))
    assert names == ["ok", "ok", "ok", "bad", "ok"]
    assert found.directions == ("bad", "ok")


def test_unfinished_ones_are_partial_and_a_wrong_one_among_them_is_bad() -> None:
    talk = Talk().send(0, flags=SYN, checksum=partial(32), options=SYN_OPTIONS)
    talk.send(1, flags=SYN | ACK).send(0, checksum=partial(20))
    talk.send(0, b"right").send(0, b"fake!", at=5, bad=True)
    names, found = judged(talk)
    assert names == ["offload-partial", "ok", "offload-partial", "ok", "bad"]
    assert found.directions == ("offload-partial", "ok")


@pytest.mark.parametrize("fixed", [0, 0xBEEF])
def test_one_value_on_different_packets_is_a_placeholder(fixed: int) -> None:
    talk = Talk().send(0, flags=SYN, checksum=fixed).send(1, flags=SYN | ACK)
    names, found = judged(talk.send(0, part(0, 9), checksum=fixed))
    assert names == ["offload-zero", "ok", "offload-zero"]
    assert found.directions == ("offload-zero", "ok")


def test_copies_of_one_wrong_packet_are_no_placeholder() -> None:
    talk = Talk().handshake()
    for _ in range(3):
        talk.send(0, b"fake", bad=True, ip_id=5)
    names, _ = judged(talk.send(0, part(0, 9)))
    assert names[3:] == ["bad", "bad", "bad", "ok"]


def test_where_control_packets_are_wrong_too_nothing_is_proven() -> None:
    talk = Talk().send(0, flags=SYN, bad=True).send(1, flags=SYN | ACK).send(0, bad=True)
    names, found = judged(talk.send(0, part(0, 9), bad=True))
    assert names == ["unknown", "ok", "unknown", "unknown"]
    assert found.directions == ("offload-unproven", "ok")


def test_a_direction_without_a_right_one_proves_nothing() -> None:
    names, found = judged(Talk().send(0, part(0, 9), bad=True))
    assert (names, found.directions) == (["unknown"], ("offload-unproven", "unknown"))


def test_resets_do_not_speak_for_their_direction() -> None:
    talk = Talk().handshake().send(0, flags=RST, bad=True).send(0, flags=RST, bad=True, at=1)
    names, _ = judged(talk.send(0, flags=RST, bad=True, at=2))
    assert names[3:] == ["bad"] * 3


def test_frames_longer_than_a_segment_were_merged_and_say_nothing() -> None:
    talk = Talk().handshake().send(0, bytes(2896), bad=True).send(0, part(0, 9), at=2896)
    assert judged(talk)[0][3:] == ["unknown", "ok"]


def test_cut_packets_cannot_be_checked() -> None:
    assert judged(Talk().handshake().send(0, part(0, 99), cut=20))[0][-1] == "unknown"


def test_datagrams_have_checksums_too() -> None:
    talk = Talk().raw(build.udp4(b"right"), 0).raw(build.udp4(b"wrong", checksum=7), 1)
    assert judged(talk)[0] == ["ok", "bad"]
    answer = build.udp(
        b"x", "10.0.0.2", "10.0.0.1", ports=(53, 40000), checksum=struct.calcsize("H")
    )
    talk.raw(build.ethernet(build.ipv4(answer, 17, "10.0.0.2", "10.0.0.1")), 2)
    assert judged(talk)[0] == ["ok", "bad", "unknown"]

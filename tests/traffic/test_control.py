"""Packets that open, end or acknowledge: meant, or made up."""

from __future__ import annotations

from typing import Any

import pytest

from tests.traffic.talk import ACK, FIN, MD5, RST, SYN, SYN_OPTIONS, Talk, part
from tests.traffic.test_judging import (
    FAKE,
    GENUINE,
    LENGTH,
    UNKNOWN,
    classes,
    request,
    standing,
)


@pytest.mark.parametrize(
    ("fields", "want"),
    [({"ttl": 3}, FAKE), ({"bad": True}, FAKE), ({"at": -10_000}, FAKE), ({}, UNKNOWN)],
)
def test_a_reset_after_which_the_sender_goes_on(fields: dict[str, Any], want: str) -> None:
    talk = Talk().handshake().send(0, flags=RST, **fields)
    assert classes(request(talk))[0][3] == want


def test_a_reset_that_ends_is_genuine() -> None:
    assert standing(request(Talk().handshake()).send(0, flags=RST, at=LENGTH)) == "gg"


def test_a_reset_of_another_ttl_from_the_server_is_unknown() -> None:
    talk = request(Talk().handshake()).send(1, flags=RST | ACK, ttl=46, ack=LENGTH)
    assert standing(talk) == "gu"


def test_a_fin_before_more_data() -> None:
    talk = Talk().handshake().send(0, flags=FIN | ACK, ttl=3)
    assert standing(request(talk)) == "fg"


@pytest.mark.parametrize("fields", [{"ttl": 3}, {"options": MD5}, {"bad": True}])
def test_a_copy_of_the_syn(fields: dict[str, Any]) -> None:
    talk = Talk().send(0, flags=SYN, **fields).send(0, flags=SYN, options=SYN_OPTIONS)
    talk.send(1, flags=SYN | ACK).send(0).send(0, part(0, 9))
    assert classes(talk)[0] == [FAKE, GENUINE, GENUINE, GENUINE, GENUINE]


def test_a_syn_ack_of_the_side_that_opens() -> None:
    talk = Talk().send(0, flags=SYN | ACK).send(0, flags=SYN).send(1, flags=SYN | ACK)
    assert classes(talk)[0] == [FAKE, GENUINE, GENUINE]


def test_a_simultaneous_open_is_genuine() -> None:
    talk = Talk().send(0, flags=SYN).send(1, flags=SYN).send(0, flags=SYN | ACK)
    assert set(classes(talk.send(1, flags=SYN | ACK))[0]) == {GENUINE}


def test_a_bad_acknowledgement_without_payload() -> None:
    talk = request(Talk().handshake().send(0, bad=True).send(0, ack=-66_000))
    assert standing(talk.send(0, at=LENGTH)) == "fugg"


def test_a_low_ttl_that_may_arrive_is_unknown() -> None:
    talk = request(Talk().handshake().send(0, flags=RST, ttl=20))
    assert classes(talk)[0][3] == UNKNOWN


def test_a_fin_sent_again_ends_all_the_same() -> None:
    talk = request(Talk().handshake()).send(0, at=LENGTH, flags=FIN | ACK)
    talk.send(0, part(0, LENGTH), ms=300).send(0, at=LENGTH, flags=FIN | ACK, ms=301)
    assert standing(talk) == "gggg"


def test_reasons_are_told() -> None:
    talk = request(Talk().handshake().send(0, flags=RST, ttl=3))
    assert "goes-on" in classes(talk)[1].reasons(3)
    twice = Talk().send(0, flags=SYN | ACK).send(0, flags=SYN)
    assert "role" in classes(twice)[1].reasons(0)


def test_the_servers_openings_are_not_judged_by_their_ttl() -> None:
    talk = Talk().send(0, flags=SYN).send(1, flags=SYN | ACK, ttl=30).send(1, flags=SYN | ACK)
    assert classes(talk)[0] == [GENUINE, UNKNOWN, GENUINE]


def test_thousands_of_resets_are_judged_at_once() -> None:
    talk = Talk().handshake()
    for number in range(3_000):
        talk.send(0, flags=RST, at=number)
    assert standing(talk) == "g" * 3_000
    assert standing(request(talk)) == "u" * 3_000 + "g"

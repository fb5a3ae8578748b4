"""The first volley, in tokens."""

from __future__ import annotations

import pytest

from tests.evasion.sequences import packets, volley_of
from workbench.evasion.genuine import asked, settle
from workbench.evasion.seen import Seen
from workbench.evasion.tokens import first_volley, with_rest

CANONICAL = (
    "-9999:680[ttl3,badsum,ack-65999]=CH:f.biz -9996:514[ttl3,badsum,ack-65999]=zeros "
    "4:514=0200010001fc -9996:514[ttl3,badsum,ack-65999]=zeros "
    "-9999:3[ttl3,badsum,ack-65999]=zeros 1:3=160301 -9999:3[ttl3,badsum,ack-65999]=zeros"
)


@pytest.mark.parametrize(
    ("signature", "text", "shift"),
    [
        (CANONICAL, "F f2 P2 f2 f1 P1 f1", -10_000),
        (CANONICAL.replace("-9999", "0").replace("-9996", "3"), "F f2 P2 f2 f1 P1 f1", -1),
        ("1:680[md5]=CH:w 1:680[md5]=CH:w 1:1=16 2:133=0301 135:383=6f75", "F F P1 P2 P3", 0),
        ("1:0[R,ttl3] 157:161=747465 1:156=CH:twi", "K P2 P1", 0),
        ("-9999:0[RA,ack-65999] 1:517=CH:x.com", "K P1", -10_000),
        ("1:127=CH: 128:15[ttl3]=6b33 128:15=7777 128:15[ttl3]=6b33 143:375=000b",
         "P1 f2 P2 f2 P3", 0),
        ("1:681[ttl3]=CH:g 682:4[ttl3]=zeros 1:517=CH:t", "F F P1", 0),
    ],
)  # fmt: skip
def test_tokens_and_the_shift_of_fakes(signature: str, text: str, shift: int) -> None:
    found = volley_of(signature)
    assert (found.text, found.shift) == (text, shift)


def test_parts_that_overlap_carry_filling() -> None:
    left = volley_of("0:3=001603 3:317=01013a010001").parts
    assert [(part.start, part.end, part.overlap) for part in left] == [(0, 2, 1), (2, 319, 0)]
    inside = volley_of("2:316=000000000000 1:156=CH:twi").parts
    assert [(part.start, part.end, part.overlap) for part in inside] == [
        (0, 156, 0),
        (156, 317, 155),
    ]


def test_a_retransmission_repeats_the_act_and_adds_nothing() -> None:
    once = packets("1:680[ttl3]=CH:f 1:517=CH:x.com")
    later = [
        Seen(one.frame + 9, one.time_ns + 200_000_000, one.offset, one.length, one.flags, one.data,
             one.ttl)
        for one in once
    ]  # fmt: skip
    sent = once + later
    standing = settle(sent)
    found = first_volley(sent, standing, asked(sent, standing))
    assert found.text == "F P1"
    assert (found.later, len(found.again)) == (1, 1)


def test_a_copy_sent_at_once_is_told_from_a_retransmission() -> None:
    assert volley_of("1:517=CH:x 1:517=CH:x").text == "P1 D1"


def test_a_reset_at_the_end_belongs_to_the_end() -> None:
    assert volley_of("1:517=CH:x 518:0[R]").text == "P1"
    assert volley_of("1:0[R]").text == ""
    assert volley_of("860578524:0[R] 1:517=CH:x").text == "P1"


def test_shadows_alone_show_the_parts_that_were_dropped() -> None:
    found = volley_of("1:156[badsum]=zeros 1:156=CH:dis 1:156[badsum]=zeros 157:361[badsum]=zeros")
    assert found.text == "f1 P1 f1 f2"
    assert [part.ghost for part in found.parts] == [False, True]


def test_a_request_cut_short_has_a_rest_unless_the_stack_cut_it() -> None:
    short = volley_of("1:154=CH:x")
    assert [part.ghost for part in with_rest(short, 517, 1448).parts] == [False, True]
    assert len(with_rest(short, 517, 154).parts) == 1
    assert len(with_rest(short, 517, 1448, {154}).parts) == 1
    assert len(with_rest(short, 154, 1448).parts) == 1


def test_tokens_are_bounded() -> None:
    many = " ".join(["1:4[ttl3]=zeros"] * 5000) + " 1:517=CH:x"
    assert len(volley_of(many).tokens) <= 4096

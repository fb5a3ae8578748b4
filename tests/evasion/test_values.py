from __future__ import annotations

import pytest
from hypothesis import given

from tests.evasion import made
from workbench.errors import ParameterError
from workbench.evasion.values import (
    BADACK_INCREMENT,
    Evidence,
    Fooling,
    Payload,
    Position,
    Tamper,
    Token,
    Ttl,
)


@given(made.positions)
def test_positions_survive_their_text(position):
    assert Position.parse(str(position)) == position


@pytest.mark.parametrize("text", ["", "x", "host++1", "1.5", "host+", "tls:", "0x10", "host 1"])
def test_a_position_that_is_none_says_what_one_looks_like(text):
    with pytest.raises(ParameterError):
        Position.parse(text)


def test_a_position_far_outside_any_request_is_refused():
    with pytest.raises(ParameterError, match="delta"):
        Position.parse("9999999999")


def test_a_ttl_keeps_only_what_its_mode_uses():
    assert Ttl.auto(-1, fallback=9).plain() == Ttl.auto(-1)
    assert Ttl("fixed", 3, delta=4).plain() == Ttl.fixed(3)
    assert Ttl("same", 3).plain() == Ttl()


@pytest.mark.parametrize("bad", [{"value": 256}, {"delta": 128}, {"low": 9, "high": 8}])
def test_a_ttl_is_a_number_of_hops(bad):
    with pytest.raises(ParameterError):
        Ttl("auto", **bad)


def test_increments_of_absent_kinds_mean_nothing():
    odd = Fooling(frozenset({"badsum"}), badseq_increment=1, badack_increment=2, ts_increment=3)
    assert odd.plain() == Fooling.of("badsum")
    acks = Fooling(frozenset({"badack"}), badseq_increment=1, badack_increment=2).plain()
    assert acks.badack_increment == 2
    assert acks.badseq_increment != 1


def test_to_clear_the_ack_flag_is_datanoack():
    cleared = Fooling(frozenset({"flags"}), flags_unset=16).plain()
    assert cleared == Fooling.of("datanoack")
    both = Fooling(frozenset({"flags"}), flags_unset=17).plain()
    assert both.kinds == {"datanoack", "flags"}
    assert both.flags_unset == 1


def test_flags_without_a_flag_are_no_fooling():
    assert not Fooling.of("flags").plain()


def test_unknown_fooling_lists_the_known():
    with pytest.raises(ParameterError, match="badsum, datanoack"):
        Fooling.of("badsun")


def test_zapret_constants():
    assert (Fooling().badseq_increment, BADACK_INCREMENT) == (-10_000, -66_000)
    assert Fooling().ts_increment == -600_000


@given(made.payloads)
def test_payloads_without_what_they_do_not_use_stay_so(payload):
    assert payload.plain().plain() == payload.plain()


def test_known_bytes_need_no_digest():
    assert Payload("bytes", data=b"a", digest="0" * 64).plain() == Payload("bytes", data=b"a")
    assert Payload("hello", digest="0" * 64).plain().digest == "0" * 64


def test_payloads_say_what_they_are():
    shown = str(Payload("file", "tls", "a b", "c.test", frozenset({"rnd"}), 3))
    assert shown == "tls file 'a b' sni=c.test mods=rnd from 3"
    assert str(Tamper("TCP", "dataofs", "replace", "10")) == "TCP:dataofs:replace:10"


def test_evidence_and_tokens_are_plain_values():
    assert Evidence((1, 2), support=2) == Evidence((1, 2), support=2)
    assert Token("F", (4,)).frames == (4,)

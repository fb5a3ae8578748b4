from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from tests.evasion import made
from workbench.errors import ParameterError
from workbench.evasion.phases import (
    Fake,
    Opening,
    Split,
    joined_fakes,
    plain_pattern,
    plain_payloads,
    sorted_positions,
)
from workbench.evasion.values import Fooling, Payload, Position, Ttl

THREE = Ttl.fixed(3)


@given(made.openings)
def test_what_has_no_effect_at_the_handshake_is_left_out(opening):
    assert opening.plain().plain() == opening.plain()


def test_data_in_the_syn_has_no_ttl():
    assert Opening("syndata", THREE).plain() == Opening("syndata")
    assert Opening("synack", THREE).plain().ttl == THREE


@pytest.mark.parametrize("kind", ["hopbyhop", "destopt", "ipfrag1"])
def test_a_header_mode_has_no_parameters(kind):
    assert Fake(kind, THREE, fooling=Fooling.of("badsum"), repeats=4).plain() == Fake(kind)


def test_resets_have_no_payload():
    assert Fake("rst", payloads=(Payload("zeros"),)).plain() == Fake("rst")


def test_a_hop_limit_like_the_ttl_says_nothing():
    assert Fake(ttl=THREE, ttl6=THREE).plain() == Fake(ttl=THREE)
    assert Fake(ttl6=THREE).plain().ttl6 == THREE


def test_a_lone_default_payload_says_nothing():
    hello = Payload(protocol="tls")
    assert plain_payloads((hello,)) == ()
    custom = Payload("bytes", "tls", data=b"a")
    assert plain_payloads((hello, custom)) == (hello, custom)
    assert plain_payloads((hello, Payload("bytes", "http", data=b"a")))[0].protocol == "http"


@pytest.mark.parametrize("kind", ["multisplit", "multidisorder"])
def test_plain_cuts_have_no_fakes_and_no_order_variant(kind):
    odd = Split(kind, (Position("", 2),), 1, ttl=THREE, repeats=3, host_fake="a.test")
    assert odd.plain() == Split(kind, (Position("", 2),))


def test_cuts_are_sorted_only_where_all_are_used():
    cuts = (Position("midsld"), Position("", 1), Position("midsld"))
    assert Split("multisplit", cuts).plain().positions == (Position("", 1), Position("midsld"))
    assert Split("fakedsplit", cuts).plain().positions == cuts
    assert sorted_positions(cuts) == sorted_positions(cuts[::-1])


def test_a_pattern_without_an_overlap_says_nothing():
    filling = Payload("bytes", data=b"\x16")
    assert Split("multisplit", seqovl_pattern=filling).plain().seqovl_pattern is None
    kept = Split("multisplit", seqovl=Position("", 1), seqovl_pattern=filling).plain()
    assert kept.seqovl_pattern == filling


@pytest.mark.parametrize("filling", [None, Payload("zeros"), Payload("bytes", data=b"\0\0")])
def test_zeros_are_the_default_filling(filling):
    assert plain_pattern(filling) is None


@given(made.splits)
def test_plain_splits_stay_so(split):
    assert split.plain().plain() == split.plain()


def test_fakes_that_differ_in_their_payload_alone_are_one():
    first = Fake(ttl=THREE, payloads=(Payload("bytes", "tls", data=b"a"),))
    second = replace(first, payloads=(Payload("bytes", "tls", data=b"b"),))
    (joined,) = joined_fakes((first, second))
    assert joined.payloads == first.payloads + second.payloads
    assert len(joined_fakes((first, replace(second, ttl=Ttl.fixed(4))))) == 2
    assert len(joined_fakes((first, Fake(ttl=THREE)))) == 2


def test_absurd_numbers_are_refused():
    with pytest.raises(ParameterError, match="repeats"):
        Fake(repeats=1 << 20)
    with pytest.raises(ParameterError, match="kind"):
        Split("split2")  # type: ignore[arg-type]

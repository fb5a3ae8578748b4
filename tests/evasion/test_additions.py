from __future__ import annotations

import pytest
from hypothesis import given

from tests.evasion import made
from workbench.errors import ParameterError
from workbench.evasion.additions import Dup, Http, Limits, Oob, Orig, Udp, Window
from workbench.evasion.values import Payload, Ttl


@given(made.dups)
def test_plain_copies_stay_so(dup):
    assert dup.plain().plain() == dup.plain()


@given(made.origs)
def test_plain_changes_stay_so(orig):
    assert orig.plain().plain() == orig.plain()


def test_only_udplen_has_an_increment():
    assert Udp("drop", 9).plain() == Udp("drop")
    assert Udp("udplen", 9, Payload("zeros")).plain() == Udp("udplen", 9)


def test_fallbacks_of_copies_never_show():
    assert Dup(1, ttl=Ttl.auto(fallback=2)).plain() == Dup(1, ttl=Ttl.auto())
    assert Orig(Ttl.fixed(1), Ttl.fixed(1)).plain() == Orig(Ttl.fixed(1))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Window("wssize", 65536),
        lambda: Window("wssize", 1, 256),
        lambda: Window("wssize", 1, cutoff="soon"),
        lambda: Dup(-1),
        lambda: Dup(1, ip_id="odd"),
        lambda: Limits(start="3"),
        lambda: Http(pad=-1),
        lambda: Oob(256),
        lambda: Orig(flags_set=0x1000),
        lambda: Udp("udplen", 1 << 20),
    ],
)
def test_values_out_of_range_are_refused(wrong):
    with pytest.raises(ParameterError):
        wrong()

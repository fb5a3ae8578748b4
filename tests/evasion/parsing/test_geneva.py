from __future__ import annotations

import pytest

from workbench.errors import ParameterError
from workbench.evasion.parsing import parse
from workbench.evasion.strategy import (
    Fake,
    Fooling,
    Opening,
    Payload,
    Position,
    Split,
    Strategy,
    Tamper,
    Ttl,
    Window,
)

TEN = Tamper("TCP", "dataofs", "replace", "10")
RANDOM = (Payload("random"),)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[TCP:flags:PA]-duplicate(tamper{TCP:load:corrupt}(tamper{IP:ttl:replace:3},),)-|",
         {"phase1": (Fake(ttl=Ttl.fixed(3), payloads=RANDOM),)}),
        ("[TCP:flags:PA]-duplicate(tamper{TCP:dataofs:replace:10}(tamper{TCP:chksum:corrupt},),)-|",
         {"phase1": (Fake(fooling=Fooling.of("badsum"), tampers=(TEN,)),)}),
        ("[TCP:flags:A]-duplicate(,tamper{TCP:flags:replace:RA}(tamper{IP:ttl:replace:3},))-|",
         {"phase1": (Fake("rstack", Ttl.fixed(3), at="ack", after=True),)}),
        ("[TCP:flags:S]-duplicate(tamper{TCP:flags:replace:SA},)-|",
         {"phase0": (Opening("synack"),)}),
        ("[TCP:flags:S]-duplicate(,tamper{TCP:load:corrupt})-|",
         {"phase1": (Fake(payloads=RANDOM, at="syn", after=True),)}),
        ("[TCP:flags:PA]-duplicate(tamper{TCP:seq:corrupt}(tamper{TCP:ack:corrupt},),)-|",
         {"phase1": (Fake(fooling=Fooling(frozenset({"randseq", "badack"}), 0, 0)),)}),
        ("[TCP:flags:PA]-fragment{tcp:8:False}-|",
         {"phase2": Split("multidisorder", (Position("", 8),))}),
        ("[TCP:flags:PA]-fragment{tcp:-1:True}-|",
         {"phase2": Split("multisplit", (Position("middle"),))}),
        ("[TCP:flags:PA]-fragment{tcp:8:True}(,fragment{tcp:4:True})-|",
         {"phase2": Split("multisplit", (Position("", 8), Position("", 12)))}),
        ("[TCP:flags:PA]-fragment{tcp:8:True}(fragment{tcp:4:True},)-|",
         {"phase2": Split("multisplit", (Position("", 4), Position("", 8)))}),
        ("[TCP:flags:PA]-fragment{ip:5:True}-|", {"phase2": Split("ipfrag2", fragment_tcp=40)}),
        (r"\/ [TCP:flags:SA]-tamper{TCP:window:replace:10}(tamper{TCP:options-wscale:replace:},)-|",
         {"window": Window("inbound", 10, 0)}),
        (r"\/ [TCP:flags:SA]-tamper{TCP:window:replace:10}-|", {"window": Window("inbound", 10)}),
        ("[TCP:flags:A]-duplicate(tamper{TCP:flags:replace:R},duplicate(tamper{TCP:flags:replace:S},))-|",
         {"phase1": (Fake("rst", at="ack"),
                     Fake(at="ack", tampers=(Tamper("TCP", "flags", "replace", "S"),)))}),
    ],
)  # fmt: skip
def test_trees_that_have_fields(text, expected):
    assert parse(text) == Strategy(**expected, tool="geneva")


@pytest.mark.parametrize(
    "text",
    [
        "[TCP:flags:PA]-tamper{TCP:options-uto:corrupt}-|",
        "[TCP:flags:PA]-fragment{tcp:8:False}(fragment{tcp:4:True},)-|",
        "[TCP:flags:PA]-fragment{tcp:8:True:4}-|",
        "[TCP:flags:PA]-fragment{tcp:8:True}(fragment{tcp:9:True},)-|",
        "[TCP:flags:PA]-fragment{ip:5:False}-|",
        "[TCP:flags:PA]-fragment{tcp:8:True}-|[TCP:flags:PA]-fragment{tcp:9:True}-|",
        "[TCP:flags:PA]-duplicate-|",
        "[TCP:flags:SA]-tamper{TCP:window:replace:98}-|",
        "[TCP:dataofs:5]-drop-|",
        r"\/ [TCP:flags:SA]-tamper{TCP:window:corrupt}-|",
        r"\/ [TCP:flags:SA]-tamper{TCP:window:replace:99999}-|",
        r"\/ [TCP:flags:R]-drop-|",
    ],
)
def test_every_other_tree_is_kept_whole(text):
    made = parse(text)
    assert made.text == "geneva-program"
    assert parse(made.program) == made


def test_an_empty_forest_does_nothing():
    assert not parse(r"\/")


def test_an_engine_needs_a_strategy():
    with pytest.raises(ParameterError, match="--strategy"):
        parse("engine.py --server-port 443")

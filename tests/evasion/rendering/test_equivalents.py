from __future__ import annotations

from hypothesis import given

from tests.evasion import made
from workbench.evasion.rendering.equivalents import to_packets, to_sockets
from workbench.evasion.strategy import (
    NONE,
    Fake,
    Piece,
    Position,
    Sockets,
    Split,
    Strategy,
    Ttl,
)

CUTS = (Position("", 1), Position("midsld"))


def test_cuts_become_writes():
    split = Strategy(phase1=(Fake(ttl=Ttl.fixed(3)),), phase2=Split("multisplit", CUTS))
    written = to_sockets(split)
    assert written.sockets == Sockets(tuple(Piece("split", one) for one in CUTS), ttl=Ttl.fixed(3))
    assert written.phase2 is None
    assert to_sockets(Strategy(phase2=Split("multidisorder", CUTS))).text == (
        "socket-disorder,socket-split"
    )


def test_a_fake_alone_becomes_a_fake_piece():
    assert to_sockets(Strategy(phase1=(Fake(ttl=Ttl.fixed(3)),))).text == "socket-fake"


def test_shadows_have_no_counterpart():
    shadowed = Strategy(phase2=Split("fakedsplit", CUTS))
    assert to_sockets(shadowed) is shadowed


def test_writes_become_cuts():
    written = Strategy(sockets=Sockets(tuple(Piece("split", one) for one in CUTS)))
    assert to_packets(written).phase2 == Split("multisplit", CUTS)
    disordered = Strategy(sockets=Sockets((Piece("disorder", CUTS[0]),)))
    assert to_packets(disordered).phase2 == Split("multidisorder", CUTS[:1])


@given(made.anything)
def test_what_is_of_the_right_kind_already_is_left_alone(strategy):
    if strategy.sockets:
        assert to_sockets(strategy) is strategy
    if strategy.phase2:
        assert to_packets(strategy) is strategy
    assert to_packets(NONE) is NONE

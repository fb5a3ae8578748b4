"""Pieces as the descriptor has them."""

from __future__ import annotations

from tests.evasion.sequences import found
from workbench.evasion.strategy import Position
from workbench.evasion.values import Ttl


def test_kinds_positions_and_the_urgent_byte() -> None:
    sockets = found("ciadpi -s1 -d3+s").sockets
    assert sockets is not None
    assert [(one.kind, str(one.position)) for one in sockets.pieces] == [
        ("split", "1"), ("disorder", "sld-1")]  # fmt: skip
    urgent = found("ciadpi -o1").sockets
    assert urgent is not None
    assert (urgent.pieces[0].kind, urgent.oob_byte) == ("oob", 0x61)


def test_swapped_bytes() -> None:
    strategy = found("ciadpi -f-1 -t8")
    assert strategy.sockets is not None
    assert strategy.sockets.ttl == Ttl.fixed(8)
    assert strategy.sockets.pieces[0].position in (Position("", 516), Position("", -1))
    assert "-1" in strategy.evidence["sockets.pieces.0"].rivals
    assert strategy.sender == "socket"


def test_equal_pieces() -> None:
    sockets = found("spoofdpi --https-split-mode chunk --https-chunk-size 35").sockets
    assert sockets is not None
    assert (sockets.pieces, sockets.chunk) == ((), 35)


def test_what_only_order_shows_has_a_rival() -> None:
    assert found("ciadpi -s1").evidence["sockets"].rivals == ("multisplit",)
    assert "multisplit" not in found("ciadpi -d1").evidence["sockets"].rivals

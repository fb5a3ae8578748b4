from __future__ import annotations

import pytest
from hypothesis import given

from tests.evasion import made
from workbench.errors import ParameterError
from workbench.evasion.sockets import Piece, Sockets
from workbench.evasion.values import Fooling, Position, Ttl

ONE, TWO = Position("", 1), Position("", 2)


@given(made.sockets)
def test_plain_writes_stay_so(sockets):
    assert sockets.plain().plain() == sockets.plain()


@pytest.mark.parametrize(
    ("alternate", "first_oob", "kind"),
    [
        (True, False, "disorder"),
        (False, True, "oob"),
        (True, True, "disoob"),
        (False, False, "split"),
    ],
)
def test_rules_about_the_first_piece_are_said_by_the_only_piece(alternate, first_oob, kind):
    ruled = Sockets((Piece("split", ONE),), alternate=alternate, first_oob=first_oob)
    assert ruled.plain().pieces == (Piece(kind, ONE),)
    assert not ruled.plain().alternate


def test_a_rule_for_one_kind_of_request_stays_a_rule():
    ruled = Sockets((Piece("split", ONE),), alternate=True, alternate_scope="tls")
    assert ruled.plain().alternate
    assert ruled.plain().alternate_scope == "tls"


def test_fake_pieces_alone_have_a_ttl_and_a_fooling():
    plain = Sockets((Piece("split", ONE),), ttl=Ttl.fixed(8), fooling=Fooling.of("md5sig")).plain()
    assert plain == Sockets((Piece("split", ONE),))
    assert Sockets((Piece("fake", ONE),), ttl=Ttl.fixed(8)).plain().ttl == Ttl.fixed(8)


def test_the_urgent_byte_matters_where_one_is_sent():
    assert Sockets((Piece("split", ONE),), oob_byte=97).plain().oob_byte == 0
    assert Sockets((Piece("oob", ONE),), oob_byte=97).plain().oob_byte == 97


def test_names_follow_the_pieces():
    assert Sockets((Piece("disorder", ONE), Piece("split", TWO))).kinds() == (
        "socket-disorder",
        "socket-split",
    )
    every_other = Sockets((Piece("split", ONE), Piece("split", TWO)), alternate=True)
    assert every_other.kinds() == ("socket-disorder", "socket-split")
    urgent = Sockets((Piece("split", ONE), Piece("split", TWO)), alternate=True, first_oob=True)
    assert urgent.kinds() == ("disoob", "socket-split")
    assert Sockets(chunk=50).kinds() == ("socket-split",)


def test_bytes_are_bytes():
    with pytest.raises(ParameterError, match="oob_byte"):
        Sockets(oob_byte=256)
    with pytest.raises(ParameterError, match="kind"):
        Piece("cut", ONE)  # type: ignore[arg-type]

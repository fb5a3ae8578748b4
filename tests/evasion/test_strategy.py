from __future__ import annotations

import math
import subprocess
import sys

import pytest
from hypothesis import given

from tests.evasion import made
from workbench.errors import ParameterError
from workbench.evasion.strategy import (
    NONE,
    Dup,
    Evidence,
    Fake,
    Fooling,
    Http,
    Limits,
    Oob,
    Orig,
    Piece,
    Position,
    Scope,
    Sockets,
    Split,
    Strategy,
    Token,
    Ttl,
    Udp,
    Window,
)


@given(made.anything)
def test_a_strategy_equals_its_meaning(strategy):
    plain = strategy.plain()
    assert plain == strategy
    assert hash(plain) == hash(strategy)
    again = plain.plain()
    assert all(getattr(again, one) == getattr(plain, one) for one in type(plain).__slots__)


def test_nothing_is_none():
    assert not NONE
    assert NONE.text == ""
    assert Strategy(dup=Dup(0), orig=Orig(), sockets=Sockets()) == NONE


def test_what_a_recogniser_adds_is_no_part_of_equality():
    seen = Strategy(
        mss=88,
        scope=Scope(tcp="443"),
        evidence={"mss": Evidence((1,), support=1)},
        unexplained=(Token("F"),),
        others=("server-window",),
    )
    assert seen == Strategy(mss=88)
    assert hash(seen) == hash(Strategy(mss=88))


def test_it_equals_strategies_only():
    assert NONE != ""
    assert (NONE == 3) is False


def test_irrelevant_parameters_do_not_tell_strategies_apart():
    odd = Split("multisplit", (Position("", 2),), altorder=1, ttl=Ttl.fixed(3))
    assert Strategy(phase2=odd) == Strategy(phase2=Split("multisplit", (Position("", 2),)))
    other = Split("fakedsplit", (Position("", 2),), altorder=1)
    assert Strategy(phase2=other) != Strategy(phase2=Split("fakedsplit", (Position("", 2),)))


def test_the_default_of_nfqws_for_ip_ids_is_no_choice():
    assert Strategy(tool="nfqws", ip_id_mode="seq") == Strategy(tool="nfqws")
    assert Strategy(tool="nfqws2", ip_id_mode="seq") != Strategy(tool="nfqws2")


def test_the_text_names_every_part_in_order():
    every = Strategy(
        phase1=(Fake("fake"), Fake("fake", fooling=Fooling.of("badseq"))),
        phase2=Split("fakeddisorder"),
        sockets=Sockets((Piece("oob", Position("", 1)),)),
        tls_records=(Position("sniext", 1),),
        tls_minor=2,
        http=Http("HOST", dot=True),
        udp=Udp("drop"),
        window=Window("inbound", 10),
        mss=88,
        oob=Oob(),
        dup=Dup(1),
        orig=Orig(Ttl.fixed(1)),
        program="x",
    )
    assert every.text == (
        "fake,fakeddisorder,quic-drop,tlsrec,tlsminor,oob,geneva-program,inbound-window,mss,dup,"
        "orig-ttl,hostspell,hostdot"
    )
    assert Strategy(http=Http("host")).text == "hostcase"
    assert Strategy(orig=Orig(flags_set=1)).text == "orig-mod"


def test_the_sender_is_known_by_what_is_done():
    assert Strategy(sockets=Sockets(chunk=3)).sender == "socket"
    assert NONE.sender == "packet"
    assert NONE.with_tool("tpws").tool == "tpws"


def test_confidence_is_the_weakest_share_of_agreeing_observations():
    held = {"mss": Evidence(support=3), "tool": Evidence(support=1, against=1)}
    assert Strategy(evidence=held).confidence == pytest.approx(0.5)
    doubted = Strategy(evidence={"mss": Evidence(support=3)}, unexplained=(Token("F"),))
    assert doubted.confidence == pytest.approx(4 / 6)
    assert math.isnan(NONE.confidence)


def test_unknown_tools_and_modes_are_refused():
    with pytest.raises(ParameterError, match="nfqws"):
        Strategy(tool="zapper")
    with pytest.raises(ParameterError, match="seqgroup"):
        Strategy(ip_id_mode="odd")
    with pytest.raises(ParameterError, match="mss"):
        Strategy(mss=-1)
    assert Strategy(limits=Limits("n1")) != NONE


def test_importing_it_brings_no_frame_and_no_array():
    code = (
        "import sys, workbench.evasion.strategy, workbench.evasion.parsing;"
        "print(sorted({'numpy', 'pandas', 'scapy', 'plotly'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

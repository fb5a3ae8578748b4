from __future__ import annotations

import pytest

from workbench.errors import ParameterError
from workbench.evasion.parsing import parse, parse_profiles
from workbench.evasion.parsing.byedpi import cut_positions
from workbench.evasion.strategy import (
    Fake,
    Fooling,
    Http,
    Orig,
    Payload,
    Piece,
    Position,
    Sockets,
    Strategy,
    Ttl,
    Udp,
)

EIGHT = Ttl.fixed(8)


def pieces(words):
    sockets = parse(f"ciadpi {words}").sockets
    assert sockets is not None
    return sockets.pieces


@pytest.mark.parametrize(
    ("text", "positions"),
    [
        ("1", [Position("", 1)]),
        ("-1", [Position("", -1)]),
        ("1+s", [Position("host", 1, "tls")]),
        ("1+h", [Position("host", 1)]),
        ("0+sm", [Position("midhost", 0, "tls")]),
        ("-1+se", [Position("endhost", -1, "tls")]),
        ("+sr", [Position("randhost", 0, "tls")]),
        ("0+nm", [Position("middle")]),
        ("-3+ne", [Position("end", -3)]),
        ("0+nr", [Position("random")]),
        ("0x10", [Position("", 16)]),
        ("1:3:5", [Position("", 1), Position("", 6), Position("", 11)]),
        ("1:2:5+s", [Position("host", 1, "tls"), Position("host", 6, "tls")]),
        ("2:2", [Position("", 2), Position("", 2)]),
    ],
)
def test_positions(text, positions):
    assert cut_positions("split", text) == positions


@pytest.mark.parametrize("text", ["", "x", "1+x", "1+sx", "1:0:5", "1:2:3:4", "1:99999:1"])
def test_bad_positions(text):
    if text:
        with pytest.raises(ParameterError):
            cut_positions("split", text)
    else:
        assert cut_positions("split", text) == [Position()]


def test_repeated_disorder_is_every_other_piece():
    assert [piece.kind for piece in pieces("-d1:3:5")] == ["disorder", "split", "disorder"]
    assert [piece.kind for piece in pieces("-q1:2:5")] == ["disoob", "oob"]


def test_pieces_keep_the_order_of_the_command():
    kinds = [(piece.kind, str(piece.position)) for piece in pieces("-s2+s -d5+s")]
    assert kinds == [("split", "tls:host+2"), ("disorder", "tls:host+5")]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("-f-1 -t3 -nwww.google.com", {"sockets": Sockets(
            (Piece("fake", Position("", -1)),), ttl=Ttl.fixed(3),
            payloads=(Payload(protocol="tls", sni="www.google.com"),))}),
        ("-f1 -S -l:\\x16a", {"sockets": Sockets(
            (Piece("fake", Position("", 1)),), ttl=EIGHT, fooling=Fooling.of("md5sig"),
            payloads=(Payload("bytes", data=b"\x16a"),))}),
        ("-f1 -Qrand,orig,msize=9 -O5", {"sockets": Sockets(
            (Piece("fake", Position("", 1)),), ttl=EIGHT, fake_offset=Position("", 5),
            payloads=(Payload(mods=frozenset({"rnd", "orig", "msize=9"})),))}),
        ("-o1 -e\\x00", {"sockets": Sockets((Piece("oob", Position("", 1)),))}),
        ("-o1", {"sockets": Sockets((Piece("oob", Position("", 1)),), oob_byte=97)}),
        ("-r1+s -r9", {"tls_records": (Position("host", 1, "tls"), Position("", 14))}),
        ("-m2", {"tls_minor": 2}),
        ("-Mh,d,r", {"http": Http("hOsT", no_space=True, domain_case=True)}),
        ("-a4 -t5", {"phase1": (Fake(ttl=Ttl.fixed(5), repeats=4, transport="udp"),)}),
        ("-g5", {"orig": Orig(Ttl.fixed(5))}),
        ("-U", {"udp": Udp("drop")}),
        ("-Y", {"sockets": Sockets(drop_sack=True)}),
    ],
)  # fmt: skip
def test_options(words, expected):
    assert parse("ciadpi " + words.replace("\\", "\\\\")) == Strategy(**expected, tool="byedpi")


def test_groups_are_profiles():
    first, second = parse_profiles("ciadpi --disorder 1 --auto=torst --tlsrec 1+s -Kt")
    assert (first.text, second.text) == ("socket-disorder", "tlsrec")
    assert second.scope.lists == ("auto=torst",)
    assert second.scope.l7 == ("tls",)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("-t0", "1 to 255"),
        ("-Mx", "Choices: h, d, r"),
        ("-Kx", "Choices: t, h, u, i"),
        ("-Qx", "rand, orig"),
        ("-e ab", "one character"),
        ("-s1:1000:1 -s1:1000:1", "pieces"),
        ("--splat 1", "Did you mean --split"),
    ],
)
def test_what_is_not_understood_says_what_would_be(words, said):
    with pytest.raises(ParameterError, match=said):
        parse(f"ciadpi {words}")

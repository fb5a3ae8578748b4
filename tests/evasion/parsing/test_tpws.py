from __future__ import annotations

import pytest

from workbench.errors import ParameterError
from workbench.evasion.parsing import parse
from workbench.evasion.strategy import Http, Limits, Piece, Position, Sockets, Strategy

ONE = Piece("split", Position("", 1))
MIDDLE = Piece("split", Position("midsld"))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("--split-pos=1", {"sockets": Sockets((ONE,))}),
        ("--split-pos=1,midsld --disorder", {"sockets": Sockets((ONE, MIDDLE), alternate=True)}),
        ("--split-pos=1 --disorder=tls",
         {"sockets": Sockets((ONE,), alternate=True, alternate_scope="tls")}),
        ("--split-pos=1 --disorder=tls --disorder=http",
         {"sockets": Sockets((Piece("disorder", Position("", 1)),))}),
        ("--split-pos=1 --oob --oob-data=a",
         {"sockets": Sockets((Piece("oob", Position("", 1)),), oob_byte=97)}),
        ("--split-pos=1 --oob --oob-data=0xFF",
         {"sockets": Sockets((ONE,), first_oob=True, oob_byte=255)}),
        ("--disorder", {}),
        ("--split-http-req=host --split-tls=sniext", {"sockets": Sockets(
            (Piece("split", Position("host", 1)), Piece("split", Position("sniext", 1))))}),
        ("--tlsrec=sni", {"tls_records": (Position("host", 1),)}),
        ("--tlsrec=sniext", {"tls_records": (Position("sniext"),)}),
        ("--tlsrec-pos=9", {"tls_records": (Position("", 9),)}),
        ("--mss=88", {"mss": 88}),
        ("--hostcase --hostdot --hosttab --hostpad=256 --methodspace --unixeol", {
            "http": Http("host", method_space=True, dot=True, tab=True, unix_eol=True, pad=256)}),
        ("--tamper-start=n1 --tamper-cutoff=100 --split-any-protocol",
         {"limits": Limits("d1", "s100", any_protocol=True)}),
    ],
)  # fmt: skip
def test_options(words, expected):
    assert parse(f"tpws --socks --port=1081 {words}") == Strategy(**expected, tool="tpws")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--mss=10", "88 to 32767"),
        ("--disorder=quic", "http, tls"),
        ("--oob-data=ab", "0x00 to 0xff"),
        ("--hostspell=x", "four letters"),
        ("--tamper-start=x", "n2 or 100"),
        ("--split-tls=x", "snisld"),
        ("--filter-udp=443", "--filter-tcp"),
        ("--filter-l7=quic", "unknown"),
    ],
)
def test_what_is_not_understood_says_what_would_be(words, said):
    with pytest.raises(ParameterError, match=said):
        parse(f"tpws {words}")

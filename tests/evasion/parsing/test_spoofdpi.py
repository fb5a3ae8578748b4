from __future__ import annotations

import pytest

from workbench.errors import ParameterError
from workbench.evasion.parsing import parse
from workbench.evasion.strategy import (
    Fake,
    Payload,
    Piece,
    Position,
    Sockets,
    Strategy,
    Ttl,
)

FIRST = Piece("split", Position("", 1))
NAME = Piece("split", Position("host"))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("-port 8081 -no-banner -system-proxy=false", {"sockets": Sockets((FIRST,))}),
        ("-port 8081 -window-size 50", {"sockets": Sockets(chunk=50)}),
        ("--https-disorder", {"sockets": Sockets((NAME,), alternate=True, name_bytes=True)}),
        ("--https-split-mode first-byte --https-disorder",
         {"sockets": Sockets((Piece("disorder", Position("", 1)),))}),
        ("--https-split-mode chunk", {"sockets": Sockets(chunk=35)}),
        ("--https-split-mode chunk --https-chunk-size 0", {}),
        ("--https-split-mode random",
         {"sockets": Sockets((Piece("split", Position("random")),))}),
        ("--https-split-mode none --https-disorder=false", {}),
        ("--https-skip --https-split-mode chunk", {}),
        ("--https-split-mode none --https-fake-count 7 --https-fake-packet '0x16, 0x3'", {
            "phase1": (Fake(ttl=Ttl.auto(-1, 1, 255), repeats=7,
                            payloads=(Payload("bytes", data=b"\x16\x03"),)),)}),
        ("--https-split-mode none --udp-fake-count 2 --default-fake-ttl 5", {
            "phase1": (Fake(ttl=Ttl.auto(-1, 1, 255), repeats=2, transport="udp"),)}),
    ],
)  # fmt: skip
def test_options(words, expected):
    assert parse(f"spoofdpi {words}") == Strategy(**expected, tool="spoofdpi")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--https-split-mode custom", "TOML"),
        ("--https-split-mode odd", "first-byte"),
        ("--https-disorder=maybe", "true"),
        ("--https-chunk-size 300", "0 to 255"),
        ("--https-fake-count 1 --https-fake-packet 16,03", "0x16, 0x03"),
        ("-window-size 5 --https-disorder", "one version"),
        ("--https-split chunk", "https-split-mode"),
    ],
)
def test_what_is_not_understood_says_what_would_be(words, said):
    with pytest.raises(ParameterError, match=said):
        parse(f"spoofdpi {words}")

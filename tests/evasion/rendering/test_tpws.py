from __future__ import annotations

import pytest

from workbench.evasion.parsing import parse
from workbench.evasion.rendering import render
from workbench.evasion.rendering.tpws import http_words
from workbench.evasion.strategy import Http, Piece, Position, Scope, Sockets, Strategy


@pytest.mark.parametrize(
    "words",
    [
        "--split-pos=1,midsld --disorder", "--split-pos=1 --oob=tls --oob-data=0x61",
        "--tlsrec=sniext+1", "--hostspell=HOST --hostpad=256", "--mss=88",
        "--filter-tcp=443 --split-pos=2",
    ],
)  # fmt: skip
def test_commands_come_back_as_they_were(words):
    command = f"tpws --socks --port=1080 {words}"
    assert render(parse(command), "tpws").command == command


def test_what_tpws_cannot_do_is_left_out():
    odd = Strategy(
        sockets=Sockets((Piece("split", Position("midhost")),)), mss=9, scope=Scope(udp="443")
    )
    rendered = render(odd, "tpws")
    assert rendered.command == "tpws --socks --port=1080"
    assert [one.partition(":")[0] for one in rendered.lossy] == ["sockets", "mss", "scope"]


def test_heads():
    assert http_words(Http("host", unix_eol=True)) == ["--hostcase", "--unixeol"]
    assert http_words(Http("toolong")) == []

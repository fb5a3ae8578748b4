from __future__ import annotations

import pytest
from hypothesis import given

from tests.evasion import made
from workbench.evasion.parsing import parse
from workbench.evasion.parsing.byedpi import cut_positions
from workbench.evasion.rendering import render
from workbench.evasion.rendering.byedpi import position_text
from workbench.evasion.strategy import Piece, Position, Sockets, Strategy


@given(made.byedpi_positions)
def test_positions_come_back(position):
    text = position_text(position)
    assert text is not None
    assert cut_positions("split", text) == [position]


@pytest.mark.parametrize("position", [Position("midsld"), Position("host", 0, "http")])
def test_other_positions_have_no_text(position):
    assert position_text(position) is None


@pytest.mark.parametrize(
    "words",
    ["--disorder=1", "--split=1+s --fake=-1 --ttl=3", "--tlsrec=1+s", "--oob=1", "--mod-http=h,d",
     "--fake=1 --fake-sni=a.test", "--udp-fake=4", "--no-udp"],
)  # fmt: skip
def test_commands_come_back_as_they_were(words):
    command = f"ciadpi --port=1080 {words}"
    assert render(parse(command), "byedpi").command == command


def test_every_other_piece_is_more_than_one_option_says():
    ruled = Sockets(
        (Piece("split", Position("", 1)), Piece("split", Position("", 9))), alternate=True
    )
    rendered = render(Strategy(sockets=ruled), "byedpi")
    assert [one.partition(":")[0] for one in rendered.lossy] == ["sockets.alternate"]

from __future__ import annotations

import pytest

from workbench.evasion.parsing import parse
from workbench.evasion.rendering import render
from workbench.evasion.strategy import Fake, Position, Split, Strategy, Ttl


@pytest.mark.parametrize(
    "words",
    [
        "--https-split-mode sni --https-disorder", "--https-split-mode chunk --https-chunk-size=9",
        "--https-split-mode first-byte", "--https-split-mode random", "--https-split-mode none",
        "--https-split-mode none --default-fake-ttl=5 --https-fake-count=2",
        "--https-split-mode none --https-fake-count=1 --https-fake-packet=0x16,0x03",
    ],
)  # fmt: skip
def test_commands_come_back_as_they_were(words):
    command = f"spoofdpi {words}"
    assert render(parse(command), "spoofdpi").command == command


def test_a_packet_tool_s_first_byte_is_a_first_byte():
    split = Strategy(
        phase1=(Fake(ttl=Ttl.auto(-1, 1, 255, fallback=8)),),
        phase2=Split("multisplit", (Position("", 1),)),
    )
    assert render(split, "spoofdpi").command == (
        "spoofdpi --https-split-mode first-byte --https-fake-count=1"
    )


def test_other_cuts_are_left_out():
    rendered = render(Strategy(phase2=Split("multisplit", (Position("midsld"),))), "spoofdpi")
    assert rendered.command == "spoofdpi --https-split-mode none"
    assert rendered.lossy[0].startswith("phase2: ")

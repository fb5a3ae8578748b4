from __future__ import annotations

import pytest

from workbench.errors import ParameterError
from workbench.evasion.parsing import parse
from workbench.evasion.strategy import Fake, Fooling, Position, Split, Strategy, Ttl, Window

THREE = Ttl.fixed(3)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("--desync-attacks=fake,disorder_fake --split-position=2 --ttl=3", {
            "phase1": (Fake(ttl=THREE),),
            "phase2": Split("fakeddisorder", (Position("", 2),), ttl=THREE)}),
        ("--desync-attacks=rst,disorder --split-at-sni --ttl=3", {
            "phase1": (Fake("rst", THREE),),
            "phase2": Split("multidisorder", (Position("midhost"),))}),
        ("--desync-attacks=split", {"phase2": Split("multisplit", (Position("", 3),))}),
        ("--desync-attacks=fake --wrong-seq --auto-ttl=1-4-10", {
            "phase1": (Fake(ttl=Ttl.auto(-4, 1, 10), fooling=Fooling.of("badseq")),)}),
        ("--wsize=1 --wsfactor=6", {"window": Window("wssize", 1, 6)}),
        ("", {}),
    ],
)  # fmt: skip
def test_options(words, expected):
    assert parse(f"dpitunnel-cli {words}") == Strategy(**expected, tool="dpitunnel")


@pytest.mark.parametrize(
    ("words", "said"),
    [("--desync-attacks=odd", "split_fake"), ("--auto-ttl=1", "1-4-10"), ("--ttl=0", "1 to 255")],
)
def test_what_is_not_understood_says_what_would_be(words, said):
    with pytest.raises(ParameterError, match=said):
        parse(f"dpitunnel-cli {words}")

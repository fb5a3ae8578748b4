from __future__ import annotations

import pytest

from workbench.evasion.parsing import parse
from workbench.evasion.rendering import render
from workbench.evasion.strategy import Fake, Fooling, Position, Split, Strategy, Ttl


@pytest.mark.parametrize(("modeset", "words"), [
    ("-9", "-f2 -e2 --reverse-frag --wrong-chksum --wrong-seq -q --max-payload"),
    ("-5", "-f2 -e2 --reverse-frag --auto-ttl=1-4-10 --max-payload"),
    ("-3", "-r -s -e40 -p"),
])  # fmt: skip
def test_modesets_are_written_out(modeset, words):
    assert render(parse(f"goodbyedpi {modeset}"), "goodbyedpi").command == f"goodbyedpi.exe {words}"


def test_one_fake_with_two_foolings_is_two_fakes_there():
    both = Strategy(phase1=(Fake(fooling=Fooling.of("badsum", "badseq")),))
    rendered = render(both, "goodbyedpi")
    assert len(rendered.expressed.phase1) == 2
    assert rendered.lossy


def test_without_options_it_would_do_its_default():
    assert render(Strategy(), "goodbyedpi").command == "goodbyedpi.exe -p"


def test_several_cuts_and_markers_are_left_out():
    split = Split("multisplit", (Position("midsld"), Position("", 3), Position("", 9)))
    rendered = render(Strategy(phase2=split), "goodbyedpi")
    assert rendered.command == "goodbyedpi.exe -f3 -e3 --native-frag"
    assert rendered.lossy[0].startswith("phase2.positions")


def test_zapret_s_autottl_is_another_sum():
    rendered = render(Strategy(phase1=(Fake(ttl=Ttl.auto(2, 3, 20)),)), "goodbyedpi")
    assert rendered.lossy[0].startswith("phase1[0]")

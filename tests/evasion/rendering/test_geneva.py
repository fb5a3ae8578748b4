from __future__ import annotations

import pytest

from tests.evasion.made import HOSTILE
from workbench.evasion.parsing import parse
from workbench.evasion.rendering import render
from workbench.evasion.rendering.geneva import text
from workbench.evasion.strategy import Fake, Fooling, Strategy, Tamper, Ttl


@pytest.mark.parametrize(
    "tree",
    [
        r"[TCP:flags:PA]-duplicate(tamper{TCP:load:corrupt}(tamper{IP:ttl:replace:8},),)-| \/",
        r"[TCP:flags:A]-duplicate(,tamper{TCP:flags:replace:R}(tamper{TCP:chksum:corrupt},))-| \/",
        r"[TCP:flags:S]-duplicate(tamper{TCP:flags:replace:SA},)-| \/",
        r"[TCP:flags:PA]-fragment{tcp:8:True}(,fragment{tcp:4:True})-| \/",
        r"[TCP:flags:PA]-tamper{TCP:options-uto:corrupt}-| \/",
        r"\/ [TCP:flags:SA]-tamper{TCP:window:replace:10}-|",
    ],
)
def test_trees_come_back_as_they_were(tree):
    assert text(parse(tree)) == tree


def test_exact_increments_become_random_numbers():
    rendered = render(Strategy(phase1=(Fake(fooling=Fooling.of("badseq")),)), "geneva")
    assert "tamper{TCP:ack:corrupt}(tamper{TCP:seq:corrupt},)" in rendered.command
    assert rendered.lossy[0].startswith("phase1[0].fooling.kinds: badseq")


def test_fakes_stay_in_their_order():
    fakes = tuple(Fake(ttl=Ttl.fixed(hops), after=hops > 2) for hops in (1, 2, 3, 4))
    assert [one.ttl.value for one in parse(text(Strategy(phase1=fakes))).phase1] == [1, 2, 3, 4]


@pytest.mark.parametrize("hostile", [*HOSTILE, "}(drop,)-| [TCP:flags:PA]-drop-|", "\\/"])
def test_hostile_texts_stay_out_of_the_language(hostile):
    tamper = Tamper("TCP", "dataofs", "replace", hostile)
    for made in (Strategy(program=hostile), Strategy(phase1=(Fake(tampers=(tamper,)),))):
        rendered = render(made, "geneva")
        assert parse(rendered.command) == rendered.expressed
        assert "drop" not in rendered.expressed.program

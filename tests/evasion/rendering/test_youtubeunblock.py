from __future__ import annotations

import pytest

from workbench.evasion.parsing import parse
from workbench.evasion.rendering import render
from workbench.evasion.strategy import Fake, Position, Scope, Split, Strategy, Ttl


@pytest.mark.parametrize(
    "words",
    [
        "", "--frag=none --faking-strategy=ttl --faking-ttl=3", "--fake-sni=0 --frag=ip",
        "--fake-sni=0 --frag-sni-pos=5 --frag-middle-sni=0 --frag-sni-reverse=0",
        "--fake-sni=0 --frag-sni-faked=1", "--quic-drop --fake-sni-type=random",
        "--udp-mode=fake --udp-filter-quic=all --udp-fake-seq-len=3",
    ],
)  # fmt: skip
def test_commands_mean_what_they_meant(words):
    strategy = parse(f"youtubeUnblock {words}")
    rendered = render(strategy, "youtubeunblock")
    assert rendered.lossy == ()
    assert rendered.expressed == strategy


def test_names_that_are_no_names_are_left_out():
    scoped = Strategy(scope=Scope(hosts=("a.test", "b;c")))
    assert "--sni-domains=a.test" in render(scoped, "youtubeunblock").command


def test_it_never_fakes_without_spoiling():
    rendered = render(Strategy(phase1=(Fake(),)), "youtubeunblock")
    assert rendered.lossy == (
        (
            "phase1[0].fooling.kinds: none is not representable in youtubeunblock, which says "
            "badsum,ts"
        ),
        "phase1[0].fooling.checksum: random is not representable in youtubeunblock, which says +1",
    )


def test_it_cuts_once_and_in_the_middle_of_the_name():
    split = Split("multisplit", (Position("", 3), Position("", 9), Position("midsld")))
    rendered = render(Strategy(phase1=(Fake(ttl=Ttl.fixed(3)),), phase2=split), "youtubeunblock")
    assert rendered.lossy[0].startswith("phase2.positions: 3,9,midsld")

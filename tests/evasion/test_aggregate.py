"""What several connections say together."""

from __future__ import annotations

import pytest

from tests.evasion.compose.stage import HELLO
from tests.evasion.sequences import examined
from workbench.evasion.aggregate import aggregate, fooling_text, ttl_of, with_positions
from workbench.evasion.compose.drawing import dice
from workbench.evasion.compose.hellos import OPENSSL_CIPHERS, SHAPES, HelloShape, hello
from workbench.evasion.compose.path import PathFacts
from workbench.evasion.recognised import Recognised
from workbench.evasion.strategy import NONE, Position
from workbench.evasion.values import Ttl

NAMES = ("x.com", "twitter.com", "www.youtube.com", "a-much-longer-name.example.org")


def asking(name: str) -> bytes:
    shape = HelloShape(name, OPENSSL_CIPHERS[:72], SHAPES["byedpi"].extensions, 517)
    return hello(shape, dice(name))


def several(command: str, hops: tuple[int, ...] = (12, 12, 12, 12)) -> list[Recognised]:
    return [
        examined(command, asking(name), path=PathFacts(hops=far), seed=at)
        for at, (name, far) in enumerate(zip(NAMES, hops, strict=True))
    ]


@pytest.mark.parametrize("position", ["midsld", "host+1", "2", "sniext+1", "endhost-1"])
def test_several_names_decide_a_position(position: str) -> None:
    (one,) = aggregate(several(f"nfqws --dpi-desync=multisplit --dpi-desync-split-pos={position}"))
    assert one.strategy.phase2 is not None
    assert [str(found) for found in one.strategy.phase2.positions] == [position]
    assert one.readings[0][0].support == 4


def test_a_fixed_ttl_and_one_that_follows_the_distance() -> None:
    far = (8, 10, 12, 14)
    (fixed,) = aggregate(several("nfqws --dpi-desync=fake --dpi-desync-ttl=4", far))
    (auto,) = aggregate(
        several("nfqws --dpi-desync=fake --dpi-desync-ttl=1 --dpi-desync-autottl=-2", far)
    )
    assert ttl_of(fixed.strategy) == Ttl.fixed(4)
    assert ttl_of(auto.strategy) == Ttl.auto(-2, 3, 20)
    assert "ttl" not in auto.disagreements


def test_disagreements_are_counted() -> None:
    found = several("nfqws --dpi-desync=fake --dpi-desync-ttl=4")
    found[0] = examined("nfqws --dpi-desync=fake --dpi-desync-ttl=5", HELLO)
    (one,) = aggregate(found)
    assert one.disagreements == {"ttl": {"4": 3, "5": 1}}
    assert not one.stable
    assert one.strategy.evidence["ttl"].against == 1


def test_ways_of_sending_stay_apart_and_nothing_is_no_way() -> None:
    found = several("nfqws --dpi-desync=fake --dpi-desync-ttl=4")
    found += several("nfqws --dpi-desync=multidisorder --dpi-desync-split-pos=2")[:2]
    found.append(examined("nfqws"))
    groups = aggregate(found)
    assert [len(group.connections) for group in groups] == [4, 2]
    assert groups[0].stable
    assert aggregate([]) == ()


def test_pieces_of_sockets_too() -> None:
    (one,) = aggregate(several("ciadpi -d1+s"))
    assert one.strategy.sockets is not None
    assert str(one.strategy.sockets.pieces[0].position) == "host+1"


def test_small_helpers() -> None:
    assert with_positions(NONE, [Position("midsld")]) == NONE
    strategy = examined(
        "nfqws --dpi-desync=fake,fakedsplit --dpi-desync-fooling=badseq,md5sig"
    ).strategy
    assert fooling_text(strategy) == "badseq,md5sig"
    assert ttl_of(strategy) is None

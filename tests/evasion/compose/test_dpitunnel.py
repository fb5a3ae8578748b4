"""DPITunnel's way of sending."""

from __future__ import annotations

import pytest

from tests.evasion.compose.stage import HELLO, PATH, relative, volley
from workbench.evasion.compose import compose
from workbench.evasion.compose.scene import play
from workbench.evasion.phases import SplitKind
from workbench.evasion.strategy import Fake, Position, Split, Strategy, Ttl


def strategy(kind: SplitKind, *fakes: Fake) -> Strategy:
    split = Split(kind, (Position("", 2),), ttl=Ttl.fixed(3))
    return Strategy(tool="dpitunnel", phase1=fakes, phase2=split)


@pytest.mark.parametrize(
    ("kind", "lengths"),
    [
        ("multisplit", [2, 510]),
        ("multidisorder", [510, 2]),
        ("fakedsplit", [2, 2, 2, 510]),
        ("fakeddisorder", [510, 2, 2, 2]),
    ],
)
def test_raw_parts_then_zeros_then_the_rest(kind, lengths) -> None:
    made = volley(compose(strategy(kind), HELLO))
    assert [one.length for one in made] == [*lengths, 2, 510, 5]
    raw, zeros, rest = made[:-3], made[-3:-1], made[-1]
    assert {(one.options, one.window) for one in raw} == {(b"", 1448)}
    assert not any(b"".join(one.payload for one in zeros))
    assert [one.ip_id for one in made[-3:]] == [0x4000, 0x4001, 0x4002]
    assert relative(rest.seq, PATH.client_isn) == 513
    assert rest.payload == HELLO[512:]


def test_fakes_and_resets() -> None:
    fakes = (Fake("rst", Ttl.fixed(3)), Fake("fake", Ttl.fixed(4)))
    made = volley(compose(strategy("multisplit", *fakes), HELLO))
    assert [(one.role, one.ttl, one.length) for one in made[:2]] == [
        ("rst", 3, 0),
        ("fake", 4, 517),
    ]


def test_a_shadow_is_the_parts_packet_with_zeros() -> None:
    made = volley(compose(strategy("fakedsplit"), HELLO))
    assert made[0].but(pause_ns=0) == made[2].but(pause_ns=0)
    assert made[0].ip_id == made[1].ip_id
    assert made[0].payload == bytes(2)


def test_the_server_takes_the_first_copy() -> None:
    path = PATH.but(timestamps=False)
    assert play(strategy("multisplit"), HELLO, path).delivered == HELLO

"""GoodbyeDPI's way of sending."""

from __future__ import annotations

import pytest

from tests.evasion.compose.stage import (
    HELLO,
    INITIAL,
    PAGE,
    PATH,
    parsed,
    reassembled,
    volley,
    words,
)  # fmt: skip
from workbench.evasion.compose import compose
from workbench.evasion.compose.goodbyedpi import auto_ttl
from workbench.evasion.parsing import parse
from workbench.evasion.strategy import Fake, Strategy, Ttl

WINDOWS = PATH.but(ttl=128, timestamps=False, windows=True)


def sent(options: str, request: bytes = HELLO, path=WINDOWS):
    return compose(parse(f"goodbyedpi {options}"), request, path)


@pytest.mark.parametrize(
    ("seen", "value"),
    [(52, 8), (44, 10), (60, 2), (62, 0), (63, 0), (64, 0), (30, 0), (116, 8), (55, 5), (98, 0)],
)
def test_the_automatic_ttl_is_goodbyedpis(seen, value) -> None:
    assert auto_ttl(Ttl.auto(-4, 1, 10), seen) == value


def test_everything_shares_the_originals_identification() -> None:
    made = volley(sent("-9"))
    assert {packet.ip_id for packet in made} == {0x4000}
    assert [packet.length for packet in made][-2:] == [515, 2]
    assert reassembled(made) == HELLO


def test_a_fake_for_every_kind_of_fooling() -> None:
    made = volley(sent("-n -e 2 --set-ttl 5 --wrong-chksum --wrong-seq"))
    assert words(made) == "F F F R1 R2"
    assert [packet.ttl for packet in made] == [5, 128, 128, 128, 128]
    assert [packet.checksum_good for packet in made] == [True, False, True, True, True]
    assert parsed(made[0].payload).server_name == "www.w3.org"


def test_a_near_server_gets_no_fake() -> None:
    near = sent("-n -e 2 --auto-ttl", path=WINDOWS.but(hops=2))
    assert words(near) == "R1 R2"
    far = sent("-n -e 2 --auto-ttl", path=WINDOWS.but(hops=12))
    assert volley(far)[0].ttl == 8


def test_a_page_request() -> None:
    made = volley(sent("-n -m -r -f 2 -e 2", PAGE))
    assert b"hoSt: " in reassembled(made)
    assert len(reassembled(made)) == len(PAGE)


def test_short_and_unknown_requests_are_left_alone() -> None:
    strategy = Strategy(tool="goodbyedpi", phase1=(Fake(ttl=Ttl.fixed(3)),))
    assert words(compose(strategy, b"SSH-2.0-OpenSSH_9.6p1 Debian")) == "O"
    assert words(compose(strategy, b"GET / HTTP/1.1")) == "O"


def test_without_its_own_fragments_the_window_cuts() -> None:
    made = volley(sent("-e 2"))
    assert [packet.length for packet in made] == [2, 515]
    assert made[1].pause_ns >= PATH.rtt_ns


def test_quic_is_not_let_out() -> None:
    assert compose(parse("goodbyedpi -9"), INITIAL, WINDOWS) == []

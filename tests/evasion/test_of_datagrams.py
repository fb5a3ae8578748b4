"""Strategies of datagrams."""

from __future__ import annotations

import pytest

from tests.evasion.compose.stage import PATH6
from tests.evasion.sequences import found
from tests.evasion.test_datagrams import initial
from tests.evasion.truth import judge
from workbench.evasion.parsing.commands import parse_profiles


@pytest.mark.parametrize("command", [
    "nfqws --dpi-desync=fake --dpi-desync-repeats=6",
    "nfqws --dpi-desync=fake --dpi-desync-ttl=3",
    "nfqws --dpi-desync=fake --dpi-desync-fooling=badsum --dpi-desync-repeats=2",
    "nfqws --dpi-desync=ipfrag2 --dpi-desync-ipfrag-pos-udp=8",
    "nfqws --dpi-desync=udplen --dpi-desync-udplen-increment=4",
    "nfqws --dpi-desync=fake,ipfrag2 --dpi-desync-ttl=4 --dpi-desync-ipfrag-pos-udp=64",
])  # fmt: skip
@pytest.mark.parametrize("more", [{}, {"path": PATH6}])
def test_round_trip(command: str, more: dict[str, object]) -> None:
    strategy = found(command, initial(), **more)
    score = judge(parse_profiles(command), strategy, whole=True, datagrams=True)
    assert score.verdict == "exact", score.why


def test_ordinary_datagrams() -> None:
    assert not found("nfqws", initial())
    assert not found("nfqws", b"a question")


def test_the_payload_that_zapret_brings_along_names_it() -> None:
    assert found("nfqws --dpi-desync=fake", initial()).tool == "nfqws"

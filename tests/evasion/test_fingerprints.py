"""Whose way of sending it is."""

from __future__ import annotations

import pytest

from tests.evasion.sequences import found
from workbench.evasion.fingerprints import Sign, guess_tool


def test_points_decide_and_a_tie_names_none() -> None:
    both = [Sign("geneva", 1, "a"), Sign("goodbyedpi", 1, "a")]
    assert guess_tool([]).tool == ""
    assert guess_tool(both).tool == ""
    assert guess_tool(both).rivals == ("geneva", "goodbyedpi")
    assert guess_tool([*both, Sign("geneva", 1, "b")]).tool == "geneva"


@pytest.mark.parametrize(
    ("command", "tool"),
    [
        ("nfqws --dpi-desync=fake --dpi-desync-ttl=3", "nfqws"),
        ("nfqws --dpi-desync=multisplit --dpi-desync-split-pos=2", "nfqws"),
        ("nfqws --dpi-desync=fake --dpi-desync-fooling=md5sig", "nfqws"),
        ("goodbyedpi -e 2 --native-frag --wrong-chksum", "goodbyedpi"),
        ("youtubeUnblock --faking-strategy=tcp_check", "youtubeunblock"),
        ("youtubeUnblock --faking-strategy=md5sum --frag=none", "youtubeunblock"),
        ("ciadpi -s1", ""),
        ("ciadpi -o1", "byedpi"),
        ("ciadpi -f-1 -t8", "byedpi"),
        ("tpws --split-pos=1 --oob", "tpws"),
        ("geneva --strategy '[TCP:flags:PA]-fragment{tcp:8:False}-|'", "geneva"),
        (
            (
                "geneva --strategy '[TCP:flags:A]-duplicate(,tamper{TCP:flags:replace:R}"
                "(tamper{IP:ttl:replace:3},))-|'"
            ),
            "geneva",
        ),
    ],
)
def test_tools_by_their_marks(command: str, tool: str) -> None:
    assert found(command).tool == tool


@pytest.mark.parametrize("mode", ["zero", "rnd", "seqgroup"])
def test_modes_of_identification(mode: str) -> None:
    strategy = found(f"nfqws --dpi-desync=fakedsplit --dpi-desync-ttl=3 --ip-id={mode}")
    assert strategy.ip_id_mode == mode
    assert found("nfqws --dpi-desync=fakedsplit --dpi-desync-ttl=3").ip_id_mode == ""

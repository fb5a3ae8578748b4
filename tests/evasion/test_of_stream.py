"""Strategies of streams: what the composer sends is what is recognised."""

from __future__ import annotations

import pytest

from tests.evasion.compose.stage import HELLO, LONG, PAGE, PATH6
from tests.evasion.sequences import found
from tests.evasion.truth import judge
from workbench.evasion.compose.capture import View
from workbench.evasion.compose.scene import Script
from workbench.evasion.parsing.commands import parse_profiles
from workbench.evasion.strategy import NONE

CANONICAL = (
    "nfqws --dpi-desync=fake,fakeddisorder --dpi-desync-ttl=3 --dpi-desync-split-pos=3 "
    "--dpi-desync-fooling=badsum,badseq"
)
SIGNED = (
    "nfqws --dpi-desync=fake,multisplit --dpi-desync-split-pos=1,midsld --dpi-desync-fooling=md5sig"
)
ALWAYS = (
    "nfqws --dpi-desync=fake --dpi-desync-ttl=5",
    "nfqws --dpi-desync=fake --dpi-desync-fooling=badseq --dpi-desync-repeats=6",
    CANONICAL,
    SIGNED,
    "nfqws --dpi-desync=multidisorder --dpi-desync-split-pos=2,midsld --dpi-desync-split-seqovl=1",
    "nfqws --dpi-desync=fakedsplit --dpi-desync-ttl=4 --dpi-desync-fakedsplit-mod=altorder=2",
    "nfqws --dpi-desync=hostfakesplit --dpi-desync-fooling=ts",
    "nfqws --dpi-desync=rstack,multidisorder --dpi-desync-ttl=3 --dpi-desync-split-pos=sniext+1",
    "nfqws --dpi-desync=syndata,fake --dpi-desync-fooling=datanoack",
    "nfqws --dpi-desync=ipfrag2 --dpi-desync-ipfrag-pos-tcp=64",
    "nfqws --dup=2 --dup-fooling=badsum --dup-start=n3 --dup-cutoff=n5",
    "nfqws --wssize=1:6 --dpi-desync=fake --dpi-desync-ttl=3",
    "goodbyedpi -e 2 --native-frag --reverse-frag --wrong-seq --wrong-chksum",
    "youtubeUnblock",
    "tpws --split-pos=midsld --disorder",
    "tpws --tlsrec=sniext+1 --split-pos=1",
    "ciadpi --fake -1 --ttl 8",
    "ciadpi -o1+s",
)  # fmt: skip
VIEWS = {
    "clean": View(), "offload": View(partial_checksums=True), "vlan": View(vlan=9),
    "doubled": View(doubled=True, cooked=True), "joined": View(joined=True),
}  # fmt: skip


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("command", ALWAYS)
def test_round_trip_under_confounders(command: str, view: str) -> None:
    strategy = found(command, view=VIEWS[view])
    score = judge(parse_profiles(command), strategy, whole=True)
    assert score.verdict == "exact", score.why


@pytest.mark.parametrize("command", [one for one in ALWAYS if "ipfrag" not in one])
def test_round_trip_of_a_long_hello_and_of_ipv6(command: str) -> None:
    for request, more in ((LONG, {}), (HELLO, {"path": PATH6})):
        score = judge(parse_profiles(command), found(command, request, **more), whole=True)
        assert score.verdict == "exact", score.why


@pytest.mark.parametrize("command", [one for one in ALWAYS if "tlsrec" not in one])
def test_retransmissions_repeat_the_act_and_change_nothing(command: str) -> None:
    script = Script(silent=True, repetitions=3)
    score = judge(parse_profiles(command), found(command, script=script), whole=True)
    assert score.verdict in ("exact", "partial"), score.why
    assert not found("nfqws", script=script)


@pytest.mark.parametrize("place", [1, 3, 6, 12])
@pytest.mark.parametrize("command", ALWAYS)
def test_nothing_false_further_on(command: str, place: int) -> None:
    strategy = found(command, view=View(vantage=place))
    assert judge(parse_profiles(command), strategy, whole=False).verdict != "false", strategy.text


@pytest.mark.parametrize("request_", [HELLO, LONG, PAGE, b"SSH-2.0-x\r\n"])
@pytest.mark.parametrize("view", VIEWS)
def test_ordinary_sending_has_no_strategy(request_: bytes, view: str) -> None:
    for lost in (frozenset[int](), frozenset({0})):
        strategy = found("nfqws", request_, view=VIEWS[view], script=Script(lost=lost))
        assert strategy == NONE
        assert not strategy.others


@pytest.mark.parametrize("option", ["--hostcase", "--methodeol", "--hostdot", "--methodspace",
                                    "--hosttab", "--unixeol", "--hostpad=256"])  # fmt: skip
def test_heads(option: str) -> None:
    command = f"tpws {option}"
    assert judge(parse_profiles(command), found(command, PAGE), whole=True).verdict == "exact"


def test_what_is_configured_and_not_sent_is_none() -> None:
    assert found("nfqws --dpi-desync=fake --dpi-desync-ttl=3 --dpi-desync-cutoff=n3") == NONE


def test_evidence_names_frames_and_confidence_counts() -> None:
    strategy = found(CANONICAL)
    assert strategy.evidence["phase1"].frames == (4,)
    assert strategy.evidence["phase2"].note == "F f2 P2 f2 f1 P1 f1"
    assert 0.5 < strategy.confidence < 1
    assert strategy.unexplained == ()

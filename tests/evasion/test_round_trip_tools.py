"""What each tool sends is recognised under every confounder: composed, recorded, named again."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from tests.evasion.compose import stage
from tests.evasion.truth import judge
from workbench.evasion.compose.capture import View, packets_of
from workbench.evasion.compose.path import PathFacts
from workbench.evasion.compose.scene import play
from workbench.evasion.parsing.commands import parse_profiles
from workbench.evasion.strategy import NONE, Strategy
from workbench.evasion.survey import survey
from workbench.traffic.connections import find_connections

VIEWS = {
    "plain": View(),
    "unfinished checksums": View(partial_checksums=True),
    "recorded twice": View(doubled=True, cooked=True),
    "frames longer than a segment": View(joined=True),
}
TOOLS = (
    "nfqws --dpi-desync=fake --dpi-desync-ttl=5",
    "nfqws --dpi-desync=fake --dpi-desync-ttl=1 --dpi-desync-autottl=-2",
    "nfqws --dpi-desync=fake --dpi-desync-fooling=badseq --dpi-desync-badseq-increment=0",
    (
        "nfqws --dpi-desync=fake --dpi-desync-ttl=3 --dpi-desync-fake-tls=0x00000000"
        " --dpi-desync-fake-tls=! --dpi-desync-fake-tls-mod=rnd,rndsni,dupsid"
    ),
    (
        "nfqws --dpi-desync=fake --dpi-desync-ttl=3 --dpi-desync-fake-tls=0x1603"
        " --dpi-desync-fake-tls=!+2 --dpi-desync-fake-tcp-mod=seq"
    ),
    "nfqws --dpi-desync=multisplit --dpi-desync-split-pos=10 --dpi-desync-split-seqovl=1",
    "nfqws --dpi-desync=multidisorder --dpi-desync-split-pos=2,midsld --dpi-desync-split-seqovl=1",
    "nfqws --dpi-desync=hostfakesplit --dpi-desync-fooling=ts",
    (
        "nfqws --dpi-desync=hostfakesplit --dpi-desync-ttl=4"
        " --dpi-desync-hostfakesplit-mod=host=www.abc.org,altorder=1"
    ),
    "nfqws --dpi-desync=hostfakesplit --dpi-desync-ttl=3 --dpi-desync-hostfakesplit-midhost=midsld",
    (
        "nfqws --dup=1 --dup-cutoff=n2 --dup-fooling=md5sig --dpi-desync=fake"
        " --dpi-desync-fooling=md5sig"
    ),
    "nfqws --wssize=1:6 --dpi-desync=fake --dpi-desync-ttl=3",
    "nfqws --dpi-desync=syndata,fake,multidisorder --dpi-desync-ttl=3 --dpi-desync-split-pos=2",
    "nfqws --dpi-desync=rstack,multisplit --dpi-desync-fooling=badsum --dpi-desync-split-pos=1",
    "goodbyedpi -5",
    "goodbyedpi -e 40 --native-frag --set-ttl 3",
    "ciadpi -d1:3:5",
    "ciadpi --fake -1 --ttl 8",
    "tpws --split-pos=1,midsld --disorder",
    "tpws --split-pos=midsld --disorder --oob",
    "spoofdpi --https-split-mode chunk --https-chunk-size 35",
)
WAYS = (
    "--dpi-desync-ttl=4",
    "--dpi-desync-fooling=badseq",
    "--dpi-desync-fooling=md5sig,badsum --dpi-desync-repeats=3",
    "--dpi-desync-fooling=datanoack",
    "--dpi-desync-ttl=3 --ip-id=seqgroup",
)
ORDERS = tuple(
    f"nfqws --dpi-desync=fake,{mode} --dpi-desync-split-pos={place} {way}"
    f" --dpi-desync-fakedsplit-mod=altorder={order}"
    for order, mode, place, way in product(
        range(4), ("fakedsplit", "fakeddisorder"), ("1", "midsld", "3,sniext+1"), WAYS
    )
)
#: What is not exact, and why.
AMBIGUOUS = {
    "goodbyedpi -9": "partial: that QUIC is dropped does not show in a TCP connection",
    "goodbyedpi -2": "false: a rewritten inbound window looks like parts written one by one",
    "youtubeUnblock --frag-sni-faked=1": "partial: a whole fake hello between parts shadows none",
}
#: The same of recorded commands, by case.
AMBIGUOUS_CASES = {
    "dts001": "partial: the command means order 2, its parser says 0",
    "gvs019": "partial: a small window of the server's looks like parts written one by one",
    "nfs145": "missed: the stand-in for the Initial does not show that it became longer",
}


def recognised(wanted: Strategy, request: bytes, path: PathFacts, view: View) -> Strategy:
    """Return what is read off a composed conversation."""
    files: defaultdict[str, bytes] = defaultdict(lambda: stage.HELLO)
    scene = play(wanted, request, path, seed=3, files=files)
    found = list(survey(find_connections(packets_of(scene, view))))
    return found[0].strategy if found else NONE


def verdict(command: str, request: bytes, path: PathFacts, view: View) -> str:
    wanted = parse_profiles(command)[0]
    strategy = recognised(wanted, request, path, view)
    return judge([wanted], strategy, whole=True, datagrams=request == stage.INITIAL).verdict


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
@pytest.mark.parametrize("request_bytes", [stage.HELLO, stage.LONG], ids=["one packet", "two"])
def test_commands_of_every_tool(view: View, request_bytes: bytes) -> None:
    for command in (*TOOLS, *ORDERS):
        assert verdict(command, request_bytes, PathFacts(), view) == "exact", command


@pytest.mark.parametrize("command", AMBIGUOUS)
def test_what_cannot_be_told_apart_is_listed(command: str) -> None:
    expected = AMBIGUOUS[command].partition(":")[0]
    assert verdict(command, stage.HELLO, PathFacts(), View()) == expected


def recorded(shared: Path) -> Iterator[tuple[str, str, bytes, PathFacts]]:
    """Yield the distinct commands that left a trace, with a request and a path like theirs."""
    seen = set()
    with (shared / "captures/desync/manifest.csv").open() as opened:
        for row in csv.DictReader(opened):
            command, protocol = row["command"], row["proto"]
            if not command or command in seen or row["on_wire"] != "yes" or "files/" in command:
                continue
            seen.add(command)
            other = stage.PAGE if protocol.startswith("http") else stage.INITIAL
            request = stage.HELLO if protocol == "tls" else other
            yield (
                row["case_id"],
                command,
                request,
                (PathFacts() if row["ip_version"] == "4" else stage.PATH6),
            )


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_commands_that_were_recorded(shared: Path, view: View) -> None:
    wrong, count = {}, 0
    for case, command, request, path in recorded(shared):
        said = verdict(command, request, path, view)
        count += 1
        if said != "exact":
            wrong[case] = said
    assert wrong == {case: why.partition(":")[0] for case, why in AMBIGUOUS_CASES.items()}
    assert count > 150

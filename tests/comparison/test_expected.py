"""What was sent against what commands promise."""

from __future__ import annotations

import csv

import pytest

from tests.comparison.made import attempt
from workbench.api.comparisons import expect
from workbench.comparison.expected import against
from workbench.comparison.sides import Side
from workbench.evasion.parsing import parse, parse_profiles

KNOWN = {"nfs026", "nfs067", "nfs068", "nfs085", "nfs086"}
"""Promises that the packets do not show in the same words: identifications of the first packet
alone, an overlap up to a marker, a fake host cut to the length of the name."""


def test_recorded_promises_are_kept_where_the_tool_left_traces(shared):
    folder = shared / "captures/desync"
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file)
                if row["set"] in ("recon-vs-zapret", "nfqws") and row["vantage"] == "client"
                and row["command"] and row["case_id"] not in KNOWN]  # fmt: skip
    wrong = []
    for row in rows:
        word = expect(folder / row["file"], row["command"]).verdict.word
        if (word == "same") != (row["on_wire"] == "yes"):
            wrong.append((row["case_id"], word, row["command"]))
    assert len(rows) > 200
    assert not wrong


def _kept(sent: str, promised: str, **more):
    side = Side("capture", (), (attempt(f"nfqws {sent}", **more),))
    return against(side, parse_profiles(f"nfqws {promised}"))


@pytest.mark.parametrize(
    ("sent", "promised", "word"),
    [("--dpi-desync=fake --dpi-desync-ttl=3", "--dpi-desync=fake --dpi-desync-ttl=3", "same"),
     ("--dpi-desync=fake --dpi-desync-ttl=4", "--dpi-desync=fake --dpi-desync-ttl=3", "worse"),
     ("--dpi-desync=fake --dpi-desync-ttl=3", "--dpi-desync=fake --dpi-desync-autottl=-1:3-20",
      "same"),
     ("--dpi-desync=fake", "--dpi-desync=fake --dpi-desync-ttl=64", "same"),
     ("--dpi-desync=fake", "--dpi-desync=multisplit --new --dpi-desync=fake", "same")],
)  # fmt: skip
def test_promises(sent, promised, word):
    assert _kept(sent, promised).verdict.word == word


def test_ipv6_has_its_own_ttl():
    promise = "--dpi-desync=fake --dpi-desync-ttl=3 --dpi-desync-ttl6=5"
    sent = "--dpi-desync=fake --dpi-desync-ttl=5"
    assert _kept(sent, promise, server="2001:db8::1").verdict.word == "same"
    assert _kept(sent, promise).verdict.word == "worse"


def test_nothing_to_hold_it_against_is_no_verdict():
    side = Side("capture", (), (attempt(kind="dns"),))
    assert against(side, [parse("nfqws --dpi-desync=fake")]).verdict.word == "no verdict"

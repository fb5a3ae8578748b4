"""``workbench strategies``: what is known, what a command means, what a capture shows."""

from __future__ import annotations

import json
import shlex

import pytest

from tests.cli.running import DATA, run
from workbench.evasion.catalogue import catalogue
from workbench.evasion.parsing import parse

COMMAND = "nfqws --dpi-desync=fake,fakeddisorder --dpi-desync-ttl=3 --dpi-desync-split-pos=3"


def test_everything_known_is_listed(capsys) -> None:
    lines = run(capsys, "strategies", "--list").out.splitlines()
    names = [line.split()[0] for line in lines if line.startswith("  ")]
    assert names == list(catalogue().strategies)
    rows = run(capsys, "strategies", "--list", "--json").objects
    assert [row["name"] for row in rows] == names


def test_a_command_is_explained(capsys) -> None:
    done = run(capsys, "strategies", "--parse", COMMAND)
    assert done.code == 0
    assert done.out.startswith("strategy: fake,fakeddisorder\n")
    assert "TTL 3" in done.out
    [row] = run(capsys, "strategies", "--parse", COMMAND, "--json").objects
    assert row == json.loads(json.dumps(parse(COMMAND).to_json()))


def test_a_command_is_said_in_another_tools_words(capsys) -> None:
    out = run(capsys, "strategies", "--parse", COMMAND, "--as", "winws").out
    [line] = [line for line in out.splitlines() if line.startswith("winws")]
    assert parse(line) == parse(COMMAND)
    assert shlex.split(line)[0] == "winws"


def test_profiles_are_told_apart(capsys) -> None:
    two = f"{COMMAND} --new --dpi-desync=multisplit"
    out = run(capsys, "strategies", "--parse", two).out
    assert "profile 1\nstrategy: fake,fakeddisorder\n" in out
    assert "profile 2\nstrategy: multisplit\n" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "Give captures, or --list, or --parse"),
        (("--list", "--parse", COMMAND), "Give captures, or --list, or --parse"),
        (("--parse", "foo --bar"), "nfqws"),
        (("--parse", "nfqws --dpi-desync=fak"), "fake"),
        (("--parse", COMMAND, "--as", "netcat"), "nfqws"),
        (("missing.pcap",), "missing.pcap"),
    ],
)
def test_what_cannot_be_used_is_one_line(capsys, words, message: str) -> None:
    done = run(capsys, "strategies", *words)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert message in done.err


def test_ordinary_traffic_has_no_strategy(capsys) -> None:
    done = run(capsys, "strategies", DATA / "ordinary.pcapng")
    assert (done.code, done.out) == (0, "no strategies\n")
    rows = run(capsys, "strategies", DATA / "ordinary.pcapng", "--all", "--json").objects
    assert {row["strategy"] for row in rows} <= {"", None}
    assert len(rows) == 31

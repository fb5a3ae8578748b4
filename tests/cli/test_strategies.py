"""``workbench strategies``: what is known, what a command means, what a capture shows."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from types import SimpleNamespace

import pytest

import workbench.publishing
from tests.cli.running import DATA, run
from tests.views.strategies import capture_of
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
    assert {row["strategy"] for row in rows} == {""}
    assert len(rows) == 31


@pytest.fixture
def asked(monkeypatch):
    """Put a report in place that notes what it was asked for."""
    calls = []

    def report(name, parameters, output):
        calls.append((name, parameters["focus"], Path(output)))
        return SimpleNamespace(html=Path("made/page.html"), results=Path("made/results.json"))

    monkeypatch.setattr(workbench.publishing, "report", report)
    monkeypatch.setattr(workbench.publishing, "configure_logs", lambda style: None)
    return calls


def test_a_page_is_made_where_it_is_wanted(capsys, asked) -> None:
    done = run(capsys, "strategies", DATA / "dns.pcap", "--html", "--output", "x.html")
    assert (done.code, done.out) == (0, "made/page.html\n")
    assert asked == [("strategy", "", Path("x.html"))]
    found = run(capsys, "strategies", DATA / "dns.pcap", "--html", "--json").objects
    assert found == [{"page": "made/page.html", "results": "made/results.json"}]


def test_the_page_is_about_what_was_selected(capsys, asked) -> None:
    run(capsys, "strategies", DATA / "dns.pcap", "--html", "--connection", "3")
    assert asked[0][1] == "3"
    done = run(capsys, "strategies", DATA / "dns.pcap", "--html", "--filter", "frame > 99999")
    assert done.code == 2
    assert "No connection of the capture fits" in done.err


def test_numbers_are_there_or_null(capsys, tmp_path) -> None:
    path = capture_of(tmp_path, COMMAND, "nfqws")
    rows = run(capsys, "strategies", path, "--all", "--json").objects
    names = ("connection", "ttl", "order", "confidence")
    assert [[row[name] for name in names] for row in rows] == [
        [0, 3, 0, 0.67], [1, None, None, None],
    ]  # fmt: skip
    lines = run(capsys, "strategies", path, "--all", "--csv").out.splitlines()
    assert lines[0].startswith("connection,client,server,server_name,strategy,ttl,")
    assert lines[1].split(",fakeddisorder")[1].startswith('",3,')
    assert "fake,fakeddisorder    3" in run(capsys, "strategies", path).out

"""``workbench explore``: says where the page is, and gives the report one file."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

import workbench.publishing
from tests.cli.running import DATA, run, spawn
from workbench.capture.reader import read_packets
from workbench.cli.explore import OUTPUT, one_file


@pytest.fixture
def asked(monkeypatch):
    """Put a report in place that notes what it was asked for."""
    calls = []

    def report(name, parameters, output):
        packets = read_packets(parameters["capture"])
        calls.append((name, dict(parameters), Path(output), len(packets)))
        packets.close()
        return SimpleNamespace(html=Path("made/page.html"), results=Path("made/results.json"))

    monkeypatch.setattr(workbench.publishing, "report", report)
    monkeypatch.setattr(workbench.publishing, "configure_logs", lambda style: None)
    return calls


def test_the_report_gets_the_file_and_the_focus(capsys, asked) -> None:
    done = run(capsys, "explore", DATA / "dns.pcap", "--focus", "3", "--output", "x.html")
    assert done.out == "made/page.html\n"
    values = {"capture": str(DATA / "dns.pcap"), "focus": "3"}
    assert asked == [("explore", values, Path("x.html"), 35)]


def test_without_arguments_there_is_no_focus_and_a_folder_for_pages(capsys, asked) -> None:
    run(capsys, "explore", DATA / "dns.pcap")
    assert asked[0][1]["focus"] == ""
    assert asked[0][2] == Path(OUTPUT)


def test_json_says_both_places(capsys, asked) -> None:
    done = run(capsys, "explore", DATA / "dns.pcap", "--json")
    assert json.loads(done.out) == {"page": "made/page.html", "results": "made/results.json"}


def test_several_files_become_one(capsys, asked) -> None:
    run(capsys, "explore", DATA / "dns.pcap", DATA / "refused.pcap")
    _, values, _, packets = asked[0]
    assert packets == 59
    assert Path(values["capture"]).name == "dns-refused.pcapng"
    assert not Path(values["capture"]).exists()


def test_standard_input_becomes_a_file_while_it_is_needed(monkeypatch) -> None:
    data = (DATA / "dns.pcap").read_bytes()
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(data)))
    with one_file(["-"]) as path:
        packets = read_packets(path)
        assert len(packets) == 35
        packets.close()
    assert not Path(path).exists()


@pytest.mark.slow
def test_a_page_is_made_from_end_to_end(tmp_path) -> None:
    done = spawn("explore", DATA / "refused.pcap", "--output", tmp_path / "page.html")
    assert done.code == 0
    assert done.out == f"{tmp_path / 'page.html'}\n"
    assert (tmp_path / "page.html").read_bytes().startswith(b"<!DOCTYPE html>")
    assert json.loads((tmp_path / "results.json").read_text())

"""``wb.compare``: captures, paths and lists of them, and what is shown."""

from __future__ import annotations

import pytest

import workbench as wb
from workbench.api.comparisons import expect
from workbench.errors import ParameterError


def test_paths_captures_and_lists_are_the_same():
    path = "data/http.pcap"
    capture = wb.read(path)
    found = [wb.compare(*both) for both in ((path, capture), ([path], [capture]))]
    assert {one.verdict for one in found} == {wb.compare(path, path).verdict}
    assert found[0].reference.attempts == found[1].candidate.attempts


def test_several_captures_are_one_side():
    found = wb.compare(["data/http.pcap", "data/tls13.pcap"], "data/tls13.pcap")
    count = len(wb.read("data/http.pcap").connections)
    assert len(found.unpaired[0]) == count
    assert f"{count} of the reference without a partner" in found.text()


def test_one_screen_shows_verdict_and_differences(capsys, shared):
    folder = shared / "captures/desync/recon-vs-zapret"
    found = wb.compare(folder / "r035-client.pcap", folder / "r039-client.pcap")
    found.show()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("worse: x.com: the reference got its answer")
    assert "  critical  fakes and shadows leave with the sender's own TTL" in "\n".join(lines)
    assert "… 1 more differences" in found.text(1)


def test_a_name_that_nobody_asks_for():
    with pytest.raises(ParameterError, match=r"nobody\.test"):
        wb.compare("data/http.pcap", "data/http.pcap", "nobody.test")


def test_a_promise_is_held_against_a_domain_alone():
    kept = expect("data/http.pcap", "nfqws --dpi-desync=fake", "www.example.org")
    assert {one.name for one in kept.attempts} == {"www.example.org"}
    assert kept.verdict.word == "worse"

"""``workbench compare``: verdicts, exit codes, formats."""

from __future__ import annotations

import pytest

from tests.cli.running import DATA, run

FOLDER = "captures/desync/recon-vs-zapret"
COMMAND = "nfqws --dpi-desync=fake,fakeddisorder --dpi-desync-ttl=3 --dpi-desync-split-pos=3"


def _files(shared, *names: str):
    return [shared / FOLDER / f"{name}-client.pcap" for name in names]


@pytest.mark.parametrize(
    ("names", "word", "code"),
    [(("r035", "r036"), "same", 0), (("r035", "r039"), "worse", 1),
     (("r039", "r035"), "better", 0)],
)  # fmt: skip
def test_the_verdict_comes_first_and_is_the_exit_code(capsys, shared, names, word, code):
    done = run(capsys, "compare", *_files(shared, *names))
    assert done.out.startswith(f"{word}: ")
    assert (done.code, done.err) == (code, "")
    assert len(done.out.splitlines()) < 24


def test_what_cannot_be_told_is_no_verdict(capsys):
    done = run(capsys, "compare", DATA / "quic.pcapng", DATA / "refused.pcap")
    assert (done.code, done.out.partition(":")[0]) == (3, "no verdict")


def test_programs_get_one_object(capsys, shared):
    done = run(capsys, "compare", *_files(shared, "r035", "r041"), "--json", "--domain", "x.com")
    [found] = done.objects
    assert (found["verdict"], found["pairs"], found["unpaired"]) == ("same", 1, [0, 0])
    [one] = found["differences"]
    assert (one["parameter"], one["reference"], one["candidate"]) == ("ttl", "3", "4")
    assert one["frames"]["reference"][0] == 4


def test_promises(capsys, shared):
    [file] = _files(shared, "r035")
    done = run(capsys, "compare", file, "--expect", COMMAND)
    assert (done.code, done.out) == (0, "same: what was sent is what the command promises\n")
    done = run(capsys, "compare", file, "--expect", COMMAND.replace("ttl=3", "ttl=4"), "--json")
    [found] = done.objects
    assert (done.code, found["verdict"], found["requests"]) == (1, "worse", 1)
    assert [one["parameter"] for one in found["differences"]] == ["ttl"]


@pytest.mark.parametrize(
    ("words", "message"),
    [((), "FILE"), (("a.pcap",), "a reference and a candidate"),
     (("a.pcap", "b.pcap", "--expect", COMMAND), "one capture with --expect"),
     ((DATA / "http.pcap", "--expect", "foo --bar"), "nfqws"),
     (("missing.pcap", DATA / "http.pcap"), "missing.pcap"),
     ((DATA / "http.pcap", DATA / "http.pcap", "--domain", "no.test"), "no.test")],
)  # fmt: skip
def test_what_cannot_be_used_is_one_line(capsys, words, message):
    done = run(capsys, "compare", *words)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert message in done.err

"""Laboratories side by side: rows are kept whatever ends them, and nothing stays behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.lab import crew, isolation
from workbench.lab.crew import Laboratory, bind, laboratories, run_matrix
from workbench.lab.tables import read_trials, summary
from workbench.lab.topology import Topology
from workbench.lab.trials import Job, Matrix

ROOT = Path(__file__).resolve().parents[2]
SPLIT = "nfqws --dpi-desync=multisplit --dpi-desync-split-pos=midsld"
MATRIX = Matrix({"split": SPLIT}, ["", "xt-reset"], ["x.com"], repetitions=2)


def gone(folder: Path) -> bool:
    """Tell whether no process works for a folder, within the time limit."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        lines = []
        for place in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                lines.append(place.read_bytes().decode(errors="replace"))
            except OSError:
                continue
        if not any(str(folder) in line for line in lines):
            return True
        time.sleep(0.05)
    return False


def test_a_matrix_is_done_by_two_laboratories(able, own_folders, tmp_path) -> None:
    path, seen = tmp_path / "trials.jsonl", []
    rows = run_matrix(MATRIX, path, workers=2, progress=lambda *told: seen.append(told))
    table = summary(rows, ("strategy", "middlebox")).set_index(["middlebox", "control"])
    assert table["share"].to_dict() == {
        ("", ""): 1, ("", "no strategy"): 1, ("", "allowed name"): 1,
        ("xt-reset", ""): 1, ("xt-reset", "no strategy"): 0, ("xt-reset", "allowed name"): 1,
    }  # fmt: skip
    assert table.loc[("xt-reset", "no strategy"), "outcomes"] == "reset 2"
    assert len(seen) == len(rows) == 12
    assert all(row.total_ns < 3_000_000_000 for row in rows)
    assert list(own_folders.iterdir()) == []
    # All is done: a second run needs no laboratory.
    assert run_matrix(MATRIX, path, workers=0) == rows


RUNNING = """
import sys, tempfile
from pathlib import Path
tempfile.tempdir = sys.argv[2]
from workbench.lab.crew import run_matrix
from workbench.lab.trials import Matrix
matrix = Matrix({"none": "nfqws"}, repetitions=int(sys.argv[3]))
run_matrix(matrix, Path(sys.argv[1]), workers=1)
"""


def test_a_killed_run_leaves_rows_and_nothing_else(able, own_folders, tmp_path) -> None:
    path = tmp_path / "trials.jsonl"
    words = (sys.executable, "-c", RUNNING, str(path), str(own_folders))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen((*words, "1000"), env=environment)
    end = time.monotonic() + 40
    while time.monotonic() < end and not (path.exists() and path.stat().st_size):
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert gone(own_folders)
    before = read_trials(path)
    assert before
    isolation.remove_stale()
    assert list(own_folders.iterdir()) == []
    done = subprocess.run((*words, "2"), env=environment, check=False, timeout=60)
    assert done.returncode == 0
    keys = [row.key for row in read_trials(path)]
    assert len(set(keys)) == len(keys) >= 6


def test_a_laboratory_that_ends_is_named(able, own_folders) -> None:
    with laboratories(Topology(), 1) as (one,):
        assert one(Job(domain="example.org")).outcome == "success"
        one._session.process.kill()
        with pytest.raises(WorkbenchError, match="the laboratory failed"):
            one(Job(domain="example.org"))
    assert list(own_folders.iterdir()) == []


def test_a_laboratory_that_cannot_start_says_why(able, own_folders, monkeypatch) -> None:
    monkeypatch.setattr(crew, "written", lambda _: "mtu = 1\n")
    with pytest.raises(WorkbenchError, match="mtu"):
        Laboratory(Topology())
    assert list(own_folders.iterdir()) == []


def test_one_that_does_not_connect_is_given_up(able, own_folders, monkeypatch) -> None:
    monkeypatch.setattr(crew, "START_LIMIT_S", 0.2)
    monkeypatch.setattr(crew, "BENCH", "this")
    with pytest.raises(WorkbenchError, match="in time"):
        Laboratory(Topology())


def test_a_meeting_place_may_lie_deep(tmp_path) -> None:
    folder = tmp_path / ("deep" * 20) / ("deeper" * 20)
    folder.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        bind(listening, folder / "meeting")
        assert (folder / "meeting").is_socket()

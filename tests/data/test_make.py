"""data/make.py makes captures, refuses in one sentence, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 60
PROGRAMS = ("ip", "nginx", "tcpdump", "ethtool", "curl", "unshare", "iptables")


def command(*words: str) -> list[str]:
    return [sys.executable, str(ROOT / "data" / "make.py"), *words]


def environment(folder: Path) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    return {**os.environ, "TMPDIR": str(folder), "PYTHONPATH": str(ROOT)}


@pytest.fixture(scope="session")
def able(tool, tmp_path_factory) -> None:
    """Skip the test, with the script's own sentence, where it cannot make captures."""
    for name in PROGRAMS:
        tool(name)
    folder = tmp_path_factory.mktemp("check")
    done = run(folder, "--check", "--only", "dns,http,large-transfer,refused")
    if done.returncode == 2:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*words),
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


def working_for(folder: Path) -> list[str]:
    """Return the command lines of processes that have to do with a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(folder) in line:
            found.append(line)
    return found


def eventually(holds: Callable[[], object]) -> bool:
    """Tell whether something holds within the time limit."""
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return False


def start_and_reach_the_middle(folder: Path, output: Path) -> subprocess.Popen[bytes]:
    """Start making a capture, and return once it is being recorded."""
    process = subprocess.Popen(
        command("--only", "refused", "--output", str(output)),
        env=environment(folder),
        stderr=subprocess.DEVNULL,
    )
    assert eventually(lambda: list(folder.glob("*/refused.raw")))
    assert working_for(folder)
    return process


@pytest.mark.usefixtures("able")
def test_a_part_is_made_and_described(tmp_path) -> None:
    output = tmp_path / "output"
    done = run(tmp_path / "work", "--only", "dns,http", "--output", str(output))
    assert done.returncode == 0, done.stderr
    assert {path.name for path in output.iterdir()} == {"dns.pcap", "http.pcap", "manifest.json"}
    entries = json.loads((output / "manifest.json").read_text())["files"]
    assert [entry["file"] for entry in entries] == ["dns.pcap", "http.pcap"]
    assert all(entry["packets"] > 30 for entry in entries)
    assert list((tmp_path / "work").iterdir()) == []
    assert working_for(tmp_path) == []


@pytest.mark.usefixtures("able")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_nothing(number, tmp_path) -> None:
    folder, output = tmp_path / "work", tmp_path / "output"
    process = start_and_reach_the_middle(folder, output)
    process.send_signal(number)
    assert process.wait(LIMIT_S) == 130
    assert list(folder.iterdir()) == []
    assert list(output.iterdir()) == []
    assert eventually(lambda: not working_for(folder))


@pytest.mark.usefixtures("able")
def test_a_killed_run_leaves_only_what_the_next_one_removes(tmp_path) -> None:
    folder, output = tmp_path / "work", tmp_path / "output"
    process = start_and_reach_the_middle(folder, output)
    process.kill()
    process.wait(LIMIT_S)
    assert eventually(lambda: not working_for(folder))
    assert len(list(folder.iterdir())) == 1
    done = run(folder, "--only", "dns", "--output", str(output))
    assert done.returncode == 0, done.stderr
    assert list(folder.iterdir()) == []


@pytest.mark.usefixtures("able")
def test_an_output_that_cannot_be_written_is_refused_before_any_work(tmp_path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    done = run(tmp_path / "work", "--only", "dns", "--output", str(blocked / "below"))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "cannot be written" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="it refuses earlier on other systems")
def test_missing_programs_are_named_with_the_command_that_brings_them(tmp_path) -> None:
    program = (
        "import sys; sys.path.insert(0, 'data'); import making.isolation as isolation\n"
        "isolation.SEARCHED = '/nowhere'\n"
        "import make; sys.argv = ['make.py', '--only', 'dns']; sys.exit(make.main())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**environment(tmp_path / "work"), "PATH": "/nowhere"},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "tcpdump" in done.stderr
    assert "apt-get install" in done.stderr


def test_an_unknown_sample_is_refused_with_the_known_ones(tmp_path) -> None:
    done = run(tmp_path / "work", "--only", "dns,nothing")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "large-transfer" in done.stderr


def test_help_names_every_sample(tmp_path) -> None:
    done = run(tmp_path / "work", "--help")
    assert done.returncode == 0
    for name in ("ordinary", "lossy", "--keep-logs", "--check"):
        assert name in done.stdout


def test_the_part_that_mounts_refuses_to_run_by_itself(tmp_path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "making.session", str(tmp_path), "dns"],
        env={**environment(tmp_path), "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'data'}"},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 2
    assert "started by data/make.py" in done.stderr
    assert list(tmp_path.iterdir()) == []

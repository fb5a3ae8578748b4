"""What tests of the laboratory may ask for: a process tree in namespaces of its own."""

from __future__ import annotations

import json
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from workbench.errors import WorkbenchError
from workbench.lab import isolation
from workbench.lab.middleboxes.interface import Middlebox

HERE = Path(__file__).resolve().parent
SCENES = HERE / "scenes.py"
LIMIT_S = 60
PROGRAMS = ("ip", "ethtool", "iptables", "nginx", "tcpdump", "curl", "openssl", "ping")


@pytest.fixture(scope="session")
def able() -> None:
    """Skip a test where a laboratory cannot be made, and say why."""
    try:
        isolation.require(PROGRAMS)
        isolation.isolating_command()
    except WorkbenchError as error:
        pytest.skip(str(error))


@pytest.fixture
def within(able: None, tmp_path: Path) -> Callable[..., Any]:
    """Return a function that plays a scene inside namespaces and returns what it told."""

    def play(scene: str, *words: str) -> Any:
        folder = tmp_path / "lab"
        folder.mkdir(exist_ok=True)
        told = tmp_path / "told.json"
        command = (sys.executable, str(SCENES), str(folder), str(told), scene, *words)
        code = isolation.run(command, folder, limit_s=LIMIT_S)
        logs = {log.name: log.read_text(errors="replace")[-600:] for log in folder.glob("*.log")}
        assert code == 0, logs
        return json.loads(told.read_text())

    return play


@pytest.fixture
def needs() -> Callable[[str], None]:
    """Return a function that skips a test whose middlebox is not installed, and says why."""

    def check(name: str) -> None:
        if reason := Middlebox.named(name).missing():
            pytest.skip(reason)

    return check


@pytest.fixture
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Have folders of laboratories made where no other test looks."""
    place = tmp_path / "folders"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    yield place
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def restored_signals() -> Iterator[None]:
    """Give this process its own handling of signals back after a test that changes it."""
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)

"""Namespaces for a whole laboratory: what ends with it, and what the next one removes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.lab import isolation

LIMIT_S = 20
BUILDING = """
import sys
from workbench.lab import isolation
with isolation.private_folder() as folder:
    script = (
        "from pathlib import Path; import sys, time;"
        "from workbench.lab.namespaces import Lab; from workbench.lab.ends import start_ends;"
        "from workbench.lab.topology import Topology\\n"
        "while True:\\n"
        "    with Lab(Topology(), Path(sys.argv[1])) as lab:\\n"
        "        start_ends(lab); print('up', flush=True)"
    )
    isolation.run((sys.executable, "-c", script, str(folder)), folder, limit_s=60)
"""


def working_for(folder: Path) -> list[int]:
    """Return the processes that have a folder in their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                words = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if str(folder).encode() in words:
                found.append(int(entry.name))
    return found


def eventually(holds) -> bool:
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.02)
    return False


def test_a_process_is_told_from_a_later_one_of_the_same_number(own_folders) -> None:
    folder = isolation.make_folder()
    assert isolation.owner(folder) == os.getpid()
    (folder / isolation.OWNER).write_text(f"{os.getpid()} 1\n")
    assert isolation.owner(folder) is None
    (folder / isolation.OWNER).write_text("../../etc 1\n")
    assert isolation.owner(folder) is None


def test_only_stale_folders_of_this_user_are_removed(own_folders) -> None:
    mine = isolation.make_folder()
    stale = own_folders / f"{isolation.PREFIX}{1 << 30}-abc"
    other, link = own_folders / "workbench-other", own_folders / f"{isolation.PREFIX}{1 << 30}-l"
    stale.mkdir()
    other.mkdir()
    link.symlink_to(other)
    assert isolation.remove_stale() == [stale]
    assert mine.is_dir()
    assert other.is_dir()
    assert link.is_symlink()


def test_a_folder_without_an_owner_yet_is_told_by_its_name(own_folders) -> None:
    young = own_folders / f"{isolation.PREFIX}{os.getpid()}-young"
    young.mkdir()
    assert isolation.owner(young) == os.getpid()


def test_what_is_missing_is_named_with_its_package() -> None:
    with pytest.raises(WorkbenchError, match="not installed: no-such-program"):
        isolation.require(("ip", "no-such-program"))


def test_another_system_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(WorkbenchError, match="on Linux only"):
        isolation.require(())


def test_a_machine_that_allows_nothing_gets_one_sentence(monkeypatch) -> None:
    refused = subprocess.CompletedProcess((), 1, b"", b"unshare: not permitted\nmore")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: refused)
    with pytest.raises(WorkbenchError, match=r"user namespace is needed.*not permitted") as caught:
        isolation.isolating_command.__wrapped__()
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("able")
def test_a_command_sees_nothing_of_the_machine_and_its_code_comes_back(own_folders) -> None:
    script = (
        "import os, socket, sys; from pathlib import Path;"
        "assert [n for _, n in socket.if_nameindex()] == ['lo'], 'interfaces';"
        "assert len([p for p in Path('/proc').iterdir() if p.name.isdecimal()]) == 2, 'processes';"
        "assert list(Path('/run/netns').iterdir()) == [], 'namespaces';"
        "sys.exit(7)"
    )
    with isolation.private_folder() as folder:
        assert isolation.run((sys.executable, "-c", script), folder, limit_s=LIMIT_S) == 7
    assert list(own_folders.iterdir()) == []


@pytest.mark.usefixtures("able")
def test_what_takes_too_long_is_ended(own_folders) -> None:
    with isolation.private_folder() as folder:
        with pytest.raises(WorkbenchError, match=r"more than 0\.3 s"):
            isolation.run(("sleep", "100"), folder, limit_s=0.3)
        assert eventually(lambda: not working_for(folder))


@pytest.mark.usefixtures("able")
def test_the_plain_way_of_root_works_too(own_folders, monkeypatch) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can do without a user namespace")
    monkeypatch.setattr(isolation, "isolating_command", lambda: ("unshare", *isolation.SEPARATE))
    script = "import os, sys; sys.exit(os.getuid())"
    with isolation.private_folder() as folder:
        assert isolation.run((sys.executable, "-c", script), folder, limit_s=LIMIT_S) == 0


@pytest.mark.usefixtures("able")
@pytest.mark.parametrize("seed", range(3))
def test_a_laboratory_killed_at_any_moment_leaves_only_a_folder(seed, own_folders) -> None:
    environment = {**os.environ, "TMPDIR": str(own_folders)}
    process = subprocess.Popen(
        (sys.executable, "-c", BUILDING), env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert eventually(lambda: working_for(own_folders))
    # Building takes about this long, and is done again and again.
    time.sleep(random.Random(seed).uniform(0, 0.8))
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert eventually(lambda: not working_for(own_folders))
    assert len(list(own_folders.iterdir())) == 1
    with isolation.private_folder() as folder:
        assert list(own_folders.iterdir()) == [folder]


@pytest.mark.usefixtures("able")
def test_an_interrupted_laboratory_leaves_nothing(own_folders) -> None:
    environment = {**os.environ, "TMPDIR": str(own_folders)}
    process = subprocess.Popen(
        (sys.executable, "-c", BUILDING), env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    process.send_signal(signal.SIGINT)
    process.wait(LIMIT_S)
    process.stdout.close()
    assert eventually(lambda: not working_for(own_folders))
    assert list(own_folders.iterdir()) == []

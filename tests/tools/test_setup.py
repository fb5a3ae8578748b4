"""Setting up: which Python is taken, what is installed, and when nothing needs to be done."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("sh", "cat", "cksum", "rm", "dirname", "mkdir", "cp", "chmod", "env")

# Answers as an interpreter of the given version would, and notes what it was asked to install.
PYTHON = """#!/bin/sh
case "$*" in
    *sys.exit*) [ {minor} -ge 11 ] ;;
    *print*) echo 3.{minor} ;;
    "-m venv "*) mkdir -p "$3/bin"; echo >"$3/pyvenv.cfg"; cp "$0" "$3/bin/python" ;;
    "-m pip install"*) echo "pip from 3.{minor}: $*" >>"{log}" ;;
    "-m pip --version") ;;
    *) exit 9 ;;
esac
"""
UV = """#!/bin/sh
case "$1" in
    venv) for last; do :; done; mkdir -p "$last/bin"; echo >"$last/pyvenv.cfg"
          cp "$(dirname "$0")/model" "$last/bin/python"; echo "uv $*" >>"{log}" ;;
    *) echo "uv $*" >>"{log}" ;;
esac
"""


class Machine:
    """A checkout, and a search path with nothing but what a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.root, self.bin, self.log = folder / "project", folder / "bin", folder / "log"
        (self.root / "tools").mkdir(parents=True)
        self.bin.mkdir()
        shutil.copy(ROOT / "tools" / "setup.sh", self.root / "tools")
        (self.root / "pyproject.toml").write_text("[project]\n")
        (self.root / "constraints.txt").write_text("a==1\n")
        for name in NEEDED:
            (self.bin / name).symlink_to(str(shutil.which(name)))

    def program(self, name: str, text: str) -> None:
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def python(self, name: str, minor: int) -> None:
        self.program(name, PYTHON.format(minor=minor, log=self.log))

    def uv(self) -> None:
        self.program("uv", UV.format(log=self.log))
        self.python("model", 11)

    def setup(self, level: str, venv: str = ".venv", **variables: str) -> tuple[int, str]:
        done = subprocess.run(
            [str(self.root / "tools" / "setup.sh"), level, venv],
            env={"PATH": str(self.bin), "HOME": os.devnull, **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return done.returncode, done.stdout + done.stderr

    def installed(self) -> list[str]:
        """Return what was asked to be installed since the last look."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return lines


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_only_an_old_python_is_one_clear_error(machine: Machine) -> None:
    machine.python("python3", 9)
    code, output = machine.setup("all")
    assert code == 1
    assert "needs Python 3.11 or newer" in output
    assert "python3 is Python 3.9" in output
    assert "make PYTHON=" in output
    assert not (machine.root / ".venv").exists()


def test_no_python_at_all_is_the_same_error(machine: Machine) -> None:
    code, output = machine.setup("core")
    assert code == 1
    assert "python3 does not run" in output


def test_a_shim_that_does_not_run_is_passed_over(machine: Machine) -> None:
    machine.program("python3.11", "#!/bin/sh\nexit 127\n")
    machine.python("python3.12", 12)
    machine.python("python3", 9)
    code, output = machine.setup("core")
    assert code == 0, output
    assert machine.installed()[0].startswith("pip from 3.12: -m pip install")


def test_the_python_that_is_named_is_taken_or_refused(machine: Machine) -> None:
    machine.python("python3.11", 11)
    machine.python("mine", 13)
    machine.python("old", 10)
    code, output = machine.setup("core", PYTHON="old")
    assert code == 1
    assert "old is Python 3.10" in output
    code, output = machine.setup("core", PYTHON="mine")
    assert code == 0, output
    assert machine.installed()[0].startswith("pip from 3.13")


def test_it_installs_under_the_constraints_and_only_when_something_changed(
    machine: Machine,
) -> None:
    machine.python("python3", 11)
    assert machine.setup("core")[0] == 0
    (line,) = machine.installed()
    assert line.endswith("--constraint constraints.txt --editable .")
    assert machine.setup("core") == (0, "")
    assert machine.installed() == []
    (machine.root / "constraints.txt").write_text("a==2\n")
    assert machine.setup("core")[0] == 0
    assert len(machine.installed()) == 1


def test_everything_includes_the_core_but_not_the_other_way_round(machine: Machine) -> None:
    machine.python("python3", 11)
    assert machine.setup("core")[0] == 0
    assert machine.setup("all")[0] == 0
    assert machine.installed()[1].endswith("--editable .[test,dev,lab,sql]")
    (machine.root / ".venv" / ".workbench-core").unlink()
    assert machine.setup("core") == (0, "")
    assert machine.installed() == []


def test_a_checkout_that_was_moved_is_installed_again(machine: Machine, tmp_path: Path) -> None:
    machine.python("python3", 11)
    assert machine.setup("core")[0] == 0
    machine.root = machine.root.rename(tmp_path / "moved")
    assert machine.setup("core")[0] == 0
    assert len(machine.installed()) == 2


def test_a_failed_installation_is_tried_again(machine: Machine) -> None:
    broken = PYTHON.format(minor=11, log=machine.log).replace('echo "pip from', 'exit 1; echo "')
    machine.program("python3", broken)
    assert machine.setup("core")[0] == 1
    shutil.rmtree(machine.root / ".venv")
    machine.python("python3", 11)
    assert machine.setup("core")[0] == 0
    assert len(machine.installed()) == 1


def test_an_environment_whose_python_is_gone_is_made_anew(machine: Machine) -> None:
    machine.python("python3", 11)
    assert machine.setup("core")[0] == 0
    (machine.root / ".venv" / "bin" / "python").unlink()
    assert machine.setup("core")[0] == 0
    assert len(machine.installed()) == 2


def test_a_folder_that_is_no_environment_is_never_removed(machine: Machine) -> None:
    machine.python("python3", 11)
    (machine.root / "precious").mkdir()
    (machine.root / "precious" / "file").write_text("kept")
    code, output = machine.setup("core", "precious")
    assert code == 1
    assert "no virtual environment" in output
    assert (machine.root / "precious" / "file").read_text() == "kept"


def test_uv_is_used_where_it_is_unless_kept_out(machine: Machine) -> None:
    machine.uv()
    machine.python("python3", 12)
    assert machine.setup("core")[0] == 0
    made, installed = machine.installed()
    assert made == "uv venv --quiet --python python3 .venv"
    assert installed.endswith("--constraint constraints.txt --editable .")
    assert machine.setup("core", "other", UV="")[0] == 0
    assert machine.installed()[0].startswith("pip from 3.12")


def test_uv_brings_a_python_where_there_is_none(machine: Machine) -> None:
    machine.uv()
    code, output = machine.setup("core")
    assert code == 0, output
    assert machine.installed()[0] == "uv venv --quiet --python 3.11 .venv"


def test_a_level_nobody_knows_is_refused(machine: Machine) -> None:
    code, output = machine.setup("some")
    assert code == 2
    assert "core or all" in output

"""How a run of pytest behaves here: what is skipped is said, and fails where CI runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

TESTS = """
import os, stat
from pathlib import Path
import pytest

def test_that_passes():
    cache = Path(os.environ["WORKBENCH_CACHE_DIR"])
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700

def test_with_a_program(tool):
    assert tool("sh").endswith("sh")

@pytest.mark.xfail
def test_that_fails_as_expected():
    assert False
"""
WITHOUT_SHARED = """
def test_with_known_answers(shared):
    assert shared.is_dir()
"""
WITHOUT_PROGRAM = """
def test_with_a_program_nobody_has(tool):
    tool("no-such-program")
"""
SKIPPED = """
import pytest

@pytest.mark.skip(reason="not today")
def test_left_out():
    pass
"""
SKIPPED_WHOLE = """
import pytest
pytest.importorskip("no_such_module")
"""


def run(folder: Path, tests: str, ci: str) -> tuple[int, str]:
    """Run tests in a tree that has our conftest files; return the exit code and the output."""
    inside = folder / "project" / "tests"
    inside.mkdir(parents=True)
    shutil.copy(ROOT / "conftest.py", folder / "project")
    shutil.copy(ROOT / "tests" / "conftest.py", inside)
    (inside / "test_it.py").write_text(tests, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rsx"]
    alone = {"CI": ci, "PYTHONPATH": ".", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    options = ["--import-mode=importlib", "--override-ini=pythonpath=.", "-c", os.devnull]
    done = subprocess.run(
        [*command, *options, "--rootdir=.", "tests"],
        cwd=folder / "project",
        env={**os.environ, **alone},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("ci", ["", "true"])
def test_passing_and_expected_failures_pass_everywhere(tmp_path: Path, ci: str) -> None:
    code, output = run(tmp_path, TESTS, ci)
    assert code == 0, output
    assert "2 passed, 1 xfailed" in output


@pytest.mark.parametrize("ci", ["", "true"])
def test_known_answers_may_be_absent_everywhere(tmp_path: Path, ci: str) -> None:
    code, output = run(tmp_path, TESTS + WITHOUT_SHARED, ci)
    assert code == 0, output
    assert "../shared with captures of known content is not there" in output


def test_a_missing_program_is_skipped_by_name_but_fails_in_ci(tmp_path: Path) -> None:
    code, output = run(tmp_path / "here", TESTS + WITHOUT_PROGRAM, "")
    assert code == 0, output
    assert "the program no-such-program is not installed" in output
    code, output = run(tmp_path / "there", TESTS + WITHOUT_PROGRAM, "true")
    assert code == 1, output
    assert "nothing is skipped where CI runs" in output


@pytest.mark.parametrize("tests", [TESTS + SKIPPED, SKIPPED_WHOLE])
def test_any_other_skip_fails_in_ci_and_says_so(tmp_path: Path, tests: str) -> None:
    code, output = run(tmp_path / "here", tests, "")
    assert "skipped, which fails a run in CI" not in output
    code, output = run(tmp_path / "there", tests, "true")
    assert code == 1, output
    assert "skipped, which fails a run in CI" in output

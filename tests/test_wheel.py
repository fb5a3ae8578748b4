"""The wheel holds what an installation needs to make reports, and nothing of the workshop."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import workbench

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path)


def test_its_name_carries_the_one_version(wheel: zipfile.ZipFile) -> None:
    assert Path(str(wheel.filename)).name == f"workbench-{workbench.__version__}-py3-none-any.whl"


def test_every_file_of_the_package_and_every_notebook_is_in_it(wheel: zipfile.ZipFile) -> None:
    inside = set(wheel.namelist())
    package = [path for path in (ROOT / "workbench").rglob("*") if path.is_file()]
    wanted = {str(path.relative_to(ROOT)) for path in package if "__pycache__" not in path.parts}
    wanted |= {f"workbench/notebooks/{path.name}" for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert sorted(wanted - inside) == []
    assert any(name.endswith(".ipynb") for name in inside)


def test_nothing_else_is_in_it(wheel: zipfile.ZipFile) -> None:
    tops = {name.partition("/")[0] for name in wheel.namelist()}
    assert tops == {"workbench", f"workbench-{workbench.__version__}.dist-info"}
    assert [
        name for name in wheel.namelist() if "checkpoint" in name or "__pycache__" in name
    ] == []


def test_it_brings_the_command_and_the_licence(wheel: zipfile.ZipFile) -> None:
    about = f"workbench-{workbench.__version__}.dist-info"
    assert b"workbench = workbench.cli:main" in wheel.read(f"{about}/entry_points.txt")
    assert b"Apache License" in wheel.read(f"{about}/licenses/LICENSE")

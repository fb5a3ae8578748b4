"""What importing the package costs, and what it gives."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import workbench

HEAVY = {
    "IPython", "duckdb", "jupyterlab", "lz4", "matplotlib", "nbconvert", "nbformat", "numba",
    "numpy", "pandas", "papermill", "plotly", "pyarrow", "zstandard",
}  # fmt: skip


def modules_after(statement: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter holds after `statement`."""
    code = f"{statement}\nimport json, sys; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


@pytest.mark.parametrize(
    "statement",
    [
        "import workbench",
        "import workbench; workbench.__version__, dir(workbench)",
        "from workbench import errors, settings, units; settings.settings()",
    ],
)
def test_importing_loads_nothing_heavy(statement: str) -> None:
    assert modules_after(statement) & HEAVY == set()


def test_importing_loads_little_of_our_own() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sys, workbench; print(*sys.modules, sep='\\n')"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    ours = [name for name in done.stdout.split() if name.partition(".")[0] == "workbench"]
    assert ours == ["workbench"]


def test_every_public_name_is_listed_before_it_is_loaded() -> None:
    assert set(workbench.__all__) <= set(dir(workbench))


@pytest.mark.parametrize("name", workbench.__all__)
def test_every_public_name_can_be_had(name: str) -> None:
    assert getattr(workbench, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'reed'"):
        workbench.reed  # noqa: B018

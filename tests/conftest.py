"""What every test may ask for: captures with known answers, outside programs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import IN_CI, SHARED_REASON

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of captures with known answers, or skip the test where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(SHARED_REASON)
    return SHARED


@pytest.fixture(scope="session")
def tool() -> Callable[[str], str]:
    """Return a function that finds an outside program by name, and skips the test without it."""
    return find_tool


def find_tool(name: str) -> str:
    """Return where the program `name` is: skip the test without it, but fail where CI runs."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if found is None:
        reason = f"the program {name} is not installed"
        if IN_CI:
            pytest.fail(f"{reason}, and nothing is skipped where CI runs", pytrace=False)
        pytest.skip(reason)
    return found

"""The scripts in data/ import each other by the name `making`, as they do when they are run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[2] / "data"
if str(DATA) not in sys.path:
    sys.path.append(str(DATA))


@pytest.fixture(scope="session")
def data() -> Path:
    """Return the folder of the sample captures."""
    return DATA

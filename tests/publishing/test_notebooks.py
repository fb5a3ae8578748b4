"""Finding the notebooks."""

from __future__ import annotations

from pathlib import Path

import pytest

import workbench
from workbench.errors import ReportError
from workbench.publishing.notebooks import notebook_path


def test_a_checkout_has_its_notebooks_beside_the_package() -> None:
    path = notebook_path("explore")
    assert path.name == "explore.ipynb"
    assert path.is_file()


def test_an_installation_has_them_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = tmp_path / "workbench" / "notebooks" / "explore.ipynb"
    inside.parent.mkdir(parents=True)
    inside.write_text("{}")
    monkeypatch.setattr(workbench, "__file__", str(tmp_path / "workbench" / "__init__.py"))
    assert notebook_path("explore") == inside


def test_a_broken_installation_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbench, "__file__", str(tmp_path / "workbench" / "__init__.py"))
    with pytest.raises(ReportError, match="missing from this installation"):
        notebook_path("explore")

"""The notebook of the report ``strategy``, as it is stored and as it runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.views.strategies import CANON, capture_of
from workbench.errors import ParameterError
from workbench.publishing import reports
from workbench.publishing.reports import ReportResult

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "notebooks" / "strategy.ipynb"


@pytest.fixture(scope="module")
def stored() -> Any:
    """Return the notebook as it is stored."""
    return nbformat.read(NOTEBOOK, as_version=4)


def test_it_is_stored_without_outputs_for_any_python_kernel(stored: Any) -> None:
    nbformat.validate(stored)
    assert stored.metadata["kernelspec"]["name"] == "python3"
    assert set(stored.metadata) == {"kernelspec", "language_info"}
    for cell in stored.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


def test_it_holds_no_logic_worth_testing(stored: Any) -> None:
    code = [cell.source for cell in stored.cells if cell.cell_type == "code"]
    assert sum(source.count("\n") + 1 for source in code) < 50
    for word in ("for ", "while ", "if ", "try:", "except", "lambda", "HTML(", "def "):
        assert not [source for source in code if f"\n{word}" in source or source.startswith(word)]


def test_it_reads_as_a_page(stored: Any) -> None:
    titles = [cell.source for cell in stored.cells if cell.cell_type == "markdown"]
    assert titles == [
        "## What was sent, in order",
        "## Packet by packet",
        "## What each value stands on",
        "## The same with other tools",
        "## Other connections",
        "## Where this comes from",
    ]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> ReportResult:
    """Return the report about two connections."""
    folder = tmp_path_factory.mktemp("report")
    path = capture_of(folder, "nfqws", CANON)
    return reports.report("strategy", {"capture": path}, folder)


def test_a_report_about_a_strategy(made: ReportResult) -> None:
    page = made.html.read_text("utf-8")
    assert "<h1>www.example.com: fake,fakeddisorder</h1>" in page
    assert page.count('class="plot"') == 1
    assert 'id="frame-' in page
    assert "--dpi-desync=fake,fakeddisorder" in page
    results = json.loads(made.results.read_text("utf-8"))
    assert results["focus"]["connection"] == 1
    assert results["strategies"][0]["strategy"] == "fake,fakeddisorder"
    assert results["strategies"][0]["descriptor"]["phase2"]["kind"] == "fakeddisorder"
    assert results["without_strategy"] == 1
    assert [bar["token"] for bar in results["sequence_map"]["bars"]][1:3] == ["f2", "P2"]
    assert made.html.stat().st_size < 2_500_000
    assert str(Path.home()) not in page + made.results.read_text("utf-8")


def test_no_widget_is_left_in_the_page(made: ReportResult) -> None:
    assert "widget-view" not in made.html.read_text("utf-8")


def test_a_focus_that_matches_nothing_says_what_would(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"focus.*nobody"):
        reports.report("strategy", {"capture": capture_of(tmp_path, CANON), "focus": "nobody"},
                       tmp_path)  # fmt: skip

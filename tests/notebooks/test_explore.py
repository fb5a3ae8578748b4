"""The notebook of the report ``explore``, as it is stored and as it runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from workbench.errors import CaptureError, ParameterError
from workbench.publishing import reports, runner
from workbench.publishing.export import export
from workbench.publishing.parameters import ExploreParameters
from workbench.publishing.reports import ReportResult

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "notebooks" / "explore.ipynb"
CAPTURE = ROOT / "data" / "ordinary.pcapng"


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
    assert sum(source.count("\n") + 1 for source in code) < 100
    for word in ("for ", "while ", "if ", "try:", "except", "lambda", "HTML("):
        assert not [source for source in code if f"\n{word}" in source or source.startswith(word)]


def test_it_reads_as_a_page(stored: Any) -> None:
    titles = [cell.source for cell in stored.cells if cell.cell_type == "markdown"]
    assert titles == [
        "## What is wrong with it",
        "## Who talks to whom",
        "## When it was sent",
        "## How large the packets are",
        "## One connection, closely",
        "## Where this comes from",
    ]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> ReportResult:
    """Return the report about the sample capture."""
    return reports.report("explore", {"capture": CAPTURE}, tmp_path_factory.mktemp("report"))


def test_a_report_about_the_sample_capture(made: ReportResult) -> None:
    page = made.html.read_text("utf-8")
    assert "<h1>ordinary.pcapng: " in page
    assert page.count('class="plot"') >= 5
    results = json.loads(made.results.read_text("utf-8"))
    assert results["files"][0]["name"] == "ordinary.pcapng"
    assert results["facts"]["packets"] > 100
    assert results["files"][0]["sha256"][:12] in page
    assert len(results["connections"]) > 5
    assert str(Path.home()) not in page + made.results.read_text("utf-8")


def test_the_page_is_small(made: ReportResult) -> None:
    data = len(export(nbformat.v4.new_notebook()).html)
    assert data < 2_500_000
    assert made.html.stat().st_size - data < 1_000_000


def test_the_executed_notebook_holds_no_widget(tmp_path: Path) -> None:
    parameters = ExploreParameters(capture=str(CAPTURE), focus="0")
    done = runner.run("explore", parameters, tmp_path, cell_limit_s=120)
    mimes = {
        mime
        for cell in done.cells
        for output in cell.get("outputs", ())
        for mime in output.get("data", ())
    }
    assert not [mime for mime in mimes if "widget" in mime or "javascript" in mime]
    assert "application/vnd.plotly.v1+json" in mimes
    assert "widgets" not in done.metadata
    streams = [
        output for cell in done.cells for output in cell.get("outputs", ()) if "text" in output
    ]
    assert streams == [], "a report prints nothing and warns of nothing"


def test_what_is_no_capture_is_said_in_our_words(tmp_path: Path) -> None:
    path = tmp_path / "page.pcap"
    path.write_text("<html>")
    with pytest.raises(CaptureError, match="is no capture"):
        reports.report("explore", {"capture": path}, tmp_path)
    assert not (tmp_path / "explore.html").exists()


def test_a_focus_that_matches_nothing_says_what_would(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"focus.*nobody"):
        reports.report("explore", {"capture": CAPTURE, "focus": "nobody"}, tmp_path)

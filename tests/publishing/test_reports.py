"""Reports from end to end, with the run itself replaced."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.publishing.notebooks_made import executed
from workbench.errors import OutputError, ParameterError, ReportError
from workbench.publishing import reports, runner


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """Return a file that is there."""
    path = tmp_path / "a.pcap"
    path.write_bytes(b"")
    return path


@pytest.fixture
def without_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the notebook executed already."""
    monkeypatch.setattr(runner, "run", lambda *_, **__: executed("name"))


@pytest.mark.usefixtures("without_kernel")
def test_a_page_and_its_results(capture: Path, tmp_path: Path) -> None:
    made = reports.report("explore", {"capture": capture, "focus": "1"}, tmp_path / "out")
    assert made.html == tmp_path / "out" / "explore.html"
    assert made.results == tmp_path / "out" / "results.json"
    assert made.html.read_text("utf-8").startswith("<!DOCTYPE html>")
    found = json.loads(made.results.read_text("utf-8"))
    assert (found["report"], found["page"], found["number"]) == ("explore", "explore.html", 1)
    assert found["parameters"] == {"capture": str(capture), "focus": "1"}
    assert "workbench" in found["versions"]
    assert sorted(entry.name for entry in (tmp_path / "out").iterdir()) == [
        "explore.html",
        "results.json",
    ]


@pytest.mark.usefixtures("without_kernel")
def test_bad_requests_write_nothing(capture: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(ReportError, match="explore"):
        reports.report("exploer", {"capture": capture}, out)
    with pytest.raises(ParameterError, match="focus"):
        reports.report("explore", {"capture": capture, "fokus": ""}, out)
    with pytest.raises(OutputError, match="html"):
        reports.report("explore", {"capture": capture}, tmp_path / "page.pdf")
    assert not out.exists()


def test_a_place_that_takes_no_page_is_refused_before_the_work(
    capture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "run", lambda *_, **__: pytest.fail("the notebook was run"))
    with pytest.raises(OutputError, match="cannot be written"):
        reports.report("explore", {"capture": capture}, capture / "page.html")


def test_a_failed_run_leaves_the_last_page_as_it_was(
    capture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "explore.html"
    page.write_text("old")

    def fail(*_: object, **__: object) -> None:
        raise ReportError.cell_failed("explore", 3, "no")

    monkeypatch.setattr(runner, "run", fail)
    with pytest.raises(ReportError, match="cell 3"):
        reports.report("explore", {"capture": capture}, page)
    assert page.read_text() == "old"
    assert not (tmp_path / "results.json").exists()


@pytest.mark.parametrize(
    ("output", "page"),
    [("x.HTM", "x.HTM"), ("x", "x/explore.html"), ("a.b/c.html", "a.b/c.html")],
)
def test_where_the_page_goes(output: str, page: str) -> None:
    assert reports.page_path("explore", Path(output)).as_posix() == page


def test_a_folder_with_a_dot_is_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "v1.2"
    folder.mkdir()
    assert reports.page_path("explore", folder) == folder / "explore.html"

"""Typed parameters of reports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from workbench.errors import CaptureError, ParameterError, ReportError
from workbench.publishing.notebooks import notebook_path
from workbench.publishing.parameters import REPORTS, check_notebook, describe, validate


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """Return a file that is there."""
    path = tmp_path / "a.pcap"
    path.write_bytes(b"")
    return path


def test_good_ones_are_completed_and_made_absolute(
    capture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(capture.parent)
    found = validate("explore", {"capture": Path("a.pcap")})
    assert (found.capture, found.focus) == (str(capture), "")
    with pytest.raises(AttributeError):
        found.focus = "x"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"fokus": "1"}, ["'fokus'", "Did you mean focus?"]),
        ({"capture": 5}, ["capture must be of type str", "5 (int)"]),
        ({"capture": "a.pcap", "focus": True}, ["focus must be of type str"]),
        ({"capture": "a.pcap", "focus": None}, ["focus must be of type str"]),
        ({}, ["needs the parameter capture", "path of the capture file"]),
    ],
)
def test_bad_ones_are_named_beside_the_valid_ones(
    given: dict[str, Any], words: list[str], capture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(capture.parent)
    with pytest.raises(ParameterError) as caught:
        validate("explore", given)
    for word in [*words, "capture (str, required)", "focus (str, default '')"]:
        assert word in str(caught.value)


@pytest.mark.parametrize("name", ["nothing.pcap", "a\x00b", "x" * 5_000])
def test_a_file_that_is_not_there(name: str) -> None:
    with pytest.raises(CaptureError):
        validate("explore", {"capture": name})


@pytest.mark.parametrize("report", ["nothing", "../explore", ""])
def test_only_known_reports_are_made(report: str) -> None:
    for ask in (describe, notebook_path):
        with pytest.raises(ReportError, match="explore"):
            ask(report)
    with pytest.raises(ReportError, match="explore"):
        validate(report, {})


@pytest.mark.parametrize("report", REPORTS)
def test_the_notebook_and_the_package_agree(report: str) -> None:
    import papermill

    seen = papermill.inspect_notebook(str(notebook_path(report)))
    check_notebook(report, seen)
    for parameter in describe(report):
        assert seen[parameter.name]["help"].strip(), "each parameter is explained where it is set"
    name = next(iter(seen))
    for changed in (
        {},
        {**seen, name: {**seen[name], "inferred_type_name": "int"}},
        {**seen, name: {**seen[name], "default": '"other"'}},
        {**seen, "more": seen[name]},
    ):
        with pytest.raises(ReportError, match="parameters cell"):
            check_notebook(report, changed)

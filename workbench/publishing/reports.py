"""A report from end to end: parameters checked, notebook run, page and results written."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from workbench.errors import OutputError
from workbench.publishing.origin import now, versions
from workbench.publishing.parameters import validate
from workbench.publishing.writing import write_whole

logger = logging.getLogger(__name__)

RESULTS_NAME = "results.json"
CELL_LIMIT_S = 900


@dataclass(frozen=True)
class ReportResult:
    """What a report left behind.

    Parameters
    ----------
    html : pathlib.Path
        The page.
    results : pathlib.Path
        The results for machines, beside it.
    values : mapping
        What the notebook put into the results.
    """

    html: Path
    results: Path
    values: Mapping[str, Any] = field(repr=False)


def page_path(report: str, output: Path) -> Path:
    """Return where the page goes.

    Parameters
    ----------
    report : str
        Name of the report.
    output : pathlib.Path
        A file that ends in ``.html`` or ``.htm``, or a folder.

    Returns
    -------
    pathlib.Path
        Within a folder, the report's name.

    Raises
    ------
    OutputError
        If the name has another ending and is no folder.

    Examples
    --------
    >>> (
    ...     page_path("explore", Path("out")).as_posix(),
    ...     page_path("explore", Path("a.html")).as_posix(),
    ... )
    ('out/explore.html', 'a.html')
    """
    if output.is_dir() or not output.suffix:
        return output / f"{report}.html"
    if output.suffix.lower() not in {".html", ".htm"}:
        raise OutputError.unknown_suffix(output, (".html", ".htm", "none for a folder"))
    return output


def report(
    name: str,
    parameters: Mapping[str, object],
    output: Path | str,
    *,
    cell_limit_s: int = CELL_LIMIT_S,
) -> ReportResult:
    """Make a report.

    Parameters
    ----------
    name : str
        Which one: ``explore`` or ``strategy``.
    parameters : mapping of str to object
        What it takes; see `workbench.publishing.describe`.
    output : pathlib.Path or str
        File for the page, or folder; ``results.json`` is written beside the page.
    cell_limit_s : int
        Longest time that one cell of the notebook may take, in seconds.

    Returns
    -------
    ReportResult
        Paths of both files.

    Raises
    ------
    ParameterError
        If a parameter is unknown, missing or of the wrong type.
    CaptureError
        If a file cannot be read as a capture.
    ReportError
        If there is no such report, or its notebook failed.
    OutputError
        If the page cannot be written.
    """
    checked = validate(name, parameters)
    page = page_path(name, Path(output))
    _check_writable(page)
    from workbench.publishing.export import export
    from workbench.publishing.runner import run

    with tempfile.TemporaryDirectory(prefix="workbench-") as folder:
        notebook = run(name, checked, Path(folder), cell_limit_s=cell_limit_s)
    made = export(notebook, results_name=RESULTS_NAME)
    results = page.with_name(RESULTS_NAME)
    from workbench.publishing.results import results_document

    about = {"made": now(), "parameters": asdict(checked), "versions": versions()}
    document = results_document(name, made.results, page=page.name, about=about)
    write_whole(page, made.html.encode())
    write_whole(results, document)
    logger.debug("report written", extra={"page": str(page), "results": str(results)})
    return ReportResult(page, results, made.results)


def _check_writable(page: Path) -> None:
    """Raise before the work is done if its place cannot take it."""
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=page.parent):
            pass
    except OSError as error:
        raise OutputError.cannot_write(page, error) from error
    if page.is_dir():
        raise OutputError.cannot_write(page, "it is a folder")

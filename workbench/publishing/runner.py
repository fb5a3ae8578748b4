"""Runs a report's notebook: progress out, an executed notebook back, one clear line if it fails."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from workbench import errors
from workbench.errors import ReportError, WorkbenchError
from workbench.publishing.logs import writes_json
from workbench.publishing.notebooks import notebook_path
from workbench.publishing.parameters import ExploreParameters, check_notebook
from workbench.units import printable

logger = logging.getLogger(__name__)

_MESSAGE_CHARACTERS = 600
# Colours, as a kernel puts them into tracebacks.
_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


class Progress:
    """Says on standard error how far a notebook is: in place on a terminal, else in one line.

    Where log lines are JSON objects (see `workbench.publishing.configure_logs`), so is that line.

    Parameters
    ----------
    report : str
        Name of the report.
    stream : file object, optional
        Where to write; standard error by default.
    """

    def __init__(self, report: str, stream: IO[str] | None = None) -> None:
        self.report = report
        self.stream = sys.stderr if stream is None else stream
        self.structured = writes_json()
        self.live = self.stream.isatty() and not self.structured
        self.sections: list[str] = []
        self.width = 0

    def begin(self, cells: list[Any]) -> None:
        """Take note of the notebook's sections."""
        section, self.sections = "reading the capture", []
        for cell in cells:
            if cell["cell_type"] == "markdown" and cell["source"].startswith("#"):
                section = cell["source"].lstrip("#").splitlines()[0].strip()
            self.sections.append(section)
        line = f"report {self.report}: running {len(cells)} cells …"
        if self.structured:
            logger.info(line, extra={"report": self.report, "cells": len(cells)})
        elif not self.live:
            self._write(f"{line}\n")

    def cell(self, cell: Any, cell_index: int) -> None:
        """Say which cell runs now."""
        if self.live and cell["cell_type"] == "code":
            total = len(self.sections)
            section = self.sections[cell_index] if cell_index < total else ""
            self._in_place(f"report {self.report}: {cell_index + 1}/{total} {section}")

    def end(self) -> None:
        """Leave the line as it was."""
        if self.live:
            self._in_place("")

    def _in_place(self, text: str) -> None:
        """Write over what was written before."""
        self._write(f"\r{text.ljust(self.width)}\r" if not text else f"\r{text.ljust(self.width)}")
        self.width = len(text)

    def _write(self, text: str) -> None:
        """Write, though nobody may listen any more."""
        try:
            self.stream.write(text)
            self.stream.flush()
        except (OSError, ValueError):
            self.live = False


def run(
    report: str,
    parameters: ExploreParameters,
    folder: Path,
    *,
    cell_limit_s: int,
    progress: Progress | None = None,
) -> Any:
    """Return a report's notebook, executed.

    Parameters
    ----------
    report : str
        Name of the report.
    parameters : ExploreParameters
        Checked ones.
    folder : pathlib.Path
        An empty folder for the executed notebook and everything else that is temporary.
    cell_limit_s : int
        Longest time for one cell, in seconds.
    progress : Progress, optional
        Who to tell.

    Returns
    -------
    nbformat.NotebookNode
        With outputs; the kernel that made them is gone.

    Raises
    ------
    WorkbenchError
        The error that a cell raised, where it is one of ours.
    ReportError
        If a cell failed otherwise, took too long, or the kernel died.
    """
    import papermill

    from workbench.publishing.kernel import ENGINE, KERNEL_NAME

    source, target = notebook_path(report), folder / f"{report}.ipynb"
    told = progress or Progress(report)
    # papermill fills in whatever stands in braces in a path.
    from_path = str(source).replace("{", "{{").replace("}", "}}")
    to_path = str(target).replace("{", "{{").replace("}", "}}")
    quiet = _quiet_libraries()
    try:
        check_notebook(report, papermill.inspect_notebook(from_path))
        import nbformat

        told.begin(nbformat.read(source, as_version=4).cells)
        return papermill.execute_notebook(
            from_path,
            to_path,
            parameters=asdict(parameters),
            engine_name=ENGINE,
            kernel_name=KERNEL_NAME,
            language="python",
            progress_bar=False,
            request_save_on_cell_execute=False,
            folder=folder,
            cell_limit_s=cell_limit_s,
            on_cell_start=told.cell,
        )
    except papermill.PapermillExecutionError as error:
        raise _cell_error(source, _position(target, error.cell_index), error) from None
    except Exception as error:
        raise _run_error(source, error, cell_limit_s) from error
    finally:
        told.end()
        quiet()


def _quiet_libraries() -> Callable[[], None]:
    """Keep the libraries' own log lines out of ours; return what undoes it."""
    noisy = [logging.getLogger(name) for name in ("papermill", "traitlets")]
    levels = [each.level for each in noisy]
    for each in noisy:
        each.setLevel(logging.ERROR)

    def undo() -> None:
        for each, level in zip(noisy, levels, strict=True):
            each.setLevel(level)

    return undo


def _position(executed: Path, index: int) -> int:
    """Return a cell's place in the notebook as it is stored, counted from 1."""
    import nbformat

    # papermill puts in a cell with the parameters, and two with notes where one failed.
    added = {"injected-parameters", "papermill-error-cell-tag"}
    cells = nbformat.read(executed, as_version=4).cells
    known = [not added.intersection(cell.metadata.get("tags", ())) for cell in cells]
    failed = [at for at, cell in enumerate(cells) if _has_error(cell)]
    return sum(known[: failed[0] + 1]) if failed else index + 1


def _has_error(cell: Any) -> bool:
    """Return whether a cell ended in an error."""
    return any(output["output_type"] == "error" for output in cell.get("outputs", ()))


def _cell_error(notebook: Path, number: int, error: Any) -> WorkbenchError:
    """Return the error for a cell that failed: ours as it was raised, any other in one line."""
    trace = _ESCAPES.sub("", "\n".join(error.traceback))
    logger.debug("traceback of cell %d:\n%s", number, trace)
    ours = getattr(errors, str(error.ename), None)
    message = printable(str(error.evalue), _MESSAGE_CHARACTERS)
    if isinstance(ours, type) and issubclass(ours, WorkbenchError):
        return ours(message)
    return ReportError.cell_failed(notebook.name, number, f"{error.ename}: {message}")


def _run_error(notebook: Path, error: Exception, limit_s: int) -> WorkbenchError:
    """Return the error for a notebook that could not be run to its end."""
    if isinstance(error, WorkbenchError):
        return error
    name = type(error).__name__
    if name == "CellTimeoutError":
        return ReportError.too_slow(notebook.name, limit_s)
    if name == "DeadKernelError":
        return ReportError(
            f"notebook {notebook.name!r} stopped: its kernel died, most often because memory ran "
            "out."
        )
    return ReportError(
        f"notebook {notebook.name!r} cannot be run: {name}: "
        f"{printable(str(error), _MESSAGE_CHARACTERS)}"
    )

"""Where the notebooks are: inside an installed wheel, or at the top of a checkout."""

from __future__ import annotations

from pathlib import Path

import workbench
from workbench.errors import ReportError
from workbench.publishing.parameters import parameters_of


def notebook_path(report: str) -> Path:
    """Return the notebook of a report.

    Parameters
    ----------
    report : str
        Name of a report; nothing else is ever taken as a path.

    Returns
    -------
    pathlib.Path
        An existing file.

    Raises
    ------
    ReportError
        If there is no such report, or the installation lacks its notebook.
    """
    parameters_of(report)
    package = Path(workbench.__file__).parent
    for folder in (package / "notebooks", package.parent / "notebooks"):
        if (path := folder / f"{report}.ipynb").is_file():
            return path
    raise ReportError(
        f"the notebook of report {report!r} is missing from this installation: install workbench "
        "again."
    )

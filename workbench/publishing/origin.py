"""Where a report comes from: files with hashes, parameters, versions and the moment."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Protocol

from workbench.publishing.redaction import redact
from workbench.units import format_bytes

PACKAGES = ("numpy", "pandas", "plotly", "matplotlib", "papermill", "nbconvert", "ipykernel")


class FileLike(Protocol):
    """What is told of a capture file."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def size_bytes(self) -> int:
        """Its size as stored."""

    @property
    def sha256(self) -> str:
        """Its hash, in hexadecimal digits."""


def versions() -> dict[str, str]:
    """Return the versions of everything that had a hand in a report.

    Returns
    -------
    dict of str to str
        Version by name, this package first.
    """
    from workbench import __version__

    found = {"workbench": __version__, "python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def now() -> str:
    """Return the moment in UTC, to the second, as ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def provenance(files: Iterable[FileLike], parameters: Mapping[str, object]) -> dict[str, str]:
    """Return what a reader needs to make the same report again.

    Parameters
    ----------
    files : iterable of FileLike
        Capture files.
    parameters : mapping of str to object
        Parameters of the report.

    Returns
    -------
    dict of str to str
        Name and value of each line; no home path among them.
    """
    lines = {}
    for file in files:
        size = f"{format_bytes(file.size_bytes)}, {file.size_bytes:,} bytes"
        lines[redact(str(file.name))] = f"{size}, sha256 {file.sha256}"
    shown = (f"{name} = {value!r}" for name, value in parameters.items())
    lines["Parameters"] = redact(", ".join(shown))
    lines["Versions"] = ", ".join(f"{name} {number}" for name, number in versions().items())
    lines["Made"] = now()
    return lines

"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from workbench.errors import OutputError


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that nobody ever sees half of it.

    Parameters
    ----------
    path : pathlib.Path
        Where; missing folders are made, an older file is replaced in one step.
    data : bytes
        All of it.

    Raises
    ------
    OutputError
        If it cannot be written; an older file is then still as it was.
    """
    part = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:50]}.")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # Private while it is written, then as readable as the user's other files.
        Path(part).chmod(0o666 & ~_umask())
        Path(part).replace(path)
    except OSError as error:
        raise OutputError.cannot_write(path, error) from error
    finally:
        with suppress(OSError):
            Path(part).unlink()


def _umask() -> int:
    """Return the process's umask, which can only be read by setting it."""
    current = os.umask(0o077)
    os.umask(current)
    return current

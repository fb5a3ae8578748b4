"""What is said on standard error: one line each, for people or as JSON."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

from workbench.units import printable

if TYPE_CHECKING:
    import pandas as pd

LOG_FORMATS = ("text", "json")
LONGEST = 2_000
PATIENCE_S = 2.0
"""Seconds after which a person wants to know that work goes on."""
EVERY_S = 0.5

_chosen = {"format": "text"}


def use_log_format(name: str) -> None:
    """Say from now on in which format messages are written."""
    _chosen["format"] = name


def warn(text: str, level: str = "error") -> None:
    """Write one line to standard error.

    Parameters
    ----------
    text : str
        What to say.
    level : {"error", "warning", "info"}
        How grave it is; shown only in JSON.
    """
    if _chosen["format"] == "json":
        from datetime import UTC, datetime

        from workbench.publishing.redaction import redact

        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        entry = {
            "time": now.replace("+00:00", "Z"),
            "level": level,
            "logger": "workbench.cli",
            "message": redact(text),
        }
        line = json.dumps(entry)
    else:
        line = f"workbench: {printable(text, LONGEST)}"
    try:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        # Nobody can be told that nobody can be told.
        return


def warn_of_problems(name: str, counts: Counter[str], listed: pd.DataFrame) -> None:
    """Sum up what is wrong with a capture; say nothing where nothing is.

    Parameters
    ----------
    name : str
        Name of the capture.
    counts : Counter
        How many of each kind.
    listed : pandas.DataFrame
        Some of them, at least the first.
    """
    total = sum(counts.values())
    if not total:
        return
    kinds = ", ".join(f"{number:,} {kind}" for kind, number in counts.most_common())
    first = ""
    if len(listed):
        one = listed.iloc[0]
        places = [f"frame {one['frame']}"] if one["frame"] else []
        places += [f"byte {one['offset']:,}"] if one["offset"] >= 0 else []
        first = f"; first{' at ' if places else ''}{', '.join(places)}: {one['reason']}"
    noun = "problem" if total == 1 else "problems"
    warn(f"{name}: {total:,} {noun} ({kinds}){first}", "warning")


class Progress:
    """Counts rows on a terminal while work takes long; silent anywhere else."""

    def __init__(self, verb: str) -> None:
        self._verb = verb
        self._live = _chosen["format"] == "text" and sys.stderr.isatty()
        self._next = time.monotonic() + PATIENCE_S
        self._shown = False

    def show(self, rows: int) -> None:
        """Say how many rows are done."""
        if self._live and time.monotonic() >= self._next:
            self._next = time.monotonic() + EVERY_S
            self._shown = True
            sys.stderr.write(f"\r\x1b[Kworkbench: {self._verb} {rows:,} packets …")
            sys.stderr.flush()

    def end(self) -> None:
        """Take the line away."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

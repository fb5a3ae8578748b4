"""The list of accepted disagreements, and what it is held against.

A disagreement that `disagreements.toml` does not list fails a test, and so does a listed one that
no longer occurs.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

Found = set[tuple[str, int]]
"""Column and frame of each disagreement in a file."""
RIGHT = {"workbench", "tshark", "both"}


@dataclass(frozen=True)
class Entry:
    """One reason, the columns it concerns, and the frames of each file where it shows."""

    scope: str
    columns: frozenset[str]
    places: Mapping[str, frozenset[int]]
    reason: str

    def covers(self, file: str, found: Found) -> Found:
        """Return those disagreements in a file that this entry explains."""
        frames = self.places.get(file, frozenset())
        return {(name, frame) for name, frame in found if name in self.columns and frame in frames}


@cache
def contents() -> dict[str, list[dict[str, Any]]]:
    """Return the list as it is written."""
    text = Path(__file__).with_name("disagreements.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def entries(scope: str) -> tuple[Entry, ...]:
    """Return the entries about packets."""
    return tuple(
        Entry(
            scope,
            frozenset(table["columns"]),
            {file: frames(spans) for file, spans in table["places"].items()},
            table["reason"].strip(),
        )
        for table in contents()[scope]
    )


def frames(spans: str) -> frozenset[int]:
    """Return the numbers in a text such as `1-3,7`."""
    numbers: set[int] = set()
    for span in spans.split(","):
        first, _, last = span.partition("-")
        numbers.update(range(int(first), int(last or first) + 1))
    return frozenset(numbers)


def unexplained(file: str, found: Found, *scopes: str) -> Found:
    """Return the disagreements in a file that no entry explains."""
    left = set(found)
    for scope in scopes:
        for entry in entries(scope):
            left -= entry.covers(file, found)
    return left


def stale(file: str, found: Found, scope: str) -> list[str]:
    """Return what is listed for a file and does not occur."""
    gone = []
    for entry in entries(scope):
        shown = {frame for _, frame in entry.covers(file, found)}
        missing = sorted(entry.places.get(file, frozenset()) - shown)
        if missing:
            gone.append(f"frames {missing}: {entry.reason}")
    return gone


@cache
def file_entries() -> dict[tuple[str, str], str]:
    """Return what is listed of whole files: "ours for theirs" by file and column."""
    found: dict[tuple[str, str], str] = {}
    for table in contents()["file"]:
        for column, places in table.items():
            if isinstance(places, dict):
                for file, values in places.items():
                    assert (file, column) not in found, f"{file}: {column} is listed twice"
                    found[file, column] = values
    return found

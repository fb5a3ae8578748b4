"""Attempts and pairs made by hand, and recorded families of one reference and its candidates."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import workbench as wb
from workbench.comparison.values import Attempt, Outcome, Pair
from workbench.evasion.parsing import parse

DONE = Outcome("complete", "the answer came, 1800 bytes", 517, 517, 1800, 10, 20, 30, 9)
LOST = Outcome("unacknowledged", "the request was never acknowledged", 517)


def attempt(command: str = "", *, outcome: Outcome = DONE, **more) -> Attempt:
    """An attempt at x.com."""
    one = Attempt(0, 0, "tcp", "tls", "x.com", "10.0.0.1", 443, outcome=outcome, routers=4)
    return replace(one, **({"strategy": parse(command)} if command else {}) | more)


def pair(left: str, right: str) -> Pair:
    """A pair of attempts with what nfqws is told on each side."""
    return Pair(attempt(f"nfqws {left}"), attempt(f"nfqws {right}"))


@lru_cache(maxsize=16)
def recorded(path: Path) -> wb.Capture:
    """A capture, read once for the many others that it is compared with."""
    return wb.read(path)


def families(shared: Path, vantage: str = "client") -> Iterator[tuple[dict, dict]]:
    """Reference and other recording of each family at one place, against the same DPI."""
    with (shared / "captures/desync/manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file)
                if row["set"] == "recon-vs-zapret" and row["vantage"] == vantage]  # fmt: skip
    references: dict[tuple[str, str], dict] = {}
    for row in rows:
        key = row["family"], row["dpi"]
        if row["role"] == "reference":
            first = references.setdefault(key, row)
            if first is not row:
                yield first, row
    for row in rows:
        if row["role"] == "candidate":
            yield references[row["family"], row["dpi"]], row

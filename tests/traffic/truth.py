"""Captures with known answers, as conversations."""

from __future__ import annotations

import csv
import tomllib
from functools import cache
from pathlib import Path

from workbench.capture.problems import ProblemList
from workbench.capture.reader import decode_source
from workbench.capture.sources import open_source
from workbench.traffic.connections import find_connections
from workbench.traffic.conversation import Conversations


def read(path: Path) -> Conversations:
    """Return the conversations of a file."""
    problems = ProblemList(10_000)
    return Conversations(find_connections(decode_source(open_source(path, problems), problems)))


@cache
def cases(shared: Path) -> tuple[dict[str, str], ...]:
    """Return the files of the desync set with their answers."""
    with (shared / "captures/desync/manifest.csv").open() as handle:
        return tuple(csv.DictReader(handle))


def explained(check: str) -> dict[str, str]:
    """Return the listed exceptions of a check: place and reason."""
    listed = tomllib.loads(Path(__file__).with_name("segment_exceptions.toml").read_text())
    return {place: entry["reason"] for entry in listed[check] for place in entry["places"]}


def server_name(data: bytes) -> str:
    """Return the name in a ClientHello, joined over records, by the plainest reading possible."""
    handshake, at = b"", 0
    while at + 5 <= len(data) and data[at] == 22:
        size = int.from_bytes(data[at + 3 : at + 5], "big")
        handshake += data[at + 5 : at + 5 + size]
        at += 5 + size
    try:
        at = 38 + 1 + handshake[38]
        at += 2 + int.from_bytes(handshake[at : at + 2], "big")
        at += 3 + handshake[at]
        while at + 4 <= len(handshake):
            kind, size = (int.from_bytes(handshake[at + n : at + n + 2], "big") for n in (0, 2))
            if kind == 0:
                return handshake[at + 9 : at + 4 + size].decode("ascii")
            at += 4 + size
    except IndexError:
        pass
    return ""

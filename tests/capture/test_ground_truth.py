"""Captures with known answers: everything that their answers say, for every file and packet.

What differs is listed in `disagreements.toml`, with the reason.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

import pytest

from tests.capture import disagreements
from tests.capture.facts import COUNTED, expected_facts, our_facts
from tests.capture.ours import differences, our_packets
from tests.capture.truth import expected_packet
from workbench.capture.packets import Packets
from workbench.capture.reader import read_packets
from workbench.errors import CaptureError

SHARED = Path(__file__).resolve().parents[3] / "shared"
CAPTURES = SHARED / "captures"
EXPECTED = CAPTURES / "expected"
UNREADABLE = "libpcap/pcap-invalid-version-1.pcap"
"""The one capture that we refuse: pcap version 1, whose record headers have another layout."""


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


FILES = {row["file"]: row for row in rows_of(EXPECTED / "files.csv")} if SHARED.is_dir() else {}
LISTED = (EXPECTED / "packets.list").read_text(encoding="utf-8").split() if FILES else []
READABLE = sorted(FILES.keys() - {UNREADABLE}) or ["nothing"]


@cache
def read(file: str) -> Packets:
    return read_packets(CAPTURES / file)


def test_the_list_of_disagreements_says_why_and_who_is_right() -> None:
    for tables in disagreements.contents().values():
        for table in tables:
            assert len(table["reason"].strip()) > 30
            assert table["right"] in disagreements.RIGHT


def test_every_capture_is_there(shared) -> None:
    assert len(FILES) == 337
    named = {file for file, _ in disagreements.file_entries()}
    for scope in ("packet", "expected"):
        named |= {file for entry in disagreements.entries(scope) for file in entry.places}
    assert named <= FILES.keys()


def test_a_version_whose_records_are_laid_out_otherwise_is_refused(shared) -> None:
    assert FILES[UNREADABLE]["packets"] == "0"
    with pytest.raises(CaptureError, match=r"pcap version 1\.4 is not supported"):
        read_packets(CAPTURES / UNREADABLE)


@pytest.mark.parametrize("file", READABLE)
def test_a_capture_has_what_it_is_known_to_have(shared, file) -> None:
    ours, theirs = our_facts(read(file)), expected_facts(FILES[file])
    found = {
        column: f"{ours[column]} for {theirs[column]}"
        for column in COUNTED
        if ours[column] != theirs[column]
    }
    listed = {
        column: values
        for (name, column), values in disagreements.file_entries().items()
        if name == file
    }
    assert found == listed


@pytest.mark.parametrize("file", LISTED or ["nothing"])
def test_packets_are_what_they_are_known_to_be(shared, file) -> None:
    ours = our_packets(read(file))
    name = re.sub(r"[^A-Za-z0-9._+-]+", "__", file) + ".csv"
    theirs = [expected_packet(row) for row in rows_of(EXPECTED / "packets" / name)]
    assert [row["frame"] for row in ours] == [row["frame"] for row in theirs]
    found = {
        (column, known["frame"])
        for row, known in zip(ours, theirs, strict=True)
        for column in differences(row, known)
    }
    assert disagreements.unexplained(file, found, "packet", "expected") == set()
    assert disagreements.stale(file, found, "expected") == []

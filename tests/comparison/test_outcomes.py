"""How far connections got: recorded ones, whose clients said how they ended."""

from __future__ import annotations

import csv
from collections import Counter

import pytest

import workbench as wb
from workbench.comparison.outcomes import outcome_of

SETS = ("baseline", "recon-vs-zapret", "nfqws", "byedpi")
FITS = {
    "success": {"complete"},
    "reset": {"reset"},
    "timeout": {"unacknowledged", "partly-acknowledged", "no-reply", "truncated", "unanswered"},
}
"""Stages that go with what the client said."""


def test_stages_agree_with_what_clients_said(shared):
    folder = shared / "captures/desync"
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["vantage"] == "client"]
    found: Counter[tuple[str, bool]] = Counter()
    for row in rows:
        if row["set"] not in SETS or row["outcome"] not in FITS:
            continue
        capture = wb.read(folder / row["file"])
        length = int(capture.connections["request_length"].iloc[0])
        stage = outcome_of(capture.conversation(0), length).stage
        found[row["outcome"], stage in FITS[row["outcome"]]] += 1
    assert not [key for key in found if not key[1]]
    assert found["success", True] > 150
    assert found["timeout", True] > 100
    assert found["reset", True] > 40


@pytest.mark.parametrize(
    ("name", "connection", "stage"),
    [("http.pcap", 1, "complete"), ("refused.pcap", 1, "refused"),
     ("refused.pcap", 7, "unanswered"),
     ("refused.pcap", 4, "no-reply"), ("tls13.pcap", 1, "complete"),
     ("dns.pcap", 0, "complete")],
)  # fmt: skip
def test_samples_of_ordinary_traffic(name, connection, stage):
    assert outcome_of(wb.read(f"data/{name}").conversation(connection)).stage == stage


def test_times_begin_with_the_first_packet():
    outcome = outcome_of(wb.read("data/http.pcap").conversation(1), 78)
    assert 0 < outcome.connect_ns < outcome.first_byte_ns < outcome.total_ns
    assert outcome.acknowledged >= outcome.request_bytes == 78
    assert outcome.reply_bytes > 0

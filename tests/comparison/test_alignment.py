"""Packets side by side: everything once, nothing false for equal strategies."""

from __future__ import annotations

import pytest

import workbench as wb
from tests.comparison.made import families
from workbench.comparison.alignment import align, items_of
from workbench.comparison.values import MARKS

FOLDER = "captures/desync/recon-vs-zapret"
BESIDE = ("ACK", "RST")
"""Packets whose number is chance."""


def _rows(shared, left: str, right: str):
    sides = [wb.read(shared / FOLDER / f"{one}-client.pcap").conversation(0)
             for one in (left, right)]  # fmt: skip
    return align(*sides), sides


def test_every_packet_comes_once(shared):
    rows, sides = _rows(shared, "r035", "r039")
    for at, side in zip(("left", "right"), sides, strict=True):
        found = [getattr(row, at) for row in rows if getattr(row, at) is not None]
        assert sorted(found) == [item.index for item in items_of(side)]
        assert len(found) == len(set(found))
    assert {row.mark for row in rows} <= set(MARKS)


def test_the_changed_ttl_marks_every_shadow_and_no_part(shared):
    rows, _ = _rows(shared, "r035", "r039")
    first = [row for row in rows if row.phase == "request" and row.left_frame <= 10 and row.left]
    marked = {row.role: row.differs for row in first if row.mark == "differs"}
    assert marked == {"shadow": ("TTL 64 instead of 3",)}
    assert {row.mark for row in first if row.role == "data"} == {"same"}


def test_a_missing_fake_is_a_gap(shared):
    rows, _ = _rows(shared, "r001", "r019")
    [gap] = [row for row in rows if row.phase == "request" and row.mark != "same"]
    assert (gap.mark, gap.role, gap.left_frame, gap.right) == ("only-left", "fake", 4, None)


def test_reversed_parts_differ_in_their_bytes(shared):
    rows, _ = _rows(shared, "r071", "r079")
    told = [row.differs for row in rows if row.mark == "differs"]
    assert told == [("bytes 0 to 154 instead of 154 to 517",),
                    ("bytes 154 to 517 instead of 0 to 154",)]  # fmt: skip


def test_equal_strategies_have_equal_requests(shared):
    folder = shared / "captures/desync"
    count = 0
    for left, right in families(shared):
        if right["role"] == "candidate" or left["outcome"] != "success":
            continue
        rows = align(*(wb.read(folder / one["file"]).conversation(0) for one in (left, right)))
        odd = [row for row in rows if row.phase in ("handshake", "request")
               and row.mark != "same" and row.role not in BESIDE]  # fmt: skip
        assert not odd, (left["case_id"], right["case_id"], odd)
        count += 1
    assert count >= 8


@pytest.mark.parametrize("name", ["large-transfer.pcap", "lossy.pcapng"])
def test_long_connections_stay_cheap_and_equal_themselves(name):
    capture = wb.read(f"data/{name}")
    longest = int(capture.connections["packets"].to_numpy().argmax())
    conversation = capture.conversation(longest)
    assert {row.mark for row in align(conversation, conversation)} == {"same"}

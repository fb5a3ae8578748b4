"""The rungs of a packet ladder."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.frames import download, packet_table
from workbench.traffic import ladders


def test_ladder_reads_as_people_say_it() -> None:
    rungs = ladders.ladder(download())
    assert rungs["label"].tolist()[:4] == ["SYN", "SYN ACK", "ACK", "PSH ACK · 517 B"]
    assert rungs["detail"].iloc[4] == "seq 1 ack 518 win 500"
    assert rungs["kind"].tolist()[:5] == ["open", "open", "ack", "data", "data"]
    assert rungs["kind"].tolist()[-3:] == ["retransmission", "close", "close"]
    assert rungs["note"].iloc[-3] == "retransmission"
    assert rungs.attrs["skipped"] == 0


def test_ladder_notes_what_is_unusual() -> None:
    rows: list[dict[str, Any]] = [
        {"tcp_flags": 2, "seq": 7},
        {"tcp_flags": 2, "seq": 7},
        {"tcp_flags": 24, "seq": 8, "payload_length": 5, "ttl": 3, "checksum": "bad"},
        {"tcp_flags": 4, "direction": 1},
    ]
    rungs = ladders.ladder(packet_table(rows))
    assert rungs["note"].tolist() == ["", "retransmission", "bad checksum, ttl 3", ""]
    assert rungs["kind"].tolist() == ["open", "retransmission", "data", "reset"]


def test_a_long_ladder_keeps_its_beginning_and_its_end() -> None:
    packets = packet_table([{"seq": i, "time": i} for i in range(500)])
    rungs = ladders.ladder(packets, most=20)
    assert rungs["frame"].tolist() == [*range(1, 16), *range(496, 501)]
    assert rungs.attrs == {"skipped": 480, "skipped_after": 15}


@pytest.mark.parametrize("rows", [0, 1])
def test_little_is_no_trouble(rows: int) -> None:
    assert len(ladders.ladder(packet_table({} for _ in range(rows)))) == rows


def test_windows_of_a_ladder_are_the_ladder() -> None:
    made = ladders.prepare(download())
    whole = made.rungs(range(len(made)))
    parts = [made.rungs(range(at, min(at + 4, len(made)))) for at in range(0, len(made), 4)]
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), whole)


def test_a_ladder_can_be_of_some_packets_only() -> None:
    made = ladders.prepare(download())
    assert made.rows("all").tolist() == list(range(len(made)))
    data = made.rungs(made.rows("data"))
    assert all(" B" in label for label in data["label"])
    assert made.rungs(made.rows("unusual"))["note"].tolist() == ["retransmission"]


def test_a_frame_is_found_or_else_the_next_one() -> None:
    made = ladders.prepare(download().iloc[[0, 3, 9]])
    frames = made.packets["frame"].to_list()
    assert [made.row_of(frame) for frame in (*frames, frames[1] - 1, 99)] == [0, 1, 2, 1, 2]
    assert ladders.prepare(packet_table([])).row_of(1) == -1


def test_what_is_known_of_segments_is_told() -> None:
    packets = download()
    standing = np.array(["genuine"] * len(packets), dtype=object)
    segment = np.array(["fresh"] * len(packets), dtype=object)
    standing[4], segment[4], segment[6] = "fake", "shadow", "gap"
    made = ladders.prepare(packets.assign(standing=standing, segment=segment))
    rungs = made.rungs(range(len(made)))
    assert rungs["note"].iloc[[4, 5, 6]].tolist() == ["fake, shadow", "", "gap"]
    assert rungs["standing"].iloc[4] == "fake"
    assert {4, 6} <= set(made.rows("unusual").tolist())


def test_datagrams_have_no_flags() -> None:
    rungs = ladders.ladder(packet_table([{"protocol": "udp", "payload_length": 5}]))
    told = rungs[["kind", "label", "detail"]].to_numpy().tolist()
    assert told == [["data", "UDP · 5 B", "60 B on the wire"]]

"""One connection, packet by packet."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.frames import START_NS, download, packet_table
from workbench.traffic import exchange, ladders
from workbench.traffic.kernels.flows import REORDER_NS


def test_sequence_of_a_download_across_the_wrap() -> None:
    data = exchange.sequence(download(), 1)
    assert data.numbered
    assert data.counts == {"new": 6, "retransmission": 1}
    assert data.segments["start"].tolist() == [0, 1000, 2000, 3000, 4000, 5000, 3000]
    assert data.segments["end"].max() == 6000
    asked = exchange.sequence(download(), 0)
    assert asked.segments[["start", "end"]].to_numpy().tolist() == [[0, 517]]
    assert asked.acks["ack"].iloc[-1] == 517


def test_windows_are_scaled_but_for_the_opening() -> None:
    acks = exchange.sequence(download(), 0).acks
    assert (acks["window_end"] - acks["ack"]).tolist()[:2] == [500, 500 << 7]


def test_windows_of_an_unseen_handshake_are_not_drawn() -> None:
    acks = exchange.sequence(download().iloc[3:], 1).acks
    assert (acks["window_end"] == -1).all()


def test_a_window_is_scaled_only_if_both_sides_agreed() -> None:
    packets = download()
    packets.loc[1, "window_scale"] = -1
    acks = exchange.sequence(packets, 1).acks
    assert (acks["window_end"] - acks["ack"] == 500).all()


def test_a_gap_filled_later_is_out_of_order() -> None:
    rows = [
        {"seq": start, "payload_length": 10, "tcp_flags": 16} for start in (0, 20, 10, 0, 40, 30)
    ]
    data = exchange.sequence(packet_table(rows), 0)
    assert data.segments["kind"].tolist() == [
        "new", "new", "out of order", "retransmission", "new", "out of order",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("delay_ns", "kind"),
    [(REORDER_NS, "out of order"), (REORDER_NS + 1, "retransmission")],
)
def test_a_gap_filled_late_was_filled_by_sending_again(delay_ns: int, kind: str) -> None:
    times = np.array([0, 5, 5 + delay_ns])
    kinds = exchange.segment_kinds(np.array([0, 20, 10]), np.array([10, 30, 20]), times)
    assert kinds.tolist() == ["new", "new", kind]


@given(
    st.lists(
        st.tuples(st.integers(-50, 50), st.integers(1, 20), st.integers(0, 2 * 10**6)), max_size=25
    )
)
def test_kinds_agree_with_the_counts_of_the_connection_table(
    segments: list[tuple[int, int, int]],
) -> None:
    rows, now = [], START_NS
    for start, size, wait_ns in segments:
        now += wait_ns
        rows.append({"seq": 1_000 + start, "payload_length": size, "time": now})
    kinds = exchange.sequence(packet_table(rows), 0).segments["kind"].tolist()
    expected: list[str] = []
    gap: tuple[int, int] | None = None
    reached: int | None = None
    for row in rows:
        start, end, time = row["seq"], row["seq"] + row["payload_length"], row["time"]
        if reached is None or start >= reached:
            if reached is not None and start > reached:
                gap = (reached, time)
            expected.append("new")
        elif (start, end) == (reached - 1, reached):
            expected.append("keep-alive")
        elif gap is not None and start >= gap[0] and time - gap[1] <= REORDER_NS:
            expected.append("out of order")
        else:
            expected.append("retransmission")
        reached = end if reached is None else max(reached, end)
    assert kinds == expected


@given(st.lists(st.integers(0, 2**32 - 1), max_size=20), st.integers(0, 2**32 - 1))
def test_unwrap_never_jumps_by_more_than_half_the_space(numbers: list[int], start: int) -> None:
    found = exchange.unwrap(np.array(numbers, np.uint32), start)
    steps = np.diff(np.concatenate([[0], found]))
    assert (np.abs(steps) <= 2**31).all()
    assert [(start + n) % 2**32 for n in found.tolist()] == numbers


def test_datagrams_are_counted_up() -> None:
    rows = [{"protocol": "udp", "payload_length": n, "tcp_flags": 0} for n in (100, 50)]
    data = exchange.sequence(packet_table(rows), 0)
    assert not data.numbered
    assert data.segments["end"].tolist() == [100, 150]
    assert data.acks.empty


def test_too_many_segments_are_joined_and_counted() -> None:
    rows = [{"seq": 10 * i, "payload_length": 10, "time": i} for i in range(2_000)]
    data = exchange.sequence(packet_table(rows), 0, most=100)
    assert data.joined
    assert len(data.segments) <= 100
    assert data.segments["segments"].sum() == 2_000
    assert data.counts == {"new": 2_000}


@pytest.mark.parametrize("rows", [0, 1])
def test_little_is_no_trouble(rows: int) -> None:
    packets = packet_table({} for _ in range(rows))
    assert exchange.sequence(packets, 0).segments.empty


PACKETS: st.SearchStrategy[list[dict[str, Any]]] = st.lists(
    st.fixed_dictionaries(
        {
            "seq": st.integers(0, 2**32 - 1),
            "ack": st.integers(0, 2**32 - 1),
            "tcp_flags": st.integers(0, 511),
            "payload_length": st.integers(0, 2**32 - 1),
            "window": st.integers(0, 65535),
            "window_scale": st.integers(-1, 255),
            "direction": st.integers(0, 1),
            "ttl": st.integers(0, 255),
            "protocol": st.sampled_from(["tcp", "udp"]),
            "time": st.integers(-(2**62), 2**62),
        }
    ),
    max_size=20,
)


def test_times_further_apart_than_64_bits_hold_are_drawn() -> None:
    far = [{"seq": 10 * n, "payload_length": 10, "time": (n % 2 * 2 - 1) * 2**62} for n in range(9)]
    data = exchange.sequence(packet_table(far), 0, most=8)
    assert data.joined
    assert data.segments["time_ns"].max() == exchange.FAR_NS
    assert data.segments["segments"].sum() == 9


@given(PACKETS)
def test_any_packets_make_a_chart_and_a_ladder(rows: list[dict[str, Any]]) -> None:
    packets = packet_table(rows)
    assert len(ladders.ladder(packets, most=8)) == min(len(rows), 8)
    for side in (0, 1):
        data = exchange.sequence(packets, side, most=5)
        assert (data.segments["end"] >= data.segments["start"]).all()

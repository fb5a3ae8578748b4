"""Packets over time, in bins of any stretch."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.frames import START_NS, packet_table
from workbench.errors import ParameterError
from workbench.traffic import summaries
from workbench.traffic.browse.bins import UNMATCHED, Stretch, Timeline

PACKETS = packet_table(
    [
        {"time": START_NS + at, "protocol": protocol, "connection": connection, "wire_length": 100}
        for at, protocol, connection in (
            (0, "tcp", 0), (10, "udp", 1), (20, "tcp", 0), (990, "tcp", 0), (999, "icmp", -1),
        )
    ]
)  # fmt: skip


def test_all_of_it_is_what_the_summary_says() -> None:
    line = Timeline(PACKETS)
    ours = line.binned(line.whole, bins=120)
    theirs = summaries.timeline(PACKETS, bins=120)
    pd.testing.assert_frame_equal(ours, theirs, check_dtype=False)


def test_a_stretch_is_binned_finer() -> None:
    line = Timeline(PACKETS)
    part = line.binned(Stretch(10, 30), bins=20)
    assert part["width_ns"].unique().tolist() == [1]
    assert part["packets"].sum() == 2
    assert part.loc[part["packets"] > 0, "start_ns"].tolist() == [20, 10]


def test_packets_of_other_connections_are_counted_apart() -> None:
    line = Timeline(PACKETS)
    binned = line.binned(line.whole, np.array([True, False]))
    sums = binned.groupby("class")["packets"].sum()
    assert sums[UNMATCHED] == 2
    assert sums["TCP"] == 3
    assert binned["class"].iloc[-1] == UNMATCHED


def test_bins_are_parts_of_the_time() -> None:
    line = Timeline(PACKETS)
    width = line.width(line.whole)
    assert str(line.part(line.whole, 1, 2)) == f"{width}:{3 * width}"
    assert line.part(line.whole, 2, 1) == line.part(line.whole, 1, 2)
    assert line.part(line.whole, 0, 10**9) == line.whole
    assert line.part(line.whole, 10**9, 10**9) == Stretch(999, 1000)


def test_connections_and_bins_find_each_other() -> None:
    line = Timeline(PACKETS)
    assert line.connections(Stretch(5, 15), 2).tolist() == [False, True]
    assert line.connections(line.whole, 2).tolist() == [True, True]
    width = line.width(line.whole)
    assert line.bins_of(0, line.whole) == [0, 20 // width, 990 // width]
    assert line.bins_of(0, Stretch(5, 15)) == []


def test_packets_without_a_time_are_left_out() -> None:
    packets = packet_table([{"time": START_NS}, {}])
    packets.loc[1, "time"] = pd.NaT
    line = Timeline(packets)
    assert line.binned(line.whole)["packets"].sum() == 1
    nothing = Timeline(packet_table([]))
    assert nothing.whole == Stretch(0, 1)
    assert nothing.binned(nothing.whole).empty


def test_times_further_apart_than_64_bits_hold() -> None:
    line = Timeline(packet_table([{"time": -(2**62)}, {"time": 2**62 + 2**61}]))
    assert line.binned(line.whole)["packets"].sum() == 2
    assert line.binned(Stretch(2**62, 2**64))["packets"].sum() == 1


@pytest.mark.parametrize("text", ["", "5", "9:5", "5:5", "-1:5", "a:b", "1:" + "9" * 50, "٣:٤"])
def test_what_is_no_stretch_is_said(text: str) -> None:
    with pytest.raises(ParameterError, match="stretch"):
        Stretch.parse(text)


@given(
    st.lists(st.tuples(st.integers(0, 5_000), st.integers(-1, 3)), min_size=1, max_size=40),
    st.integers(0, 5_000),
    st.integers(1, 5_000),
    st.integers(1, 50),
)
def test_each_packet_of_a_stretch_is_in_one_bin(
    given_packets: list[tuple[int, int]], start: int, length: int, bins: int
) -> None:
    rows = [{"time": START_NS + at, "connection": number} for at, number in given_packets]
    line = Timeline(packet_table(rows))
    stretch = Stretch(start, start + length)
    first = min(at for at, _ in given_packets)
    inside = [at for at, _ in given_packets if start <= at - first < start + length]
    binned = line.binned(stretch, bins=bins)
    assert int(binned["packets"].sum()) == len(inside)
    assert binned["start_ns"].nunique() <= bins
    found = {number for at, number in given_packets if start <= at - first < start + length} - {-1}
    assert set(np.flatnonzero(line.connections(stretch, 4)).tolist()) == found

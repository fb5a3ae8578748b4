"""The timeline."""

from __future__ import annotations

import numpy as np

from tests.frames import START_NS, packet_table
from workbench.traffic import summaries
from workbench.traffic.browse.bins import Stretch, Timeline
from workbench.views.marks import Bars
from workbench.views.timeline_plot import plot_timeline

PACKETS = packet_table(
    [{"time": START_NS + i * 10**8, "protocol": p} for i, p in enumerate(["tcp", "tcp", "udp"])]
)


def test_bars_are_stacked_by_protocol_in_readable_units() -> None:
    picture = plot_timeline(summaries.timeline(PACKETS, bins=10), backend="none")
    assert [mark.name for mark in picture.marks] == ["TCP", "UDP"]
    assert all(isinstance(mark, Bars) for mark in picture.marks)
    assert "(ms)" in picture.x.title
    assert "50 ms" in picture.y.title
    at, length = picture.marks[0].arrays()
    assert at.tolist() == [25, 125]
    assert length.tolist() == [1, 1]


def test_bytes_can_be_the_measure() -> None:
    picture = plot_timeline(summaries.timeline(PACKETS), measure="wire_bytes", backend="none")
    assert "bytes" in picture.y.title
    assert picture.marks[1].arrays()[1].tolist() == [60]


def test_rare_protocols_share_a_look() -> None:
    rows = [{"protocol": f"p{i}"} for i in range(9)]
    picture = plot_timeline(summaries.timeline(packet_table(rows), classes=8), backend="none")
    assert [mark.role for mark in picture.marks][-1] == "rest"


def test_nothing_is_drawn_as_nothing() -> None:
    picture = plot_timeline(summaries.timeline(packet_table([])), backend="none")
    assert picture.items == 0
    assert "nothing to draw" in plot_timeline(summaries.timeline(packet_table([]))).to_json()


def test_a_stretch_begins_where_it_begins_and_hints_at_the_rest() -> None:
    line = Timeline(
        packet_table([{"time": at, "connection": at // 500} for at in range(0, 1_000, 9)])
    )
    stretch = Stretch(200, 700)
    picture = plot_timeline(line.binned(stretch, np.array([True, False])), backend="none")
    assert picture.x.low is not None
    assert picture.x.low > 0
    assert [mark.role for mark in picture.marks] == ["first", "guide"]

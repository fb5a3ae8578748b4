"""The sequence chart."""

from __future__ import annotations

import dataclasses

from tests.frames import download, packet_table
from workbench.traffic.exchange import sequence
from workbench.views.marks import Line, Spans
from workbench.views.sequence_plot import plot_sequence, time_scale


def test_segments_acknowledgements_and_window() -> None:
    picture = plot_sequence(sequence(download(), 1), sender="server", backend="none")
    names = {mark.name: type(mark) for mark in picture.marks}
    assert names == {
        "acknowledged up to": Line,
        "sent by the server": Spans,
        "retransmission": Spans,
    }
    again = picture.marks[-1]
    assert [array.tolist() for array in again.arrays()] == [[80.0], [3000.0], [4000.0]]
    assert again.details["frame"] == ["17"]


def test_a_window_far_above_the_data_is_left_out() -> None:
    near = plot_sequence(sequence(download(40), 1), sender="server", backend="none")
    assert "window open up to" in [mark.name for mark in near.marks]
    far = plot_sequence(sequence(download(2), 1), sender="server", backend="none")
    assert "window open up to" not in [mark.name for mark in far.marks]


def test_datagrams_have_no_numbers() -> None:
    rows = [{"protocol": "udp", "payload_length": 9, "tcp_flags": 0}] * 3
    picture = plot_sequence(sequence(packet_table(rows), 0), backend="none")
    assert picture.y.title == "bytes sent so far"
    assert [mark.name for mark in picture.marks] == ["datagram"]


def test_many_segments_are_printed_as_pixels() -> None:
    rows = [{"seq": 10 * i, "payload_length": 10, "time": i} for i in range(1_000)]
    assert plot_sequence(sequence(packet_table(rows), 0), backend="none").dense
    assert not plot_sequence(sequence(download(), 1), backend="none").dense


def test_the_time_axis_begins_with_the_connection() -> None:
    data = sequence(download(), 1)
    assert plot_sequence(data, backend="none").x.low == 0
    assert time_scale(data) == ("ms", 1_000_000)
    early = data.segments.assign(time_ns=data.segments["time_ns"] - 100_000_000)
    moved = dataclasses.replace(data, segments=early)
    assert plot_sequence(moved, backend="none").x.low < 0

"""Packet sizes."""

from __future__ import annotations

from tests.frames import packet_table
from workbench.traffic import summaries
from workbench.views.sizes_plot import plot_sizes


def test_bars_by_direction() -> None:
    rows = [{"wire_length": 60}, {"wire_length": 1500, "direction": 1}, {"direction": -1}]
    picture = plot_sizes(summaries.sizes(packet_table(rows)), backend="none")
    assert [(mark.role, mark.name) for mark in picture.marks] == [
        ("client", "client to server"),
        ("server", "server to client"),
        ("rest", "outside connections"),
    ]
    assert picture.marks[1].details["bytes"] == ["1,472 to 1,503"]
    assert picture.x.high == 1504


def test_no_packets_no_bars() -> None:
    assert plot_sizes(summaries.sizes(packet_table([])), backend="none").items == 0

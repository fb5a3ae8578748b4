"""Who talks to whom."""

from __future__ import annotations

from tests.frames import connection_table
from workbench.traffic import summaries
from workbench.views.conversations_plot import plot_conversations


def test_one_bar_a_pair_both_ways() -> None:
    table = connection_table(
        [{"wire_bytes_client": 5, "wire_bytes_server": 7}, {"server": "2001:db8::" + "f" * 40}]
    )
    picture = plot_conversations(summaries.conversations(table), backend="none")
    assert [mark.name for mark in picture.marks] == ["sent by the client", "sent by the server"]
    assert len(picture.y.names) == 2
    assert all(len(name) <= 47 for name in picture.y.names)
    assert picture.sideways
    assert picture.y.downward


def test_nobody_is_drawn_as_nothing() -> None:
    picture = plot_conversations(summaries.conversations(connection_table([])), backend="none")
    assert picture.items == 0

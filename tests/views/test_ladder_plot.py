"""The packet ladder."""

from __future__ import annotations

from tests.frames import download, packet_table
from workbench.traffic.ladders import ladder
from workbench.views.ladder_plot import plot_ladder
from workbench.views.marks import Arrows, Texts


def test_arrows_point_from_sender_to_receiver() -> None:
    picture = plot_ladder(ladder(download()), client="c", server="s", backend="none")
    arrows = {mark.name: mark for mark in picture.marks if isinstance(mark, Arrows)}
    assert set(arrows) == {
        "data from the client", "data from the server", "acknowledgement only", "opening",
        "closing", "retransmission",
    }  # fmt: skip
    start, row, end, later = arrows["data from the server"].arrays()
    assert set(start) == {1.0}
    assert set(end) == {0.0}
    assert (later > row).all()
    assert sum(mark.arrays()[0].size for mark in arrows.values()) == 19


def test_words_stand_beside_each_arrow() -> None:
    picture = plot_ladder(ladder(download()), client="c", server="s", backend="none")
    words = [text for mark in picture.marks if isinstance(mark, Texts) for text in mark.texts]
    assert {"c", "s", "1 · 0 ns", "PSH ACK · 517 B", "retransmission"} <= set(words)


def test_what_is_left_out_is_said_between_the_rows() -> None:
    rungs = ladder(packet_table([{"seq": i, "time": i} for i in range(100)]), most=8)
    picture = plot_ladder(rungs, backend="none")
    gap = [mark for mark in picture.marks if isinstance(mark, Texts) and "92" in mark.texts[0]]
    assert gap[0].texts == ["92 more packets, not drawn"]
    assert gap[0].arrays()[1].tolist() == [7.0]


def test_no_packets_no_ladder() -> None:
    assert plot_ladder(ladder(packet_table([])), backend="none").items == 0

"""One picture of each kind, with a given text wherever text can come from outside."""

from __future__ import annotations

from typing import Any

import pandas as pd

from tests.frames import connection_table, download, packet_table
from workbench.evasion.sequence_values import Bar, Cut, SequenceMap
from workbench.traffic import exchange, ladders, summaries
from workbench.views.backends import Backend
from workbench.views.conversations_plot import plot_conversations
from workbench.views.ladder_plot import plot_ladder
from workbench.views.sequence_map_plot import plot_sequence_map
from workbench.views.sequence_plot import plot_sequence
from workbench.views.sizes_plot import plot_sizes
from workbench.views.timeline_plot import plot_timeline

NAMES = ("timeline", "sizes", "conversations", "sequence", "ladder", "sequence map")
_RUNGS = ladders.ladder(download())


def plot(name: str, text: str = "10.0.0.1", backend: Backend = "plotly") -> Any:
    """Return the figure `name`, with `text` for all that a capture could choose."""
    if name == "timeline":
        bins = summaries.timeline(packet_table([{}, {}]))
        return plot_timeline(bins.assign(**{"class": _column(text, len(bins))}), backend=backend)
    if name == "sizes":
        counts = summaries.sizes(packet_table([{}, {}]))
        return plot_sizes(counts.assign(side=_column(text, len(counts))), backend=backend)
    if name == "conversations":
        pairs = summaries.conversations(connection_table([{}]))
        named = {column: _column(text, 1) for column in ("client", "server", "services")}
        return plot_conversations(pairs.assign(**named), backend=backend)
    if name == "sequence":
        data = exchange.sequence(download(), 1)
        return plot_sequence(data, sender="server", backend=backend)
    if name == "sequence map":
        return plot_sequence_map(sequence_map(text), backend=backend)
    words = {column: _column(text, len(_RUNGS)) for column in ("label", "detail", "note")}
    return plot_ladder(_RUNGS.assign(**words), client=text, server=text, backend=backend)


def sequence_map(text: str = "x.com") -> SequenceMap:
    """Return a map with a bar of each kind, with `text` for all that a capture could choose."""
    marked: dict[str, Any] = {
        "ttl": 3,
        "low": True,
        "checksum": "bad",
        "fooling": ("badseq", "badsum"),
    }
    bars = (
        Bar(1, 0, "S", "opening", 0, 20, payload=text),
        Bar(4, 10, "F", "fake", 0, 680, moved=-10_000, payload=text, **marked),
        Bar(5, 20, "f2", "shadow", 3, 517, moved=-10_000, payload=text, part=2, **marked),
        Bar(6, 30, "P2", "part", 3, 517, ttl=64, part=2),
        Bar(7, 40, "K", "reset", 0, 0, ttl=64),
        Bar(8, 50, "P1", "part", -200, 3, filling=200, ttl=64, part=1),
        Bar(9, 60, "D1", "copy", 0, 3, ttl=64, part=1),
        Bar(10, 250_000_000, "R", "retransmission", 0, 517, ttl=64, volley=2),
    )
    return SequenceMap(
        "tls", 517, bars, 0, text, (153, 158), (("host", 153), ("sld", 153), ("endhost", 158)),
        (Cut(3, text), Cut(500, "500", natural=True)), 2,
    )  # fmt: skip


def _column(text: str, length: int) -> pd.Series:
    """Return a column that holds any text, also one that no text column could."""
    return pd.Series([text] * length, dtype=object)

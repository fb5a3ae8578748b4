"""One picture of each kind, with a given text wherever text can come from outside."""

from __future__ import annotations

from typing import Any

import pandas as pd

from tests.frames import connection_table, download, packet_table
from workbench.traffic import exchange, ladders, summaries
from workbench.views.backends import Backend
from workbench.views.conversations_plot import plot_conversations
from workbench.views.ladder_plot import plot_ladder
from workbench.views.sequence_plot import plot_sequence
from workbench.views.sizes_plot import plot_sizes
from workbench.views.timeline_plot import plot_timeline

NAMES = ("timeline", "sizes", "conversations", "sequence", "ladder")
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
    words = {column: _column(text, len(_RUNGS)) for column in ("label", "detail", "note")}
    return plot_ladder(_RUNGS.assign(**words), client=text, server=text, backend=backend)


def _column(text: str, length: int) -> pd.Series:
    """Return a column that holds any text, also one that no text column could."""
    return pd.Series([text] * length, dtype=object)

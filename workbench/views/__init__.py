"""Tables and figures: what was computed goes in, something a person can read comes out.

In: tables and values from the packages below. Out: figures (plotly to explore, matplotlib to print)
and escaped HTML. Never: computes a number, shows anything by itself, or lets foreign text through
unescaped.

Names load when they are first used, so that importing one view does not import the drawing engines.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.views.blocks import Card, cards, facts, findings, headline
    from workbench.views.conversations_plot import plot_conversations
    from workbench.views.figures import Figure, figure
    from workbench.views.ladder_plot import plot_ladder
    from workbench.views.payload import payload_block
    from workbench.views.sequence_map_plot import plot_sequence_map
    from workbench.views.sequence_plot import plot_sequence
    from workbench.views.sizes_plot import plot_sizes
    from workbench.views.tables import Column, Html, safe_text, table
    from workbench.views.timeline_plot import plot_timeline

_HOMES = {
    "Card": "blocks",
    "Column": "tables",
    "Figure": "figures",
    "Html": "tables",
    "cards": "blocks",
    "facts": "blocks",
    "figure": "figures",
    "findings": "blocks",
    "headline": "blocks",
    "payload_block": "payload",
    "plot_conversations": "conversations_plot",
    "plot_ladder": "ladder_plot",
    "plot_sequence": "sequence_plot",
    "plot_sequence_map": "sequence_map_plot",
    "plot_sizes": "sizes_plot",
    "plot_timeline": "timeline_plot",
    "safe_text": "tables",
    "table": "tables",
}

__all__ = [
    "Card",
    "Column",
    "Figure",
    "Html",
    "cards",
    "facts",
    "figure",
    "findings",
    "headline",
    "payload_block",
    "plot_conversations",
    "plot_ladder",
    "plot_sequence",
    "plot_sequence_map",
    "plot_sizes",
    "plot_timeline",
    "safe_text",
    "table",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)

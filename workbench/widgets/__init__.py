"""Live exploration in a notebook: views of one capture that move each other.

In: what a person holds (a capture) and what they choose. Out: a widget, or nothing at all where a
report is being made. Never: computes what the packages below can be asked for, loads anything from
a network, or hands foreign text to a browser as markup.

Names load when they are first used, so that a report does not import the widget libraries.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.widgets.desk import Desk
    from workbench.widgets.linking import linked
    from workbench.widgets.live import explore, in_report

_HOMES = {"Desk": "desk", "explore": "live", "in_report": "live", "linked": "linking"}

__all__ = ["Desk", "explore", "in_report", "linked"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)

"""The way into live exploration, and the way past it where a report is being made."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from workbench.views.tables import Html

if TYPE_CHECKING:
    from workbench.traffic.focus import Choice
    from workbench.widgets.closeup import Judge, Source
    from workbench.widgets.explorer import Explorer

#: Set by whoever runs a notebook for a page that nobody can ask anything.
REPORT_FLAG = "WORKBENCH_REPORT"


def in_report() -> bool:
    """Return whether this process makes a report, in which widgets would only be blank."""
    return os.environ.get(REPORT_FLAG, "") not in {"", "0"}


def explore(
    capture: Source, focus: Choice | None = None, *, judge: Judge | None = None
) -> Explorer | Html:
    """Return linked views of a capture for a notebook: connections, timeline, ladder, payload.

    Parameters
    ----------
    capture : Source
        A capture, such as `workbench.read` returns.
    focus : Choice, optional
        The connection that is chosen at first.
    judge : callable, optional
        Takes the number of a connection, returns kind and standing of its segments by frame; the
        capture's own method ``segments``, where it has one.

    Returns
    -------
    Explorer or Html
        A widget; what shows nothing while a report is made, which is complete without.
    """
    if in_report():
        return Html("", "")
    from workbench.widgets.explorer import Explorer

    judge = judge or getattr(capture, "segments", None)
    return Explorer(capture, -1 if focus is None else focus.connection, judge=judge)

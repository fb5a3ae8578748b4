"""A chart that moves the explorer: pressing a packet of it chooses that packet there.

In: a picture and an explorer. Out: a chart for a running notebook, or nothing at all where a report
is being made, which has links instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.views.backends import draw
from workbench.views.marks import Picture
from workbench.views.tables import Html
from workbench.widgets.live import in_report

if TYPE_CHECKING:
    from workbench.widgets.explorer import Explorer


def linked(picture: Picture, explorer: Explorer | Html) -> Any:
    """Return a picture whose packets choose themselves in the explorer.

    Parameters
    ----------
    picture : Picture
        Marks with the detail ``frame`` can be pressed.
    explorer : Explorer or Html
        What `workbench.widgets.explore` returned.

    Returns
    -------
    plotly.graph_objects.FigureWidget or Html
        What shows nothing while a report is made.
    """
    if in_report() or isinstance(explorer, Html):
        return Html("", "")
    import plotly.graph_objects as go

    chart = go.FigureWidget(draw(picture, "plotly"))
    for trace in chart.data:
        if (trace.meta or {}).get("frame") is not None:
            trace.on_click(_chooser(explorer))
    return chart


def _chooser(explorer: Explorer) -> Any:
    """Return what happens when points of a trace are pressed."""

    def choose(trace: Any, points: Any, _: object) -> None:
        if points.point_inds:
            told = trace.customdata[points.point_inds[0]]
            explorer.frame = int(told[trace.meta["frame"]])

    return choose

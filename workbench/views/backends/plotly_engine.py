"""Pictures drawn by plotly, to be explored on a screen.

All text passes `safe_text`, since plotly reads a small markup language in every label. Colours are
the light ones of the theme; a page that turns dark swaps them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from workbench.views.marks import (
    Arrows,
    Axis,
    Bars,
    Floats,
    Line,
    Mark,
    Picture,
    Points,
    Ranges,
    Spans,
    Texts,
    text_of,
)
from workbench.views.tables import safe_text
from workbench.views.theme import theme

_SYMBOLS = {
    "circle": "circle", "square": "square", "diamond": "diamond", "triangle": "triangle-up",
    "x": "x",
}  # fmt: skip
_SIDES = {"left": "middle left", "right": "middle right", "centre": "middle center"}


def draw(picture: Picture) -> go.Figure:
    """Return a picture as a plotly figure.

    Parameters
    ----------
    picture : Picture
        What to draw.

    Returns
    -------
    plotly.graph_objects.Figure
        Light, as wide as what holds it.
    """
    traces = [trace for mark in picture.marks for trace in _traces(mark, picture)]
    return go.Figure(data=traces, layout=_layout(picture))


def _traces(mark: Mark, picture: Picture) -> list[dict[str, Any]]:
    """Return the traces of a mark."""
    common = _common(mark)
    if isinstance(mark, Bars):
        return [_bars(mark, picture, common)]
    if isinstance(mark, Ranges):
        return [_ranges(mark, common)]
    if isinstance(mark, Line):
        x, y = mark.arrays()
        shape = "hv" if mark.steps else "linear"
        line = {**_stroke(mark.role), "shape": shape}
        return [{**common, "type": "scatter", "mode": "lines", "x": x, "y": y, "line": line}]
    if isinstance(mark, Points):
        x, y = mark.arrays()
        return [
            {
                **common,
                "type": "scatter",
                "mode": "markers",
                "x": x,
                "y": y,
                "marker": _marker(mark.role),
            }
        ]
    if isinstance(mark, Spans):
        return _spans(mark, common)
    if isinstance(mark, Arrows):
        return _arrows(mark, common)
    return [_texts(mark, common)] if isinstance(mark, Texts) else []


def _texts(mark: Texts, common: dict[str, Any]) -> dict[str, Any]:
    """Return texts at points."""
    x, y = mark.arrays()
    font = {"color": theme().colour(mark.role), "size": theme().size - 1}
    texts = [safe_text(text) for text in mark.texts]
    where = {"x": x, "y": y, "text": texts, "textposition": _SIDES[mark.side], "textfont": font}
    return {**common, **where, "type": "scatter", "mode": "text", "cliponaxis": False}


def _common(mark: Mark) -> dict[str, Any]:
    """Return what all traces of a mark share: name, legend and what hovering tells."""
    common: dict[str, Any] = {
        "name": safe_text(mark.name, 60),
        "showlegend": bool(mark.name),
        "legendgroup": safe_text(mark.name or mark.role, 60),
    }
    if not mark.details:
        return {**common, "hoverinfo": "skip"}
    columns = [[safe_text(text_of(value)) for value in values] for values in mark.details.values()]
    labels = enumerate(mark.details)
    lines = [f"{safe_text(label)} %{{customdata[{at}]}}".strip() for at, label in labels]
    told: dict[str, Any] = {"customdata": [list(row) for row in zip(*columns, strict=True)]}
    if "frame" in mark.details:
        told["meta"] = {"frame": list(mark.details).index("frame")}
    return {**common, **told, "hovertemplate": "<br>".join(lines) + "<extra></extra>"}


def _stroke(role: str, width: float = 1.5) -> dict[str, Any]:
    """Return the line of a role."""
    return {"color": theme().colour(role), "dash": theme().role(role).dash, "width": width}


def _marker(role: str, size: int = 7) -> dict[str, Any]:
    """Return the marker of a role."""
    return {
        "color": theme().colour(role),
        "symbol": _SYMBOLS[theme().role(role).marker],
        "size": size,
    }


def _bars(mark: Bars, picture: Picture, common: dict[str, Any]) -> dict[str, Any]:
    """Return bars, hatched as their role says."""
    at, length = mark.arrays()
    across = (
        {"x": length, "y": at, "orientation": "h"} if picture.sideways else {"x": at, "y": length}
    )
    filled = _filled(mark.role)
    return {**common, **across, "type": "bar", "width": mark.width, "marker": filled}


def _ranges(mark: Ranges, common: dict[str, Any]) -> dict[str, Any]:
    """Return bars with a beginning of their own, which plotly never stacks."""
    y, start, end = mark.arrays()
    across = {"x": end - start, "base": start, "y": y, "orientation": "h", "width": mark.thick}
    return {**common, **across, "type": "bar", "marker": _filled(mark.role)}


def _filled(role: str) -> dict[str, Any]:
    """Return the filling of a bar: its colour, hatched as its role says."""
    look = theme().role(role)
    marker: dict[str, Any] = {"color": theme().colour(role), "line": {"width": 0}}
    if look.hatch:
        pattern = {
            "shape": look.hatch,
            "fgcolor": theme().colour("ground"),
            "fgopacity": 0.55,
            "size": 5,
            "solidity": 0.25,
        }
        marker["pattern"] = {**pattern, "fillmode": "overlay"}
    return marker


def _broken(*columns: Floats) -> Floats:
    """Return columns interleaved, with a gap after each row: many strokes as one line."""
    return np.column_stack([*columns, np.full(columns[0].size, np.nan)]).ravel()


def _spans(mark: Spans, common: dict[str, Any]) -> list[dict[str, Any]]:
    """Return upright strokes, and invisible points on top of them to hover over."""
    x, low, high = mark.arrays()
    stroke = {**_stroke(mark.role, 2.5), "dash": "solid"}
    strokes = {"x": _broken(x, x), "y": _broken(low, high), "line": stroke}
    quiet = {key: common[key] for key in ("name", "legendgroup")}
    drawn = {**quiet, **strokes, "type": "scatter", "mode": "lines", "hoverinfo": "skip"}
    dots = {**common, "type": "scatter", "mode": "markers", "x": x, "y": high}
    return [{**drawn, "showlegend": False}, {**dots, "marker": _marker(mark.role, 5)}]


def _arrows(mark: Arrows, common: dict[str, Any]) -> list[dict[str, Any]]:
    """Return shafts as one line, and heads that point along them."""
    x0, y0, x1, y1 = mark.arrays()
    shafts = {"x": _broken(x0, x1), "y": _broken(y0, y1), "line": _stroke(mark.role)}
    quiet = {key: common[key] for key in ("name", "legendgroup")}
    drawn = {**quiet, **shafts, "type": "scatter", "mode": "lines", "hoverinfo": "skip"}
    symbols = ["triangle-right" if right else "triangle-left" for right in x1 > x0]
    marker = {"symbol": symbols, "size": 9, "color": theme().colour(mark.role)}
    heads = {**common, "type": "scatter", "mode": "markers", "x": x1, "y": y1, "marker": marker}
    return [{**drawn, "showlegend": False}, {**heads, "cliponaxis": False}]


def _layout(picture: Picture) -> dict[str, Any]:
    """Return everything around the marks."""
    look = theme()
    named = any(mark.name for mark in picture.marks)
    bars = any(isinstance(mark, Bars | Ranges) for mark in picture.marks)
    layout: dict[str, Any] = {
        "template": "none",
        "height": picture.height_px,
        "margin": {"l": 8, "r": 8, "t": 30 if named else 10, "b": 8},
        "paper_bgcolor": look.colour("ground"),
        "plot_bgcolor": look.colour("ground"),
        "font": {"family": look.family, "size": look.size, "color": look.colour("text")},
        "hoverlabel": {
            "bgcolor": look.colour("raised"),
            "bordercolor": look.colour("line"),
            "font": {"family": look.family, "size": look.size, "color": look.colour("text")},
            "align": "left",
        },
        "legend": {"orientation": "h", "x": 0, "y": 1, "xanchor": "left", "yanchor": "bottom"},
        "showlegend": named,
        "xaxis": _axis(picture.x),
        "yaxis": _axis(picture.y),
        "hovermode": "closest",
        "dragmode": "zoom",
    }
    if bars:
        layout |= {"barmode": "stack", "bargap": 0.06}
    if not picture.items:
        layout["annotations"] = [_nothing()]
    return layout


def _axis(axis: Axis) -> dict[str, Any]:
    """Return an axis."""
    look = theme()
    if axis.kind == "hidden":
        drawn: dict[str, Any] = {"visible": False}
    else:
        drawn = {
            "title": {
                "text": safe_text(axis.title),
                "font": {"color": look.colour("muted"), "size": look.size},
                "standoff": 6,
            },
            "tickfont": {"color": look.colour("muted")},
            "gridcolor": look.colour("grid"),
            "linecolor": look.colour("line"),
            "zeroline": False,
            # Else a thousand million bytes would be marked 1B.
            "exponentformat": "SI",
            "automargin": True,
        }
    if axis.kind == "names":
        ticks = [safe_text(name, 48) for name in axis.names]
        drawn |= {"tickmode": "array", "tickvals": list(range(len(ticks))), "ticktext": ticks}
        drawn["showgrid"] = False
    ends = [axis.low, axis.high]
    if any(end is not None for end in ends):
        drawn["range"] = ends[::-1] if axis.downward else ends
    elif axis.downward:
        drawn["autorange"] = "reversed"
    return drawn


def _nothing() -> dict[str, Any]:
    """Return the note of an empty chart."""
    middle = {"x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper", "showarrow": False}
    return {**middle, "text": "nothing to draw", "font": {"color": theme().colour("muted")}}

"""Pictures drawn by matplotlib, to be printed.

Figures are made without pyplot, so that nothing is global and no window can open. Text passes
`printable`, and nothing in it is read as a formula.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from workbench.units import printable
from workbench.views.marks import (
    EMPTY,
    Arrows,
    Axis,
    Bars,
    Line,
    Mark,
    Picture,
    Points,
    Ranges,
    Spans,
    Texts,
)
from workbench.views.theme import theme

WIDTH_PX = 780
_PX_PER_INCH = 96
_PIXELS_FROM = 4_000
_DASHES = {"solid": "-", "dash": "--", "dot": ":", "dashdot": "-.", "longdash": (0, (8, 3))}
_MARKERS = {"circle": "o", "square": "s", "diamond": "D", "triangle": "^", "x": "x"}
_HATCHES = {"": "", "/": "///", "\\": "\\\\\\", "x": "xxx", "-": "---", ".": "...", "+": "+++"}
_SIDES = {"left": "right", "right": "left", "centre": "center"}


def draw(picture: Picture) -> Figure:
    """Return a picture as a matplotlib figure.

    Parameters
    ----------
    picture : Picture
        What to draw.

    Returns
    -------
    matplotlib.figure.Figure
        Light, `WIDTH_PX` wide.
    """
    with _style():
        inches = (WIDTH_PX / _PX_PER_INCH, picture.height_px / _PX_PER_INCH)
        figure = Figure(figsize=inches, dpi=_PX_PER_INCH, layout="constrained")
        axes = figure.add_subplot()
        base: dict[float, float] = {}
        for mark in picture.marks:
            _mark(axes, mark, picture, base)
        _frame(axes, picture)
        return figure


def image(picture: Picture) -> tuple[str, bytes]:
    """Return a picture as an image for a page.

    Parameters
    ----------
    picture : Picture
        What to draw.

    Returns
    -------
    tuple of str and bytes
        Media type (``image/svg+xml``, or ``image/png`` where there are very many marks) and data,
        the same for the same picture.
    """
    dense = picture.dense or picture.items > _PIXELS_FROM
    buffer, figure = io.BytesIO(), draw(picture)
    with _style():
        if dense:
            figure.savefig(buffer, format="png", dpi=2 * _PX_PER_INCH, metadata={"Software": None})
        else:
            figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return ("image/png" if dense else "image/svg+xml"), buffer.getvalue()


@contextmanager
def _style() -> Iterator[None]:
    """Set fonts and colours for as long as a figure is drawn."""
    look = theme()
    settings: Any = {
        "font.family": list(look.print_family),
        "font.size": look.size * 0.7,
        "text.parse_math": False,
        "text.color": look.colour("text"),
        "axes.labelcolor": look.colour("muted"),
        "axes.edgecolor": look.colour("line"),
        "xtick.color": look.colour("muted"),
        "ytick.color": look.colour("muted"),
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": look.colour("grid"),
        "hatch.linewidth": 0.6,
        "svg.fonttype": "none",
        "svg.hashsalt": "workbench",
    }
    with mpl.rc_context(settings), warnings.catch_warnings():
        # A name from a capture may hold characters that the font has not: a box is drawn for them.
        warnings.filterwarnings("ignore", message="Glyph", category=UserWarning)
        yield


def _mark(axes: Axes, mark: Mark, picture: Picture, base: dict[float, float]) -> None:
    """Draw one mark."""
    look, colour = theme().role(mark.role), theme().colour(mark.role)
    name = printable(mark.name, 60) if mark.name else "_"
    if isinstance(mark, Bars):
        _bars(axes, mark, picture, base, name)
    elif isinstance(mark, Ranges):
        y, low, high = mark.arrays()
        axes.barh(y, high - low, height=mark.thick, left=low, label=name, **_filled(mark.role))
    elif isinstance(mark, Line):
        x, y = mark.arrays()
        style: Any = _DASHES[look.dash]
        steps = "steps-post" if mark.steps else "default"
        axes.plot(x, y, color=colour, linestyle=style, linewidth=1.1, drawstyle=steps, label=name)
    elif isinstance(mark, Points):
        x, y = mark.arrays()
        axes.plot(
            x, y, color=colour, linestyle="", marker=_MARKERS[look.marker], markersize=4, label=name
        )
    elif isinstance(mark, Spans):
        x, low, high = mark.arrays()
        gap = np.full(x.size, np.nan)
        strokes = np.column_stack([low, high, gap]).ravel()
        axes.plot(np.repeat(x, 3), strokes, color=colour, linewidth=2, solid_capstyle="butt")
        axes.plot(
            x,
            high,
            color=colour,
            linestyle="",
            marker=_MARKERS[look.marker],
            markersize=3,
            label=name,
        )
    elif isinstance(mark, Arrows):
        _arrows(axes, mark, name)
    elif isinstance(mark, Texts):
        for x1, y1, text in zip(*mark.arrays(), mark.texts, strict=True):
            side = _SIDES[mark.side]
            place: Any = {"ha": side, "va": "center", "fontsize": "small", "color": colour}
            # However long, a text must not push the chart aside.
            axes.text(x1, y1, printable(text, 80), **place).set_in_layout(False)


def _bars(axes: Axes, mark: Bars, picture: Picture, base: dict[float, float], name: str) -> None:
    """Draw bars on top of those drawn before."""
    at, length = mark.arrays()
    length = np.nan_to_num(length)
    start = np.array([base.get(float(place), 0.0) for place in at])
    base.update(zip(map(float, at), map(float, start + length), strict=True))
    edge = {**_filled(mark.role), "label": name}
    if picture.sideways:
        axes.barh(at, length, height=mark.width * 0.94, left=start, **edge)
    else:
        axes.bar(at, length, width=mark.width * 0.94, bottom=start, **edge)


def _filled(role: str) -> dict[str, Any]:
    """Return the filling of a bar: its colour, hatched as its role says."""
    hatch = _HATCHES[theme().role(role).hatch]
    ground = theme().colour("ground")
    return {"color": theme().colour(role), "hatch": hatch, "edgecolor": ground, "linewidth": 0}


def _arrows(axes: Axes, mark: Arrows, name: str) -> None:
    """Draw shafts with heads."""
    colour, style = theme().colour(mark.role), _DASHES[theme().role(mark.role).dash]
    x0, y0, x1, y1 = mark.arrays()
    gap = np.full(x0.size, np.nan)
    across, down = np.column_stack([x0, x1, gap]).ravel(), np.column_stack([y0, y1, gap]).ravel()
    line: Any = style
    axes.plot(across, down, color=colour, linestyle=line, linewidth=1.1, label=name)
    for right, head in ((True, ">"), (False, "<")):
        chosen = (x1 > x0) == right
        # A line without points would still claim room, at the corner of the figure.
        if chosen.any():
            axes.plot(
                x1[chosen],
                y1[chosen],
                color=colour,
                linestyle="",
                marker=head,
                markersize=5,
                clip_on=False,
            )


def _frame(axes: Axes, picture: Picture) -> None:
    """Draw axes, ends and legend."""
    axes.spines[["top", "right"]].set_visible(False)
    for which, axis in (("x", picture.x), ("y", picture.y)):
        _axis(axes, which, axis)
    labelled = [mark for mark in picture.marks if mark.name]
    if labelled:
        axes.legend(
            loc="lower left", bbox_to_anchor=(0, 1), ncols=min(len(labelled), 5), frameon=False,
            fontsize="small", borderaxespad=0.2,
        )  # fmt: skip
    if not picture.items:
        axes.text(
            0.5, 0.5, EMPTY, transform=axes.transAxes, ha="center", color=theme().colour("muted")
        )


def _axis(axes: Axes, which: str, axis: Axis) -> None:
    """Draw one axis."""
    drawn = axes.xaxis if which == "x" else axes.yaxis
    if axis.kind == "hidden":
        drawn.set_visible(False)
        axes.spines["bottom" if which == "x" else "left"].set_visible(False)
    elif axis.kind == "names":
        drawn.set_ticks(range(len(axis.names)), [printable(name, 48) for name in axis.names])
        drawn.grid(False)
    else:
        drawn.set_major_formatter(EngFormatter(sep=""))
    if axis.title:
        drawn.set_label_text(printable(axis.title))
    set_ends = axes.set_xlim if which == "x" else axes.set_ylim
    if axis.low is not None or axis.high is not None:
        set_ends(axis.low, axis.high)
    if axis.downward:
        drawn.set_inverted(True)

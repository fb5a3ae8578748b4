"""The timeline: packets or bytes over time, by protocol."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd

from workbench.traffic.browse.bins import UNMATCHED
from workbench.units import format_bytes, format_duration_ns
from workbench.views.backends import Backend, draw
from workbench.views.marks import Axis, Bars, Picture
from workbench.views.scales import time_unit
from workbench.views.theme import CLASS_ROLES

_MEASURES = {"packets": "packets", "wire_bytes": "bytes on the wire"}


def plot_timeline(
    bins: pd.DataFrame,
    *,
    measure: Literal["packets", "wire_bytes"] = "packets",
    backend: Backend = "plotly",
) -> Any:
    """Return a figure of what was sent when.

    Parameters
    ----------
    bins : pandas.DataFrame
        ``class``, ``start_ns``, ``width_ns``, ``packets``, ``wire_bytes``, as
        `workbench.traffic.summaries.timeline` makes it, or
        `workbench.traffic.browse.bins.Timeline` for a stretch; times count from the first packet.
    measure : {"packets", "wire_bytes"}
        What the height of a bar is.
    backend : {"plotly", "matplotlib", "none"}
        Engine that draws.

    Returns
    -------
    plotly.graph_objects.Figure, matplotlib.figure.Figure or Picture
        Stacked bars, one class on top of the other.
    """
    width = int(bins["width_ns"].iloc[0]) if len(bins) else 1
    span = int(bins["start_ns"].max()) + width if len(bins) else 1
    low = int(bins["start_ns"].min()) if len(bins) else 0
    unit, size = time_unit(span)
    marks = []
    names = bins["class"].tolist()
    for order, name in enumerate(dict.fromkeys(names)):
        part = bins[[each == name for each in names] & (bins[measure] > 0).to_numpy(bool)]
        starts = part["start_ns"].to_numpy(np.float64)
        marks.append(
            Bars(
                role=_role(str(name), order),
                name=str(name),
                details={
                    "from": [format_duration_ns(start) for start in part["start_ns"]],
                    "packets": part["packets"].tolist(),
                    "bytes": [format_bytes(count) for count in part["wire_bytes"]],
                    "protocol": [str(name)] * len(part),
                },
                at=(starts + width / 2) / size,
                length=part[measure].to_numpy(np.float64),
                width=width / size,
            )
        )
    picture = Picture(
        label=f"Timeline: {_MEASURES[measure]} over time, stacked by protocol",
        marks=tuple(marks),
        x=Axis(title=f"time since the first packet ({unit})", low=low / size, high=span / size),
        y=Axis(title=f"{_MEASURES[measure]} in {format_duration_ns(width)}", low=0),
        height_px=260,
    )
    return draw(picture, backend)


def _role(name: str, order: int) -> str:
    """Return the role of a class: what was filtered out is only hinted at."""
    if name == UNMATCHED:
        return "guide"
    return CLASS_ROLES[order] if order < len(CLASS_ROLES) else "rest"

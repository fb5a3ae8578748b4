"""Packet sizes: how many packets there are of each length, by direction."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workbench.views.backends import Backend, draw
from workbench.views.marks import Axis, Bars, Picture

_ROLES = {"client to server": "client", "server to client": "server"}


def plot_sizes(counts: pd.DataFrame, *, backend: Backend = "plotly") -> Any:
    """Return a figure of packet sizes.

    Parameters
    ----------
    counts : pandas.DataFrame
        ``side``, ``start_bytes``, ``width_bytes``, ``packets``, as
        `workbench.traffic.summaries.sizes` makes it.
    backend : {"plotly", "matplotlib", "none"}
        Engine that draws.

    Returns
    -------
    plotly.graph_objects.Figure, matplotlib.figure.Figure or Picture
        Stacked bars by length on the wire.
    """
    width = int(counts["width_bytes"].iloc[0]) if len(counts) else 1
    end = int(counts["start_bytes"].max()) + width if len(counts) else 1
    marks = []
    sides = counts["side"].tolist()
    for side in dict.fromkeys(sides):
        part = counts[[each == side for each in sides] & (counts["packets"] > 0).to_numpy(bool)]
        starts = part["start_bytes"].to_numpy(np.int64)
        marks.append(
            Bars(
                role=_ROLES.get(str(side), "rest"),
                name=str(side),
                details={
                    "bytes": [f"{start:,} to {start + width - 1:,}" for start in starts.tolist()],
                    "packets": part["packets"].tolist(),
                    "sent": [str(side)] * len(part),
                },
                at=starts + width / 2,
                length=part["packets"].to_numpy(np.float64),
                width=width,
            )
        )
    picture = Picture(
        label="Packet sizes: number of packets by length on the wire, stacked by direction",
        marks=tuple(marks),
        x=Axis(title="length on the wire (bytes)", low=0, high=end),
        y=Axis(title=f"packets in {width:,} bytes", low=0),
        height_px=230,
    )
    return draw(picture, backend)

"""Who talks to whom: bytes each side of a pair sent."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workbench.units import format_bytes, printable
from workbench.views.backends import Backend, draw
from workbench.views.marks import Axis, Bars, Picture

_ROW_PX = 26
_FRAME_PX = 84


def plot_conversations(pairs: pd.DataFrame, *, backend: Backend = "plotly") -> Any:
    """Return a figure of the pairs that talk, most bytes on top.

    Parameters
    ----------
    pairs : pandas.DataFrame
        ``client``, ``server``, ``services``, ``connections``, ``packets``, ``bytes_client``,
        ``bytes_server``, as `workbench.traffic.summaries.conversations` makes it.
    backend : {"plotly", "matplotlib", "none"}
        Engine that draws.

    Returns
    -------
    plotly.graph_objects.Figure, matplotlib.figure.Figure or Picture
        One bar a pair, what the client sent first.
    """
    ends = zip(pairs["client"], pairs["server"], strict=True)
    names = tuple(f"{_end(client)} → {_end(server)}" for client, server in ends)
    places = np.arange(len(names), dtype=np.float64)
    marks = tuple(
        Bars(
            role=side,
            name=f"sent by the {side}",
            details={
                "": list(names),
                f"{side} sent": [format_bytes(count) for count in pairs[f"bytes_{side}"]],
                "connections": pairs["connections"].tolist(),
                "services": [printable(text) for text in pairs["services"]],
            },
            at=places,
            length=pairs[f"bytes_{side}"].to_numpy(np.float64),
            width=0.62,
        )
        for side in ("client", "server")
    )
    picture = Picture(
        label="Who talks to whom: bytes on the wire by pair of addresses and direction",
        marks=marks if names else (),
        x=Axis(title="bytes on the wire", low=0),
        y=Axis(kind="names", names=names, downward=True),
        height_px=_FRAME_PX + _ROW_PX * max(len(names), 1),
        sideways=True,
    )
    return draw(picture, backend)


def _end(address: object) -> str:
    """Return one end of a pair, short enough for an axis."""
    return printable(str(address), 22)

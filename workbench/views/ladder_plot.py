"""The packet ladder: two lifelines, and an arrow for each packet between them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workbench.units import format_duration_ns, printable
from workbench.views.backends import Backend, draw
from workbench.views.marks import Arrows, Axis, Line, Mark, Picture, Texts

_ROW_PX = 25
_FRAME_PX = 56
_SLANT = 0.3
_LOOKS = {
    "data": ("", "data"),
    "ack": ("quiet", "acknowledgement only"),
    "open": ("note", "opening"),
    "close": ("note", "closing"),
    "reset": ("reset", "reset"),
    "retransmission": ("retransmission", "retransmission"),
    "out of order": ("out-of-order", "out of order"),
    "keep-alive": ("quiet", "keep-alive"),
}


def plot_ladder(
    rungs: pd.DataFrame,
    *,
    client: str = "client",
    server: str = "server",
    backend: Backend = "plotly",
) -> Any:
    """Return a figure of a connection's packets, one below the other.

    Parameters
    ----------
    rungs : pandas.DataFrame
        ``frame``, ``time_ns``, ``direction``, ``kind``, ``label``, ``detail``, ``note``, as
        `workbench.traffic.ladders.ladder` makes it, with ``attrs`` for what was left out.
    client, server : str
        What to write above the lifelines.
    backend : {"plotly", "matplotlib", "none"}
        Engine that draws.

    Returns
    -------
    plotly.graph_objects.Figure, matplotlib.figure.Figure or Picture
        Rows in frame order, evenly spaced: a ladder shows order, the sequence chart shows time.
    """
    skipped = int(rungs.attrs.get("skipped", 0))
    after = int(rungs.attrs.get("skipped_after", len(rungs)))
    order = np.arange(len(rungs), dtype=np.float64) + 1.0
    # What was left out takes the room of one row.
    rows = order + ((order > after) if skipped else 0)
    end = float(rows[-1]) + 0.8 if len(rungs) else 1.0
    marks: list[Mark] = [
        Line(role="guide", x=[0.0, 0.0], y=[0.3, end]),
        Line(role="guide", x=[1.0, 1.0], y=[0.3, end]),
        Texts(
            role="text", x=[0.0, 1.0], y=[0.0, 0.0], texts=[printable(client), printable(server)]
        ),
        *_arrows(rungs, rows),
        *_words(rungs, rows),
    ]
    if skipped:
        gap = f"{skipped:,} more packets, not drawn"
        marks.append(Texts(role="note", x=[0.5], y=[after + 1.0], texts=[gap]))
    picture = Picture(
        label=f"Packet ladder: {len(rungs):,} packets between client and server, in order",
        marks=tuple(marks) if len(rungs) else (),
        x=Axis(kind="hidden", low=-0.2, high=1.24),
        y=Axis(kind="hidden", low=-0.6, high=end + 0.2, downward=True),
        height_px=int(_FRAME_PX + _ROW_PX * (end + 1)),
        least_width_px=680,
    )
    return draw(picture, backend)


def _arrows(rungs: pd.DataFrame, rows: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[Mark]:
    """Return arrows, one mark a kind and, for data, a side."""
    from_server = (rungs["direction"] == 1).to_numpy(bool)
    marks: list[Mark] = []
    for kind, (look, name) in _LOOKS.items():
        same = (rungs["kind"] == kind).to_numpy(bool)
        sides = ((False, "client"), (True, "server")) if kind == "data" else ((None, ""),)
        for side, sender in sides:
            chosen = same if side is None else same & (from_server == side)
            if not chosen.any():
                continue
            start = from_server[chosen].astype(np.float64)
            part = rungs[chosen]
            marks.append(
                Arrows(
                    role=look or sender,
                    name=f"{name} from the {sender}" if sender else name,
                    details={
                        "frame": [str(frame) for frame in part["frame"]],
                        "at": [format_duration_ns(time) for time in part["time_ns"]],
                        "": _shown(part["label"]),
                        " ": _shown(part["detail"]),
                        "  ": _shown(part["note"]),
                    },
                    x0=start,
                    y0=rows[chosen],
                    x1=1 - start,
                    y1=rows[chosen] + _SLANT,
                )
            )
    return marks


def _words(rungs: pd.DataFrame, rows: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[Mark]:
    """Return what stands left of, on and right of the arrows."""
    places = rows + _SLANT / 2
    frames = zip(rungs["frame"], rungs["time_ns"], strict=True)
    left = [f"{frame} · {format_duration_ns(time)}" for frame, time in frames]
    side = np.full(len(rungs), 0.0)
    return [
        Texts(role="note", x=side - 0.015, y=places, texts=left, side="left"),
        Texts(
            role="text", x=side + 0.47, y=places - 0.38, texts=_shown(rungs["label"]), side="left"
        ),
        Texts(
            role="note", x=side + 0.49, y=places - 0.38, texts=_shown(rungs["detail"]), side="right"
        ),
        Texts(
            role="warn",
            x=side + 1.015,
            y=places,
            texts=_shown(rungs["note"]),
            side="right",
        ),
    ]


def _shown(column: pd.Series[str]) -> list[str]:
    """Return the texts of a column, made visible."""
    return [printable(text) for text in column]

"""Sequence and acknowledgement: what one side sent over time, and what the other answered."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workbench.traffic.exchange import AGAIN, LATE, NEW, PROBE, SequenceData
from workbench.units import format_duration_ns
from workbench.views.backends import Backend, draw
from workbench.views.marks import Axis, Line, Mark, Picture, Spans
from workbench.views.scales import time_unit

_PIXELS_FROM = 800
_LOOKS = {NEW: "", AGAIN: "retransmission", LATE: "out-of-order", PROBE: "note"}


def plot_sequence(
    data: SequenceData, *, sender: str = "client", backend: Backend = "plotly"
) -> Any:
    """Return a figure of one direction of a connection.

    Parameters
    ----------
    data : SequenceData
        Segments and acknowledgements, as `workbench.traffic.exchange.sequence` makes it.
    sender : {"client", "server"}
        Who sent the segments; decides their colour.
    backend : {"plotly", "matplotlib", "none"}
        Engine that draws.

    Returns
    -------
    plotly.graph_objects.Figure, matplotlib.figure.Figure or Picture
        One stroke a segment from its first to its last byte, a line for what was acknowledged and
        one for how far the receiver's window reached.
    """
    unit, size = time_scale(data)
    begin = _beginning(data, size)
    role = "server" if sender == "server" else "client"
    marks = [*_lines(data, size), *_segments(data.segments, role, size, data.numbered)]
    what = "place in the stream (bytes)" if data.numbered else "bytes sent so far"
    picture = Picture(
        label=f"Sequence chart: what the {role} sent over time, by its place in the stream",
        marks=tuple(marks),
        x=Axis(title=f"time since the connection's first packet ({unit})", low=begin),
        y=Axis(title=what),
        height_px=340,
        dense=len(data.segments) > _PIXELS_FROM,
    )
    return draw(picture, backend)


def time_scale(data: SequenceData) -> tuple[str, int]:
    """Return the unit of the time axis of a sequence chart.

    Parameters
    ----------
    data : SequenceData
        What is drawn.

    Returns
    -------
    tuple of str and int
        Name of the unit, and how many nanoseconds it has.
    """
    times = [frame["time_ns"] for frame in (data.segments, data.acks) if len(frame)]
    span = max((int(part.max()) for part in times), default=1)
    return time_unit(max(span, 1))


def _beginning(data: SequenceData, size: int) -> float:
    """Return where the time axis begins: at the connection's first packet, or at one before it."""
    times = [frame["time_ns"] for frame in (data.segments, data.acks) if len(frame)]
    return min([0, *(int(part.min()) for part in times)]) / size


def _lines(data: SequenceData, size: int) -> list[Mark]:
    """Return the lines of the receiver: acknowledged up to, and window open up to."""
    acks = data.acks
    if acks.empty:
        return []
    x = acks["time_ns"].to_numpy(np.float64) / size
    marks: list[Mark] = []
    limit = int(data.segments["end"].max()) if len(data.segments) else 0
    open_to = acks["window_end"].to_numpy(np.float64)
    if (acks["window_end"] >= 0).any():
        # A window far above the data would press the data flat against the axis.
        shown = np.where(open_to <= max(4 * limit, limit + 5_000), open_to, np.nan)
        if np.isfinite(shown).any():
            marks.append(Line(role="window", name="window open up to", x=x, y=shown, steps=True))
    y = acks["ack"].to_numpy(np.float64)
    marks.append(Line(role="acknowledgement", name="acknowledged up to", x=x, y=y, steps=True))
    return marks


def _segments(segments: pd.DataFrame, role: str, size: int, numbered: bool) -> list[Mark]:
    """Return the strokes, one mark a kind."""
    marks: list[Mark] = []
    for kind, look in _LOOKS.items():
        part = segments[(segments["kind"] == kind).to_numpy(bool)]
        if part.empty:
            continue
        name = (f"sent by the {role}" if numbered else "datagram") if kind == NEW else kind
        ends = zip(part["start"].tolist(), part["end"].tolist(), strict=True)
        marks.append(
            Spans(
                role=look or role,
                name=name,
                details={
                    "frame": [str(frame) for frame in part["frame"]],
                    "at": [format_duration_ns(time) for time in part["time_ns"]],
                    "bytes": [f"{start:,} to {end:,}" for start, end in ends],
                    "segments": part["segments"].tolist(),
                    "": [kind] * len(part),
                },
                x=part["time_ns"].to_numpy(np.float64) / size,
                low=part["start"].to_numpy(np.float64),
                high=part["end"].to_numpy(np.float64),
            )
        )
    return marks

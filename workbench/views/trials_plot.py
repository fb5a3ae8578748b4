"""Trials: which strategy got through which middlebox, how often, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from workbench.units import printable
from workbench.views.backends import Backend, draw
from workbench.views.marks import Axis, Mark, Picture, Points, Ranges, Texts

ALWAYS, SOMETIMES, NEVER = "always got through", "sometimes got through", "never got through"
_ROLES = {ALWAYS: "third", SOMETIMES: "second", NEVER: "reset"}
NO_STRATEGY = "no strategy"
_HALF, _SCALE, _BAND = 0.46, 0.84, 0.32
_ROW_PX, _COLUMN_PX, _HEAD_PX = 44, 110, 90
_NAME_CHARACTERS = 40


def plot_trials(summary: pd.DataFrame, *, backend: Backend = "plotly") -> Any:
    """Return a heat map of trials.

    Parameters
    ----------
    summary : pandas.DataFrame
        ``strategy``, ``middlebox``, ``domain``, ``trials``, ``successes``, ``share``, ``low``,
        ``high``, ``outcomes``, as `workbench.lab.tables.summary` makes it.
    backend : {"plotly", "matplotlib", "none"}
        Engine that draws.

    Returns
    -------
    plotly.graph_objects.Figure, matplotlib.figure.Figure or Picture
        A cell for each strategy, middlebox and domain: the colour at its head and the numbers in it
        say how often the request got through, the bar at its foot the interval from 0 at the left
        edge to 1 at the right one.
    """
    rows = [text or NO_STRATEGY for text in summary["strategy"].astype(str)]
    columns = [
        f"{box or 'no middlebox'}: {domain}"
        for box, domain in zip(summary["middlebox"], summary["domain"], strict=True)
    ]
    downward, across = list(dict.fromkeys(rows)), list(dict.fromkeys(columns))
    y = np.array([downward.index(row) for row in rows], dtype=np.float64)
    x = np.array([across.index(column) for column in columns], dtype=np.float64)
    marks = [*_cells(summary, x, y), *_intervals(summary, x, y)]
    picture = Picture(
        label="Trials: successes by strategy and middlebox, with intervals",
        marks=tuple(marks),
        x=Axis(kind="names", names=_shown(across), low=-0.5, high=max(len(across), 1) - 0.5),
        y=Axis(kind="names", names=_shown(downward), low=-0.5, high=max(len(downward), 1) - 0.5,
               downward=True),
        height_px=_HEAD_PX + _ROW_PX * len(downward),
        least_width_px=200 + _COLUMN_PX * len(across),
    )  # fmt: skip
    return draw(picture, backend)


def _shown(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(printable(name, _NAME_CHARACTERS) for name in names)


def _cells(
    summary: pd.DataFrame,
    x: np.ndarray[Any, np.dtype[np.float64]],
    y: np.ndarray[Any, np.dtype[np.float64]],
) -> list[Mark]:
    """Return the cells by how often the request got through, and the counts in them."""
    share = summary["share"].to_numpy(np.float64)
    kinds = {ALWAYS: share >= 1, SOMETIMES: (share > 0) & (share < 1), NEVER: share <= 0}
    marks: list[Mark] = []
    for kind, chosen in kinds.items():
        part = summary[chosen]
        marks.append(
            Ranges(
                role=_ROLES[kind],
                name=kind if len(part) else "",
                details={
                    "strategy": [text or NO_STRATEGY for text in part["strategy"]],
                    "middlebox": part["middlebox"].tolist(),
                    "domain": part["domain"].tolist(),
                    "outcomes": part["outcomes"].tolist(),
                },
                y=y[chosen] - _BAND,
                start=x[chosen] - _HALF,
                end=x[chosen] + _HALF,
                thick=0.24,
            )
        )
    counts = [f"{n}/{of}" for n, of in zip(summary["successes"], summary["trials"], strict=True)]
    return [*marks, Texts(role="text", x=x, y=y + 0.02, texts=counts)]


def _intervals(
    summary: pd.DataFrame,
    x: np.ndarray[Any, np.dtype[np.float64]],
    y: np.ndarray[Any, np.dtype[np.float64]],
) -> list[Mark]:
    """Return a bar at the foot of each cell, and a point at the share itself."""
    left = x - _SCALE / 2
    low, high, share = (summary[name].to_numpy(np.float64) for name in ("low", "high", "share"))
    details = {
        "interval": [f"{a:.0%} to {b:.0%}" for a, b in zip(low, high, strict=True)],
    }
    return [
        Ranges(role="guide", name="interval", details=details, y=y + 0.3,
               start=left + low * _SCALE, end=left + high * _SCALE, thick=0.08),
        Points(role="note", x=left + share * _SCALE, y=y + 0.3),
    ]  # fmt: skip


def plot_path(
    hosts: Sequence[str], middlebox: str, addresses: Sequence[str], *, backend: Backend = "plotly"
) -> Any:
    """Return a picture of a laboratory's path.

    Parameters
    ----------
    hosts : sequence of str
        From the client to the server.
    middlebox : str
        The host at which the middlebox sits.
    addresses : sequence of str
        One a host.
    backend : {"plotly", "matplotlib", "none"}
        Engine that draws.

    Returns
    -------
    plotly.graph_objects.Figure, matplotlib.figure.Figure or Picture
        The hosts in a row; below each, the TTL with which a packet of the client's dies there.
    """
    places = np.arange(len(hosts), dtype=np.float64)
    inside = [place for place, host in enumerate(hosts) if host == middlebox]
    others = [place for place, host in enumerate(hosts) if host != middlebox]
    last = len(hosts) - 1
    dies = ["", *(f"TTL {hop} dies here" for hop in range(1, last)), f"TTL {last} arrives"]
    marks: list[Mark] = [
        Ranges(role="guide", y=[0.0], start=[0.0], end=[float(max(last, 0))], thick=0.03),
        Points(role="client", name="host", x=others, y=[0.0] * len(others)),
        Points(role="reset", name="middlebox", x=inside, y=[0.0] * len(inside)),
        Texts(role="text", x=places, y=places * 0 + 0.35, texts=list(hosts)),
        Texts(role="note", x=places, y=places * 0 - 0.35, texts=list(addresses)),
        Texts(role="note", x=places, y=places * 0 - 0.65, texts=dies[: len(hosts)]),
    ]
    picture = Picture(
        label="The path of the laboratory, from client to server",
        marks=tuple(marks),
        x=Axis(kind="hidden", low=-0.6, high=max(last, 0) + 0.6),
        y=Axis(kind="hidden", low=-1.0, high=0.8),
        height_px=170,
        least_width_px=130 * max(len(hosts), 1),
    )
    return draw(picture, backend)

"""A chart with its conclusion and its numbers: drawn by both engines when a notebook shows it."""

from __future__ import annotations

import base64
import json
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.units import printable
from workbench.views.backends import draw
from workbench.views.marks import Picture
from workbench.views.tables import Column, Html, safe_text, table

if TYPE_CHECKING:
    import pandas as pd

PLOTLY_MIME = "application/vnd.plotly.v1+json"
FIGURE_MIME = "application/vnd.workbench.figure+json"

_TITLE_CHARACTERS = 110


@dataclass(frozen=True)
class Figure:
    """A chart for a page.

    Parameters
    ----------
    picture : Picture
        What is drawn.
    caption : str
        The sentence that the chart shows to be true.
    data : Html
        Table of the numbers behind it.
    """

    picture: Picture
    caption: str
    data: Html

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """Return the chart for notebooks (plotly), for paper (an image), and for the export.

        The plotly form carries the caption as its title, which the export takes off again; the form
        for the export holds caption, label and table, already escaped.
        """
        from workbench.views.backends.matplotlib_engine import image

        figure = draw(self.picture, "plotly")
        lines = textwrap.wrap(self.caption, _TITLE_CHARACTERS) or [""]
        title = "<br>".join(safe_text(line, 2 * _TITLE_CHARACTERS) for line in lines)
        margin = 24 + 17 * len(lines)
        figure.update_layout(
            title={
                "text": title,
                "x": 0,
                "xanchor": "left",
                "font": {"size": 13},
                "yref": "container",
            },
            margin={"t": self.picture_margin + margin},
            height=self.picture.height_px + margin,
        )
        media, data = image(self.picture)
        text = data.decode() if media == "image/svg+xml" else base64.b64encode(data).decode()
        return {
            PLOTLY_MIME: json.loads(figure.to_json()),
            media: text,
            FIGURE_MIME: {
                "caption": safe_text(self.caption, 2_000),
                "label": safe_text(self.picture.label),
                "table": self.data.html,
                "height": self.picture.height_px,
                "margin": self.picture_margin,
                "least_width": self.picture.least_width_px,
            },
            "text/plain": printable(self.caption, 2_000),
        }

    @property
    def picture_margin(self) -> int:
        """Pixels above the drawing area: room for a legend where there is one."""
        return 30 if any(mark.name for mark in self.picture.marks) else 10


def figure(
    plot: Callable[..., Any],
    *given: object,
    caption: str,
    data: pd.DataFrame,
    columns: Sequence[Column],
    **options: object,
) -> Figure:
    """Return a chart function's chart with its conclusion and its numbers.

    Parameters
    ----------
    plot : callable
        A chart function of this package.
    *given, **options : object
        What the chart function takes, but for ``backend``.
    caption : str
        What the chart shows, as a sentence.
    data : pandas.DataFrame
        The numbers behind the chart.
    columns : sequence of Column
        Which of them the table below the chart lists.

    Returns
    -------
    Figure
        Shows itself in a notebook.
    """
    numbers = table(data, columns, caption="The numbers behind the chart")
    return Figure(plot(*given, backend="none", **options), caption, numbers)

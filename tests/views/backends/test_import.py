"""Choosing an engine."""

from __future__ import annotations

import subprocess
import sys

import pytest

from workbench.errors import ParameterError
from workbench.views.backends import draw
from workbench.views.marks import Picture

PICTURE = Picture("nothing", ())


def test_each_engine_gives_its_own_figure() -> None:
    from matplotlib.figure import Figure
    from plotly.graph_objects import Figure as PlotlyFigure

    assert draw(PICTURE, "none") is PICTURE
    assert isinstance(draw(PICTURE), PlotlyFigure)
    assert isinstance(draw(PICTURE, "matplotlib"), Figure)


def test_an_unknown_engine_is_named_with_those_that_exist() -> None:
    with pytest.raises(ParameterError, match="matplotlib"):
        draw(PICTURE, "bokeh")  # type: ignore[arg-type]


def test_a_picture_costs_no_engine() -> None:
    script = (
        "import sys; from workbench.views import plot_sizes, plot_ladder\n"
        "print(*sorted({'plotly', 'matplotlib', 'IPython', 'papermill'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []

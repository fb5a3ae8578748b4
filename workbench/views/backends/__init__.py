"""Drawing engines: a picture goes in, a figure comes out.

In: a `workbench.views.marks.Picture`. Out: a plotly figure, a matplotlib figure, plain data for
a browser's script, or the picture itself. Never: opens a window, writes a file, or keeps state
between two pictures.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Literal, get_args

from workbench.errors import ParameterError
from workbench.views.marks import Picture

Backend = Literal["plotly", "matplotlib", "plain", "none"]

_MODULES = {"plotly": "plotly_engine", "matplotlib": "matplotlib_engine", "plain": "plain"}


def draw(picture: Picture, backend: Backend = "plotly") -> Any:
    """Return a picture drawn by an engine.

    Parameters
    ----------
    picture : Picture
        What to draw.
    backend : {"plotly", "matplotlib", "plain", "none"}
        Engine; ``plain`` makes data for a script that draws in a browser, ``none`` hands
        back the picture, for tests and for who wants both engines.

    Returns
    -------
    plotly.graph_objects.Figure, matplotlib.figure.Figure, dict or Picture
        Never shown anywhere by this function.

    Raises
    ------
    ParameterError
        If there is no such engine.
    """
    if backend == "none":
        return picture
    if backend not in get_args(Backend):
        raise ParameterError.not_among("backend", backend, get_args(Backend))
    return import_module(f"{__name__}.{_MODULES[backend]}").draw(picture)

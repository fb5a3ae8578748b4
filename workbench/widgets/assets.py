"""Script and style sheet of the page: files of this package and nothing from anywhere else."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from workbench.views.theme import theme

SCRIPTS = ("base.js", "rows.js", "chart.js", "timeline.js", "ladder.js", "payload.js",
           "connections.js", "explorer.js")  # fmt: skip


@cache
def page_script() -> str:
    """Return the script of the page: one module, made of the files in ``page``."""
    return "\n".join(_resource(name) for name in SCRIPTS)


@cache
def page_style() -> str:
    """Return the style sheet of the page: the theme's colours, then the rules."""
    return theme().scoped_variables(".wb-explorer") + _resource("explorer.css")


def _resource(name: str) -> str:
    """Return a file of the page."""
    return files("workbench.widgets").joinpath("page", name).read_text("utf-8")

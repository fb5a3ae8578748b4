"""An executed notebook becomes one page, through nbconvert and a template of our own.

The template writes only what the page needs: outputs, then the code folded away at the end. A
figure becomes an element with its data in an attribute, a picture for paper and for readers without
scripts, and a table of its numbers. Everything from the notebook has been redacted before it is
written.
"""

from __future__ import annotations

import base64
import copy
import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import Any

from workbench.errors import ReportError
from workbench.publishing.policy import plotly_packed, plotly_source, policy
from workbench.publishing.redaction import redact_all
from workbench.publishing.results import RESULTS_MIME
from workbench.views.figures import FIGURE_MIME, PLOTLY_MIME
from workbench.views.tables import safe_text
from workbench.views.theme import theme

_LIBRARY_MARK = "@@plotly@@"
_HEADING = re.compile(r"<h1>(.*?)</h1>", re.DOTALL)


@dataclass(frozen=True)
class Page:
    """A page, and what its notebook had to say to machines.

    Parameters
    ----------
    html : str
        The whole document.
    results : dict
        Values of ``results.json``; empty where the notebook gave none.
    """

    html: str
    results: dict[str, Any]


def export(notebook: Any, *, results_name: str = "results.json") -> Page:
    """Return an executed notebook as a page.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        With outputs.
    results_name : str
        File name of the results beside the page, which it links to.

    Returns
    -------
    Page
        Needs no other file, no network and no server.

    Raises
    ------
    ReportError
        If the notebook holds widgets, which show nothing in a page.
    """
    clean = redact_all(copy.deepcopy(notebook))
    outputs = [output for cell in clean["cells"] for output in cell.get("outputs", ())]
    if any("widget" in mime for output in outputs for mime in output.get("data", ())):
        raise ReportError("a report's notebook must not show widgets: they are blank in a page.")
    for output in outputs:
        if PLOTLY_MIME in output.get("data", ()):
            _prepare_figure(output["data"])
    style, script = page_style(), _resource("page.js")
    page = {
        "title": _title(outputs),
        "style": style,
        "script": script,
        "swaps": theme().swaps(),
        "library": _LIBRARY_MARK,
        "policy": policy([script, plotly_source()], [style]),
        "results": results_name,
    }
    # The last one: a name in the capture may read like the mark, but stands further up.
    above, _, below = _convert(clean, page).rpartition(_LIBRARY_MARK)
    html = f"{above}{plotly_packed()}{below}"
    # Half a surrogate pair, which only code can hold here, has no place in a file.
    return Page(html.encode("utf-8", "backslashreplace").decode(), _results(outputs))


def _convert(notebook: Any, page: dict[str, Any]) -> str:
    """Return the page as our template writes it."""
    import nbformat
    from nbconvert import HTMLExporter

    node = nbformat.from_dict(notebook)
    with as_file(files("workbench.publishing").joinpath("templates")) as folder:
        exporter = HTMLExporter(
            template_name="workbench",
            extra_template_basedirs=[str(folder)],
            exclude_anchor_links=True,
            filters={
                "safe_text": safe_text,
                "figure_json": figure_json,
                "picture_source": picture_source,
            },
        )
        html, _ = exporter.from_notebook_node(node, resources={"page": page})
    return str(html)


def figure_json(figure: object) -> str:
    """Return a figure as JSON for a quoted attribute.

    Parameters
    ----------
    figure : object
        JSON value.

    Returns
    -------
    str
        Plain text, not markup: the template escapes it (Jinja's own ``tojson`` would not be).
    """
    return json.dumps(figure, separators=(",", ":"), ensure_ascii=True)


def _prepare_figure(data: dict[str, Any]) -> None:
    """Take off a figure what only a notebook needs: its title and the room for it."""
    figure, about = data[PLOTLY_MIME], data.get(FIGURE_MIME, {})
    layout = figure["layout"]
    layout.pop("title", None)
    layout.pop("template", None)
    if about:
        layout["height"] = about["height"]
        layout["margin"]["t"] = about["margin"]
    figure.pop("config", None)


def _results(outputs: list[Any]) -> dict[str, Any]:
    """Return the values that the notebook gave for ``results.json``."""
    found = [
        output["data"][RESULTS_MIME] for output in outputs if RESULTS_MIME in output.get("data", ())
    ]
    return dict(found[-1]) if found else {}


def _title(outputs: list[Any]) -> str:
    """Return the page's title: its headline, escaped as it stands there."""
    for output in outputs:
        html = output.get("data", {}).get("text/html", "")
        if match := _HEADING.search(html if isinstance(html, str) else "".join(html)):
            return match[1]
    return "Report"


def picture_source(data: dict[str, Any]) -> str:
    """Return a figure's picture for paper as a data address.

    Parameters
    ----------
    data : dict
        An output's data by media type.

    Returns
    -------
    str
        Empty where there is no picture.
    """
    if "image/svg+xml" in data:
        text = data["image/svg+xml"]
        joined = text if isinstance(text, str) else "".join(text)
        return f"data:image/svg+xml;base64,{base64.b64encode(joined.encode()).decode()}"
    if "image/png" in data:
        text = data["image/png"]
        joined = text if isinstance(text, str) else "".join(text)
        return f"data:image/png;base64,{''.join(joined.split())}"
    return ""


@cache
def page_style() -> str:
    """Return the style sheet of a page: the theme's colours, then the rules.

    Returns
    -------
    str
        All that stands in the page's style element.
    """
    return theme().css_variables() + _resource("page.css")


@cache
def _resource(name: str) -> str:
    """Return a file of the template."""
    return (
        files("workbench.publishing")
        .joinpath("templates", "workbench", name)
        .read_text("utf-8")
        .replace("\r\n", "\n")
    )

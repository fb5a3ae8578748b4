"""A notebook becomes a page."""

from __future__ import annotations

import base64
import gzip
import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tests.hostile import ATTACKS, MARK
from tests.publishing.notebooks_made import executed
from workbench.errors import ReportError
from workbench.publishing import policy
from workbench.publishing.export import export, figure_json, page_style, picture_source

BASE_BYTES = 2_500_000


class Elements(HTMLParser):
    """Collects elements, and the text of scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.bodies: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.cdata_elem:
            self.bodies.append((self.cdata_elem, data))


def elements(page: str) -> Elements:
    """Return what stands in a page."""
    parser = Elements()
    parser.feed(page)
    return parser


@pytest.fixture(scope="module")
def page() -> str:
    """Return an ordinary page."""
    return export(executed()).html


def test_the_character_set_is_declared_first_and_the_policy_next(page: str) -> None:
    head = page.encode()[:1_024]
    assert head.startswith(b"<!DOCTYPE html>")
    assert head.index(b'charset="utf-8"') < head.index(b"Content-Security-Policy")


def test_the_policy_lists_exactly_what_the_page_holds(page: str) -> None:
    found = elements(page)
    rules = next(a["content"] for _, a in found.found if a.get("http-equiv")) or ""
    types = [a.get("type") for tag, a in found.found if tag == "script"]
    assert types == ["application/json", "text/plain", None]
    scripts = [body for tag, body in found.bodies if tag == "script"]
    library = gzip.decompress(base64.b64decode(scripts[1])).decode()
    listed = re.search(r"script-src ([^;]+)", rules)
    assert listed is not None
    assert set(listed[1].split()) == {policy.source_hash(scripts[2]), policy.source_hash(library)}
    style = "".join(body for tag, body in found.bodies if tag == "style")
    assert style == page_style()
    assert policy.source_hash(style) in rules


def test_nothing_is_loaded_from_anywhere(page: str) -> None:
    for tag, attributes in elements(page).found:
        assert tag not in {"link", "iframe", "object", "embed", "base", "form"}
        source = attributes.get("src")
        assert source is None or source.startswith("data:image/"), source
        link = attributes.get("href")
        assert link is None or link == "#report" or link == "results.json"
        assert not [name for name in attributes if name.startswith("on")]


def test_a_page_is_small_before_its_data(page: str) -> None:
    bare = export(new_notebook()).html
    assert len(bare.encode()) < BASE_BYTES
    assert len(page.encode()) - len(bare.encode()) < 500_000


def test_figures_come_as_data_picture_and_table(page: str) -> None:
    found = elements(page).found
    plots = [a for _, a in found if a.get("class") == "plot"]
    pictures = [a for tag, a in found if tag == "img"]
    assert len(plots) == len(pictures) == 4
    for plot, picture in zip(plots, pictures, strict=True):
        figure = json.loads(plot["data-figure"] or "")
        assert "title" not in figure["layout"]
        assert "template" not in figure["layout"]
        assert plot["aria-label"] == picture["alt"]
        assert len(picture["alt"] or "") > 20
    assert [tag for tag, _ in found].count("figcaption") == 4


def test_code_is_there_but_folded_away(page: str) -> None:
    assert "The code that made this page" in page
    assert "capture: str =" in html.unescape(page.rpartition("<details")[2])


def test_results_are_taken_out_of_the_notebook(page: str) -> None:
    assert export(executed("x")).results == {"name": "x", "number": 1}
    assert export(new_notebook()).results == {}
    assert '<a href="results.json">' in page


def test_the_title_is_the_headline() -> None:
    assert "<title>a &lt;b&gt;</title>" in export(executed("a <b>")).html
    assert "<title>Report</title>" in export(new_notebook()).html


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks_add_no_element_and_no_attribute(attack: str, page: str) -> None:
    tags = {(tag, *sorted(attributes)) for tag, attributes in elements(page).found}
    attacked = export(executed(attack))
    seen = {(tag, *sorted(attributes)) for tag, attributes in elements(attacked.html).found}
    assert seen <= tags
    assert len(attacked.html) < len(page) + 200_000
    scripts = [body for tag, body in elements(attacked.html).bodies if tag == "script"]
    assert not any(MARK in body for body in scripts[:1] + scripts[2:])


def test_homes_and_tokens_stay_out() -> None:
    home = str(Path.home())
    made = export(executed(f"{home}/x.pcap?token=abc"))
    assert f"{home}/x" not in made.html
    assert "token=abc" not in made.html
    assert made.results["name"] == "~/x.pcap?token=[removed]"


def output(mime: str, value: Any) -> Any:
    """Return a notebook with one output."""
    shown = new_output("display_data", data={mime: value, "text/plain": "<plain>"})
    return new_notebook(cells=[new_code_cell("1", outputs=[shown])])


def test_widgets_are_refused() -> None:
    with pytest.raises(ReportError, match="widgets"):
        export(output("application/vnd.jupyter.widget-view+json", {"model_id": "1"}))


def test_plain_outputs_are_escaped_and_warnings_left_out() -> None:
    streams = [
        new_output("stream", name="stdout", text="<printed>"),
        new_output("stream", name="stderr", text="a warning"),
    ]
    html_ = export(new_notebook(cells=[new_code_cell("1", outputs=streams)])).html
    assert "&lt;printed&gt;" in html_
    assert "a warning" not in html_
    assert "&lt;plain&gt;" in export(output("application/x-unknown", "?")).html


def test_figures_are_plain_text_to_the_template() -> None:
    text = figure_json({"a": "</script>\u2028é"})
    assert type(text) is str
    assert text.isascii()


@pytest.mark.parametrize(
    ("data", "start"),
    [
        ({"image/svg+xml": ["<svg", "/>"]}, "data:image/svg+xml;base64,PHN2Zy8+"),
        ({"image/png": "iVBO\nRw0K\n"}, "data:image/png;base64,iVBORw0K"),
        ({}, ""),
    ],
)
def test_pictures_as_addresses(data: dict[str, Any], start: str) -> None:
    assert picture_source(data) == start

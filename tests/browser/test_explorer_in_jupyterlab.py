"""The notebook ``explore`` in a real JupyterLab: run, choose, filter, keyboard."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import TOKEN, Lab, until
from tests.browser.test_explorer import row

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
WIDGET = ".wb-explorer[data-ready=true]"


def write_notebook(lab: Lab, capture: Path) -> str:
    """Write the notebook with another capture, and return its name."""
    notebook = json.loads((ROOT / "notebooks" / "explore.ipynb").read_text("utf-8"))
    cells = {cell["id"]: cell for cell in notebook["cells"]}
    cells["parameters"]["source"] = [f"capture: str = {str(capture)!r}\n", 'focus: str = ""']
    path = lab.folder / f"explore-{capture.stem}.ipynb"
    path.write_text(json.dumps(notebook), "utf-8")
    return path.name


def run_notebook(page: Any, lab: Lab, name: str) -> None:
    """Open a notebook and run all of its cells."""
    page.goto(f"{lab.url}lab/tree/{name}?token={TOKEN}&reset")
    page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=60_000)
    page.get_by_text("(ipykernel) | Idle").wait_for(timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.locator(WIDGET).wait_for(timeout=60_000)


@pytest.fixture(scope="module")
def notebook(browser: Any, lab: Lab) -> Iterator[Any]:
    """Return a page with the notebook, run, its widget in view."""
    context = browser.new_context(viewport={"width": 1500, "height": 1_000})
    page = context.new_page()
    run_notebook(page, lab, write_notebook(lab, ROOT / "data" / "ordinary.pcapng"))
    page.locator(WIDGET).scroll_into_view_if_needed()
    yield page
    context.close()


def moved(page: Any, act: Any) -> int:
    """Do something, wait until all views have moved, and return the time in milliseconds."""
    before = int(page.locator(WIDGET).get_attribute("data-moved") or 0)
    act()
    until(page, f"n => Number(document.querySelector('{WIDGET}').dataset.moved ?? 0) > n", before)
    return int(page.locator(WIDGET).get_attribute("data-took"))


def test_choosing_in_one_view_moves_the_others(notebook: Any) -> None:
    page, widget = notebook, notebook.locator(WIDGET)
    moved(page, lambda: widget.locator("input[type=search]").fill("10.77.2.10:80"))
    times = {"row": moved(page, row(widget, 1).click)}
    assert widget.locator(".one h3").text_content() == "Connection 1"
    assert "www.example.org /moved" in widget.locator(".bytes").text_content()
    times["packet"] = moved(page, widget.locator(".rung").nth(5).click)
    assert "301" in widget.locator(".bytes").text_content()
    box = widget.locator(".when .stage").bounding_box()
    assert box is not None
    place = {"x": box["width"] * 0.6, "y": 60}
    times["bin"] = moved(page, lambda: widget.locator(".when .stage").click(position=place))
    widget.locator(".when .stage").focus()
    moved(page, lambda: page.keyboard.press("Escape"))
    moved(page, lambda: widget.locator("input[type=search]").fill(""))
    sys.stderr.write(f"reaction in JupyterLab, ms: {times}\n")


def test_facts_of_a_packet_stand_on_lines(notebook: Any) -> None:
    # JupyterLab has rules of its own for lists of terms, which squeeze them letter by letter.
    widget = notebook.locator(WIDGET)
    moved(notebook, row(widget, 1).click)
    lines = widget.locator(".facts dt").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().height)"
    )
    assert len(lines) > 3
    assert max(lines) < 30


def test_searching_narrows_down_table_and_timeline(notebook: Any) -> None:
    page, widget = notebook, notebook.locator(WIDGET)
    moved(page, lambda: widget.locator("input[type=search]").fill("tcp -port:443"))
    assert " of 31 connections" in widget.locator(".counted").text_content()
    heads = widget.locator("thead th button > span:first-child").all_text_contents()
    cells = widget.locator(f"tbody td:nth-child({heads.index('Protocol') + 1})")
    assert set(cells.all_text_contents()) == {"tcp"}
    moved(page, lambda: widget.locator("input[type=search]").fill(""))


def test_keys_walk_through_the_table_and_not_the_notebook(notebook: Any) -> None:
    page, widget = notebook, notebook.locator(WIDGET)
    widget.locator("table").focus()
    moved(page, lambda: page.keyboard.press("Home"))
    moved(page, lambda: page.keyboard.press("ArrowDown"))
    moved(page, lambda: page.keyboard.press("ArrowDown"))
    assert widget.locator(".one h3").text_content() == "Connection 2"
    assert page.evaluate("document.activeElement.getAttribute('role')") == "grid"
    cells = page.locator(".jp-Notebook .jp-Cell").count()
    # Elsewhere this key makes a new cell.
    page.keyboard.press("b")
    page.wait_for_timeout(200)
    assert page.locator(".jp-Notebook .jp-Cell").count() == cells


def test_python_sees_the_choice(notebook: Any) -> None:
    page, widget = notebook, notebook.locator(WIDGET)
    chosen = widget.locator(".one h3").text_content()
    page.locator(".jp-Notebook .jp-Cell").nth(3).locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nprint('Connection', _3.connection)\n")
    page.keyboard.press("Control+Enter")
    page.locator(".jp-OutputArea-output pre").filter(has_text=str(chosen)).first.wait_for()

"""An executed report notebook, opened in JupyterLab with full trust."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.sign import NotebookNotary
from nbformat.v4 import new_code_cell, new_output

from tests.browser.conftest import TOKEN, Lab, until
from tests.hostile import ATTACKS, MARK
from tests.publishing.notebooks_made import executed

pytestmark = [pytest.mark.browser, pytest.mark.slow]
FORMULA = "$\\href{javascript:window.owned=1}{x}$ \\(y\\)"


def write_attacked(folder: Path, data: Path) -> None:
    """Write a notebook of attacks, and one with raw HTML; sign both as if they were run here."""
    notebook = executed(FORMULA, *ATTACKS[:6])
    raw = new_output("display_data", data={"text/html": "<img src=x onerror='window.control=1'>"})
    control = nbformat.v4.new_notebook(cells=[new_code_cell("1", outputs=[raw])])
    data.mkdir(exist_ok=True)
    notary = NotebookNotary(data_dir=str(data))
    for name, each in (("attacked", notebook), ("control", control)):
        for number, cell in enumerate(each.cells):
            cell["id"] = f"cell-{number}"
        each.metadata["kernelspec"] = {"name": "none", "display_name": "", "language": "python"}
        path = folder / f"{name}.ipynb"
        nbformat.write(each, path)
        notary.sign(nbformat.read(path, as_version=4))


def test_attacks_are_inert_where_raw_html_runs(browser: Any, lab: Lab) -> None:
    write_attacked(lab.folder, lab.data)
    url = lab.url
    context = browser.new_context(viewport={"width": 1280, "height": 6_000})
    page = context.new_page()
    page.goto(f"{url}lab/tree/control.ipynb?token={TOKEN}")
    page.locator(".jp-Notebook").wait_for(timeout=60_000)
    # What was signed is trusted, and raw HTML runs in it: an attack that got through would as well.
    until(page, "window.control === 1", limit_s=30)
    page.goto(f"{url}lab/tree/attacked.ipynb?token={TOKEN}&reset")
    page.locator(".jp-RenderedHTMLCommon h1").first.wait_for(timeout=60_000)
    outputs = page.locator(".jp-OutputArea-output")
    for _ in range(40):
        page.mouse.move(640, 400)
        page.mouse.wheel(0, 4_000)
        page.wait_for_timeout(50)
    assert page.locator(".js-plotly-plot").count() >= 1
    assert outputs.count() > 5
    assert page.evaluate(f"typeof window.{MARK}") == "undefined"
    assert page.locator(".jp-OutputArea-output script").count() == 0
    assert page.locator("mjx-container, .MathJax").count() == 0, "names are no formulas"
    context.close()

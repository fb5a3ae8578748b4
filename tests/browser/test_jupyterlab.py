"""An executed report notebook, opened in JupyterLab with full trust."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.sign import NotebookNotary
from nbformat.v4 import new_code_cell, new_output

from tests.browser.conftest import until
from tests.hostile import ATTACKS, MARK
from tests.publishing.notebooks_made import executed

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TOKEN = "only-for-this-test"
FORMULA = "$\\href{javascript:window.owned=1}{x}$ \\(y\\)"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Return the address of a JupyterLab of our own on loopback, and its folder."""
    root = tmp_path_factory.mktemp("lab")
    folder, runtime = root / "files", root / "runtime"
    folder.mkdir()
    environment = os.environ | {
        "JUPYTER_CONFIG_DIR": str(root / "config"),
        "JUPYTER_DATA_DIR": str(root / "data"),
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "JUPYTERLAB_SETTINGS_DIR": str(root / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(root / "workspaces"),
    }
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1",
        "--port=0", f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={folder}",
        "--LabApp.news_url=", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]  # fmt: skip
    write_attacked(folder, root / "data")
    with (
        (root / "log").open("wb") as log,
        subprocess.Popen(command, env=environment, stdout=log, stderr=log) as server,
    ):
        try:
            yield address(server, runtime), folder
        finally:
            server.terminate()
            server.wait(20)


def address(server: subprocess.Popen[bytes], runtime: Path, limit_s: float = 60) -> str:
    """Return the server's address once it answers."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end and server.poll() is None:
        for path in runtime.glob("jpserver-*.json"):
            try:
                url = str(json.loads(path.read_text())["url"])
                urllib.request.urlopen(f"{url}api?token={TOKEN}", timeout=5).close()
            except (ValueError, urllib.error.URLError):
                break
            return url
        time.sleep(0.1)
    raise AssertionError("JupyterLab did not start")


def write_attacked(folder: Path, data: Path) -> None:
    """Write a notebook of attacks, and one with raw HTML; sign both as if they were run here."""
    notebook = executed(FORMULA, *ATTACKS[:6])
    raw = new_output("display_data", data={"text/html": "<img src=x onerror='window.control=1'>"})
    control = nbformat.v4.new_notebook(cells=[new_code_cell("1", outputs=[raw])])
    data.mkdir()
    notary = NotebookNotary(data_dir=str(data))
    for name, each in (("attacked", notebook), ("control", control)):
        for number, cell in enumerate(each.cells):
            cell["id"] = f"cell-{number}"
        each.metadata["kernelspec"] = {"name": "none", "display_name": "", "language": "python"}
        path = folder / f"{name}.ipynb"
        nbformat.write(each, path)
        notary.sign(nbformat.read(path, as_version=4))


def test_attacks_are_inert_where_raw_html_runs(browser: Any, lab: tuple[str, Path]) -> None:
    url, _ = lab
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

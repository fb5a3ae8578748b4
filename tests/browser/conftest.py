"""A browser without a network, and pages to open in it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import find_tool
from tests.publishing.notebooks_made import executed
from workbench.publishing.export import export
from workbench.views.theme import theme
from workbench.widgets.assets import page_script, page_style
from workbench.widgets.desk import Desk

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Visit:
    """A page that is open, and what happened since."""

    page: Any
    noise: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


def until(page: Any, expression: str, argument: object = None, limit_s: float = 10) -> None:
    """Wait until an expression holds in a page whose policy forbids to wait inside it."""
    end = time.monotonic() + limit_s
    while not page.evaluate(expression, argument):
        assert time.monotonic() < end, f"never came true: {expression}"
        page.wait_for_timeout(50)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Return Chromium, or skip the test where it is not installed."""
    from playwright.sync_api import sync_playwright

    chromium = find_tool("chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Visit]]:
    """Return a function that opens a page file and waits until its charts are drawn."""
    with contextlib.ExitStack() as stack:

        def open_page(path: Path, **options: Any) -> Visit:
            context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
            stack.callback(context.close)
            seen = Visit(context.new_page())
            seen.page.on("console", lambda message: seen.noise.append(message.text))
            seen.page.on("pageerror", lambda error: seen.noise.append(str(error)))
            seen.page.on("request", lambda request: seen.requests.append(request.url))
            seen.page.goto(path.as_uri())
            if options.get("java_script_enabled", True):
                seen.page.locator("html[data-charts]").wait_for(state="attached")
            return seen

        yield open_page


@pytest.fixture(scope="session")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an ordinary page."""
    path = tmp_path_factory.mktemp("pages") / "ordinary.html"
    path.write_text(export(executed("10.0.0.1")).html, "utf-8")
    return path


TOKEN = "only-for-this-test"


@dataclass(frozen=True)
class Lab:
    """A JupyterLab of our own: its address, its files and its private data."""

    url: str
    folder: Path
    data: Path


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Return a JupyterLab on loopback that knows no user and no settings."""
    root = tmp_path_factory.mktemp("lab")
    folder, runtime = root / "files", root / "runtime"
    folder.mkdir()
    environment = os.environ | {
        "JUPYTER_CONFIG_DIR": str(root / "config"),
        "JUPYTER_DATA_DIR": str(root / "data"),
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "JUPYTERLAB_SETTINGS_DIR": str(root / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(root / "workspaces"),
        "IPYTHONDIR": str(root / "ipython"),
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
    }
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1",
        "--port=0", f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={folder}",
        "--LabApp.news_url=", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]  # fmt: skip
    with (
        (root / "log").open("wb") as log,
        subprocess.Popen(command, env=environment, stdout=log, stderr=log) as server,
    ):
        try:
            yield Lab(address(server, runtime), folder, root / "data")
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


PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Explorer</title>
<style>body {{ margin: 12px; background: {ground}; }}</style><style>{style}</style></head>
<body><main id="host"></main></body></html>"""
START = """async ([script, OPENING]) => {
  const told = {};
  const values = { connection: %d, frame: -1, search: "", opening: OPENING };
  const model = {
    get: (name) => values[name],
    set: (name, value) => { values[name] = value; },
    save_changes: () => {},
    on: (name, call) => { (told[name] ??= new Set()).add(call); },
    off: (name, call) => { told[name]?.delete(call); },
    send: async (message) => {
      const answer = JSON.parse(await window.answer(JSON.stringify(message)));
      told["msg:custom"]?.forEach((call) => call({ to: message.id, answer }));
    },
  };
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const { default: widget } = await import(url);
  window.model = model;
  window.values = values;
  window.told = told;
  window.leave = widget.render({ model, el: document.getElementById("host") });
}"""


def answered(desk: Desk, text: str) -> str:
    """Return a desk's answer as the notebook would carry it: JSON and nothing else."""
    return json.dumps(desk.answer(json.loads(text)), allow_nan=False)


@pytest.fixture
def explorer(browser: Any) -> Iterator[Callable[..., Visit]]:
    """Return a function that opens the widget's page on a desk, with no notebook around it."""
    with contextlib.ExitStack() as stack:

        def open_desk(desk: Desk, connection: int = 0, **options: Any) -> Visit:
            context = browser.new_context(**{"viewport": {"width": 1180, "height": 980}, **options})
            stack.callback(context.close)
            seen = Visit(context.new_page())
            page = seen.page
            page.on("console", lambda message: seen.noise.append(message.text))
            page.on("pageerror", lambda error: seen.noise.append(str(error)))
            page.on("request", lambda request: seen.requests.append(request.url))
            page.expose_function(
                "answer", lambda text: json.dumps(desk.answer(json.loads(text)), allow_nan=False)
            )
            ground = theme().colour(
                "ground", "dark" if options.get("color_scheme") == "dark" else "light"
            )
            page.set_content(PAGE.format(style=page_style(), ground=ground))
            page.evaluate(START % connection, [page_script(), desk.opening(connection)])
            page.locator("[data-ready=true]").wait_for()
            return seen

        yield open_desk

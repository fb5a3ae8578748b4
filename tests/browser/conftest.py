"""A browser without a network, and pages to open in it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import find_tool
from tests.publishing.notebooks_made import executed
from workbench.publishing.export import export

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

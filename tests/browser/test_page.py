"""The exported page in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import until
from tests.hostile import ATTACKS, MARK
from tests.publishing.notebooks_made import executed
from workbench.publishing.export import export

pytestmark = pytest.mark.browser
Visit = Callable[..., Any]
CHARTS = 4
OPEN_ALL = "document.querySelectorAll('details').forEach(each => { each.open = true; })"


def colour(page: Any, selector: str, name: str = "color") -> str:
    """Return a computed colour."""
    script = "([s, n]) => getComputedStyle(document.querySelector(s))[n]"
    return str(page.evaluate(script, [selector, name]))


def test_charts_are_drawn_without_noise_or_network(visit: Visit, page_file: Path) -> None:
    seen = visit(page_file)
    assert seen.page.evaluate("document.documentElement.dataset.charts") == "drawn"
    assert seen.page.locator(".plot svg.main-svg[role=img][aria-label]").count() == CHARTS
    assert seen.page.locator(".plot .bars path, .plot .scatterlayer path").count() > 20
    assert seen.noise == []
    assert {url.partition(":")[0] for url in seen.requests} <= {"file", "data"}
    assert [url for url in seen.requests if url.startswith("file:")] == [page_file.as_uri()]
    assert not seen.page.locator("img.picture").first.is_visible()


def test_charts_answer_to_the_mouse_and_to_keys(visit: Visit, page_file: Path) -> None:
    page = visit(page_file).page
    page.locator(".plot .barlayer .point").first.hover(force=True)
    assert "connections" in page.locator(".hoverlayer").first.text_content()
    zoom = page.locator(".modebar-btn[data-title='Zoom in']").first
    before = page.evaluate("document.querySelector('.plot')._fullLayout.xaxis.range[1]")
    zoom.focus()
    page.keyboard.press("Enter")
    until(page, "end => document.querySelector('.plot')._fullLayout.xaxis.range[1] < end", before)


def test_without_scripts_the_pictures_are_there(visit: Visit, page_file: Path) -> None:
    page = visit(page_file, java_script_enabled=False).page
    assert all(picture.is_visible() for picture in page.locator("img.picture").all())
    assert page.locator("img.picture").count() == CHARTS
    sizes = page.locator("img.picture").evaluate_all("all => all.map(one => one.naturalWidth)")
    assert min(sizes) > 300


def test_a_browser_that_cannot_unpack_shows_the_pictures(browser: Any, page_file: Path) -> None:
    context = browser.new_context()
    context.add_init_script("delete window.DecompressionStream")
    page = context.new_page()
    page.goto(page_file.as_uri())
    page.locator("html[data-charts]").wait_for(state="attached")
    assert page.evaluate("document.documentElement.dataset.charts") == "failed"
    assert page.locator("img.picture").first.is_visible()
    context.close()


def test_light_and_dark_for_page_and_charts(visit: Visit, page_file: Path) -> None:
    page = visit(page_file, color_scheme="dark").page
    assert colour(page, "html", "backgroundColor") == "rgb(17, 22, 28)"
    assert "rgb(17, 22, 28)" in colour(page, ".plot .main-svg", "backgroundColor")
    dark = colour(page, ".plot .bars path", "fill")
    page.emulate_media(color_scheme="light")
    until(
        page,
        "getComputedStyle(document.querySelector('.plot .main-svg')).backgroundColor"
        " === 'rgb(255, 255, 255)'",
    )
    assert colour(page, "html", "backgroundColor") == "rgb(255, 255, 255)"
    assert colour(page, ".plot .bars path", "fill") != dark


@pytest.mark.parametrize("width", [320, 375, 768])
def test_narrow_screens_scroll_inside_and_never_the_page(
    visit: Visit, page_file: Path, width: int
) -> None:
    page = visit(page_file, viewport={"width": width, "height": 700}).page
    page.locator("summary").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.querySelector('.wide').scrollWidth") >= min(width, 680)


def test_paper_gets_pictures_and_no_controls(visit: Visit, page_file: Path) -> None:
    page = visit(page_file, color_scheme="dark").page
    page.emulate_media(media="print")
    assert all(picture.is_visible() for picture in page.locator("img.picture").all())
    assert not page.locator(".plot").first.is_visible()
    assert not page.locator("figure details").first.is_visible()
    assert colour(page, "html", "backgroundColor") == "rgb(255, 255, 255)"
    paper = page.pdf(format="A4")
    assert paper.startswith(b"%PDF")
    assert len(paper) > 30_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_barrier(visit: Visit, page_file: Path, scheme: str) -> None:
    from axe_core_python.sync_playwright import Axe

    page = visit(page_file, color_scheme=scheme).page
    page.evaluate(OPEN_ALL)
    found = Axe().run(page)
    assert len(found["passes"]) > 20
    serious = [
        f"{each['id']}: {node['html'][:120]}"
        for each in found["violations"]
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]
    assert serious == []


def test_the_page_can_be_walked_by_keys(visit: Visit, page_file: Path) -> None:
    page = visit(page_file).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("figure details[open] table").count() == 1


@pytest.mark.parametrize("first", range(5))
def test_attacks_are_inert(visit: Visit, tmp_path: Path, first: int) -> None:
    path = tmp_path / "attacked.html"
    path.write_text(export(executed(*ATTACKS[first::5])).html, "utf-8")
    seen = visit(path)
    for plot in seen.page.locator(".plot .barlayer").all():
        plot.locator(".point").first.hover(force=True)
    seen.page.evaluate(OPEN_ALL)
    assert seen.page.evaluate("document.documentElement.dataset.charts") == "drawn"
    assert seen.page.evaluate(f"typeof window.{MARK}") == "undefined"
    assert seen.page.locator("main script, main a, main b, main iframe, main svg a").count() == 0
    assert seen.noise == []


def test_what_gets_past_the_escaping_meets_the_policy(visit: Visit, tmp_path: Path) -> None:
    raw = "".join(ATTACKS[:6]) + '<img src="https://example.invalid/x.png">'
    path = tmp_path / "raw.html"
    made = export(executed("name")).html
    path.write_text(made.replace("<main id=", f"{raw}<main id=", 1), "utf-8", "surrogatepass")
    seen = visit(path)
    assert seen.page.evaluate("document.documentElement.dataset.charts") == "drawn"
    assert seen.page.evaluate(f"typeof window.{MARK}") == "undefined"
    assert len(seen.noise) >= 4
    assert any("Content Security Policy" in line for line in seen.noise)
    # The same raw text does run where there is no policy: the test could fail.
    open_door = tmp_path / "open.html"
    open_door.write_text(f"<html data-charts=x>{ATTACKS[0]}</html>", "utf-8")
    assert visit(open_door).page.evaluate(f"window.{MARK}") == 1

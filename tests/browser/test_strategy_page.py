"""The page about a strategy in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell, new_notebook

from tests.browser.conftest import until
from tests.hostile import ATTACKS, MARK
from tests.publishing.notebooks_made import shown
from tests.views.strategies import CANON, capture_of, named, page_of
from workbench.publishing.export import export
from workbench.views.blocks import cards, headline

pytestmark = pytest.mark.browser
Visit = Callable[..., Any]


def write_page(folder: Path, *commands: str, **more: Any) -> Path:
    """Write the page about a composed capture, as its notebook would make it."""
    page = page_of(capture_of(folder, *commands, **more))
    cells = [
        shown(headline(page.title, page.subtitle), cards(page.cards)),
        new_markdown_cell("## What was sent, in order"),
        shown(page.map_figure, page.map_links),
        new_markdown_cell("## Packet by packet"),
        shown(page.packets, page.evidence, page.commands, page.others),
    ]
    path = folder / "strategy.html"
    path.write_text(export(nbformat.from_dict(new_notebook(cells=cells))).html, "utf-8")
    return path


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a page about fakes that lie elsewhere."""
    command = f"{CANON} --dpi-desync-fooling=badseq,badsum"
    return write_page(tmp_path_factory.mktemp("pages"), command, "nfqws")


def test_the_map_is_drawn_without_noise_or_network(visit: Visit, page_file: Path) -> None:
    seen = visit(page_file)
    assert seen.page.evaluate("document.documentElement.dataset.charts") == "drawn"
    assert seen.page.locator(".plot .barlayer .point path").count() >= 8
    assert seen.noise == []
    assert {url.partition(":")[0] for url in seen.requests} <= {"file", "data"}


def test_pressing_a_bar_leads_to_its_packet(visit: Visit, page_file: Path) -> None:
    page = visit(page_file).page
    # The first trace is the band of the name.
    bar = page.locator(".plot .barlayer .trace").nth(1).locator(".point path").first
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.7, box["y"] + box["height"] / 2)
    until(page, "location.hash.startsWith('#frame-')")
    assert page.locator("tr:target").count() == 1
    assert page.locator("tr:target td").first.text_content() in {"P1", "P2"}


def test_links_do_the_same_by_keys(visit: Visit, page_file: Path) -> None:
    page = visit(page_file).page
    link = page.locator(".steps a").first
    link.focus()
    page.keyboard.press("Enter")
    assert page.locator("tr:target td").first.text_content() == "F"


@pytest.mark.parametrize("width", [320, 360, 768])
def test_the_map_fits_a_narrow_screen(visit: Visit, page_file: Path, width: int) -> None:
    page = visit(page_file, viewport={"width": width, "height": 800}).page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    plot = page.locator(".plot").first.bounding_box()
    assert plot["x"] + plot["width"] <= width
    texts = page.locator(".plot .textpoint text").evaluate_all(
        "all => all.map(one => [one.textContent, one.getBoundingClientRect().left])"
    )
    rows = [left for text, left in texts if "ttl" in text]
    assert len(rows) == 7
    assert all(0 <= left < width / 2 for left in rows)
    heights = page.locator(".plot .textpoint text").evaluate_all(
        "all => all.filter(one => one.textContent.includes('ttl'))"
        ".map(one => one.getBoundingClientRect().top).sort((a, b) => a - b)"
    )
    assert min(b - a for a, b in pairwise(heights)) > 18


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_barrier(visit: Visit, page_file: Path, scheme: str) -> None:
    from axe_core_python.sync_playwright import Axe

    page = visit(page_file, color_scheme=scheme).page
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    found = Axe().run(page)
    assert len(found["passes"]) > 15
    serious = [
        f"{each['id']}: {node['html'][:120]}"
        for each in found["violations"]
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]
    assert serious == []


def test_paper_gets_a_picture(visit: Visit, page_file: Path) -> None:
    page = visit(page_file).page
    page.emulate_media(media="print")
    assert page.locator("img.picture").first.is_visible()
    assert not page.locator(".plot").first.is_visible()


@pytest.mark.parametrize("at", [0, 1, 2, 5, 9])
def test_attacks_are_inert(visit: Visit, tmp_path: Path, at: int) -> None:
    wire = ATTACKS[at].encode("utf-8", "surrogatepass")
    fake = f"--dpi-desync-fake-http=0x{wire[:60].hex()}"
    seen = visit(write_page(tmp_path, f"{CANON} {fake}", request=named(wire)))
    for point in seen.page.locator(".plot .barlayer .point").all()[:6]:
        point.hover(force=True)
    assert seen.page.evaluate("document.documentElement.dataset.charts") == "drawn"
    assert seen.page.evaluate(f"typeof window.{MARK}") == "undefined"
    assert seen.page.locator("main script, main b, main iframe, main svg a").count() == 0
    assert seen.noise == []

"""The widget's page in a real browser, on a desk with no notebook around it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from tests.browser.conftest import until
from tests.hostile import ATTACKS, MARK
from workbench.widgets.desk import Desk

pytestmark = pytest.mark.browser
Open = Callable[..., Any]
ROOT = ".wb-explorer"


@pytest.fixture
def desk() -> Desk:
    return Desk(wb.read("data/ordinary.pcapng"))


class Named:
    """A capture whose connections have names that somebody else chose."""

    def __init__(self, capture: wb.Capture, names: list[str]) -> None:
        self._capture = capture
        repeated = [names[at % len(names)] for at in range(len(capture.connections))]
        column = pd.Series(repeated, dtype=object)
        self.connections = capture.connections.assign(server_name=column, request_kind=column)
        self.name = names[0]

    def __len__(self) -> int:
        return len(self._capture)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._capture, name)


class Many:
    """A capture that claims to have very many connections."""

    def __init__(self, capture: wb.Capture, count: int) -> None:
        self._capture = capture
        rows = np.arange(count) % len(capture.connections)
        table = capture.connections.iloc[rows].reset_index(drop=True)
        self.connections = table.assign(connection=np.arange(count, dtype="i4"))
        self.name = "many"

    def __len__(self) -> int:
        return len(self._capture)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._capture, name)


def after(page: Any, act: Callable[[], object]) -> None:
    """Do something and wait until all views have moved."""
    before = int(page.locator(ROOT).get_attribute("data-moved") or 0)
    act()
    until(page, f"n => Number(document.querySelector('{ROOT}').dataset.moved ?? 0) > n", before)


def row(page: Any, number: int) -> Any:
    """Return the row of a connection that is in view."""
    return page.locator(f"tbody tr:has(> td:first-child:text-is('{number}'))")


def test_a_row_moves_charts_ladder_and_payload(explorer: Open, desk: Desk) -> None:
    seen = explorer(desk, 0)
    page = seen.page
    after(page, row(page, 1).click)
    assert page.locator(".one h3").text_content() == "Connection 1"
    assert page.locator(".rung[aria-selected=true] b").text_content() == "22"
    assert "GET www.example.org /moved" in page.locator(".bytes").text_content()
    assert page.locator(".sequence .stage svg path").count() >= 3
    assert page.locator(".when .mine").count() == 1
    assert page.evaluate("window.values.connection") == 1
    assert page.evaluate("window.values.frame") == 22
    assert seen.noise == []
    assert [url for url in seen.requests if not url.startswith("blob:")] == []


def test_a_packet_moves_charts_and_payload(explorer: Open, desk: Desk) -> None:
    page = explorer(desk, 1).page
    line = page.locator(".sequence .cursor")
    before = line.get_attribute("x1")
    after(page, page.locator(".rung").filter(has_text="PSH ACK · 617 B").click)
    assert line.get_attribute("x1") != before
    assert page.locator(".sequence .chosen").count() == 1
    assert "frame27" in page.locator(".packets ~ *, .facts").first.text_content().replace(" ", "")


def test_a_mark_of_the_chart_chooses_its_packet(explorer: Open, desk: Desk) -> None:
    page = explorer(desk, 1).page
    stage = page.locator(".sequence .stage")
    stage.focus()
    page.keyboard.press("End")
    assert "frame 27" in stage.get_attribute("aria-valuetext")
    after(page, lambda: page.keyboard.press("Enter"))
    assert page.locator(".rung[aria-selected=true] b").text_content() == "27"


def test_bins_narrow_the_table_down_and_lead_to_packets(explorer: Open, desk: Desk) -> None:
    page = explorer(desk, 1).page
    stage = page.locator(".when .stage")
    stage.focus()
    page.keyboard.press("Home")
    after(page, lambda: page.keyboard.press("Enter"))
    assert page.locator(".counted").text_content().startswith("0 of 31")
    assert "No connection meets" in page.evaluate(
        "getComputedStyle(document.querySelector('.wb-explorer div.grid'), '::after').content"
    )
    after(page, lambda: page.keyboard.press("Escape"))
    assert page.locator(".counted").text_content() == "31 connections"
    box = stage.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.55, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 40, steps=4)
    after(page, page.mouse.up)
    chip = page.locator(".chips .part")
    assert "after the first packet" in chip.text_content()
    after(page, page.get_by_role("button", name="Zoom in").click)
    assert chip.count() == 0
    assert page.locator(".when .stage .axes text").first.is_visible()
    after(page, page.get_by_role("button", name="Whole capture").click)


def test_searching_and_chips_are_the_same(explorer: Open, desk: Desk) -> None:
    page = explorer(desk, 1).page
    field = page.get_by_role("searchbox")
    after(page, page.locator(".chips button", has_text="tcp").click)
    assert field.input_value() == "proto:tcp"
    assert page.locator(".counted").text_content() == "13 of 31 connections"
    assert "filtered out" in page.locator(".when .legend").text_content()
    after(page, lambda: field.fill("proto:tcp -port:443"))
    assert page.locator(".counted").text_content() != "13 of 31 connections"
    after(page, page.locator(".chips button", has_text="tcp").click)
    assert field.input_value() == "-port:443"


def test_a_search_that_is_not_understood_says_so(explorer: Open, desk: Desk) -> None:
    page = explorer(desk, 1).page
    field = page.get_by_role("searchbox")
    after(page, lambda: field.fill("prt:443"))
    assert "Did you mean port" in page.get_by_role("alert").text_content()
    assert field.get_attribute("aria-invalid") == "true"
    assert page.locator("tbody tr").count() > 5
    after(page, lambda: field.fill("port:443"))
    assert not page.get_by_role("alert").is_visible()


def test_sorting_and_columns(explorer: Open, desk: Desk) -> None:
    page = explorer(desk, 1).page
    head = page.get_by_role("columnheader", name="Packets")
    after(page, head.get_by_role("button").click)
    assert head.get_attribute("aria-sort") == "descending"
    page.get_by_text("Columns").click()
    page.get_by_label("Client flags", exact=True).check()
    page.get_by_label("Protocol", exact=True).uncheck()
    until(page, "() => document.querySelector('thead').textContent.includes('Client flags')")
    assert page.get_by_role("columnheader", name="Protocol").count() == 0
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.textContent") == "Columns"


def test_everything_can_be_done_by_keys(explorer: Open, desk: Desk) -> None:
    page = explorer(desk, 0).page
    page.get_by_role("searchbox").focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "grid"
    after(page, lambda: page.keyboard.press("ArrowDown"))
    assert page.locator("tr[aria-selected=true] td").first.text_content() == "1"
    active = page.locator("table").get_attribute("aria-activedescendant")
    assert page.locator(f"#{active}").get_attribute("aria-selected") == "true"
    after(page, lambda: page.keyboard.press("End"))
    assert page.locator(".one h3").text_content() == "Connection 30"
    after(page, lambda: page.keyboard.press("Home"))
    after(page, lambda: page.keyboard.press("ArrowDown"))
    page.get_by_role("listbox").focus()
    after(page, lambda: page.keyboard.press("ArrowDown"))
    assert page.locator(".rung[aria-selected=true] b").text_content() == "23"
    after(page, lambda: page.keyboard.press("ArrowUp"))
    tab = page.get_by_role("tab", name="Message")
    tab.focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("tab", name="Text").get_attribute("aria-selected") == "true"
    assert page.evaluate("document.activeElement.textContent") == "Text"


def test_a_field_shows_its_bytes(explorer: Open, desk: Desk) -> None:
    page = explorer(desk, 1).page
    page.locator(".field", has_text="www.example.org").nth(1).get_by_role("button").click()
    marked = page.locator(".bytes .signs mark").all_text_contents()
    assert "".join(marked) == "www.example.org"


def test_python_can_choose(explorer: Open, desk: Desk) -> None:
    page = explorer(desk, 0).page
    choose = """([name, value]) => {
      window.values[name] = value; window.told[`change:${name}`].forEach((call) => call()); }"""
    after(page, lambda: page.evaluate(choose, ["connection", 5]))
    assert page.locator(".one h3").text_content() == "Connection 5"
    after(page, lambda: page.evaluate(choose, ["search", "udp"]))
    assert page.get_by_role("searchbox").input_value() == "udp"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_barrier(explorer: Open, desk: Desk, scheme: str) -> None:
    from axe_core_python.sync_playwright import Axe

    page = explorer(desk, 16, color_scheme=scheme).page
    assert page.locator(ROOT).get_attribute("data-mode") == scheme
    for opened in page.get_by_text("Columns").all():
        opened.click()
    found = Axe().run(page)
    assert len(found["passes"]) > 20
    serious = [
        f"{each['id']}: {node['html'][:160]}"
        for each in found["violations"]
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]
    assert serious == []


@pytest.mark.parametrize("width", [360, 560, 800])
def test_narrow_pages_scroll_inside(explorer: Open, desk: Desk, width: int) -> None:
    page = explorer(desk, 16, viewport={"width": width, "height": 800}).page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".rung .label").first.is_visible()


def test_it_follows_the_theme_of_jupyterlab(explorer: Open, desk: Desk) -> None:
    page = explorer(desk, 0).page
    page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    until(page, f"() => document.querySelector('{ROOT}').dataset.mode === 'dark'")


def test_names_of_others_stay_text(explorer: Open) -> None:
    desk = Desk(Named(wb.read("data/ordinary.pcapng"), list(ATTACKS)))
    seen = explorer(desk, 0)
    page = seen.page
    for number in range(4):
        after(page, row(page, number + 1).click)
    field = page.get_by_role("searchbox")
    for attack in ATTACKS[:6]:
        typed = f'"{attack}"'
        after(page, functools.partial(field.fill, typed))
    after(page, functools.partial(field.fill, ""))
    page.locator(".when .stage").hover(position={"x": 300, "y": 50})
    page.locator(".sequence .stage").hover(position={"x": 300, "y": 50})
    assert page.evaluate(f"typeof window.{MARK}") == "undefined"
    assert page.locator(f"{ROOT} :is(script, img, a, iframe, b:not(.when b))").count() == 0
    assert seen.noise == []
    assert "<script>" in page.locator("tbody").text_content()


def test_a_million_rows_are_walked_through(explorer: Open) -> None:
    desk = Desk(Many(wb.read("data/ordinary.pcapng"), 1_000_000))
    page = explorer(desk, -1).page
    assert page.locator(".counted").text_content() == "1,000,000 connections"
    assert page.locator("tbody tr").count() < 60
    page.locator("table").focus()
    page.keyboard.press("End")
    until(
        page, "() => document.querySelector('tbody tr:last-child').textContent.includes('999,999')"
    )
    page.evaluate("document.querySelector('.wb-explorer div.grid').scrollTop = 3e6")
    until(page, "() => /^(49|50)[0-9],/.test(document.querySelector('tbody td').textContent)")
    assert page.locator("tbody tr").count() < 60


def test_leaving_lets_go_of_everything(explorer: Open, desk: Desk) -> None:
    page = explorer(desk, 0).page
    assert page.evaluate("window.told['msg:custom'].size") == 1
    page.evaluate("window.leave()")
    assert page.evaluate("window.told['msg:custom'].size") == 0

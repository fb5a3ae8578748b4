"""All that the page about a strategy shows."""

from __future__ import annotations

from pathlib import Path

import pytest

import workbench as wb
from tests.hostile import ATTACKS
from tests.views.strategies import CANON, capture_of, named, page_of
from tests.views.test_tables import read
from workbench.errors import ParameterError
from workbench.evasion.compose.capture import View
from workbench.views.blocks import cards, headline
from workbench.views.strategy_page import look


def test_a_page_is_complete(tmp_path: Path) -> None:
    page = page_of(capture_of(tmp_path, "nfqws", CANON))
    assert page.choice is not None
    assert page.choice.connection == 1
    assert page.title == "www.example.com: fake,fakeddisorder"
    assert [card.title for card in page.cards] == [
        "What the client did", "How sure", "What this place cannot show",
    ]  # fmt: skip
    assert len(page.drawn.bars) == 7
    assert page.picture.items > 7
    for piece in (page.map_links, page.packets, page.evidence, page.commands, page.others):
        assert piece.html
        assert piece.text


def test_ordinary_traffic_has_a_page_as_well(tmp_path: Path) -> None:
    page = page_of(capture_of(tmp_path, "nfqws"))
    assert "without a strategy" in page.title
    assert [bar.token for bar in page.drawn.bars] == ["P1"]
    assert "nothing" in page.commands.text.lower()


def test_a_place_on_the_way_says_what_it_hides(tmp_path: Path) -> None:
    page = page_of(capture_of(tmp_path, CANON, view=View("server")))
    said = " ".join(page.cards[2].lines)
    assert "out of sight" in said
    assert {bar.kind for bar in page.drawn.bars} == {"part"}


def test_a_focus_is_followed_or_refused(tmp_path: Path) -> None:
    path = capture_of(tmp_path, CANON, "nfqws")
    assert page_of(path, "1").title.endswith("without a strategy")
    with pytest.raises(ParameterError, match="focus"):
        page_of(path, "nobody.test")


def test_a_capture_without_connections_has_a_page() -> None:
    capture = wb.read("data/dns.pcap")
    page = look(capture, capture.strategies())
    assert page.choice is not None
    none = capture.select(frames=[])
    empty = look(none, none.strategies())
    assert empty.choice is None
    assert "no connections" in empty.title


@pytest.mark.parametrize("attack", ATTACKS[:10])
def test_hostile_names_are_text_everywhere(tmp_path: Path, attack: str) -> None:
    wire = attack.encode("utf-8", "surrogatepass")
    fake = f"--dpi-desync-fake-http=0x{wire[:60].hex()}"
    page = page_of(capture_of(tmp_path, f"{CANON} {fake}", request=named(wire)))
    html = "".join(piece.html for piece in (
        headline(page.title, page.subtitle), cards(page.cards), page.map_links, page.packets,
        page.evidence, page.commands, page.others, page.map_figure.data,
    ))  # fmt: skip
    seen = read(html)
    assert not {"script", "img", "svg", "iframe", "b", "style"} & {tag for tag, _ in seen.tags}
    links = {given.get("href") or "" for tag, given in seen.tags if tag == "a"}
    assert all(link.startswith("#frame-") for link in links)

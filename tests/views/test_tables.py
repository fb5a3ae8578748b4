"""Text and tables as HTML."""

from __future__ import annotations

from html.parser import HTMLParser

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hostile import ATTACKS, hostile_bytes, hostile_text, is_inert
from workbench.views.tables import CELL_CHARACTERS, Column, cell_text, safe_text, table

COLUMNS = (
    Column("name", "Name", "code"),
    Column("size", "Size", "bytes"),
    Column("at", "At", "duration"),
)


class Reader(HTMLParser):
    """Collects tags and text of HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read(html: str) -> Reader:
    """Return what a browser would make of HTML."""
    reader = Reader()
    reader.feed(html)
    return reader


@given(st.one_of(hostile_text, hostile_bytes))
def test_safe_text_is_inert_short_and_visible(value: str | bytes) -> None:
    html = safe_text(value)
    assert is_inert(html)
    seen = "".join(read(html).words)
    assert len(seen) <= CELL_CHARACTERS
    assert seen.isprintable() or not seen


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks_are_shown_as_they_are(attack: str) -> None:
    reader = read(f"<p>{safe_text(attack)}</p>")
    assert [tag for tag, _ in reader.tags] == ["p"]
    head = attack[:5]
    if head.isprintable():
        assert "".join(reader.words).startswith(head)


def test_safe_text_takes_anything() -> None:
    assert safe_text(5) == "5"
    assert safe_text(b"\xff<") == "\\xff&lt;"
    assert safe_text("abcdef", 3) == "ab…"


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, "count", "–"),
        (float("nan"), "bytes", "–"),
        (pd.NaT, "time", "–"),
        (pd.NA, "text", "–"),
        (2048, "bytes", "2.0 KiB"),
        (1_500, "duration", "1.5 µs"),
        (0, "time", "1970-01-01T00:00:00.000000000Z"),
        (1.0, "share", "100 %"),
        (b"\xff", "text", "\\xff"),
    ],
)
def test_cells_read_as_people_do(value: object, kind: str, text: str) -> None:
    assert cell_text(value, kind) == text  # type: ignore[arg-type]


def test_a_table_is_accessible() -> None:
    frame = pd.DataFrame({"name": ["a<b", "c"], "size": [10, 2048], "at": [0, 5_000_000]})
    reader = read(table(frame, COLUMNS, caption="Things").html)
    tags = [tag for tag, _ in reader.tags]
    assert tags.count("caption") == 1
    scopes = [attrs.get("scope") for tag, attrs in reader.tags if tag == "th"]
    assert scopes == ["col", "col", "col", "row", "row"]
    assert "a<b" in reader.words
    assert {"2.0 KiB", "5 ms"} <= set(reader.words)
    region = dict(reader.tags)["div"]
    assert (region["role"], region["tabindex"], region["aria-label"]) == ("region", "0", "Things")


def test_a_long_table_says_what_it_leaves_out() -> None:
    frame = pd.DataFrame({"name": ["x"] * 9, "size": 1, "at": 1})
    shown = table(frame, COLUMNS, caption="Things", rows=4, more="And that is that.")
    assert shown.html.count("<tr>") == 5
    assert "5 more rows are not shown." in shown.html
    assert "And that is that." in shown.text


def test_an_empty_table_is_a_sentence() -> None:
    shown = table(pd.DataFrame({"name": [], "size": [], "at": []}), COLUMNS, caption="Things")
    assert shown.html == '<p class="empty">Things: none.</p>'
    assert shown.text == "Things: none."


@given(st.lists(st.tuples(hostile_text, st.integers(0, 2**63 - 1)), min_size=1, max_size=5))
def test_a_table_of_hostile_names_holds_only_our_tags(rows: list[tuple[str, int]]) -> None:
    frame = pd.DataFrame(rows, columns=["name", "size"], dtype=object).assign(at=0)
    shown = table(frame, COLUMNS, caption=rows[0][0])
    allowed = {"div", "table", "caption", "thead", "tbody", "tr", "th", "td"}
    reader = read(shown.html)
    assert {tag for tag, _ in reader.tags} <= allowed
    names = {name for _, attrs in reader.tags for name in attrs}
    assert names <= {"class", "role", "tabindex", "aria-label", "scope"}
    assert all(line.isprintable() for line in shown.text.split("\n"))


def test_notebooks_get_both_forms() -> None:
    shown = table(pd.DataFrame({"name": ["a"], "size": [1], "at": [1]}), COLUMNS, caption="T")
    assert set(shown._repr_mimebundle_()) == {"text/html", "text/plain"}


def test_rows_can_be_linked_to() -> None:
    frame = pd.DataFrame({"name": ["a", "b"], "frame": [4, 12]})
    html = table(frame, [Column("name", "Name")], caption="Rows", anchor="frame").html
    rows = [given for tag, given in read(html).tags if tag == "tr"]
    assert [given.get("id") for given in rows] == [None, "frame-4", "frame-12"]

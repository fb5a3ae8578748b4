"""Payloads as messages, as text, byte by byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hostile import ATTACKS, hostile_bytes, hostile_text
from tests.views.test_tables import read
from workbench.errors import ParameterError
from workbench.traffic.browse.decoding import Field
from workbench.views.payload import MOST_FIELDS, payload_block, payload_views

TEXT = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def test_the_best_view_comes_first_and_bytes_are_always_there() -> None:
    fields = [Field("host", "x", 22, 23)]
    assert [each.kind for each in payload_views(TEXT, fields)] == ["message", "text", "hex"]
    assert [each.kind for each in payload_views(TEXT)] == ["text", "hex"]
    assert [each.kind for each in payload_views(bytes(range(256)))] == ["hex"]
    assert [each.kind for each in payload_views("grüße, 世界".encode())] == ["text", "hex"]


def test_messages_say_which_bytes() -> None:
    fields = [Field("host", "x", 22, 23), Field("all", "y", 0, 4), Field("odd", "z")]
    shown = payload_views(TEXT, fields)[0]
    assert shown.rows == (("host", "x", "22"), ("all", "y", "0–3"), ("odd", "z", ""))
    assert shown.places == ((22, 23), (0, 4), (-1, -1))
    many = payload_views(TEXT, fields * MOST_FIELDS)[0]
    assert len(many.rows) == MOST_FIELDS
    assert many.left == f"{2 * MOST_FIELDS} more fields are not shown."


def test_text_keeps_its_lines() -> None:
    shown = payload_views(TEXT)[0]
    assert [row[0] for row in shown.rows] == ["GET / HTTP/1.1", "Host: x", "", ""]
    assert shown.places[1] == (16, 23)
    long = payload_views(b"x" * 400)[0]
    assert [len(row[0]) for row in long.rows] == [160, 160, 80]


def test_bytes_stand_beside_their_characters() -> None:
    shown = payload_views(b"\x00AZ\x7f\xff" * 4)[-1]
    assert shown.rows[0][1].startswith("00 41 5a 7f ff 00")
    assert shown.rows[0][2] == "·AZ···AZ···AZ···"
    assert shown.rows[1] == ("0010", "41 5a 7f ff", "AZ··")
    assert shown.places == ((0, 16), (16, 20))


def test_no_more_is_shown_than_was_asked_for() -> None:
    for shown in payload_views(b"a" * 1000, limit=100):
        assert shown.left == "900 more bytes are not shown."
        assert max(end for _, end in shown.places) == 100
    with pytest.raises(ParameterError, match="limit"):
        payload_views(b"a", limit=0)


@given(hostile_bytes, st.lists(st.tuples(hostile_text, hostile_text), max_size=3))
def test_hostile_bytes_are_visible_text_in_every_view(
    data: bytes, names: list[tuple[str, str]]
) -> None:
    fields = [Field(name, value) for name, value in names]
    for shown in payload_views(data, fields):
        assert all(text.isprintable() for row in shown.rows for text in row)
        assert len(shown.rows) == len(shown.places)
    html = payload_block(data, fields, title=ATTACKS[1]).html
    allowed = {"div", "p", "pre", "details", "summary", "dl", "dt", "dd"}
    reader = read(html)
    assert {tag for tag, _ in reader.tags} <= allowed
    assert {name for _, attrs in reader.tags for name in attrs} <= {
        "class", "role", "tabindex", "aria-label",
    }  # fmt: skip


def test_a_block_shows_one_view_and_folds_the_others() -> None:
    block = payload_block(TEXT, [Field("host", "x", 22, 23)], title="The first:")
    assert block.html.count("<details>") == 2
    assert block.html.index("<dl") < block.html.index("<details>")
    assert "47 45 54 20" in block.html
    assert block.text.splitlines() == ["The first:", "host  x  22"]


def test_nothing_is_a_sentence() -> None:
    assert "nothing that was captured" in payload_block(b"", title="The first:").text

"""Number lists and text that is safe to show."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.traffic.messages import fields


def test_grease_is_the_list_of_rfc_8701() -> None:
    listed = "0A0A 1A1A 2A2A 3A3A 4A4A 5A5A 6A6A 7A7A 8A8A 9A9A AAAA BABA CACA DADA EAEA FAFA"
    assert {int(value, 16) for value in listed.split()} == fields.GREASE


@given(st.binary(max_size=41))
def test_numbers_are_read_two_bytes_each(raw) -> None:
    expected = tuple(int.from_bytes(raw[i : i + 2], "big") for i in range(0, len(raw) - 1, 2))
    assert fields.numbers(raw) == expected


@given(st.lists(st.sampled_from(sorted(fields.GREASE)) | st.integers(0, 65_535)))
def test_only_grease_is_left_out(values) -> None:
    kept = fields.without_grease(tuple(values))
    assert not fields.GREASE & set(kept)
    assert sorted(kept) == sorted(value for value in values if value not in fields.GREASE)


@given(st.binary(max_size=60))
def test_shown_text_is_printable_and_says_what_the_bytes_were(raw) -> None:
    text = fields.shown(raw)
    assert text.isascii()
    assert text.isprintable()
    assert text.encode("ascii").decode("unicode_escape").encode("latin-1") == raw


def test_a_long_text_keeps_its_beginning() -> None:
    assert fields.shortened("a" * 120) == "a" * 120
    assert fields.shortened("a" * 121) == "a" * 119 + "…"


def test_many_problems_are_counted() -> None:
    many = fields.kept([f"problem {number}" for number in range(20)])
    assert len(many) == 17
    assert many[-1] == "and 4 more problems"
    assert fields.kept(["one"] * 16) == ("one",) * 16

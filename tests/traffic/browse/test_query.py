"""The language of the search field."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hostile import ATTACKS
from workbench.errors import FilterError
from workbench.traffic.browse.query import MAX_CHARACTERS, MAX_TERMS, Term, parse

FIELDS = {"name", "port", "packets"}


def test_terms_are_words_and_conditions() -> None:
    terms = parse('  x.com -port:53 name="a b" packets>=10 "two words"', FIELDS)
    assert terms == (
        Term("", ":", "x.com", False, 2),
        Term("port", ":", "53", True, 8),
        Term("name", "=", "a b", False, 17),
        Term("packets", ">=", "10", False, 28),
        Term("", ":", "two words", False, 40),
    )


@pytest.mark.parametrize("address", ["fe80::1", "2001:db8::1", "10.0.0.1:443", "[::1]:80", "a:b"])
def test_addresses_are_words(address: str) -> None:
    assert parse(address, FIELDS) == (Term("", ":", address, False, 0),)


def test_field_names_are_the_same_in_capitals() -> None:
    assert parse("PORT:53", FIELDS)[0].field == "port"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prt:53", "'prt'.*Did you mean port"),
        ("colour=red", "Fields: name, packets, port"),
        ("port:", "something after port:"),
        ("-", "something after -"),
        ('a "b', "character"),
        ('"a"b', "a space behind it"),
        ('name:"a"b', "a space behind it"),
        ("x " * (MAX_TERMS + 1), f"at most {MAX_TERMS} terms"),
        ("x" * (MAX_CHARACTERS + 1), "at most 1,000 characters"),
    ],
)
def test_what_is_not_understood_is_said(text: str, said: str) -> None:
    with pytest.raises(FilterError, match=said):
        parse(text, FIELDS)


@given(st.one_of(st.text(max_size=80), st.sampled_from(ATTACKS), st.text('ab:"-<>= ', max_size=40)))
def test_any_text_is_terms_or_our_error(text: str) -> None:
    try:
        terms = parse(text, FIELDS)
    except FilterError:
        assert text.strip()
    else:
        assert bool(terms) == bool(text.strip())
        assert [term.at for term in terms] == sorted(term.at for term in terms)

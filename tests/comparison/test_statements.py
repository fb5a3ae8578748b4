"""Sentences about differences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.comparison.impacts import FIELDS
from workbench.comparison.statements import SUBJECTS, joined, owner, sentence, short


@given(st.sampled_from(sorted({name for name, _ in FIELDS.values()})), st.text(), st.text())
def test_any_values_make_a_sentence_of_bounded_length(parameter, left, right):
    assert 0 < len(sentence(parameter, left, right, "fakes")) < 300


@pytest.mark.parametrize(
    ("parameter", "left", "right", "text"),
    [("fooling", "badsum", "none", "fakes are spoiled by nothing instead of badsum"),
     ("repeats", "1", "6", "fakes are sent 6 times instead of once"),
     ("strategy", "fake", "none", "the request is sent with no strategy instead of fake"),
     ("mss", "0", "90", "mss is 90 instead of 0")],
)  # fmt: skip
def test_sentences(parameter, left, right, text):
    assert sentence(parameter, left, right, "fakes") == text


def test_forms_have_no_other_places_than_are_filled():
    for form in SUBJECTS.values():
        assert form.format(who="a", left="b", right="c", parameter="d")


def test_words_are_listed_once():
    assert joined(["a", "b", "a", "", "c"]) == "a, b and c"
    assert joined([]) == ""
    assert owner("phase2.ttl") == "shadows"
    assert short("x" * 100) == "x" * 79 + "…"

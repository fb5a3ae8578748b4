"""Values of a question, checked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import ParameterError
from workbench.widgets.questions import TEXT_CHARACTERS, among, text, texts, whole

ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
    st.lists(st.one_of(st.integers(), st.text(max_size=3)), max_size=3),
)  # fmt: skip


def test_values_are_handed_on() -> None:
    question = {"search": "x", "first": 3, "which": "data", "columns": ["a", "b"]}
    assert text(question, "search") == "x"
    assert text(question, "part") == ""
    assert whole(question, "first") == 3
    assert whole(question, "find", -1, low=-1) == -1
    assert among(question, "which", ("all", "data")) == "data"
    assert among({}, "which", ("all", "data")) == "all"
    assert texts(question, "columns") == ["a", "b"]
    assert texts({}, "columns") == []


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: text({"x": 5}, "x"), "must be text"),
        (lambda: text({"x": "a" * (TEXT_CHARACTERS + 1)}, "x"), "must be text"),
        (lambda: whole({}, "x"), "a whole number"),
        (lambda: whole({"x": True}, "x"), "a whole number"),
        (lambda: whole({"x": 1.0}, "x"), "a whole number"),
        (lambda: whole({"x": -1}, "x"), "from 0"),
        (lambda: whole({"x": 9}, "x", high=8), "to 8"),
        (lambda: among({"x": "c"}, "x", ("a", "b")), "a, b"),
        (lambda: texts({"x": "abc"}, "x"), "a list"),
        (lambda: texts({"x": ["a"] * 3}, "x", most=2), "at most 2"),
        (lambda: texts({"x": ["a", 5]}, "x"), "must be text"),
    ],
)
def test_what_is_wrong_is_said(call, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        call()


@given(ANYTHING)
def test_anything_is_a_value_or_our_error(value: object) -> None:
    for check in (text, whole, texts):
        try:
            check({"x": value}, "x")
        except ParameterError as error:
            assert "parameter x" in str(error)  # noqa: PT017 said for each of them

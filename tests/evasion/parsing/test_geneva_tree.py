from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import ParameterError
from workbench.evasion.parsing.geneva_tree import MAX_DEPTH, Action, read_forests

TEXT = r"[TCP:flags:PA]-duplicate(tamper{TCP:load:corrupt}(tamper{IP:ttl:replace:8},),)-| \/"


def test_text_survives():
    assert str(read_forests(TEXT)) == TEXT
    assert read_forests(str(read_forests(TEXT))) == read_forests(TEXT)


@pytest.mark.parametrize(
    "text",
    [
        "[TCP:flags:PA]-drop-|", "[TCP:flags:PA]-drop-", "[TCP:flags:PA]-drop",
        "[TCP:flags:PA]-drop-|[TCP:flags:A]-drop-|", r"\/ [TCP:flags:PA]-drop-|",
        "[TCP:flags:PA:5]-drop-|", "[TCP:options-mss:]-drop-|", '"[TCP:flags:PA]-drop-|"',
    ],
)  # fmt: skip
def test_forms_in_use(text):
    assert read_forests(text).outbound or read_forests(text).inbound


def test_branches_may_be_empty():
    (tree,) = read_forests("[TCP:flags:A]-duplicate(,drop)-|").outbound
    assert tree.action == Action("duplicate", (), None, Action("drop"))


@pytest.mark.parametrize(
    "text",
    [
        "x", "[TCP:flags]-drop-|", "[TCP:flags:A]-jump-|", "[TCP:flags:A]-duplicate(drop-|",
        "[TCP:flags:A]-drop)-|", "[TCP:flags:A]-tamper{a:b:c}(drop,drop)-|", r"\/ \/ \/",
        "[TCP:flags:A]-" + "duplicate(" * (MAX_DEPTH + 2), "[TCP:flags:A]-drop-| " * 500,
    ],
)  # fmt: skip
def test_what_is_no_strategy_is_refused(text):
    with pytest.raises(ParameterError):
        read_forests(text)


@given(st.text(alphabet="[]TCP:flagsduplicatemper{}(),-|\\/ drop", max_size=60))
def test_no_text_raises_any_other_error(text):
    with contextlib.suppress(ParameterError):
        assert read_forests(str(read_forests(text))) is not None

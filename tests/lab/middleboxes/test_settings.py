"""Settings of middleboxes: what is taken, what is refused, what names a setting blocks."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import ParameterError
from workbench.lab.middleboxes.settings import Setting, from_mapping


@pytest.mark.parametrize(
    "values",
    [
        {"colour": 1}, {"count": "3"}, {"count": True}, {"both_ends": 1}, {"ttl": 0},
        {"blocked": "x.com"}, {"blocked": [3]}, {"blocked": ["x.com -j ACCEPT"]},
        {"blocked": ['x.com"; sid:1;)']}, {"blocked": ["x.com\nfoo.com"]}, {"action": "explode"},
        {"address": "::1"}, {"rate_kbit": float("nan")}, {"status": 99},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(values) -> None:
    with pytest.raises(ParameterError):
        from_mapping(values)


def test_a_setting_is_the_same_after_a_file() -> None:
    setting = Setting(blocked=("x.com",), action="reset", rate_kbit=99.5, extensions=True)
    assert from_mapping(json.loads(setting.to_json())) == setting
    assert from_mapping({"rate_kbit": 100}).rate_kbit == 100


@given(st.dictionaries(st.sampled_from(["ttl", "count", "blocked", "action", "?"]), st.none()))
def test_nothing_but_our_own_error_comes_out(values) -> None:
    if values:
        with pytest.raises(ParameterError):
            from_mapping(values)
    else:
        assert from_mapping(values) == Setting()


@pytest.mark.parametrize(
    ("name", "blocked"),
    [("x.com", True), ("X.COM.", True), ("a.b.x.com", True), ("ax.com", False), ("", False)],
)
def test_names_below_a_blocked_one_are_blocked(name, blocked) -> None:
    assert Setting(blocked=("x.com",)).blocks(name) is blocked

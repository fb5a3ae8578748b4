from __future__ import annotations

import contextlib
import json
from importlib.resources import files

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.evasion import made
from workbench.errors import ParameterError
from workbench.evasion.json_form import MAX_CHARACTERS, decode, encode, schema
from workbench.evasion.strategy import NONE, Strategy

SHIPPED = json.loads(files("workbench.evasion").joinpath("strategy.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SHIPPED)


@given(made.anything)
def test_every_field_survives_json(strategy):
    text = strategy.to_json()
    back = Strategy.from_json(text)
    assert all(getattr(back, one) == getattr(strategy, one) for one in type(back).__slots__)
    assert VALIDATOR.is_valid(json.loads(text))


def test_the_shipped_schema_is_current():
    assert schema() == SHIPPED
    jsonschema.Draft202012Validator.check_schema(SHIPPED)


def test_defaults_are_left_out():
    assert json.loads(encode(NONE)) == {"version": 1}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "JSON of a strategy"),
        ("[" * 100_000, "JSON of a strategy"),
        ("[]", "a JSON object"),
        ('{"version": 2}', "version"),
        ('{"phase3": 1}', "phase3"),
        ('{"phase2": {}}', "needs the parameter 'kind'"),
        ('{"phase2": {"kind": "split2"}}', "multisplit"),
        ('{"phase2": {"kind": 3}}', "multisplit"),
        ('{"mss": true}', "int"),
        ('{"mss": "88"}', "int"),
        ('{"phase1": {}}', "list"),
        ('{"phase1": [{"ttl": {"mode": "fixed", "value": 999}}]}', "0 to 255"),
        ('{"phase1": [{"payloads": [{"data": "zz"}]}]}', "hex digits"),
        ('{"evidence": []}', "dict"),
        ('{"scope": null}', "dict"),
    ],
)
def test_what_is_no_strategy_is_refused_with_the_reason(text, said):
    with pytest.raises(ParameterError, match=said):
        decode(text)


def test_endless_texts_are_refused_unread():
    with pytest.raises(ParameterError, match="characters of JSON"):
        decode(" " * (MAX_CHARACTERS + 1))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*SHIPPED["properties"], "x"]), json_values, max_size=3))
def test_no_json_raises_any_other_error(held):
    with contextlib.suppress(ParameterError):
        assert isinstance(decode(json.dumps(held)), Strategy)

"""Every column has a kind, every other name leads to a column, every hint can be followed."""

from __future__ import annotations

import pytest

from workbench.capture import schema
from workbench.capture.filter_fields import (
    ALIASES,
    CONNECTIVES,
    ELSEWHERE,
    FIELDS,
    OPERATORS,
    PROTOCOLS,
    SOME_HAVE,
    SPELLINGS,
    VERSIONS,
    WORDS,
    field_named,
    suggestion,
)
from workbench.capture.filter_parser import parse

VALUES = {"host": "10.0.0.1", "source": "10.0.0.1", "destination": "10.0.0.1", "ttl": "1"}


def test_every_column_is_a_field_and_nothing_else() -> None:
    assert tuple(FIELDS) == schema.NAMES
    assert {field.kind for field in FIELDS.values()} == set(OPERATORS)


def test_other_names_lead_to_columns_and_hide_none() -> None:
    assert set(ALIASES.values()) <= set(FIELDS)
    assert not set(ALIASES) & set(FIELDS)
    assert set(SOME_HAVE) <= set(FIELDS)


def test_no_word_has_two_meanings() -> None:
    taken = [*FIELDS, *ALIASES, *PROTOCOLS, *VERSIONS, *CONNECTIVES, *SPELLINGS]
    assert sorted(taken) == sorted(set(taken))
    assert not set(ELSEWHERE) & set(WORDS)


@pytest.mark.parametrize("name", sorted(ELSEWHERE))
def test_the_hint_for_a_word_of_another_program_can_be_followed(name) -> None:
    hint = ELSEWHERE[name]
    value = VALUES.get(hint.split()[-1], "1" if not hint[-1].isdigit() else "")
    complete = (
        hint if " " in hint and not hint.endswith((">=", "<=", "port")) else f"{hint} {value}"
    )
    if hint == "protocol":
        complete = "protocol tcp"
    parse(complete)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("checksum", "BAD", "bad"),
        ("options", "sackok", "sackOK"),
        ("link", "link-147", "link-147"),
        ("link", "link-", None),
        ("protocol", "6", "tcp"),
        ("protocol", "257", None),
        ("protocol", "IP-253", "ip-253"),
        ("encapsulation", "unknown-30", "unknown-30"),
        ("problem", "", None),
        ("checksum", "", None),
    ],
)
def test_texts_are_known_as_the_column_writes_them(name, text, expected) -> None:
    assert FIELDS[name].known(text) == expected


def test_names_are_found_by_either_name() -> None:
    assert field_named("flags") is field_named("tcp_flags") is FIELDS["tcp_flags"]
    assert field_named("vlan") is None


def test_a_suggestion_is_short_however_long_the_word_is() -> None:
    assert len(suggestion("x" * 5_000, WORDS, "a field")) < 600

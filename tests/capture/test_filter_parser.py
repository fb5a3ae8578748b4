"""Filters are read as they are written; what is wrong is an error that says where."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture.conditions import conditions
from tests.hostile import hostile_text
from workbench.capture.filter_fields import FIELDS, WORDS
from workbench.capture.filter_parser import MAX_DEPTH, MAX_LENGTH, parse, tokens_of
from workbench.capture.filter_tree import And, Compare, Not, Or, Present, Range, written
from workbench.errors import FilterError

PIECES = [
    *WORDS, "and", "or", "not", "(", ")", "&&", "||", "!", "==", "!=", "<", ">=", "&", ",", "=",
    "10.0.0.1", "fe80::/10", "1..5", "5", "-1", "0x10", '"', '"mss,ts"', "syn,ack", "bad", "..",
    "2026-11-21T05:00:00Z", "\x00", "\u202e", "99999999999999999999", " ", "'", "\\", "%", "++",
]  # fmt: skip


def outcome(text: str) -> tuple[Any, str]:
    """Return the condition that a text means, or what is said about it."""
    try:
        return parse(text), ""
    except FilterError as error:
        return None, error.message


@given(conditions)
def test_what_is_written_is_read_back(condition) -> None:
    assert parse(written(condition)) == condition


@given(conditions)
def test_reading_and_writing_settle_at_once(condition) -> None:
    text = written(condition)
    assert written(parse(text)) == text


@given(st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join) | hostile_text | st.text())
def test_hostile_text_is_a_filter_or_a_filter_error(text) -> None:
    node, message = outcome(text)
    assert message.isprintable()
    assert len(message) < 2_000
    assert node is None or parse(written(node)) == node


@given(conditions, st.data())
def test_a_damaged_filter_is_a_filter_or_a_filter_error(condition, data) -> None:
    text = written(condition)
    at = data.draw(st.integers(0, len(text)))
    cut = text[:at] + data.draw(st.sampled_from(PIECES)) + text[at + 1 :]
    node, message = outcome(cut)
    assert node is not None or "is not understood at character" in message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ttl = 5", Compare("ttl", "==", (5,))),
        ("ttl GE 0x10", Compare("ttl", ">=", (16,))),
        ("length 1..2,9", Compare("wire_length", "==", (Range(1, 2), 9))),
        ("flags fin , syn", Compare("tcp_flags", "has", (3,))),
        ("not not problem", Not(Not(Present("problem")))),
        ("!problem", Not(Present("problem"))),
        ("time and (mss and md5)", And((Present("time"), Present("mss"), Present("md5")))),
        ("time or mss or md5", Or((Present("time"), Present("mss"), Present("md5")))),
        ('options == "mss,ts"', Compare("options", "==", ("mss,ts",))),
        ("options SACKOK", Compare("options", "has", ("sackOK",))),
        ("direction server", Compare("direction", "==", (1,))),
        ("checksum_delta == -1", Compare("checksum_delta", "==", (-1,))),
        ("protocol 253", Compare("protocol", "==", ("ip-253",))),
    ],
)
def test_spellings(text, expected) -> None:
    assert parse(text) == expected


def test_and_binds_more_than_or_and_not_most() -> None:
    assert written(parse("time or mss and not md5")) == "time or mss and not md5"
    assert written(parse("(time or mss) and not (md5 or problem)")) == (
        "(time or mss) and not (md5 or problem)"
    )


@pytest.mark.parametrize(
    ("text", "position", "expected"),
    [
        ("", 1, "a field, a protocol, not or ("),
        ("   ", 4, "a field, a protocol, not or ("),
        ("ttl <", 6, "a value for ttl"),
        ("tcp and", 8, "a field, a protocol, not or ("),
        ("tpc", 1, "a field or a protocol: tcp,"),
        ("tcp udp", 5, "and, or, or the end of the filter"),
        ("(tcp", 5, "and, or, or a closing parenthesis"),
        ("tcp)", 4, "and, or, or the end of the filter"),
        ("ttl < abc", 7, "a whole number for ttl"),
        ("ttl < 1,2", 7, "a single value behind <"),
        ("ttl < 1..2", 7, "a single value behind <"),
        ("ttl 5..1", 5, "a range that begins with the smaller value"),
        ("ttl 99999999999999999999", 5, "a whole number for ttl"),
        ("ttl 1..", 5, "a whole number for ttl"),
        ("host foo", 6, "an IP address, or a network such as"),
        ("host 10.0.0.1/33", 6, "an IP address, or a network such as"),
        ("source < 10.0.0.1", 8, "one of ==, != behind source"),
        ("flags sny", 7, "TCP flags with commas between, or their number: syn"),
        ("flags 0x10000", 7, "TCP flags"),
        ("checksum bda", 10, "a value of checksum: bad, or one of good"),
        ("encapsulation vlan+grr", 15, "a value of encapsulation: gre"),
        ("time > yesterday", 8, "a time such as 2026-11-21T08:30:00Z"),
        ("direction up", 11, "client or server"),
        ("dont_fragment maybe", 15, "true or false"),
        ("seq", 4, "or a value behind seq"),
        ("ttl not", 5, "or a value behind ttl"),
        ("problem tcp", 9, "a value of problem"),
        ("syn", 1, "flags syn is what syn is called here"),
        ("ip.src == 10.0.0.1", 1, "source is what ip.src is called here"),
        ("tcp and ttl 'x'", 13, "a word, a number, quotes or ()"),
        ('ttl "', 5, "a closing quotation mark"),
        ("a\0b", 2, "a word, a number"),
    ],
)
def test_an_error_says_where_and_what_would_be_understood(text, position, expected) -> None:
    with pytest.raises(FilterError) as caught:
        parse(text)
    assert f"at character {position}," in caught.value.message
    assert expected in caught.value.message


@pytest.mark.parametrize("opening", ["(", "not ", "! (", "not not ( "])
def test_nesting_is_bounded(opening) -> None:
    with pytest.raises(FilterError, match=f"at most {MAX_DEPTH} parentheses"):
        parse(opening * 200 + "tcp")


def test_nesting_within_the_bound_is_fine() -> None:
    half = MAX_DEPTH // 2
    assert str(parse("(not " * half + "problem" + ")" * half)).count("Not(") == half


def test_length_is_bounded() -> None:
    long = " or ".join(["tcp"] * (MAX_LENGTH // 7 + 2))
    with pytest.raises(FilterError, match="at most 10,000 characters"):
        parse(long)
    node = parse(long[: MAX_LENGTH - MAX_LENGTH % 7 - 4])
    assert isinstance(node, Or)
    assert len(node.parts) > 1_000


def test_tokens_know_where_they_are() -> None:
    found = [(token.kind, token.text, token.at) for token in tokens_of(' ttl<=5 "a b" ')]
    assert found == [
        ("word", "ttl", 1),
        ("operator", "<=", 4),
        ("word", "5", 6),
        ("string", "a b", 8),
        ("end", "", 14),
    ]


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_every_column_can_be_compared(name) -> None:
    samples = {"number": "5", "flags": "syn", "time": "5", "address": "::1", "truth": "yes",
               "side": "client"}  # fmt: skip
    field = FIELDS[name]
    value = samples.get(field.kind) or field.choices[0]
    for text in (f"{name} == {value}", f"{name} {value}"):
        node = parse(text)
        assert isinstance(node, Compare)
        assert node.field == name

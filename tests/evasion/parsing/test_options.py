from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import ParameterError
from workbench.evasion.parsing.options import (
    MAX_COMMAND,
    Table,
    bounded,
    hex_bytes,
    listed,
    number,
    read_options,
    split_words,
)

TABLE = Table(
    "tool",
    {"split-pos": "needed", "oob": "optional", "socks": "none"},
    {"s": "split-pos", "S": "socks"},
)


@pytest.mark.parametrize(
    "words",
    [
        ["--split-pos=2"], ["--split-pos", "2"], ["-s2"], ["-s", "2"], ["--split=2"], ["--sp", "2"],
    ],
)  # fmt: skip
def test_one_option_is_typed_in_many_ways(words):
    assert read_options(words, TABLE) == [("split-pos", "2")]


def test_letters_without_arguments_stand_together():
    assert read_options(["-Ss2"], TABLE) == [("socks", None), ("split-pos", "2")]


def test_an_optional_argument_needs_its_sign():
    assert read_options(["--oob", "--oob=tls"], TABLE) == [("oob", None), ("oob", "tls")]


def test_one_dash_does_for_two_where_the_tool_says_so():
    loose = Table("tool", TABLE.long, {}, single_dash=True)
    assert read_options(["-split-pos=2"], loose) == [("split-pos", "2")]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--nothing"], "--split-pos, --oob, --socks, -s, -S"),
        (["--s=2"], "no parameter '--s=2'"),
        (["word"], "no parameter 'word'"),
        (["-x"], "no parameter '-x'"),
        (["--split-pos"], "needs the parameter '--split-pos'"),
        (["-s"], "needs the parameter '-s'"),
        (["--socks=1"], "--socks without an argument"),
    ],
)
def test_what_is_not_understood_lists_what_is(words, said):
    with pytest.raises(ParameterError, match=said):
        read_options(words, TABLE)


def test_words_follow_the_shell_and_nothing_is_expanded():
    assert split_words("a 'b c' \"$(id)\" `id` *") == ["a", "b c", "$(id)", "`id`", "*"]


def test_an_open_quote_is_said():
    with pytest.raises(ParameterError, match="quotes are closed"):
        split_words("nfqws 'a")


def test_endless_commands_are_refused():
    with pytest.raises(ParameterError, match="characters of a command"):
        bounded("x" * (MAX_COMMAND + 1))


@pytest.mark.parametrize(("text", "value"), [("7", 7), ("-0x10", -16), ("+3", 3), ("007", 7)])
def test_numbers(text, value):
    assert number("--n", text, -100, 100) == value


@pytest.mark.parametrize("text", ["", "x", "1.5", "0x", "--1", "1 ", "101", "-101", "٣"])
def test_other_texts_are_no_numbers_in_range(text):
    with pytest.raises(ParameterError):
        number("--n", text, -100, 100)


@given(st.binary(min_size=1, max_size=30))
def test_hex_digits_are_bytes(data):
    assert hex_bytes("--x", "0x" + data.hex()) == hex_bytes("--x", data.hex().upper()) == data


@pytest.mark.parametrize("text", ["", "0x", "1", "0xzz", "12 34"])
def test_other_digits_are_not(text):
    with pytest.raises(ParameterError, match="0x1603"):
        hex_bytes("--x", text)


def test_lists_hold_choices():
    assert listed("--f", "a,b", ("a", "b")) == ["a", "b"]
    with pytest.raises(ParameterError, match="Choices: a, b"):
        listed("--f", "a,,b", ("a", "b"))

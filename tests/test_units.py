"""Text for times, durations, sizes and foreign names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import ParameterError
from workbench.units import (
    INT64_MAX,
    INT64_MIN,
    format_bytes,
    format_duration_ns,
    format_time_ns,
    parse_duration_ns,
    parse_time_ns,
    printable,
)

INT64 = st.integers(INT64_MIN, INT64_MAX)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain text, 100% é 漢字", "plain text, 100% é 漢字"),
        ("a\tb\nc\rd\x00e\x7f", r"a\tb\nc\rd\x00e\x7f"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\u202egpj.exe\u2066x\u200b", r"\u202egpj.exe\u2066x\u200b"),
        ("a\u2028b\xa0c", r"a\u2028b\xa0c"),
        ("lone \ud800 half", r"lone \ud800 half"),
        ("file \udcff name", r"file \xff name"),
        ("e\ufe0fx\u3164\U000e0101", r"e\ufe0fx\u3164\U000e0101"),
        ("\U000e0041", r"\U000e0041"),
        (b"caf\xc3\xa9\xff\x00", r"café\xff\x00"),
        ("", ""),
        (b"", ""),
    ],
)
def test_printable_shows_what_a_terminal_would_obey_or_hide(
    text: str | bytes, expected: str
) -> None:
    assert printable(text) == expected


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abcde…"),
        ("abc\x1b[2J", 6, "abc…"),
        (b"\xff\xff\xff", 8, r"\xff…"),
        ("\x00", 1, "…"),
        ("é" * 300, 200, "é" * 199 + "…"),
    ],
)
def test_printable_cuts_between_characters_and_never_inside_an_escape(
    text: str | bytes, limit: int, expected: str
) -> None:
    assert printable(text, limit=limit) == expected


def test_printable_refuses_a_limit_without_room_for_the_ellipsis() -> None:
    with pytest.raises(ParameterError, match="from 1"):
        printable("x", limit=0)


@given(st.one_of(st.text(), st.binary()), st.integers(1, 60))
def test_printable_is_always_one_short_harmless_line(text: str | bytes, limit: int) -> None:
    shown = printable(text, limit=limit)
    assert shown.isprintable()
    assert len(shown) <= limit
    shown.encode("utf-8")


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1024 * 1024 - 1, "1.0 MiB"),
        (5 * 2**30, "5.0 GiB"),
        (2**63, "8.0 EiB"),
        (2**70, "1,024.0 EiB"),
        (-1536, "-1.5 KiB"),
    ],
)
def test_format_bytes(n: int, expected: str) -> None:
    assert format_bytes(n) == expected


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (0, "0 ns"),
        (999, "999 ns"),
        (1_500, "1.5 µs"),
        (999_499, "999 µs"),
        (999_600, "1 ms"),
        (1_234_567, "1.23 ms"),
        (-250_000_000, "-250 ms"),
        (59_400_000_000, "59.4 s"),
        (59_600_000_000, "1 min"),
        (61_000_000_000, "1 min 1 s"),
        (3_600_000_000_000, "1 h"),
        (90_061_000_000_000, "1 d 1 h"),
        (2_000 * 86_400 * 10**9, "2,000 d"),
    ],
)
def test_format_duration(n: int, expected: str) -> None:
    assert format_duration_ns(n) == expected


@given(INT64)
def test_a_formatted_duration_is_short_and_near_the_truth(n: int) -> None:
    text = format_duration_ns(n)
    assert abs(parse_duration_ns(text.replace(",", "")) - n) <= abs(n) // 20 + 1


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (0, "1970-01-01T00:00:00.000000000Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (INT64_MAX, "2262-04-11T23:47:16.854775807Z"),
        (INT64_MIN, "1677-09-21T00:12:43.145224192Z"),
        (-60_000_000_000 * 10**9, "0068-09-03T13:20:00.000000000Z"),
        (10**30, "1000000000000000000000000000000 ns since 1970"),
    ],
)
def test_format_time(n: int, expected: str) -> None:
    assert format_time_ns(n) == expected


@given(INT64)
def test_a_formatted_time_parses_to_the_same_nanosecond(n: int) -> None:
    assert parse_time_ns(format_time_ns(n)) == n


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01", 0),
        ("1970-01-02 00:00", 86_400 * 10**9),
        ("1970-01-01T03:00:00+03:00", 0),
        ("1969-12-31T22:00:00.5-0200", 500_000_000),
        (" 1970-01-01T00:00:00.000000001z ", 1),
        ("1.000000001", 1_000_000_001),
        ("-1.5", -1_500_000_000),
        ("0", 0),
    ],
)
def test_parse_time(text: str, expected: int) -> None:
    assert parse_time_ns(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "noon",
        "1e9",
        "1.0000000001",
        "2026-13-01",
        "2026-01-01T25:00",
        "nan",
        "1_000",
        "٣",
        "2026-01-01T00:00:00+99:00",
        "9999-01-01",
        "9223372037",
        "9" * 5000,
    ],
)
def test_parse_time_refuses(text: str) -> None:
    with pytest.raises(ParameterError, match="time"):
        parse_time_ns(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("1500ns", 1_500),
        ("-1.5 us", -1_500),
        ("+2µs", 2_000),
        ("2μs", 2_000),
        ("1.5s", 1_500_000_000),
        ("1h30m", 5_400_000_000_000),
        ("1 h 30 min 2 s", 5_402_000_000_000),
        ("1d", 86_400_000_000_000),
        ("0.000000001s", 1),
    ],
)
def test_parse_duration(text: str, expected: int) -> None:
    assert parse_duration_ns(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "5",
        "5 parsecs",
        "1.5ns",
        "1s2",
        "s",
        "--1s",
        "1e3s",
        "300000000000000000d",
        "9" * 5000 + "s",
        "0." + "1" * 5000 + "s",
    ],
)
def test_parse_duration_refuses(text: str) -> None:
    with pytest.raises(ParameterError, match="duration"):
        parse_duration_ns(text)


@given(st.text(max_size=40))
def test_parsers_raise_nothing_but_our_own_error(text: str) -> None:
    for parse in (parse_time_ns, parse_duration_ns):
        try:
            value = parse(text)
        except ParameterError:
            continue
        assert INT64_MIN <= value <= INT64_MAX

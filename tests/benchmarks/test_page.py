"""The page holds every line, and nothing that a table cannot hold."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from tests.benchmarks import machine
from tests.benchmarks.__main__ import PAGE, arguments
from tests.benchmarks.page import page_of, table_of, text_of
from tests.benchmarks.rows import PARTS
from tests.benchmarks.timing import Bar, Line, Spread

LINES = [
    Line.barred("a | b", Bar(1.5), Spread.of([2.0]), "made of this"),
    Line.informing("only informs", Spread.of([1.0]), " B", ""),
]
COUNTED = {
    "packets": 10,
    "connections": 2,
    "addresses": 3,
    "captured_bytes": 4_210,
    "ipv6": 1,
    "good": 9,
    "bad": 1,
    "file_bytes": 4_394,
}


def test_every_line_is_a_row_of_equal_width() -> None:
    rows = table_of(LINES).splitlines()
    assert len(rows) == 2 + len(LINES)
    assert {row.replace("\\|", "").count("|") for row in rows} == {6}
    assert "**misses by 33 %**" in rows[2]


def test_text_says_what_the_bar_is() -> None:
    text = text_of(LINES)
    assert "misses by 33 %" in text
    assert "(bar: at most 1.5×)" in text
    assert all(line.what in text for line in LINES)


def test_the_page_has_the_table_the_machine_and_the_inputs() -> None:
    page = page_of(LINES, {"processor": "some"}, {"mixed": COUNTED}, "0.1", 3)
    assert table_of(LINES) in page
    assert "processor some." in page
    assert "| mixed | 10 | 4,394 | 421 | 2 | 3 | 10.0 % | 10.0 % |" in page


def test_the_machine_is_described_without_its_name() -> None:
    facts = " ".join(machine.facts().values())
    assert platform.python_version() in facts
    if len(platform.node()) > 3:
        assert platform.node() not in facts
    assert str(Path.home()) not in facts


def test_a_full_run_writes_the_page_and_others_do_not() -> None:
    assert arguments([]).page == PAGE
    assert arguments(["--quick"]).page is None
    assert arguments(["--only", "table"]).page is None
    assert arguments([]).parts == list(PARTS)


@pytest.mark.parametrize("given", [["--only", "speed"], ["--rounds", "0"]])
def test_wrong_words_are_refused(given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments(given)
    assert "error:" in capsys.readouterr().err

"""Tables for people: aligned, escaped, complete."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tests.frames import connection_table, packet_table
from tests.hostile import ATTACKS
from workbench.cli import terminal
from workbench.cli.terminal import aligned, left_over


def shown(capsys, tables, columns, limit=0, absent=None) -> Any:
    aligned(tables, columns, limit, absent)
    return capsys.readouterr().out.splitlines()


def test_numbers_stand_right_and_text_left(capsys) -> None:
    table = packet_table([{"ttl": 5, "source": "10.0.0.1"}, {"ttl": 255, "source": "::1"}])
    assert shown(capsys, [table], ["ttl", "source", "frame"]) == [
        "ttl  source    frame",
        "  5  10.0.0.1      1",
        "255  ::1           2",
    ]


def test_what_does_not_apply_is_empty_and_lines_do_not_end_in_spaces(capsys) -> None:
    table = packet_table([{"ip_version": 0, "ttl": 0, "source": None, "problem": ""}])
    assert shown(capsys, [table], ["ttl", "source", "frame", "problem"]) == [
        "ttl  source  frame  problem",
        "                 1",
    ]


@pytest.mark.parametrize(
    ("column", "row", "text"),
    [
        ("tcp_flags", {"tcp_flags": 18}, "syn,ack"),
        ("tcp_flags", {"tcp_flags": 0}, "0"),
        ("direction", {"direction": 1}, "server"),
        ("direction", {"direction": -1}, ""),
        ("dont_fragment", {"dont_fragment": True}, "yes"),
        ("md5", {}, "no"),
        ("time", {}, "2023-11-14T22:13:20.000000000Z"),
    ],
)
def test_cells_are_written_for_people(capsys, column, row, text) -> None:
    lines = shown(capsys, [packet_table([row])], ["frame", column])
    assert lines[1].split()[1:] == ([text] if text else [])


def test_durations_have_units_and_no_unit_in_their_heading(capsys) -> None:
    table = connection_table([{"duration_ns": 1_500_000, "flags_client": 2}, {"duration_ns": -1}])
    lines = shown(capsys, [table], ["duration_ns", "flags_client"], absent={"duration_ns": -1})
    assert lines == ["duration  flags_client", "  1.5 ms  syn", "          syn,ack"]


@pytest.mark.parametrize("text", ATTACKS)
def test_hostile_text_is_visible_and_harmless(capsys, text) -> None:
    table = pd.DataFrame({"frame": [1], "reason": pd.Series([text], dtype=object)})
    lines = shown(capsys, [table], ["frame", "reason"])
    assert len(lines) == 2
    assert lines[1].isprintable()
    assert len(lines[1]) <= 80


def test_a_limit_holds_over_several_tables_and_all_rows_are_counted(capsys) -> None:
    tables = [packet_table([{"ttl": n}, {"ttl": n}]) for n in range(5)]
    assert aligned(iter(tables), ["ttl"], 3) == 10
    assert capsys.readouterr().out.split() == ["ttl", "0", "0", "1"]
    assert aligned(iter(tables), ["ttl"], 0) == 10
    assert len(capsys.readouterr().out.split()) == 11


def test_columns_grow_with_later_rows(capsys, monkeypatch) -> None:
    monkeypatch.setattr(terminal, "ROWS", 1)
    table = packet_table([{"source": "::1"}, {"source": "192.168.100.100"}, {"source": "::1"}])
    lines = shown(capsys, [table], ["source", "frame"])
    assert [line.rindex(str(n)) for n, line in enumerate(lines) if n > 1] == [21, 21]


def test_nothing_is_printed_for_no_rows(capsys) -> None:
    assert aligned([packet_table([{}]).iloc[:0]], ["ttl"], 5) == 0
    assert capsys.readouterr().out == ""


def test_an_error_before_the_first_row_has_no_heading_above_it(capsys) -> None:
    def tables():
        yield packet_table([{}]).iloc[:0]
        raise KeyError

    with pytest.raises(KeyError):
        aligned(tables(), ["ttl"], 5)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("total", "limit"), [(5, 5), (5, 0), (0, 3)])
def test_nothing_left_over_is_not_mentioned(total, limit) -> None:
    assert left_over(total, limit, "packets") == ""


def test_columns_may_be_of_any_kind(capsys) -> None:
    table = pd.DataFrame({"share": [0.25], "name": ["a"]})
    assert shown(capsys, [table], ["share", "name"], absent={}) == ["share  name", " 0.25  a"]

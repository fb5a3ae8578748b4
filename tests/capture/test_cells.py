"""Cells become plain Python values: text, numbers, nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.frames import START_NS, connection_table, packet_table, problem_table
from workbench.capture.cells import coded, columns_of, slices
from workbench.errors import ColumnError

ROWS: list[dict[str, Any]] = [
    {"source": "10.0.0.9", "tcp_flags": 18},
    {"ip_version": 0, "ttl": 0, "source": None, "protocol": "arp", "checksum": ""},
]


def cells(name: str, rows=ROWS, **options):
    return columns_of(packet_table(rows), [name], **options)[0]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("frame", [1, 2]),
        ("source", ["10.0.0.9", None]),
        ("ttl", [64, None]),
        ("tcp_flags", [18, None]),
        ("dont_fragment", [True, None]),
        ("problem", ["", ""]),
        ("mss", [None, None]),
        ("protocol", ["tcp", "arp"]),
    ],
)
def test_each_kind_of_column(name, expected) -> None:
    found = cells(name)
    assert found == expected
    assert all(type(cell) in (int, str, bool, type(None)) for cell in found)


def test_times_are_iso_text_to_the_nanosecond() -> None:
    table = packet_table([{"time": START_NS + 1}, {"time": -1}])
    table.loc[2] = table.loc[0]
    table["time"] = table["time"].where(np.array([True, True, False]))
    assert columns_of(table, ["time"]) == [
        ["2023-11-14T22:13:20.000000001Z", "1969-12-31T23:59:59.999999999Z", None]
    ]


def test_times_of_another_zone_are_moved_to_utc() -> None:
    moment = pd.to_datetime(pd.Series([START_NS]), unit="ns", utc=True).dt.tz_convert("Asia/Tokyo")
    assert columns_of(pd.DataFrame({"time": moment})) == [["2023-11-14T22:13:20.000000000Z"]]


def test_all_columns_by_default_and_in_the_order_asked_for() -> None:
    table = packet_table(ROWS)
    assert len(columns_of(table)) == len(table.columns)
    assert columns_of(table, ["ttl", "frame"]) == [[64, None], [1, 2]]


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(ColumnError, match=r"'tttl'\. Did you mean ttl"):
        cells("tttl")


def test_text_can_be_changed_once_for_each_category() -> None:
    calls = []

    def change(text: str) -> str:
        calls.append(text)
        return text.upper()

    rows: list[dict[str, Any]] = [{"protocol": "tcp"}, {"protocol": "udp"}] * 50
    assert cells("protocol", rows, change=change)[:2] == ["TCP", "UDP"]
    assert len(calls) == 2


def test_plain_text_columns_and_missing_text() -> None:
    table = problem_table([(1, 24, "cut-short", "why"), (0, -1, "damaged", "x")])
    table.loc[0, "reason"] = None
    assert columns_of(table, ["kind", "reason"], change=str.title) == [
        ["Cut-Short", "Damaged"],
        [None, "X"],
    ]


def test_other_tables_bring_their_own_fillers() -> None:
    table = connection_table([{"handshake_rtt_ns": -1}, {}])
    absent = {"handshake_rtt_ns": -1, "ttl_client": 64}
    assert columns_of(table, ["handshake_rtt_ns", "ttl_client"], absent) == [[None] * 2] * 2


def test_few_rows_of_many_categories_are_cheap() -> None:
    names = [str(number) for number in range(10_000)]
    table = pd.DataFrame({"name": pd.Categorical(names)})
    codes, texts = coded(table["name"].iloc[[7, 9_000, 7]], None)
    assert [texts[code] for code in codes] == ["7", "9000", "7"]
    assert len(texts) == 2


def test_few_rows_of_many_categories_with_nothing_in_them() -> None:
    values = pd.Series(pd.Categorical([None, "7"], categories=[str(n) for n in range(1_000)]))
    codes, texts = coded(values, None)
    assert (codes.tolist(), texts) == ([-1, 0], ["7"])


def test_tables_are_cut_into_pieces_and_empty_ones_stay() -> None:
    table = packet_table([{}] * 7)
    assert [len(piece) for piece in slices([table, table.iloc[:0]], 3)] == [3, 3, 1, 0]

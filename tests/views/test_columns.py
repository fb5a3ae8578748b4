"""Columns of the connection table for people."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from tests.frames import START_NS, connection_table
from tests.hostile import hostile_text
from workbench.views.columns import connection_column, shown_first, written
from workbench.views.tables import Column


@pytest.mark.parametrize(
    ("name", "numeric", "title", "kind"),
    [
        ("connection", True, "No.", "count"),
        ("server_name", False, "Server name", "code"),
        ("client_port", True, "Client port", "text"),
        ("first_time", False, "First time", "time"),
        ("queue_ns", True, "Queue", "duration"),
        ("odd_count", True, "Odd count", "count"),
        ("", False, "?", "text"),
        ("x\x1b", False, "X\\x1b", "text"),
    ],
)
def test_every_column_has_a_title(name: str, numeric: bool, title: str, kind: str) -> None:
    column = connection_column(name, numeric)
    assert (column.name, column.title, column.kind) == (name, title, kind)


def test_names_and_ends_are_shown_first() -> None:
    have = ["again", "server_end", "ja4", "server_name", "connection"]
    assert shown_first(have) == ["connection", "server_name", "server_end", "again"]


def cells(table: pd.DataFrame, *names: str) -> list[list[str]]:
    """Return cells of all rows."""
    numeric = [name in table and table[name].dtype.kind in "iuf" for name in names]
    columns = [connection_column(*each) for each in zip(names, numeric, strict=True)]
    return written(table, columns)


def test_cells_read_as_people_do() -> None:
    table = connection_table(
        [{"client": "fe80::1", "duration_ns": 1_500_000, "retransmissions_client": 2}, {}]
    )
    assert cells(table, "client_end", "again", "duration_ns", "handshake_rtt_ns") == [
        ["[fe80::1]:40000", "2", "1.5 ms", "–"],
        ["10.0.0.1:40000", "", "0 ns", "–"],
    ]
    assert cells(table, "flags_client", "client_port", "first_time")[0] == [
        "SYN ACK", "40000", "2023-11-14T22:13:20.000000000Z",
    ]  # fmt: skip
    assert START_NS == 1_700_000_000_000_000_000


def test_what_is_missing_is_said_once_and_quietly() -> None:
    table = connection_table([{}, {}])
    table["server_name"] = pd.Series(["x.com", None], dtype=object)
    table["alpn"] = pd.Categorical(["h2", None])
    table["hops"] = [3.0, np.nan]
    table["ratio"] = [1.25, -1.0]
    table.loc[1, "first_time"] = pd.NaT
    assert cells(table, "server_name", "alpn", "hops", "ratio", "first_time") == [
        ["x.com", "h2", "3", "1.25", "2023-11-14T22:13:20.000000000Z"],
        ["", "", "–", "–", "–"],
    ]


def test_no_columns_are_empty_rows() -> None:
    assert written(connection_table([{}, {}]), []) == [[], []]
    assert written(connection_table([]), [Column("packets", "Packets", "count")]) == []


@given(hostile_text)
def test_hostile_names_are_visible_text(text: str) -> None:
    table = connection_table([{}])
    table["server_name"] = pd.Series([text], dtype=object)
    ((shown,),) = cells(table, "server_name")
    assert shown.isprintable()
    assert len(shown) <= 200

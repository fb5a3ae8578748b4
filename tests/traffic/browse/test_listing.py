"""The connection table as a list."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.frames import START_NS, connection_table
from workbench.errors import ColumnError, FilterError
from workbench.traffic.browse.listing import Listing

ROWS = [
    {"connection": 0, "client": "10.0.0.10", "packets": 5, "handshake_rtt_ns": 9},
    {"connection": 1, "client": "10.0.0.9", "packets": 7, "first_time": START_NS - 5},
    {"connection": 2, "client": "10.0.0.9", "client_port": 80, "packets": 5,
     "handshake_rtt_ns": 3, "retransmissions_server": 4, "retransmissions_client": 1},
]  # fmt: skip


@pytest.mark.parametrize(
    ("column", "descending", "rows"),
    [
        ("connection", False, [0, 1, 2]),
        ("packets", False, [0, 2, 1]),
        ("packets", True, [1, 0, 2]),
        ("handshake_rtt_ns", False, [2, 0, 1]),
        ("handshake_rtt_ns", True, [0, 2, 1]),
        ("client_end", False, [2, 1, 0]),
        ("client_end", True, [0, 1, 2]),
        ("again", True, [2, 0, 1]),
        ("first_time", False, [1, 0, 2]),
        ("protocol", True, [0, 1, 2]),
    ],
)
def test_sorting(column: str, descending: bool, rows: list[int]) -> None:
    listing = Listing(connection_table(ROWS))
    assert listing.order(column, descending=descending).tolist() == rows
    assert listing.order(column, descending=descending) is listing.order(
        column, descending=descending
    )


def test_searching_sorting_and_a_choice_go_together() -> None:
    listing = Listing(connection_table(ROWS))
    assert listing.rows("10.0.0.9", sort="packets").tolist() == [2, 1]
    among = np.array([True, True, False])
    assert listing.rows("10.0.0.9", sort="packets", among=among).tolist() == [1]
    assert listing.rows(sort="packets", descending=True, among=among).tolist() == [1, 0]


def test_columns_made_of_others_come_first_where_they_can_be_made() -> None:
    assert Listing(connection_table(ROWS)).names[:3] == ("client_end", "server_end", "again")
    assert Listing(pd.DataFrame({"connection": [1]})).names == ("connection",)


def test_what_is_no_column_is_said() -> None:
    listing = Listing(connection_table(ROWS))
    with pytest.raises(ColumnError, match=r"connection table.*Did you mean packets"):
        listing.order("packet")
    with pytest.raises(FilterError):
        listing.rows("nonsense:1")


def test_no_more_orders_are_kept_than_a_person_uses() -> None:
    listing = Listing(connection_table(ROWS))
    for name in listing.names:
        listing.order(name)
    assert len(listing._orders) == 6


@given(st.lists(st.integers(-1, 5), min_size=1), st.booleans())
def test_an_order_is_stable_and_ends_with_what_is_missing(
    values: list[int], descending: bool
) -> None:
    table = pd.DataFrame({"connection": range(len(values)), "x_ns": values})
    order = Listing(table).order("x_ns", descending=descending).tolist()
    sign = -1 if descending else 1
    expected = sorted(range(len(values)), key=lambda at: (values[at] < 0, sign * values[at], at))
    known = [at for at in order if values[at] >= 0]
    assert known == [at for at in expected if values[at] >= 0]
    assert sorted(order) == list(range(len(values)))
    assert order[: len(known)] == known

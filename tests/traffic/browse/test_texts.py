"""Text columns as codes."""

from __future__ import annotations

import ipaddress

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.traffic.browse.texts import TextColumn

NAMES = pd.Series(["b.example", None, "A.example", "", "b.example"], dtype=object)


@pytest.mark.parametrize("dtype", ["object", "str", "category"])
def test_any_column_of_text_is_searched(dtype: str) -> None:
    column = TextColumn(NAMES.astype(dtype))  # type: ignore[call-overload]
    assert column.contains("EXAMPLE").tolist() == [True, False, True, False, True]
    assert column.equals("a.EXAMPLE").tolist() == [False, False, True, False, False]


def test_texts_are_ranked_without_regard_to_capitals() -> None:
    rank = TextColumn(NAMES).rank
    assert rank[2] < rank[0] == rank[4]
    assert rank[1] == rank[3] == -1


def test_addresses_are_ranked_as_numbers() -> None:
    addresses = ["10.0.0.10", "fe80::1", "10.0.0.9", "name", "9.9.9.9", "not:an:address"]
    order = TextColumn(pd.Series(addresses)).rank.argsort()
    assert [addresses[at] for at in order] == [
        "9.9.9.9", "10.0.0.9", "10.0.0.10", "fe80::1", "name", "not:an:address",
    ]  # fmt: skip


def test_networks_hold_addresses_and_nothing_else() -> None:
    column = TextColumn(pd.Series(["10.1.2.3", "11.0.0.1", "fd00::1", "x"]))
    assert column.inside(ipaddress.ip_network("10.0.0.0/8")).tolist() == [True, False, False, False]
    assert column.inside(ipaddress.ip_network("fd00::/8")).tolist() == [False, False, True, False]


@given(st.lists(st.one_of(st.none(), st.text(max_size=5)), min_size=1), st.text(max_size=3))
def test_searching_distinct_texts_is_searching_all(rows: list[str | None], part: str) -> None:
    found = TextColumn(pd.Series(rows, dtype=object)).contains(part)
    assert found.tolist() == [row is not None and part.lower() in row.lower() for row in rows]

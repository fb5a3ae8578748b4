"""Search in the connection table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.frames import connection_table
from tests.hostile import hostile_text
from workbench.errors import FilterError
from workbench.traffic.browse.search import Searcher, facets, numbers

MS = 1_000_000
ROWS: list[dict[str, Any]] = [
    {"connection": 0, "server": "10.0.0.2", "duration_ns": 5 * MS, "packets": 10},
    {"connection": 1, "protocol": "udp", "server": "10.9.0.2", "server_port": 53, "syn": 0},
    {"connection": 2, "client": "fe80::1", "rst_server": 1, "flags_server": 20,
     "retransmissions_client": 1, "retransmissions_server": 2, "wire_bytes_client": 2_000_000},
    {"connection": 3, "packets_server": 0, "flags_server": 0, "bad_checksums": 1},
]  # fmt: skip


@pytest.fixture
def searcher() -> Searcher:
    table = connection_table(ROWS)
    names = ["x.com", None, "www.google.com", ""]
    first = ["x.com", None, "w3.org", "x.com"]
    table["server_name"] = pd.Series(names, dtype=object)
    table["first_name"] = pd.Series(first, dtype=object)
    table["request_kind"] = pd.Categorical(["tls", "dns", "tls", None])
    table["hops"] = [4.0, np.nan, 11.0, 4.0]
    table["post_quantum"] = [False, False, True, False]
    return Searcher(table, lambda text: np.array([text == "ttl < 9"] * 4))


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("google", [2]),
        ("GOOGLE.com", [2]),
        ("53", [1]),
        ("#3", [3]),
        ("10.9.0.2:53", [1]),
        ("10.0.0.2:53", []),
        ("[fe80::1]:40000", [2]),
        ("tcp -tls", [3]),
        ("name:x.com", [0, 3]),
        ("server_name=x.com", [0]),
        ("server_name!=x.com", [1, 2, 3]),
        ("addr:10.9.0.0/16", [1]),
        ("addr:fe80::/10", [2]),
        ("addr:10.0", [0, 1, 2, 3]),
        ("port:443 proto:tcp", [0, 2, 3]),
        ("port>50000", []),
        ("flag:rst", [2]),
        ("-flag:ack", []),
        ("is:reset", [2]),
        ("is:again", [2]),
        ("is:unanswered", [3]),
        ("is:badsum", [3]),
        ("is:two-names", [2]),
        ("again>=3", [2]),
        ("bytes>1.9M", [2]),
        ("bytes>1.9MiB", [2]),
        ("bytes>2MiB", []),
        ("lasted>=5ms", [0]),
        ("rtt<1s", []),
        ("packets:10", [0]),
        ("hops=4", [0, 3]),
        ("hops!=4", [2]),
        ("post_quantum:1", [2]),
        ('with:"ttl < 9" tls', [0, 2]),
        ("with:udp", []),
    ],
)
def test_searches_find_what_they_say(searcher: Searcher, text: str, rows: list[int]) -> None:
    mask = searcher.mask(text)
    assert mask is not None
    assert np.flatnonzero(mask).tolist() == rows


def test_nothing_asked_for_means_all(searcher: Searcher) -> None:
    assert searcher.mask("   ") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("is:odd", "is: with one of reset, again"),
        ("flag:xyz", "flag: with one of fin, syn"),
        ("packets>many", "a number, such as"),
        ("lasted>7", "a duration such as"),
        ("name>7", "name: or name="),
        ("first_time>7", "times are chosen on the timeline"),
        ("nme:x", "Did you mean"),
    ],
)
def test_what_is_not_understood_is_said(searcher: Searcher, text: str, said: str) -> None:
    with pytest.raises(FilterError, match=said):
        searcher.mask(text)


def test_fields_are_those_that_the_table_has(searcher: Searcher) -> None:
    plain = Searcher(connection_table(ROWS))
    assert {"name", "kind", "with", "hops"} <= searcher.fields
    assert not {"name", "kind", "with", "hops"} & plain.fields
    assert "two-names" not in plain.conditions


def test_facets_count_what_chips_would_find(searcher: Searcher) -> None:
    counts = facets(searcher)
    assert counts["proto"] == {"tcp": 3, "udp": 1}
    assert counts["kind"] == {"tls": 2, "dns": 1}
    for field, each in counts.items():
        for value, count in each.items():
            mask = searcher.mask(f"{field}:{value}")
            assert mask is not None
            assert int(mask.sum()) == count


def test_missing_numbers_are_below_zero() -> None:
    assert numbers(pd.Series([1.5, np.nan])).tolist() == [1.5, -1.0]
    assert numbers(pd.Series([True, False])).tolist() == [1.0, 0.0]


@given(st.lists(hostile_text, max_size=3).map(" ".join))
def test_any_text_finds_rows_or_is_our_error(text: str) -> None:
    searcher = Searcher(connection_table(ROWS))
    try:
        mask = searcher.mask(text)
    except FilterError:
        return
    assert mask is None or mask.shape == (4,)

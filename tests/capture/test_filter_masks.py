"""Masks are made a column at a time; edges that the random tests may miss."""

from __future__ import annotations

import ipaddress

import numpy as np
import pandas as pd
import pytest

from tests.frames import START_NS, packet_table
from workbench.capture.filter_masks import mask_of
from workbench.capture.filter_tree import And, Compare, Not, Or, Present
from workbench.capture.kernels.walk import NO_TIME
from workbench.capture.presence import nanoseconds


def network(text: str):
    return (ipaddress.ip_network(text),)


def without_time() -> pd.DataFrame:
    table = packet_table([{}, {}])
    table["time"] = table["time"].where(np.array([True, False]))
    return table


@pytest.mark.parametrize("operator", ["==", "!=", "<", "<=", ">", ">="])
def test_no_time_compares_with_nothing(operator) -> None:
    found = mask_of(Compare("time", operator, (START_NS - 5,)), without_time())
    assert not found[1]
    assert found[0] == (operator in ("!=", ">", ">="))


def test_no_time_is_not_even_the_smallest_number() -> None:
    assert mask_of(Compare("time", "==", (NO_TIME,)), without_time()).tolist() == [False, False]
    assert mask_of(Present("time"), without_time()).tolist() == [True, False]


def test_moments_without_a_zone_are_utc() -> None:
    naive = pd.Series(np.array([START_NS, NO_TIME]).view("M8[ns]"))
    assert nanoseconds(naive).tolist() == [START_NS, NO_TIME]
    assert nanoseconds(naive.dt.tz_localize("UTC")).tolist() == [START_NS, NO_TIME]


def test_coarser_moments_are_made_nanoseconds() -> None:
    moments = pd.Series(np.array([5], "M8[s]"))
    assert nanoseconds(moments).tolist() == [5_000_000_000]


def test_numbers_beyond_the_column_compare_as_numbers() -> None:
    table = packet_table([{"ttl": 255}])
    for operator, expected in (
        (">", False),
        ("<", True),
        ("!=", True),
        ("==", False),
        ("&", False),
    ):
        assert mask_of(Compare("ttl", operator, (2**40,)), table).tolist() == [expected]
    assert mask_of(Compare("ttl", ">", (-(2**63),)), table).tolist() == [True]


def test_addresses_that_are_none_are_in_no_network() -> None:
    table = packet_table([{"source": text} for text in ("nonsense", "1", "10.0.0.1", "::1", None)])
    assert mask_of(Compare("source", "==", network("0.0.0.0/0")), table).tolist() == [
        False, False, True, False, False
    ]  # fmt: skip
    assert mask_of(Compare("source", "==", network("::/0")), table).tolist()[3]


def test_addresses_match_in_the_spelling_of_the_table() -> None:
    table = packet_table([{"source": "::ffff:1.2.3.4"}, {"source": "2001:db8::"}])
    assert mask_of(Compare("source", "==", network("::ffff:102:304")), table).tolist()[0]
    assert mask_of(Compare("source", "==", network("2001:DB8:0::0")), table).tolist()[1]


def test_parts_are_whole_words() -> None:
    table = packet_table([{"encapsulation": "ipip+vlan"}, {"encapsulation": "ip"}])
    assert mask_of(Compare("encapsulation", "has", ("ip",)), table).tolist() == [False, True]
    assert mask_of(Compare("encapsulation", "has", ("ipip+vlan",)), table).tolist() == [True, False]


def test_joined_conditions_leave_the_table_alone() -> None:
    table = packet_table([{"md5": True}, {}])
    before = table.copy()
    node = Or((And((Present("md5"), Not(Present("problem")))), Present("dont_fragment")))
    assert mask_of(node, table).tolist() == [True, True]
    pd.testing.assert_frame_equal(table, before)

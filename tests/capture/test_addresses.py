"""Address tables: merged, in numeric order, written as the standard library writes them."""

from __future__ import annotations

import ipaddress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.capture import addresses
from workbench.capture.addresses import Addresses, key_of, merge_tables, without_unused
from workbench.capture.store import AddressTable

IP = st.ip_addresses().map(str)


def parsed(texts) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    return [ipaddress.ip_address(text) for text in texts]


def in_order(texts) -> list[str]:
    """Return distinct addresses as they are to be sorted: IPv4 first, then by number."""
    every = sorted(set(parsed(texts)), key=lambda one: (one.version, int(one)))
    return [str(one) for one in every]


def table_of(texts) -> AddressTable:
    """Return a table with the given addresses and room behind them, full of rubbish."""
    keys = [number for text in texts for number in key_of(text).tolist()] + [7, 7, 7, 7]
    return AddressTable(np.empty(0, "i4"), np.array(keys, "i8"), np.array([len(texts)], "i8"))


@given(tables=st.lists(st.lists(IP, unique=True, max_size=8), max_size=4))
def test_tables_merge_to_distinct_addresses_in_order(tables) -> None:
    merged, mappings = merge_tables([table_of(texts) for texts in tables])
    # Several ways of writing ::ffff:1.2.3.4 are right.
    every = [text for texts in tables for text in texts]
    assert parsed(merged.texts) == parsed(in_order(every))
    assert len(mappings) == len(tables)
    for texts, mapping in zip(tables, mappings, strict=True):
        assert mapping.dtype == np.int32
        assert parsed(merged.texts[code] for code in mapping) == parsed(texts)


@given(address=IP)
def test_text_is_that_of_the_standard_library(address) -> None:
    merged, _ = merge_tables([table_of([address])])
    right = ipaddress.ip_address(address)
    assert ipaddress.ip_address(merged.texts[0]) == right
    if right.version == 4:
        assert merged.texts == [address]
    assert merged.code_of(address) == 0
    assert merged.code_of(right.exploded) == 0


def test_ipv4_and_ipv6_of_the_same_number_are_different() -> None:
    merged, _ = merge_tables([table_of(["::a00:1", "10.0.0.1"])])
    assert merged.texts[0] == "10.0.0.1"
    assert len(merged) == 2
    assert merged.code_of("10.0.0.1") == 0
    assert merged.code_of("::a00:1") == 1


def test_what_is_not_there_has_no_code_and_what_is_no_address_is_refused() -> None:
    merged, _ = merge_tables([table_of(["10.0.0.1"])])
    assert merged.code_of("10.0.0.2") == -1
    assert merged.code_of("::") == -1
    for text in ("10.0.0", "example.org", "", "10.0.0.1/8"):
        with pytest.raises(ValueError, match="does not appear to be"):
            merged.code_of(text)


def test_nothing_merges_to_nothing() -> None:
    for merged, mappings in (merge_tables([]), merge_tables([table_of([])])):
        assert len(merged) == 0
        assert merged.index().tolist() == []
        assert all(len(mapping) == 0 for mapping in mappings)


@pytest.mark.parametrize("sixes", [0, 3])
def test_many_addresses_are_written_as_few_are(monkeypatch, sixes) -> None:
    values = np.random.default_rng(1).integers(0, 1 << 32, 500)
    texts = [str(ipaddress.IPv4Address(int(value))) for value in values]
    texts += ["0.0.0.0", "255.255.255.255"] + [f"2001:db8::{number}" for number in range(sixes)]
    merged, _ = merge_tables([table_of(in_order(texts))])
    plain = merged.index()
    monkeypatch.setattr(addresses, "MANY", 100)
    quick = merged.index()
    assert quick.tolist() == plain.tolist() == in_order(texts)
    assert quick.dtype == plain.dtype == "str"


def test_keys_hold_the_version_above_the_first_word() -> None:
    assert key_of("1.2.3.4").tolist() == [4 << 32, 0, 0, 0x01020304]
    assert key_of("ffff::1").tolist() == [(6 << 32) | 0xFFFF0000, 0, 0, 1]
    assert Addresses(key_of("ffff::1").reshape(1, 4)).texts == ["ffff::1"]


def test_addresses_that_no_packet_has_are_left_out() -> None:
    known = Addresses(np.stack([key_of(f"10.0.0.{n}") for n in range(5)]))
    codes = {"source": np.array([1, -1, 3], "i4"), "destination": np.array([3, 4, -1], "i4")}
    columns, kept = without_unused(codes | {"ttl": np.array([1, 2, 3], "u1")}, known)
    assert kept.texts == ["10.0.0.1", "10.0.0.3", "10.0.0.4"]
    assert columns["source"].tolist() == [0, -1, 1]
    assert columns["destination"].tolist() == [1, 2, -1]
    assert columns["ttl"].tolist() == [1, 2, 3]

"""Every address has one code, whatever the order, the seeds and the size of the table."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.capture.kernels import addresses as kernel

SEEDS = st.lists(st.integers(0, 2**31 - 1).map(lambda n: n | 1), min_size=4, max_size=4)
SOME = st.lists(st.ip_addresses(), max_size=30)
SLOTS = 64


class Table:
    """The three arrays of an address table."""

    def __init__(self, seeds: list[int], slots: int = SLOTS) -> None:
        self.slots = [0] * slots
        self.keys = [0] * (slots * 4)
        self.state = [0, *seeds, slots - 1]

    def code(self, address: str | ipaddress.IPv4Address | ipaddress.IPv6Address) -> int:
        parsed = ipaddress.ip_address(address)
        if parsed.version == 4:
            return kernel.intern_v4(self.slots, self.keys, self.state, int(parsed))
        padded = b"??" + parsed.packed
        return kernel.intern_v6(self.slots, self.keys, self.state, padded, 2)

    def address(self, code: int) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
        first, *rest = self.keys[code * 4 : code * 4 + 4]
        words = [first & 0xFFFFFFFF, *rest]
        number = sum(word << shift for word, shift in zip(words, (96, 64, 32, 0), strict=True))
        four = first >> 32 == 4
        return ipaddress.IPv4Address(number) if four else ipaddress.IPv6Address(number)


@given(found=SOME, seeds=SEEDS)
def test_each_address_has_one_code_in_order_of_appearance(found, seeds: list[int]) -> None:
    table = Table(seeds)
    distinct = list(dict.fromkeys(found))
    assert [table.code(address) for address in found] == [distinct.index(a) for a in found]
    assert table.state[0] == len(distinct)
    assert [table.address(code) for code in range(len(distinct))] == distinct


@given(found=SOME, seeds=SEEDS)
def test_a_larger_table_keeps_the_codes(found, seeds: list[int]) -> None:
    table = Table(seeds)
    before = [table.code(address) for address in found]
    table.slots = [0] * (SLOTS * 4)
    table.state[kernel.MASK] = SLOTS * 4 - 1
    assert kernel.rehash(table.slots, table.keys, table.state) == len(set(found))
    assert [table.code(address) for address in found] == before
    assert table.state[0] == len(set(found))


def test_an_ipv4_address_is_none_of_the_ipv6_addresses_that_hold_its_bits() -> None:
    table = Table([3, 5, 7, 11])
    same_bits = ["0.0.0.1", "::1", "::ffff:0.0.0.1", "0:0:1::", "0.0.0.1"]
    assert [table.code(address) for address in same_bits] == [0, 1, 2, 3, 0]


@pytest.mark.parametrize("changed", ["1::", "0:0:1::", "::1:0:0:0", "::1"])
def test_every_word_of_an_ipv6_address_counts(changed: str) -> None:
    table = Table([0, 0, 0, 0], slots=8)
    assert [table.code("::"), table.code(changed), table.code("::")] == [0, 1, 0]


def test_addresses_that_collide_all_find_room() -> None:
    table = Table([0, 0, 0, 0], slots=16)
    texts = [f"10.0.0.{number}" for number in range(15)]
    assert [table.code(text) for text in texts] == list(range(15))
    assert [table.code(text) for text in texts] == list(range(15))


def test_seeds_decide_where_an_address_lies() -> None:
    places = set()
    for seed in (1_000_003, 7_368_787, 15_485_863):
        table = Table([3, 5, 7, seed], slots=4096)
        table.code("192.0.2.1")
        places.add(table.slots.index(1))
    assert len(places) == 3


def test_remapping_leaves_what_has_no_address() -> None:
    values = [0, -1, 2, 1, 0]
    assert kernel.remap(values, 1, 4, [7, 8, 9]) == 3
    assert values == [0, -1, 9, 8, 0]

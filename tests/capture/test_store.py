"""Room for rows and addresses while nobody knows how many there will be."""

from __future__ import annotations

import ipaddress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.capture.engine import interpreted
from workbench.capture.store import DTYPES, Store, TablePool, new_address_table, with_room


def intern(table, values) -> list[int]:
    engine = interpreted()
    parts = [engine.array(part) for part in table]
    return [engine.call("intern_v4", *parts, value) for value in values]


@given(
    parts=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 300)), max_size=12),
)
def test_rows_come_out_in_the_order_they_were_placed(parts) -> None:
    store, expected = Store(), []
    for number, (rows, more) in enumerate(parts):
        segment, row = store.place(rows, rows + more)
        assert row + rows <= segment.capacity
        segment.columns["time"][row : row + rows] = number
        expected += [number] * rows
    columns = store.finish()
    assert columns["time"].tolist() == expected
    assert {name: len(column) for name, column in columns.items()} == dict.fromkeys(
        DTYPES, len(expected)
    )


def test_columns_have_their_dtypes_however_many_segments_there_are() -> None:
    for sizes in ([], [5], [5, 100_000, 3]):
        store = Store()
        for size in sizes:
            store.place(size, size)
        columns = store.finish()
        assert {name: column.dtype for name, column in columns.items()} == {
            name: np.dtype(dtype) for name, dtype in DTYPES.items()
        }
        assert len(columns["seq"]) == sum(sizes)


def test_a_good_guess_needs_one_segment_and_rows_never_move() -> None:
    store = Store()
    first, row = store.place(10, 1000)
    assert (row, first.used) == (0, 10)
    second, row = store.place(900, 990)
    assert second is first
    assert row == 10
    third, row = store.place(10_000, 10_000)
    assert third is not first
    assert (row, len(store.segments)) == (0, 2)
    assert first.used == 910


def test_kernels_write_into_the_segment_itself() -> None:
    segment, _ = Store().place(3, 3)
    segment.kernel_columns().seq[1] = 77
    assert segment.columns["seq"][1] == 77


def test_a_table_grows_and_keeps_its_codes() -> None:
    table = new_address_table(4)
    values = list(range(50, 60))
    before = intern(table, values)
    assert before == list(range(10))
    grown = with_room(table, 10_000, interpreted())
    assert len(grown.slots) >= 2 * (10 + 2 * 10_000)
    assert intern(grown, values) == before
    assert intern(grown, [99]) == [10]


def test_a_table_with_room_stays_the_same() -> None:
    table = new_address_table(1000)
    assert with_room(table, 1000, interpreted()) is table


@pytest.mark.parametrize("rows", [0, 1, 31, 1000])
def test_a_new_table_holds_two_addresses_a_packet_and_stays_half_empty(rows) -> None:
    table = new_address_table(rows)
    assert len(table.slots) >= 2 * 2 * rows
    assert len(table.slots) & (len(table.slots) - 1) == 0
    assert len(table.keys) >= 4 * 2 * rows
    assert intern(table, range(2 * rows)) == list(range(2 * rows))


def test_no_two_tables_hash_alike() -> None:
    seeds = [new_address_table(1).state[1:5].tolist() for _ in range(4)]
    assert len({tuple(seed) for seed in seeds}) == 4
    assert all(number & 1 for seed in seeds for number in seed)


def test_tables_are_lent_to_one_at_a_time() -> None:
    pool = TablePool(interpreted())
    first, second = pool.borrow(10), pool.borrow(10)
    assert (first, second) == (0, 1)
    intern(pool.tables[first], [int(ipaddress.IPv4Address("10.0.0.1"))])
    pool.give_back(first)
    assert pool.borrow(100_000) == first
    assert len(pool.tables) == 2
    assert len(pool.tables[first].slots) >= 400_000
    assert intern(pool.tables[first], [int(ipaddress.IPv4Address("10.0.0.1"))]) == [0]

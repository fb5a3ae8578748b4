"""The arithmetic of sequence numbers, and the table that connections are found in."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workbench.traffic.kernels.flows import Flows, difference, find_slot, refill

NUMBERS = st.integers(0, 2**32 - 1)
ENDPOINTS = st.integers(-(2**16), 2**46)
SEEDS = [3, 5, 7, 11]


@given(left=NUMBERS, step=st.integers(-(2**31), 2**31 - 1))
def test_difference_undoes_serial_addition(left: int, step: int) -> None:
    assert difference((left + step) % 2**32, left) == step


def flows_of(pairs: list[tuple[int, int]]) -> Flows:
    low = np.array([pair[0] for pair in pairs], "i8")
    high = np.array([pair[1] for pair in pairs], "i8")
    rest = np.zeros(len(pairs), "i8")
    return Flows(low, high, np.full(len(pairs), 6), rest, rest, rest, rest)


@given(pairs=st.lists(st.tuples(ENDPOINTS, ENDPOINTS), min_size=1, max_size=30, unique=True))
def test_every_connection_is_found_again(pairs: list[tuple[int, int]]) -> None:
    flows = flows_of(pairs)
    slots, seeds = np.zeros(64, "i4"), np.array(SEEDS, "i8")
    assert refill(slots, flows, len(pairs), seeds) == len(pairs)
    for number, (low, high) in enumerate(pairs):
        slot = find_slot(slots, 63, flows, low, high, 6, seeds)
        assert slots[slot] == number + 1
        assert slots[find_slot(slots, 63, flows, low, high, 17, seeds)] == 0


def test_connections_do_not_collide_for_one_seed_as_for_another() -> None:
    pairs = [(code << 16, code << 16 | 443) for code in range(200)]
    flows = flows_of(pairs)
    places = []
    for seeds in ([3, 5, 7, 11], [1_000_003, 30_011, 7_919, 104_729]):
        slots = np.zeros(1024, "i4")
        refill(slots, flows, len(pairs), np.array(seeds, "i8"))
        places.append(np.flatnonzero(slots).tolist())
    assert places[0] != places[1]

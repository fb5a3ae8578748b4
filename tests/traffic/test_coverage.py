"""Who brought each byte first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.traffic import coverage as module
from workbench.traffic.coverage import Coverage, Overlap, Payloads

RANGES = st.lists(st.tuples(st.integers(-20, 60), st.integers(1, 30)), max_size=40)


@given(RANGES)
def test_the_first_to_bring_a_byte_holds_it(ranges: list[tuple[int, int]]) -> None:
    held, naive = Coverage(), dict[int, int]()
    for owner, (start, size) in enumerate(ranges):
        found = held.overlaps(start, start + size)
        flat = {at: one.owner for one in found for at in range(one.start, one.end)}
        assert flat == {at: naive[at] for at in range(start, start + size) if at in naive}
        held.add(start, start + size, owner)
        for at in range(start, start + size):
            naive.setdefault(at, owner)
    assert held.highest == max([0, *(at + 1 for at in naive)])
    assert not held.exhausted


def test_nothing_is_held_at_first() -> None:
    assert Coverage().overlaps(0, 100) == []


def test_work_is_bounded(monkeypatch) -> None:
    monkeypatch.setattr(module, "BUDGET_RANGE", 2)
    held = Coverage()
    for at in range(0, 2_000, 2):
        held.add(at, at + 1, at)
    found = 0
    while not held.exhausted:
        found += len(held.overlaps(0, 2_000))
    assert found <= module.BUDGET_START + 1_000 * module.BUDGET_RANGE
    assert held.overlaps(0, 2_000) == []
    held.add(0, 2_000, 1)
    assert held.highest == 1_999


def payloads() -> Payloads:
    data = [b"abcdef", b"cdXf", b"cd", b"zzzz"]
    return Payloads(lambda index: data[index], [0, 2, 2, 9])


def test_payloads_are_compared_where_both_have_bytes() -> None:
    every = payloads()
    assert every.differ(0, 1, 2, 6)
    assert not every.differ(0, 1, 2, 4)
    assert not every.differ(0, 2, 2, 6), "what was cut off does not count"


def test_one_byte_repeated() -> None:
    every = payloads()
    assert every.uniform(3)
    assert not every.uniform(0)
    assert not Payloads(lambda _index: b"", [0]).uniform(0)


def test_payloads_are_read_once_and_not_kept_for_ever(monkeypatch) -> None:
    monkeypatch.setattr(module, "CACHED_BYTES", 100)
    read: list[int] = []

    def reader(index: int) -> bytes:
        read.append(index)
        return bytes(50)

    every = Payloads(reader, [0, 0])
    every.of(0), every.of(0), every.of(1), every.of(1)
    assert read == [0, 1]
    every.of(2)
    every.of(0)
    assert read == [0, 1, 2, 0]


def test_an_overlap_says_where_and_whose() -> None:
    held = Coverage()
    held.add(10, 20, 5)
    assert held.overlaps(0, 12) == [Overlap(10, 12, 5)]

"""Loads agree with `int.from_bytes`, sums with the algorithm that RFC 1071 prints."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture import build
from workbench.capture.kernels import primitives as kernel

LOADS = [
    (kernel.u8, 1, "big"),
    (kernel.be16, 2, "big"),
    (kernel.be32, 4, "big"),
    (kernel.le16, 2, "little"),
    (kernel.le32, 4, "little"),
]


@pytest.mark.parametrize(("load", "size", "order"), LOADS)
@given(data=st.binary(min_size=8, max_size=8), at=st.integers(0, 4))
def test_a_load_reads_the_bytes_at_its_position(load, size, order, data: bytes, at: int) -> None:
    wanted = int.from_bytes(data[at : at + size], order)
    for buffer in (data, memoryview(data), np.frombuffer(data, np.uint8)):
        assert load(buffer, at) == wanted


@given(data=st.binary(min_size=4, max_size=4))
def test_loads_of_a_file_follow_its_byte_order(data: bytes) -> None:
    for big, order in ((1, "big"), (0, "little")):
        assert kernel.load32(data, 0, big) == int.from_bytes(data, order)  # type: ignore[arg-type]
        assert kernel.load16(data, 1, big) == int.from_bytes(data[1:3], order)  # type: ignore[arg-type]


@pytest.mark.parametrize(("load", "size", "order"), LOADS)
def test_a_load_past_the_end_is_an_error_when_interpreted(load, size, order) -> None:
    with pytest.raises(IndexError):
        load(bytes(8), 9 - size)


def test_a_number_from_a_small_array_is_not_small() -> None:
    data = np.full(4, 255, np.uint8)
    assert kernel.be32(data, 0) == 2**32 - 1
    assert kernel.word_sum_loop(np.full(10_000, 255, np.uint8), 0, 10_000) == 0


def test_the_example_of_the_rfc() -> None:
    data = bytes.fromhex("0001f203f4f5f6f7")
    assert kernel.word_sum(data, 0, 8) == 0xDDF2
    assert build.internet_sum(data) == 0xDDF2 ^ 0xFFFF


@given(data=st.binary(max_size=200), ends=st.tuples(st.integers(0, 200), st.integers(0, 200)))
def test_both_sums_are_those_of_the_rfc(data: bytes, ends: tuple[int, int]) -> None:
    start, stop = sorted(min(end, len(data)) for end in ends)
    reference = ~build.internet_sum(data[start:stop]) & 0xFFFF
    assert kernel.word_sum(data, start, stop) == reference % 65535
    assert kernel.word_sum_loop(data, start, stop) == reference % 65535


@given(data=st.binary(max_size=60), place=st.integers(0, 29))
def test_a_stored_checksum_makes_the_sum_zero(data: bytes, place: int) -> None:
    place = 2 * min(place, len(data) // 2)
    data = data[:place] + b"\0\0" + data[place:]
    stored = build.internet_sum(data).to_bytes(2, "big")
    assert kernel.word_sum(data[:place] + stored + data[place + 2 :], 0, len(data)) == 0


def test_interpreted_an_array_is_its_own_pointer() -> None:
    data = bytearray(3)
    assert kernel.pointer(data) is data
    kernel.prefetch(data, 10**9)
    assert data == bytes(3)

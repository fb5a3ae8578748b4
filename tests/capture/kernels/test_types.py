"""The named tuples that kernels fill, and the dtypes behind their names."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.capture import codes
from workbench.capture.kernels import layers, types


@pytest.mark.parametrize(
    ("group", "dtypes"),
    [(types.Index, types.INDEX_DTYPES), (types.Columns, types.COLUMN_DTYPES)],
)
def test_each_name_has_a_dtype(group, dtypes: dict[str, str]) -> None:
    assert group._fields == tuple(dtypes)


@pytest.mark.parametrize("rows", [0, 3])
@pytest.mark.parametrize(
    ("empty", "dtypes"),
    [
        (types.empty_index, types.INDEX_DTYPES),
        (types.empty_columns, types.COLUMN_DTYPES),
    ],
)
def test_columns_have_the_dtypes_and_lengths_asked_for(empty, dtypes, rows: int) -> None:
    group = empty(rows)
    assert {name: column.dtype for name, column in group._asdict().items()} == {
        name: np.dtype(dtype) for name, dtype in dtypes.items()
    }
    assert {column.shape for column in group} == {(rows,)}
    assert len({id(column) for column in group}) == len(group)


def test_a_row_stays_small() -> None:
    assert sum(np.dtype(dtype).itemsize for dtype in types.COLUMN_DTYPES.values()) <= 50


@pytest.mark.parametrize(
    ("column", "lowest", "highest"),
    [
        ("encapsulation", 0, codes.MORE << 10 | codes.MORE << 5 | codes.MORE),
        ("protocol", codes.PROTOCOL_ABSENT, codes.ARP),
        ("source", -1, 2**31 - 1),
        ("problem", codes.OK, len(codes.PROBLEM_NAMES) - 1),
        ("checksum", 0, codes.UNVERIFIED),
        ("ip_checksum", 0, codes.UNVERIFIED),
        ("tcp_flags", 0, 0x0FFF),
        ("fragment", 0, 0x7FFF),
        ("seq", 0, 2**32 - 1),
        ("payload_at", 0, layers.MAX_HEADERS),
        ("payload_length", 0, 2**32 - 1),
    ],
)
def test_the_largest_values_fit(column: str, lowest: int, highest: int) -> None:
    kept = np.iinfo(types.COLUMN_DTYPES[column])
    assert kept.min <= lowest
    assert highest <= kept.max


def test_interpreted_columns_refuse_what_does_not_fit() -> None:
    column = memoryview(types.empty_columns(1).ttl)
    with pytest.raises(ValueError, match="format"):
        column[0] = 256


def test_no_walk_has_nothing_to_walk() -> None:
    assert types.NO_WALK.stop < types.NO_WALK.start

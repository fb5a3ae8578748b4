"""Places in the row that the decoder fills."""

from __future__ import annotations

from workbench.capture.kernels import decode, fields
from workbench.capture.kernels.extras import Extras
from workbench.capture.kernels.types import Columns

NUMBERS = {name: value for name, value in vars(fields).items() if name.isupper()}
EXTRA = {name: value for name, value in NUMBERS.items() if name.lower() in Extras._fields}
ROW = {
    name: value
    for name, value in NUMBERS.items()
    if name not in EXTRA and name not in {"COUNT", "EXTRA_COUNT"}
}


def test_places_of_a_row_are_distinct_and_fill_it() -> None:
    assert sorted(ROW.values()) == list(range(fields.COUNT))


def test_places_of_the_extra_columns_are_distinct_and_fill_theirs() -> None:
    assert sorted(EXTRA.values()) == list(range(fields.EXTRA_COUNT))


def test_work_space_for_a_row_is_enough_for_the_extra_columns() -> None:
    assert fields.EXTRA_COUNT <= fields.COUNT


def test_every_column_but_the_problem_has_a_place() -> None:
    named = {name.lower() for name in ROW}
    assert named - {"checked_source"} == set(Columns._fields) - {"problem"}


def test_every_extra_column_but_the_difference_has_a_place() -> None:
    assert {name.lower() for name in EXTRA} == set(Extras._fields) - {"checksum_delta"}


def test_clearing_a_row_reaches_every_place() -> None:
    row = [99] * (fields.COUNT + 1)
    decode.clear_row(row)
    assert 99 not in row[: fields.COUNT]
    assert row[fields.COUNT] == 99

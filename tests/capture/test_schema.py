"""The packet table's columns: named once, described, and checked when asked for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.capture import schema
from workbench.capture.kernels.extras import EXTRA_DTYPES
from workbench.errors import ColumnError


def test_names_are_unique_and_in_order() -> None:
    assert tuple(column.name for column in schema.COLUMNS) == schema.NAMES
    assert len(set(schema.NAMES)) == len(schema.COLUMNS)
    assert schema.NAMES[:2] == ("frame", "time")


@pytest.mark.parametrize("column", schema.COLUMNS, ids=schema.NAMES)
def test_a_column_says_what_it_is(column) -> None:
    assert column.name.isidentifier()
    assert column.meaning
    assert not column.meaning.endswith(".")
    pd.api.types.pandas_dtype(column.dtype)


@pytest.mark.parametrize("column", schema.COLUMNS, ids=schema.NAMES)
def test_the_value_for_absent_fits_the_dtype(column) -> None:
    if column.absent is None or column.dtype == "category":
        assert column.absent in (None, "")
        return
    assert np.array([column.absent], column.dtype)[0] == column.absent


def test_columns_decoded_later_are_no_core_columns() -> None:
    assert not set(EXTRA_DTYPES) & set(schema.CORE)
    assert not set(schema.FLOW) & set(schema.CORE)
    assert set(EXTRA_DTYPES) | set(schema.FLOW) <= set(schema.NAMES)


def test_what_only_tcp_has_is_never_without_a_value_elsewhere() -> None:
    assert all(column.absent is not None for column in schema.COLUMNS if column.applies == "tcp")


def test_columns_come_in_the_order_asked_for() -> None:
    assert schema.chosen_columns(None) == schema.NAMES
    assert schema.chosen_columns(iter(["ttl", "frame"])) == ("ttl", "frame")
    assert schema.chosen_columns("time") == ("time",)
    assert schema.chosen_columns([]) == ()


def test_an_unknown_column_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ColumnError, match=r"no column 'sorce'.*Did you mean source\?"):
        schema.chosen_columns(["time", "sorce"])
    with pytest.raises(KeyError):
        schema.chosen_columns("Time")

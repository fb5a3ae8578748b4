"""Several captures as one, and none."""

from __future__ import annotations

import io

import pytest

import workbench as wb
from tests.api.test_packets import made
from workbench.errors import ParameterError


def test_several_files_are_read_as_one() -> None:
    both = wb.read([io.BytesIO(made(3)), io.BytesIO(made(2))])
    assert len(both) == 5
    assert len(both.files) == 2
    assert both.packets["frame"].tolist() == [1, 2, 3, 4, 5]


def test_merging_shifts_times() -> None:
    merged = wb.merge([wb.read(io.BytesIO(made(2))), io.BytesIO(made(2))], shift_ns=[0, -1])
    assert merged.packets["payload_source"].tolist() == [1, 0, 1, 0]


def test_no_capture_at_all_is_an_error() -> None:
    with pytest.raises(ParameterError, match="at least one capture"):
        wb.read([])

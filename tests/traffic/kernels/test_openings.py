"""Room for what is noted."""

from __future__ import annotations

import numpy as np

from workbench.traffic.kernels.openings import Openings, note


def test_no_more_is_noted_than_there_is_room_for() -> None:
    openings = Openings(*(np.zeros(6 if name == "rows" else 2, "i8") for name in Openings._fields))
    assert [note(openings, 1, row, 3) for row in (4, 5, 6, 7)] == [True, True, True, False]
    assert openings.rows.tolist() == [0, 0, 0, 4, 5, 6]
    assert openings.count.tolist() == [0, 3]

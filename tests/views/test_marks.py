"""Pictures as values."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.errors import ParameterError
from workbench.views.marks import Arrows, Bars, Line, Picture, Points, Ranges, Spans, Texts, text_of


def test_numbers_become_flat_floats_and_nothing_infinite() -> None:
    x, y = Line(role="client", x=[1, 2], y=[float("inf"), 2**62]).arrays()
    assert x.dtype == y.dtype == np.float64
    assert np.isnan(y[0])
    assert y[1] == 2.0**62


@pytest.mark.parametrize(
    "mark",
    [
        Bars(role="client", at=[1, 2], length=[1]),
        Line(role="client", x=[1], y=[]),
        Points(role="client", x=[1], y=[1], details={"frame": []}),
        Spans(role="client", x=[1], low=[1], high=[1, 2]),
        Ranges(role="client", y=[1], start=[1, 2], end=[1]),
        Arrows(role="client", x0=[1], y0=[1], x1=[1], y1=[]),
        Texts(role="text", x=[1], y=[1], texts=["a", "b"]),
    ],
)
def test_marks_of_uneven_length_are_refused(mark: Bars) -> None:
    with pytest.raises(ParameterError, match=type(mark).__name__):
        Picture("uneven", (mark,))


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(ParameterError, match="role"):
        Picture("odd", (Points(role="nobody"),))


def test_items_are_counted() -> None:
    marks = (Points(role="client", x=[1, 2], y=[1, 2]), Texts(role="text"))
    assert Picture("two", marks).items == 2


@pytest.mark.parametrize(
    ("value", "text"), [(1234, "1,234"), (0.5, "0.5"), (np.int64(1000), "1,000"), ("a", "a")]
)
def test_details_as_text(value: object, text: str) -> None:
    assert text_of(value) == text

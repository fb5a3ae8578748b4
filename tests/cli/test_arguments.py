"""Arguments are read as they are meant, and nothing is guessed."""

from __future__ import annotations

import re

import pytest

from workbench.capture.filters import compile_filter
from workbench.cli.arguments import FILTER_HELP, Parser, numbers
from workbench.errors import ParameterError


def test_numbers_have_commas_between() -> None:
    assert numbers("0") == [0]
    assert numbers(" 3, 1 ") == [3, 1]


@pytest.mark.parametrize("text", ["", "a", "1,", "-1", "1.5", "\u0661", "1" * 11, "1 2"])
def test_anything_else_is_no_number(text) -> None:
    with pytest.raises(ParameterError, match="numbers such as 0,3"):
        numbers(text)


def test_a_complaint_is_an_error_of_ours_in_one_line() -> None:
    with pytest.raises(ParameterError) as caught:
        Parser(prog="workbench").error("bad\nthing\x1b")
    assert caught.value.message == r"bad\nthing\x1b; see workbench --help."


def test_the_filters_of_the_help_are_understood() -> None:
    lines = FILTER_HELP.splitlines()[1:-1]
    cells = [cell for line in lines for cell in re.split(r"\s{2,}", line.strip())]
    cells = [cell for cell in cells if "..." not in cell]
    assert len(cells) >= 8
    for cell in cells:
        for text in [cell] if "flags" in cell else cell.split(", "):
            compile_filter(text)

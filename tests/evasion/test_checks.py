from __future__ import annotations

import pytest

from workbench.errors import ParameterError
from workbench.evasion.checks import check_bounds, check_choice, check_range


def test_a_choice_that_is_none_lists_those_that_are():
    check_choice("mode", "a", ("a", "b"))
    with pytest.raises(ParameterError, match=r"mode cannot be 'c'.*Choices: a, b"):
        check_choice("mode", "c", ("a", "b"))


@pytest.mark.parametrize("value", [0, 5, 10])
def test_bounds_belong_to_the_range(value):
    check_range("hops", value, 0, 10)


@pytest.mark.parametrize("value", [-1, 11])
def test_a_number_beyond_its_bounds_is_refused(value):
    with pytest.raises(ParameterError, match="hops must be from 0 to 10"):
        check_range("hops", value, 0, 10)


@pytest.mark.parametrize("text", ["", "n1", "d20", "s4000"])
def test_packets_are_named_by_a_letter_and_a_number(text):
    check_bounds(start=text)


@pytest.mark.parametrize("text", ["3", "x3", "n", "n-1", "n3; reboot", "n3\n"])
def test_other_texts_name_no_packet(text):
    with pytest.raises(ParameterError, match="n3, d1 or s100"):
        check_bounds(start=text)

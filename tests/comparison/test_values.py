"""The values that a comparison is made of."""

from __future__ import annotations

from tests.comparison.made import DONE, LOST, attempt
from workbench.comparison.values import COLUMNS, UNTOLD, Difference, Frames


def test_success_is_told_only_where_it_can_be():
    assert [one.succeeded for one in (DONE, LOST, UNTOLD)] == [True, False, None]


def test_an_attempt_names_what_it_asks_for():
    assert attempt().text == "tls to x.com:443"
    assert attempt(name="", kind="").text == "tcp to 10.0.0.1:443"


def test_many_frames_are_cut_short():
    assert (
        str(Frames((), tuple(range(1, 20)))) == "reference -; candidate 1, 2, 3, 4, 5, 6, 7, 8, …"
    )


def test_three_of_three_are_systematic_and_two_are_not():
    def seen(count: int, of: int) -> bool:
        return Difference("ttl", "3", "4", "high", "x", count=count, of=of).systematic

    assert [seen(3, 3), seen(2, 3), seen(2, 2)] == [True, False, False]


def test_every_column_is_a_field_or_a_property():
    one = Difference("ttl", "3", "4", "high", "x")
    assert all(hasattr(one, name) for name in COLUMNS)

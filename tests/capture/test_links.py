"""Link types: numbers as tcpdump registered them, one name each."""

from __future__ import annotations

import pytest

from workbench.capture import links
from workbench.capture.links import DECODED, LINK_NAMES, link_name

NUMBERS = {name: value for name, value in vars(links).items() if isinstance(value, int)}


def test_every_number_has_a_name_and_no_name_is_left_over() -> None:
    assert sorted(NUMBERS.values()) == sorted(LINK_NAMES)
    assert len(set(NUMBERS.values())) == len(NUMBERS)


def test_only_raw_ip_has_several_numbers_for_one_name() -> None:
    every = list(LINK_NAMES.values())
    assert {name for name in every if every.count(name) > 1} == {"raw"}
    assert [number for number, name in LINK_NAMES.items() if name == "raw"] == [12, 14, 101]


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (0, "null"), (1, "ethernet"), (9, "ppp"), (101, "raw"), (105, "802.11"),
        (113, "linux-sll"), (127, "802.11-radiotap"), (276, "linux-sll2"), (65535, "unknown"),
    ],
)  # fmt: skip
def test_numbers_are_those_of_the_registry(number, name) -> None:
    assert link_name(number) == name


def test_a_number_without_a_name_is_shown_as_it_is() -> None:
    assert link_name(147) == "link-147"
    assert link_name(70000) == "link-70000"


def test_what_is_decoded_is_named_and_known_not_to_be_else() -> None:
    assert set(LINK_NAMES) - DECODED == {links.NETLINK, links.UNKNOWN}
    assert set(LINK_NAMES) > DECODED

"""The values that a sequence map is made of."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, asdict, replace

import pytest

from workbench.evasion.sequence_values import Bar, Cut, SequenceMap

BAR = Bar(4, 0, "P1", "part", 0, 517)


def test_what_is_meant_to_be_delivered_is_genuine() -> None:
    kinds = ("part", "copy", "retransmission", "fake", "shadow", "reset", "opening")
    genuine = [kind for kind in kinds if replace(BAR, kind=kind).genuine]
    assert genuine == ["part", "copy", "retransmission"]


def test_volleys_are_counted() -> None:
    assert SequenceMap().volleys == 0
    assert SequenceMap(bars=(BAR, replace(BAR, volley=3))).volleys == 3


def test_a_map_is_plain_and_frozen() -> None:
    found = SequenceMap("tls", 517, (BAR,), cuts=(Cut(3, "3"),), host=(1, 2))
    assert asdict(found)["bars"][0]["token"] == "P1"
    with pytest.raises(FrozenInstanceError):
        found.length = 1  # type: ignore[misc]

"""What may look like a strategy and is none."""

from __future__ import annotations

import pytest

from tests.evasion.compose.stage import LONG
from tests.evasion.sequences import conversation
from workbench.evasion.compose.capture import View
from workbench.evasion.compose.scene import Script
from workbench.evasion.confounders import NOTES, confounders
from workbench.evasion.sighting import look
from workbench.traffic.segments import classify


def names(view: View, script: Script | None = None, request: bytes = LONG) -> set[str]:
    spoken = conversation("nfqws", request, view=view, script=script or Script())
    known = classify(spoken)
    found = confounders(spoken, known, look(spoken, known))
    assert all(one.note == NOTES[one.name] for one in found)
    return {one.name for one in found}


@pytest.mark.parametrize(
    ("view", "name"),
    [
        (View(partial_checksums=True), "offload"),
        (View(joined=True), "oversize"),
        (View(doubled=True, cooked=True), "duplicates"),
        (View(snap_length=100), "truncated"),
        (View(one_sided="client"), "one-sided"),
        (View(vantage="server"), "distance"),
    ],
)
def test_each_is_named(view: View, name: str) -> None:
    assert name in names(view)


def test_a_clean_recording_has_none() -> None:
    assert names(View()) == set()


def test_retransmissions() -> None:
    assert "retransmissions" in names(View(), Script(silent=True, repetitions=2))

"""Recognition of one connection: the way in, and captures of real tools."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.evasion.compose.stage import HELLO
from tests.evasion.score import exceptions, ordinary, results
from tests.evasion.sequences import conversation, examined
from workbench.evasion.compose.capture import View
from workbench.evasion.recognise import at_one_place, recognise
from workbench.evasion.strategy import NONE
from workbench.traffic.segments import classify


def test_one_call_gives_the_strategy() -> None:
    spoken = conversation("nfqws --dpi-desync=fake --dpi-desync-ttl=3")
    assert recognise(spoken).text == "fake"
    assert recognise(spoken, classify(spoken)) == recognise(spoken)
    assert recognise(conversation("nfqws")) == NONE
    assert at_one_place(spoken) is spoken


def test_confounders_go_with_the_answer() -> None:
    one = examined(
        "nfqws --dpi-desync=fake --dpi-desync-ttl=3", view=View(doubled=True, cooked=True)
    )
    assert "duplicates" in {found.name for found in one.confounders}


@pytest.mark.slow
def test_every_recording_of_a_tool_at_its_client(shared: Path) -> None:
    rows = [row for row in results(shared) if row.case.vantage == "client"]
    counts = Counter(row.score.verdict for row in rows)
    partial = {row.case.tool for row in rows if row.score.verdict == "partial"}
    assert counts["false"] == counts["missed"] == 0
    assert counts["exact"] >= 435
    # What DPITunnel's command means, and fakes that a connection ended before.
    assert counts["partial"] <= 4
    assert partial <= {"dpitunnel", "nfqws"}


@pytest.mark.slow
def test_nothing_false_at_any_other_place(shared: Path) -> None:
    rows = [row for row in results(shared) if row.case.vantage != "client"]
    false = [(row.case.path.name, row.score.why) for row in rows if row.score.verdict == "false"]
    assert false == []
    assert sum(row.score.verdict == "exact" for row in rows) >= 850


@pytest.mark.slow
def test_no_alarm_on_ordinary_captures(shared: Path) -> None:
    total, alarms = ordinary(shared)
    assert total > 3000
    assert {name for name, _, _ in alarms} <= set(exceptions())
    assert {name for name, _, _ in alarms} == set(exceptions()), "an exception is no longer needed"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_hostile_bytes_never_break_it(data: st.DataObject) -> None:
    size = len(HELLO)
    places = data.draw(
        st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, 255)), max_size=9)
    )
    broken = bytearray(HELLO)
    for place, value in places:
        broken[place] = value
    cut = bytes(broken)[: data.draw(st.integers(1, size))]
    command = data.draw(st.sampled_from([
        "nfqws --dpi-desync=fake,fakeddisorder --dpi-desync-ttl=3 --dpi-desync-any-protocol=1",
        "nfqws --dpi-desync=multidisorder --dpi-desync-split-pos=1,-2 --dpi-desync-any-protocol=1",
        "ciadpi -d1 -s2", "nfqws"]))  # fmt: skip
    strategy = recognise(conversation(command, cut))
    assert strategy.text or strategy == NONE

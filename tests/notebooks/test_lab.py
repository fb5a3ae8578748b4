"""The notebook about trials, as it is stored, and what it shows of the table that comes with it."""

from __future__ import annotations

from pathlib import Path

import nbformat

from workbench.lab.tables import read_trials, summary
from workbench.lab.topology import Topology
from workbench.views.trials_page import look

ROOT = Path(__file__).resolve().parents[2]
TRIALS = ROOT / "data" / "trials.jsonl"
# domain/observed.md: what each engine lets through.
THROUGH = {
    "ndpi-drop": {"reference", "records"},
    "xt-drop": {"split in the name", "records"},
    "suri-drop": {"reset that dies"},
}


def test_it_is_stored_without_outputs_for_any_python_kernel() -> None:
    stored = nbformat.read(ROOT / "notebooks" / "lab.ipynb", as_version=4)
    nbformat.validate(stored)
    assert set(stored.metadata) == {"kernelspec", "language_info"}
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in stored.cells)


def test_the_table_agrees_with_what_was_observed_elsewhere() -> None:
    counted = summary(read_trials(TRIALS))
    assert set(counted["trials"]) == {5}
    for middlebox, names in THROUGH.items():
        part = counted[counted["middlebox"] == middlebox]
        keys = zip(part["strategy"].tolist(), part["control"].tolist(), strict=True)
        share: dict[tuple[str, str], float] = dict(zip(keys, part["share"].tolist(), strict=True))
        assert share.pop(("", "no strategy")) == 0
        assert share.pop(("", "allowed name")) == 1
        assert {name for (name, _), one in share.items() if one == 1} == names
        assert {one for (name, _), one in share.items() if name not in names} == {0}


def test_it_can_be_shown() -> None:
    page = look(read_trials(TRIALS), Topology())
    assert page.title.startswith("5 of 15 got through at least once")
    assert page.subtitle.startswith("105 trials")

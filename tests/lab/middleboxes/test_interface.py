"""One interface for every middlebox."""

from __future__ import annotations

import json

import pytest

from workbench.errors import ParameterError, WorkbenchError
from workbench.lab.middleboxes import ndpi
from workbench.lab.middleboxes.interface import NAMES, PRESETS, Logged, Middlebox, Verdict
from workbench.lab.middleboxes.models import MODELS
from workbench.lab.namespaces import Lab


def test_every_preset_is_a_middlebox_with_a_setting() -> None:
    for name in PRESETS:
        box = Middlebox.named(name)
        assert box.name in NAMES
        assert Middlebox.named(name, {"blocked": ["y.com"]}).setting.blocked == ("y.com",)
    assert set(MODELS) < set(NAMES)


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ParameterError, match="ndpi-drop"):
        Middlebox.named("ndpi-dorp")


def test_one_that_is_not_installed_says_so(monkeypatch) -> None:
    monkeypatch.setattr(ndpi, "missing", lambda: "not there.")
    assert Middlebox("ndpi").missing() == "not there."
    with pytest.raises(WorkbenchError, match="ndpi cannot be used: not there"):
        Middlebox("ndpi").attach(Lab.__new__(Lab))


def test_verdicts_are_read_while_they_are_written(tmp_path) -> None:
    path = tmp_path / "log"
    verdict = {"time_ns": 1, "flow": "a > b tcp", "name": "x.com", "action": "blocked"}
    path.write_text(json.dumps(verdict) + "\n" + '{"time_ns": 2, "fl')
    assert Logged(path).verdicts() == [Verdict(1, "a > b tcp", "x.com", "blocked")]


def test_nothing_in_the_path_blocks_nothing(within) -> None:
    found = within("blocking", "none")
    assert {outcome for outcome, _ in (found["x.com 4"], found["x.com 6"])} == {"success"}
    assert found["verdicts"] == []

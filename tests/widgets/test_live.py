"""The way into live exploration, and past it."""

from __future__ import annotations

import subprocess
import sys

import pytest

import workbench as wb
from workbench.traffic.focus import Choice
from workbench.views.tables import Html
from workbench.widgets import explore, in_report
from workbench.widgets.explorer import Explorer
from workbench.widgets.live import REPORT_FLAG


def test_a_notebook_gets_a_widget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(REPORT_FLAG, raising=False)
    shown = explore(wb.read("data/dns.pcap"), Choice(3, "it is here"))
    assert isinstance(shown, Explorer)
    assert shown.connection == 3


@pytest.mark.parametrize(("flag", "report"), [("1", True), ("0", False), ("", False)])
def test_a_report_gets_nothing(monkeypatch: pytest.MonkeyPatch, flag: str, report: bool) -> None:
    monkeypatch.setenv(REPORT_FLAG, flag)
    assert in_report() is report
    if report:
        assert explore(wb.read("data/dns.pcap")) == Html("", "")


def test_a_report_imports_no_widget() -> None:
    code = (
        "import sys, workbench as wb; from workbench import widgets;"
        "widgets.explore(wb.read('data/dns.pcap'));"
        "print({'anywidget', 'ipywidgets', 'traitlets', 'IPython'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={REPORT_FLAG: "1"}, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "set()"


def test_fakes_are_told_where_the_capture_can(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(REPORT_FLAG, raising=False)
    capture = wb.read("data/dns.pcap")
    asked: list[int] = []

    def judge(number: int):
        asked.append(number)
        import pandas as pd

        return pd.DataFrame({"frame": [], "kind": [], "standing": [], "reasons": []})

    explore(capture, Choice(0, ""), judge=judge)
    assert asked == [0]

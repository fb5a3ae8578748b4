"""A chart that moves the explorer."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

import workbench as wb
from tests.views.pictures import plot
from workbench.views.tables import Html
from workbench.widgets import explore, linked
from workbench.widgets.live import REPORT_FLAG


def test_pressing_a_bar_chooses_its_packet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(REPORT_FLAG, raising=False)
    explorer = explore(wb.read("data/dns.pcap"))
    assert not isinstance(explorer, Html)
    chart = linked(plot("sequence map", backend="none"), explorer)
    bars = next(trace for trace in chart.data if trace.name == "fake")
    (choose,) = bars._click_callbacks
    choose(bars, SimpleNamespace(point_inds=[0]), None)
    assert explorer.frame == 4
    choose(bars, SimpleNamespace(point_inds=[]), None)
    assert explorer.frame == 4
    silent = [trace for trace in chart.data if not trace.customdata]
    assert silent
    assert not [trace for trace in silent if trace._click_callbacks]


def test_a_report_has_links_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(REPORT_FLAG, "1")
    assert linked(plot("sequence map", backend="none"), Html("", "")) == Html("", "")

"""Charts with conclusions and numbers."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings

from tests.frames import packet_table
from tests.hostile import hostile_text, is_inert
from tests.views.pictures import NAMES, plot
from workbench.traffic import summaries
from workbench.views.figures import FIGURE_MIME, PLOTLY_MIME, figure
from workbench.views.listings import TIMELINE_COLUMNS
from workbench.views.timeline_plot import plot_timeline

BINS = summaries.timeline(packet_table([{}, {}]))


def bundle(caption: str) -> dict[str, object]:
    """Return what a notebook would store of a timeline."""
    shown = figure(plot_timeline, BINS, caption=caption, data=BINS, columns=TIMELINE_COLUMNS)
    return shown._repr_mimebundle_()


def test_a_figure_has_one_form_for_each_reader() -> None:
    found = bundle("All at once.")
    assert set(found) == {PLOTLY_MIME, "image/svg+xml", FIGURE_MIME, "text/plain"}
    json.dumps(found)
    about = found[FIGURE_MIME]
    assert isinstance(about, dict)
    assert about["caption"] == found["text/plain"] == "All at once."
    assert "<table>" in about["table"]
    assert about["label"].startswith("Timeline")


@given(hostile_text)
@hypothesis_settings(max_examples=10)
def test_captions_are_inert_in_every_form(caption: str) -> None:
    found = bundle(caption)
    about, plotly = found[FIGURE_MIME], found[PLOTLY_MIME]
    assert isinstance(about, dict)
    assert isinstance(plotly, dict)
    assert is_inert(about["caption"])
    assert is_inert(plotly["layout"]["title"]["text"].replace("<br>", ""))
    assert str(found["text/plain"]).isprintable()


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_can_be_had_without_any_engine(name: str) -> None:
    picture = plot(name, backend="none")
    assert picture.items > 0
    assert picture.label

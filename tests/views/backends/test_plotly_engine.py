"""Pictures drawn by plotly."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings

from tests.hostile import hostile_text, is_inert
from tests.views.pictures import NAMES, plot
from workbench.views.backends import draw
from workbench.views.marks import Picture
from workbench.views.theme import theme

_OWN_MARKUP = re.compile(r"<br>|<extra></extra>|%\{customdata\[\d\]\}")


def texts(value: object) -> list[str]:
    """Return every text within a JSON value."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        parts = [item for key, item in value.items() if key not in {"bdata", "dtype"}]
        return [text for item in parts for text in texts(item)]
    return [text for item in value for text in texts(item)] if isinstance(value, list) else []


@pytest.mark.parametrize("name", NAMES)
@given(text=hostile_text)
@hypothesis_settings(max_examples=25)
def test_no_foreign_text_reaches_plotly_as_markup(name: str, text: str) -> None:
    figure = json.loads(plot(name, text, backend="plotly").to_json())
    fonts = {theme().family}
    for found in texts(figure):
        if found not in fonts:
            assert is_inert(_OWN_MARKUP.sub("", found)), found
            assert "%{" not in found.replace("%{customdata[", "") or "hover" not in found


@pytest.mark.parametrize("name", NAMES)
def test_hover_templates_hold_only_our_labels(name: str) -> None:
    for trace in plot(name, "%{x}<b>").data:
        template = trace.hovertemplate or ""
        assert "%{x}" not in template
        assert trace.hoverinfo == "skip" or template.endswith("<extra></extra>")


@pytest.mark.parametrize("name", NAMES)
def test_every_colour_can_be_swapped_for_the_dark(name: str) -> None:
    found = set(re.findall(r"#[0-9a-fA-F]{3,8}\b", plot(name).to_json()))
    assert found
    assert found <= set(theme().swaps())


def test_numbers_travel_packed() -> None:
    assert '"bdata"' in plot("sequence").to_json()


def test_an_empty_picture_says_so() -> None:
    assert draw(Picture("nothing", ())).layout.annotations[0].text == "nothing to draw"

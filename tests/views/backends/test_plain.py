"""Pictures as plain data."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given

from tests.hostile import hostile_text
from tests.views.pictures import NAMES, plot
from workbench.views.backends import plain
from workbench.views.marks import Axis, Bars, Line, Picture, Ranges, Texts


@pytest.mark.parametrize("name", NAMES)
def test_every_chart_is_json(name: str) -> None:
    data = plot(name, backend="plain")
    picture = plot(name, backend="none")
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert len(data["marks"]) == len(picture.marks)
    for mark, given_mark in zip(data["marks"], picture.marks, strict=True):
        assert mark["type"] == type(given_mark).__name__.lower()
        assert mark["role"] == given_mark.role
        lengths = {len(values) for values in mark["details"].values()}
        assert lengths <= {given_mark.arrays()[0].size}


def test_numbers_stay_and_what_is_not_drawn_is_none() -> None:
    line = Line(role="client", name="a", x=[0, 1, 2], y=[1.5, np.nan, np.inf], steps=True)
    bars = Bars(role="server", at=[1], length=[2], width=0.5)
    words = Texts(role="text", x=[0], y=[0], texts=["a\x1b"], side="left")
    data = plain.draw(Picture("l", (line, bars, words), x=Axis("t", low=0), sideways=True))
    assert data["marks"][0]["y"] == [1.5, None, None]
    assert data["marks"][0]["steps"] is True
    assert (data["marks"][1]["width"], data["marks"][1]["steps"]) == (0.5, False)
    assert (data["marks"][2]["texts"], data["marks"][2]["side"]) == (["a\\x1b"], "left")
    assert data["x"] == {
        "title": "t", "kind": "number", "names": [], "low": 0, "high": None, "downward": False,
    }  # fmt: skip
    assert data["sideways"]


def test_ranges_keep_their_ends_and_their_height() -> None:
    mark = Ranges(role="part", y=[1], start=[-3], end=[517], thick=0.4)
    (data,) = plain.draw(Picture("r", (mark,)))["marks"]
    assert (data["y"], data["start"], data["end"], data["thick"]) == ([1], [-3], [517], 0.4)


@given(hostile_text)
def test_texts_are_made_visible(text: str) -> None:
    for name in NAMES:
        data = plot(name, text, backend="plain")
        texts = [data["label"], data["x"]["title"], *data["y"]["names"]]
        for mark in data["marks"]:
            texts += [mark["name"], *mark["details"], *mark.get("texts", [])]
            texts += [each for values in mark["details"].values() for each in values]
        assert all(each.isprintable() and len(each) <= 200 for each in texts)

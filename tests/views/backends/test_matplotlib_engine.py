"""Pictures drawn by matplotlib."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings

from tests.hostile import ATTACKS, MARK, hostile_text
from tests.views.pictures import NAMES, plot
from workbench.views.backends import matplotlib_engine
from workbench.views.marks import Line, Picture, Points


@pytest.mark.parametrize("name", NAMES)
def test_the_same_picture_gives_the_same_image(name: str) -> None:
    picture = plot(name, backend="none")
    media, data = matplotlib_engine.image(picture)
    assert media == "image/svg+xml"
    assert (media, data) == matplotlib_engine.image(picture)
    assert len(data) < 200_000


@pytest.mark.parametrize("name", NAMES)
@given(text=hostile_text)
@hypothesis_settings(max_examples=6)
def test_foreign_text_is_only_ever_text(name: str, text: str) -> None:
    _, data = matplotlib_engine.image(plot(name, text, backend="none"))
    tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(data).iter()}
    assert not tags & {"script", "a", "foreignObject", "image", "img"}


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks_do_not_run_in_an_image(attack: str) -> None:
    _, data = matplotlib_engine.image(plot("ladder", attack, backend="none"))
    assert f"window.{MARK}=1</script>".encode() not in data


def test_many_marks_become_pixels() -> None:
    many = np.arange(5_000)
    picture = Picture("many", (Points(role="client", x=many, y=many),))
    media, data = matplotlib_engine.image(picture)
    assert media == "image/png"
    assert data.startswith(b"\x89PNG")


def test_nothing_finite_and_nothing_at_all_are_drawn() -> None:
    empty = Picture("nothing", (Line(role="client", x=[np.nan], y=[np.inf]),))
    assert matplotlib_engine.image(empty)[1]
    figure = matplotlib_engine.draw(Picture("nothing", ()))
    assert "nothing to draw" in [text.get_text() for text in figure.axes[0].texts]


def test_no_figure_stays_behind() -> None:
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    plot("timeline", backend="matplotlib")
    assert plt.get_fignums() == before

"""Pictures as plain data, for a script in a browser that draws them itself.

What comes out holds numbers, texts and names of roles, and can be written as JSON. Texts are made
visible here, and never put into markup over there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.units import printable
from workbench.views.marks import Axis, Bars, Floats, Mark, Picture, Ranges, Texts, text_of

TEXT_CHARACTERS = 200


def draw(picture: Picture) -> dict[str, Any]:
    """Return a picture as plain data.

    Parameters
    ----------
    picture : Picture
        What to draw.

    Returns
    -------
    dict
        ``label``, ``height``, ``sideways``, the axes ``x`` and ``y``, and ``marks``: each with its
        ``type``, ``role``, ``name``, its numbers as lists (None for what is not drawn) and
        ``details``, a list of texts by label.
    """
    return {
        "label": printable(picture.label),
        "height": picture.height_px,
        "sideways": picture.sideways,
        "x": _axis(picture.x),
        "y": _axis(picture.y),
        "marks": [_mark(mark) for mark in picture.marks],
    }


def _axis(axis: Axis) -> dict[str, Any]:
    """Return an axis."""
    return {
        "title": printable(axis.title),
        "kind": axis.kind,
        "names": [printable(name, 48) for name in axis.names],
        "low": axis.low,
        "high": axis.high,
        "downward": axis.downward,
    }


_NUMBERS = {
    "Bars": ("at", "length"), "Line": ("x", "y"), "Points": ("x", "y"), "Texts": ("x", "y"),
    "Spans": ("x", "low", "high"), "Ranges": ("y", "start", "end"),
    "Arrows": ("x0", "y0", "x1", "y1"),
}  # fmt: skip


def _mark(mark: Mark) -> dict[str, Any]:
    """Return a mark; its numbers under the names of its fields."""
    kind = type(mark).__name__
    plain: dict[str, Any] = {"type": kind.lower(), "role": mark.role, "name": printable(mark.name)}
    arrays = zip(_NUMBERS[kind], mark.arrays(), strict=True)
    plain |= {name: _listed(array) for name, array in arrays}
    if isinstance(mark, Bars):
        plain["width"] = mark.width
    if isinstance(mark, Ranges):
        plain["thick"] = mark.thick
    if isinstance(mark, Texts):
        plain |= {"texts": [_text(text) for text in mark.texts], "side": mark.side}
    plain["steps"] = bool(getattr(mark, "steps", False))
    plain["details"] = {
        printable(label): [_text(value) for value in values]
        for label, values in mark.details.items()
    }
    return plain


def _listed(array: Floats) -> list[float | None]:
    """Return numbers as a list; JSON has no word for what is not finite."""
    shown = array.astype(object)
    shown[~np.isfinite(array)] = None
    listed: list[float | None] = shown.tolist()
    return listed


def _text(value: object) -> str:
    """Return a detail as visible text."""
    return printable(text_of(value), TEXT_CHARACTERS)

"""Pictures as values: axes and marks, before any engine draws them.

A chart function makes a `Picture`; an engine in ``backends`` turns it into a figure. A picture
holds raw text: each engine escapes it in its own way. Numbers are float64; what is not finite is
not drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from workbench.errors import ParameterError
from workbench.views.theme import theme

Floats = npt.NDArray[np.float64]
Numbers = npt.ArrayLike
AxisKind = Literal["number", "names", "hidden"]

EMPTY = "nothing to draw"


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a picture.

    Parameters
    ----------
    title : str
        What it measures, with its unit.
    kind : {"number", "names", "hidden"}
        Numbers, names (bars at 0, 1, 2, ... are called `names`), or not drawn at all.
    names : tuple of str
        Names along it.
    low, high : float or None
        Its ends where the marks should not decide.
    downward : bool
        Whether it grows downward.
    """

    title: str = ""
    kind: AxisKind = "number"
    names: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    downward: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """What every kind of mark has.

    Parameters
    ----------
    role : str
        Role of the theme, which decides its look.
    name : str
        Name in the legend; empty for none.
    details : mapping of str to sequence
        What to tell about each item, by label.
    """

    role: str
    name: str = ""
    details: Mapping[str, Sequence[object]] = field(default_factory=dict)

    def arrays(self) -> tuple[Floats, ...]:
        """Return the numbers of this mark, which all have one length."""
        return ()


@dataclass(frozen=True, slots=True)
class Bars(Mark):
    """Bars from zero, or on top of the bars of earlier marks; sideways in a sideways picture."""

    at: Numbers = ()
    length: Numbers = ()
    width: float = 1.0

    def arrays(self) -> tuple[Floats, ...]:
        """Return places and sizes."""
        return _floats(self.at), _floats(self.length)


@dataclass(frozen=True, slots=True)
class Line(Mark):
    """A line, or steps that hold each value until the next."""

    x: Numbers = ()
    y: Numbers = ()
    steps: bool = False

    def arrays(self) -> tuple[Floats, ...]:
        """Return places and sizes."""
        return _floats(self.x), _floats(self.y)


@dataclass(frozen=True, slots=True)
class Points(Mark):
    """Markers."""

    x: Numbers = ()
    y: Numbers = ()

    def arrays(self) -> tuple[Floats, ...]:
        """Return places and sizes."""
        return _floats(self.x), _floats(self.y)


@dataclass(frozen=True, slots=True)
class Spans(Mark):
    """Upright strokes from `low` to `high`."""

    x: Numbers = ()
    low: Numbers = ()
    high: Numbers = ()

    def arrays(self) -> tuple[Floats, ...]:
        """Return places and sizes."""
        return _floats(self.x), _floats(self.low), _floats(self.high)


@dataclass(frozen=True, slots=True)
class Ranges(Mark):
    """Bars that lie from `start` to `end` at the height `y`, `thick` in units of that axis."""

    y: Numbers = ()
    start: Numbers = ()
    end: Numbers = ()
    thick: float = 1.0

    def arrays(self) -> tuple[Floats, ...]:
        """Return heights and ends."""
        return _floats(self.y), _floats(self.start), _floats(self.end)


@dataclass(frozen=True, slots=True)
class Arrows(Mark):
    """Arrows from (`x0`, `y0`) to (`x1`, `y1`)."""

    x0: Numbers = ()
    y0: Numbers = ()
    x1: Numbers = ()
    y1: Numbers = ()

    def arrays(self) -> tuple[Floats, ...]:
        """Return places and sizes."""
        return _floats(self.x0), _floats(self.y0), _floats(self.x1), _floats(self.y1)


@dataclass(frozen=True, slots=True)
class Texts(Mark):
    """Texts at points, on their `side`: left of it, right of it, or centred on it."""

    x: Numbers = ()
    y: Numbers = ()
    texts: Sequence[str] = ()
    side: Literal["left", "right", "centre"] = "centre"

    def arrays(self) -> tuple[Floats, ...]:
        """Return places and sizes."""
        return _floats(self.x), _floats(self.y)


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart, ready to be drawn by any engine.

    Parameters
    ----------
    label : str
        What the chart is, for those who cannot see it.
    marks : tuple of Mark
        What is drawn, first mark lowest.
    x, y : Axis
        The axes.
    height_px : int
        Height on a screen; the width is the page's.
    least_width_px : int
        Width below which the page lets the chart scroll.
    sideways : bool
        Whether bars lie on their side.
    dense : bool
        Whether a printed picture is better stored as pixels.

    Raises
    ------
    ParameterError
        If the arrays of a mark differ in length, or a role does not exist.
    """

    label: str
    marks: tuple[Mark, ...]
    x: Axis = Axis()
    y: Axis = Axis()
    height_px: int = 260
    least_width_px: int = 0
    sideways: bool = False
    dense: bool = False

    def __post_init__(self) -> None:
        for mark in self.marks:
            theme().role(mark.role)
            lengths = {array.size for array in mark.arrays()}
            lengths |= {len(values) for values in mark.details.values()}
            if isinstance(mark, Texts):
                lengths.add(len(mark.texts))
            if len(lengths) > 1:
                kind = type(mark).__name__
                raise ParameterError.not_among(
                    f"length of {kind}", max(lengths), sorted(lengths)[:1]
                )

    @property
    def items(self) -> int:
        """How many bars, points, strokes, ... there are in all."""
        return sum(mark.arrays()[0].size for mark in self.marks)


def _floats(values: Numbers) -> Floats:
    """Return numbers as a flat float64 array, with NaN for what is not finite."""
    array = np.asarray(values, dtype=np.float64).ravel()
    return np.where(np.isfinite(array), array, np.nan)


def text_of(value: Any) -> str:
    """Return a detail as text; whole numbers with separators, others to six digits."""
    if isinstance(value, float | np.floating):
        return f"{value:,.6g}"
    if isinstance(value, int | np.integer):
        return f"{value:,}"
    return str(value)

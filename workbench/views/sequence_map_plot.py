"""The sequence map: offset in the request across, order of sending down, a bar for each packet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.evasion.sequence_values import Bar, SequenceMap
from workbench.units import format_duration_ns, printable
from workbench.views.backends import Backend, draw
from workbench.views.marks import Axis, Line, Mark, Picture, Points, Ranges, Texts
from workbench.views.sequence_map_words import Row, rows_of, signed, what_is

ROW_PX, HEADER_PX, FRAME_PX, LEGEND_PX = 36, 17, 70, 14
THICK, BELOW, ABOVE = 0.36, 0.2, -0.2
"""Height of a bar, and how far it lies below, and its text above, the middle of its row."""
NARROW_PX, CHARACTER_PX = 300, 6.4
LEAST_SHARE = 0.012
"""Bars are drawn at least this share of the width long: a part of one byte must be seen."""
ROOM, GUTTER = 0.02, 1.7
"""Share of the width beside the bars, and how much of it lies left of moved ones."""
MOST_LABEL_ROWS = 3
NAME_CHARACTERS = 28
#: Kinds in the order of the legend, with the words there.
LEGEND = {
    "part": "genuine part", "fake": "fake", "shadow": "shadow of a part",
    "copy": "copy", "reset": "reset", "retransmission": "sent again", "opening": "at the handshake",
}  # fmt: skip


def plot_sequence_map(drawn: SequenceMap, *, backend: Backend = "plotly") -> Any:
    """Return a figure of what was sent for a request.

    Parameters
    ----------
    drawn : SequenceMap
        Of `workbench.evasion.sequence_map.sequence_map`.
    backend : {"plotly", "matplotlib", "plain", "none"}
        Engine that draws.

    Returns
    -------
    plotly.graph_objects.Figure, matplotlib.figure.Figure, dict or Picture
        A row for each packet that was sent first, in the order of sending, its words above its bar;
        a row for all that came again together. Words begin at the left edge, so that a narrow
        screen shows them; cuts and the name are labelled above.
    """
    rows, hidden = rows_of(drawn)
    if not rows:
        return draw(Picture("Sequence map: nothing was asked", ()), backend)
    low, high = _ends(drawn, rows)
    if hidden:
        rows = [*rows, Row("…", f"{hidden:,} more packets, not drawn", ())]
    labels, levels = _labels(drawn, low, high)
    top = -0.75 - levels * HEADER_PX / ROW_PX
    bottom = len(rows) - 0.35
    left = low + 0.003 * (high - low)
    marks = [
        *_ground(drawn, len(rows)),
        *_bars(drawn, rows, high - low),
        *_moved(rows, low, high),
        Texts(role="text", x=[left] * len(rows), y=[at + ABOVE for at in range(len(rows))],
              texts=[printable(row.text) for row in rows], side="right"),
        *labels,
    ]  # fmt: skip
    picture = Picture(
        label=f"Sequence map: {len(drawn.bars):,} packets for a request of {drawn.length:,} bytes",
        marks=tuple(marks),
        x=Axis(title="offset in the request (bytes)", low=low, high=high),
        y=Axis(
            kind="names", names=tuple(row.token for row in rows), low=top, high=bottom,
            downward=True,
        ),
        height_px=int(_frame_px(marks) + HEADER_PX * levels + ROW_PX * (len(rows) + 0.4)),
        sideways=True,
    )  # fmt: skip
    return draw(picture, backend)


def _frame_px(marks: Sequence[Mark]) -> int:
    """Return the height of axis and legend, which takes a line for each two names at worst."""
    named = sum(bool(mark.name) for mark in marks)
    return FRAME_PX + LEGEND_PX * max(0, (named - 1) // 2)


def _ends(drawn: SequenceMap, rows: Sequence[Row]) -> tuple[float, float]:
    """Return the ends of the axis: the request, and what hangs over."""
    bars = [bar for row in rows for bar in row.bars]
    low = min(0, *(bar.start for bar in bars)) if bars else 0
    high = max(drawn.length, 1, *(bar.end for bar in bars)) if bars else max(drawn.length, 1)
    room = ROOM * (high - low)
    gutter = GUTTER if any(bar.moved for bar in bars) else 0.5
    return low - gutter * room, high + room


def _ground(drawn: SequenceMap, rows: int) -> list[Mark]:
    """Return what lies behind the bars: the name, the request's ends, cuts.

    Nothing but the name's band crosses the words.
    """
    marks: list[Mark] = []
    if drawn.host is not None:
        begin, end = drawn.host
        middle = (rows - 0.85) / 2
        marks.append(Ranges(role="band", y=[middle], start=[begin], end=[end], thick=rows + 0.15))
    marks.append(_upright("note", [0, drawn.length], rows))
    cuts = [cut.offset for cut in drawn.cuts]
    return [*marks, _upright("cut", cuts, rows)] if cuts else marks


def _upright(role: str, places: Sequence[int], rows: int) -> Line:
    """Return upright lines at places, broken where the words of each row stand."""
    gap = float("nan")
    top, bottom = BELOW - 0.7 * THICK, BELOW + 0.7 * THICK
    heights = [(-0.52, -0.42), *((at + top, at + bottom) for at in range(rows))]
    x = [each for place in places for _ in heights for each in (place, place, gap)]
    y = [each for _ in places for low, high in heights for each in (low, high, gap)]
    return Line(role=role, x=x, y=y)


def _bars(drawn: SequenceMap, rows: Sequence[Row], span: float) -> list[Mark]:
    """Return the bars, a mark a kind, and what only fills."""
    placed = [(at, bar) for at, row in enumerate(rows) for bar in row.bars]
    marks: list[Mark] = []
    for kind, name in LEGEND.items():
        mine = [(at, bar) for at, bar in placed if bar.kind == kind]
        if not mine:
            continue
        details = _details([bar for _, bar in mine], drawn)
        places = [at + BELOW for at, _ in mine]
        if kind == "reset":
            marks.append(Points(kind, name, details, [0.0] * len(mine), places))
            continue
        starts = [bar.start + bar.filling for _, bar in mine]
        pairs = zip(starts, mine, strict=True)
        ends = [max(bar.end, start + LEAST_SHARE * span) for start, (_, bar) in pairs]
        marks.append(Ranges(kind, name, details, places, starts, ends, THICK))
    filled = [(at, bar) for at, bar in placed if bar.filling]
    if filled:
        starts = [bar.start for _, bar in filled]
        ends = [bar.start + bar.filling for _, bar in filled]
        details = {"": [f"{bar.filling:,} bytes that only fill" for _, bar in filled]}
        places = [at + BELOW for at, _ in filled]
        marks.append(Ranges("filling", "filling", details, places, starts, ends, THICK))
    return marks


def _details(bars: Sequence[Bar], drawn: SequenceMap) -> dict[str, list[str]]:
    """Return what hovering over bars tells."""
    return {
        "": [what_is(bar, drawn) for bar in bars],
        "frame": [str(bar.frame) for bar in bars],
        "at": [format_duration_ns(bar.since_ns) for bar in bars],
        "bytes": [f"{bar.start:,} to {bar.end:,}" for bar in bars],
        "ttl": [str(bar.ttl) for bar in bars],
        "checksum": [bar.checksum for bar in bars],
        "fooling": [", ".join(bar.fooling) or "none" for bar in bars],
        "holds": [printable(bar.payload or "the request's own bytes") for bar in bars],
    }


def _moved(rows: Sequence[Row], low: float, high: float) -> list[Mark]:
    """Return a sign beside what is drawn where it pretends to be, on the side it really lies."""
    moved = [(at, bar) for at, row in enumerate(rows) for bar in row.bars if bar.moved]
    if not moved:
        return []
    told = {"": [f"lies {signed(bar.moved)} bytes from here by its number" for _, bar in moved]}
    edges = (low + 0.012 * (high - low), high - 0.012 * (high - low))
    x, y = [edges[bar.moved > 0] for _, bar in moved], [at + BELOW for at, _ in moved]
    return [Points("elsewhere", "", told, x, y)]


def _labels(drawn: SequenceMap, low: float, high: float) -> tuple[list[Mark], int]:
    """Return markers and the words above the rows, and how many lines those take.

    A label that finds no room on a narrow screen is left out: hovering tells it.
    """
    wanted = _wanted(drawn)
    taken: list[list[tuple[float, float]]] = []
    placed: dict[str, list[tuple[float, float, str, str]]] = {"left": [], "right": [], "centre": []}
    for place, text, role in wanted:
        share = (place - low) / (high - low)
        size = (len(text) + 1) * CHARACTER_PX / NARROW_PX
        side = "right" if share < size / 2 else "left" if share > 1 - size / 2 else "centre"
        begin = share - {"right": 0.0, "left": size, "centre": size / 2}[side]
        level = _free(taken, begin, begin + size)
        if level is not None:
            placed[side].append((place, level, text, role))
    marks: list[Mark] = []
    for side, found in placed.items():
        for role in ("text", "cut", "note"):
            mine = [one for one in found if one[3] == role]
            heights = [-0.78 - one[1] * HEADER_PX / ROW_PX for one in mine]
            if mine:
                marks.append(Texts(role=role, x=[one[0] for one in mine], y=heights,
                                   texts=[one[2] for one in mine], side=side))  # type: ignore[arg-type]  # fmt: skip
    if drawn.markers:
        told = {"marker": [name for name, _ in drawn.markers],
                "offset": [str(place) for _, place in drawn.markers]}  # fmt: skip
        places = [place for _, place in drawn.markers]
        marks.append(Points("marker", "", told, places, [-0.5] * len(places)))
    return marks, max(len(taken), 1)


def _wanted(drawn: SequenceMap) -> list[tuple[float, str, str]]:
    """Return labels with their places, the most telling first."""
    wanted: list[tuple[float, str, str]] = []
    if drawn.host is not None:
        start, end = drawn.host
        wanted.append(((start + end) / 2, printable(drawn.name or "name", NAME_CHARACTERS), "text"))
    wanted += [(cut.offset, f"cut {cut.label}", "cut") for cut in drawn.cuts if not cut.natural]
    wanted.append((float(drawn.length), f"{drawn.length:,} B", "note"))
    return wanted + [(cut.offset, "full segment", "note") for cut in drawn.cuts if cut.natural]


def _free(taken: list[list[tuple[float, float]]], begin: float, end: float) -> int | None:
    """Return the first line with room, which is taken thereby; None for none."""
    for level in range(MOST_LABEL_ROWS):
        if level == len(taken):
            taken.append([])
        if all(end <= other[0] or other[1] <= begin for other in taken[level]):
            taken[level].append((begin, end))
            return level
    return None

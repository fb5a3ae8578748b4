"""The sequence map as a picture."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.views.pictures import sequence_map
from workbench.evasion.sequence_values import Bar, Cut, SequenceMap
from workbench.views.marks import Line, Picture, Points, Ranges, Texts
from workbench.views.sequence_map_plot import plot_sequence_map
from workbench.views.theme import theme


def picture(drawn: SequenceMap) -> Picture:
    """Return the picture of a map."""
    made = plot_sequence_map(drawn, backend="none")
    assert isinstance(made, Picture)
    return made


def marks(drawn: SequenceMap, kind: type, role: str) -> list:
    """Return the marks of a kind and a role."""
    return [one for one in picture(drawn).marks if isinstance(one, kind) and one.role == role]


def words(drawn: SequenceMap) -> list[str]:
    """Return all texts of a picture."""
    return [text for one in picture(drawn).marks if isinstance(one, Texts) for text in one.texts]


def test_every_bar_lies_in_the_row_of_its_sending() -> None:
    made = picture(sequence_map())
    assert made.y.names == ("S", "F", "f2", "P2", "K", "P1", "D1", "R")
    assert made.y.downward
    (parts,) = marks(sequence_map(), Ranges, "part")
    y, start, end = parts.arrays()
    assert [round(each) for each in y] == [3, 5]
    assert (start[0], end[0]) == (3, 517)
    assert start[1] == 0, "what only fills is no part"
    (filling,) = marks(sequence_map(), Ranges, "filling")
    assert [tuple(array) for array in filling.arrays()[1:]] == [(-200.0,), (0.0,)]


def test_words_stand_above_their_bars_and_cross_nothing() -> None:
    made = picture(sequence_map())
    rows = next(one for one in made.marks if isinstance(one, Texts) and len(one.texts) == 8)
    bars = [one for one in made.marks if isinstance(one, Ranges) and one.role != "band"]
    tops = {round(y): y - one.thick / 2 for one in bars for y in one.arrays()[0]}
    for at, height in enumerate(rows.arrays()[1]):
        assert height < tops.get(at, at + 1)
    for line in (one for one in made.marks if isinstance(one, Line)):
        heights = line.arrays()[1]
        assert not [y for y in rows.arrays()[1] for low, high in
                    zip(heights[::3], heights[1::3], strict=True) if low < y < high]  # fmt: skip


def test_a_part_of_one_byte_can_be_seen() -> None:
    drawn = SequenceMap("tls", 5_000, (Bar(1, 0, "P1", "part", 0, 1),), parts=2)
    (part,) = marks(drawn, Ranges, "part")
    assert part.arrays()[2][0] > 40
    assert part.details["bytes"] == ["0 to 1"]


def test_what_lies_elsewhere_has_a_sign_on_that_side() -> None:
    (signs,) = marks(sequence_map(), Points, "elsewhere")
    x, y = signs.arrays()
    assert [round(each) for each in y] == [1, 2]
    assert set(x < 0) == {True}
    ahead = replace(sequence_map(), bars=(replace(sequence_map().bars[1], moved=9_000),))
    (signs,) = marks(ahead, Points, "elsewhere")
    assert signs.arrays()[0][0] > 517
    assert "+9,000" in signs.details[""][0]


def test_name_ends_and_cuts_are_labelled() -> None:
    found = words(replace(sequence_map(), cuts=(Cut(154, "midsld"), Cut(300, "9", natural=True))))
    assert {"x.com", "cut midsld", "517 B", "full segment"} <= set(found)
    assert not marks(replace(sequence_map(), host=None), Ranges, "band")


def test_labels_that_find_no_room_are_left_out_not_piled_up() -> None:
    cuts = tuple(Cut(at, str(at)) for at in range(100, 140))
    found = [text for text in words(replace(sequence_map(), cuts=cuts)) if text.startswith("cut")]
    assert 1 <= len(found) <= 3
    (line,) = marks(replace(sequence_map(), cuts=cuts), Line, "cut")
    assert len(set(line.arrays()[0][:-1])) >= 40


def test_long_sequences_end_in_a_count() -> None:
    many = tuple(Bar(at, at, "F", "fake", 0, 10) for at in range(100))
    made = picture(SequenceMap("tls", 517, many, parts=1))
    assert len(made.y.names) == 41
    assert "60 more packets, not drawn" in words(SequenceMap("tls", 517, many, parts=1))


def test_bars_tell_their_packet() -> None:
    (fake,) = marks(sequence_map("<b>"), Ranges, "fake")
    told = {name: values[0] for name, values in fake.details.items()}
    assert (told["frame"], told["ttl"], told["checksum"]) == ("4", "3", "bad")
    assert told["fooling"] == "badseq, badsum"
    assert told["holds"] == "<b>"


def test_kinds_differ_without_colour() -> None:
    kinds = ("part", "fake", "shadow", "copy", "retransmission", "opening", "filling")
    assert len({theme().role(kind).hatch for kind in kinds}) == len(kinds)


@pytest.mark.parametrize("backend", ["plotly", "matplotlib", "plain", "none"])
@pytest.mark.parametrize("drawn", [SequenceMap(), SequenceMap("tls", 517), sequence_map()])
def test_every_engine_draws_it(backend: str, drawn: SequenceMap) -> None:
    assert plot_sequence_map(drawn, backend=backend) is not None  # type: ignore[arg-type]


def test_plotly_gets_ranges_and_the_place_of_the_frame() -> None:
    figure = plot_sequence_map(sequence_map(), backend="plotly")
    bars = [trace for trace in figure.data if trace.type == "bar" and trace.customdata is not None]
    assert len(bars) >= 6
    fake = next(trace for trace in bars if trace.name == "fake")
    assert (list(fake.base), list(fake.x)) == ([0.0], [680.0])
    assert fake.customdata[0][fake.meta["frame"]] == "4"

from __future__ import annotations

from hypothesis import given

from tests.evasion import made
from workbench.evasion.differences import Difference, differences, leaves, words
from workbench.evasion.strategy import NONE, Fake, Fooling, Piece, Position, Split, Strategy


@given(made.anything, made.anything)
def test_equal_strategies_have_no_differences_and_others_have_some(left, right):
    assert bool(differences(left, right)) == (left != right)
    assert differences(left, left.plain()) == ()


def test_a_missing_part_is_one_difference():
    cut = Strategy(tls_records=(Position("sniext", 1),))
    assert differences(cut, NONE) == (Difference("tls_records", "sniext+1", "nothing"),)
    (split,) = differences(Strategy(phase2=Split("multisplit", (Position("", 2),))), NONE)
    assert split.path == "phase2"
    assert split.left.startswith("multisplit, positions 2")
    assert split.right == "nothing"


def test_every_field_has_its_own_path():
    left = Strategy(phase1=(Fake(fooling=Fooling.of("ts"), repeats=2),))
    right = Strategy(phase1=(Fake(fooling=Fooling.of("badsum")),))
    paths = [one.path for one in differences(left, right)]
    assert paths == ["phase1[0].fooling.kinds", "phase1[0].repeats"]


def test_values_are_shown_as_people_write_them():
    assert words(frozenset({"b", "a"})) == "a,b"
    assert words((Piece("oob", Position("", 1)),)) == "oob 1"
    assert [words(value) for value in (None, True, False, ())] == ["nothing", "yes", "no", "none"]


def test_leaves_leave_out_what_a_recogniser_adds():
    assert "scope" not in leaves(NONE)
    assert not any(path.startswith("evidence") for path in leaves(NONE))

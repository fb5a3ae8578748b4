"""Token orders matched with what tools send: signatures recorded of the tools themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.evasion.sequences import shape_of, volley_of
from workbench.evasion.grammar import FAKEDDISORDER, FAKEDSPLIT, natural_cuts
from workbench.evasion.seen import Seen
from workbench.evasion.tokens import Part

HALVES = {"R1": "1:3=160301", "R2": "4:514=0200010001fc",
          "f1": "1:3[ttl3]=zeros", "f2": "4:514[ttl3]=zeros"}  # fmt: skip


LONG_FAKEDSPLIT = (
    "1:2[badsum]=zeros 1:2=1603 1:2[badsum]=zeros 3:1446[badsum]=zeros 3:1446=0107 "
    "3:1446[badsum]=zeros 1449:440[badsum]=zeros 1449:440=9436 1449:440[badsum]=zeros"
)


@pytest.mark.parametrize(
    ("signature", "kind", "cuts", "altorder"),
    [
        ("1:2=1603 3:515=010200010001", "multisplit", (2,), 0),
        ("164:354=6d00 159:5=7264 157:2=636f 155:2=6973 150:5=0e00 2:148=0301 1:1=16",
         "multidisorder", (1, 149, 154, 156, 158, 163), 0),
        ("127:1322=7475 2:125=0301 1:1=16 1449:446=9aa4", "multidisorder", (1, 126), 0),
        ("0:3=001603 3:317=01013a010001", "multisplit", (2,), 0),
        ("2:516=160102000100 1:2=1603", "multidisorder", (2,), 0),
        ("1:153=CH: 154:13[ttl3]=6a34 154:13=7275 154:13[ttl3]=6a34 167:351=000b",
         "hostfakesplit", (153, 166), 0),
        ("1:153=CH: 154:13[ttl3]=6a34 167:351=000b 154:13=7275", "hostfakesplit", (153, 166), 1),
        (LONG_FAKEDSPLIT, "fakedsplit", (2,), 0),
        ("1:517=CH:x.com", "", (), 0),
    ],
)  # fmt: skip
def test_kind_cuts_and_order(
    signature: str, kind: str, cuts: tuple[int, ...], altorder: int
) -> None:
    shape = shape_of(signature)
    assert (shape.kind, shape.cuts, shape.altorder) == (kind, cuts, altorder)
    assert (shape.misses, shape.unexplained, shape.ordered) == (0, (), True)


@pytest.mark.parametrize("repeats", [1, 4])
@pytest.mark.parametrize("variant", range(4))
@pytest.mark.parametrize(("kind", "templates"), [("fakedsplit", FAKEDSPLIT),
                                                 ("fakeddisorder", FAKEDDISORDER)])  # fmt: skip
def test_every_variant_with_repeats(
    kind: str, templates: tuple[tuple[str, ...], ...], variant: int, repeats: int
) -> None:
    words = [
        HALVES[word] for word in templates[variant] for _ in range(repeats if word[0] == "f" else 1)
    ]
    shape = shape_of("1:680[ttl3]=CH:fake " + " ".join(words))
    assert (shape.kind, shape.altorder, shape.repeats) == (kind, variant, repeats)
    assert (shape.misses, len(shape.lead)) == (0, 1)


def test_missing_shadows_give_the_nearest_variant_and_count() -> None:
    words = [HALVES[word] for word in ("f2", "R2", "f1", "R1")]
    shape = shape_of(" ".join(words))
    assert shape.kind == "fakeddisorder"
    assert shape.misses == 1


def test_identical_fakes_are_one_group() -> None:
    shape = shape_of("1:680[ttl4]=CH:a 1:680[ttl4]=CH:a 1:4[ttl4]=zeros 1:517=CH:y")
    assert [len(group.seen) for group in shape.lead] == [2, 1]


def test_parts_in_no_known_order_say_so() -> None:
    shape = shape_of("3:2=0102 1:2=1603 5:513=0001")
    assert not shape.ordered


def test_a_late_fake_stays_unexplained() -> None:
    shape = shape_of("1:2=1603 1:90[ttl3]=CH:late 3:515=010200010001")
    assert [token.text for token in shape.unexplained] == ["F"]


def test_the_filling_in_front_of_a_part() -> None:
    shape = shape_of("-680:682=CH:www.google.com 2:516=030102000100")
    assert (shape.overlap, shape.cuts, shape.filling[:2]) == (681, (1,), b"\x16\x03")


def test_how_other_packets_of_the_request_are_sent() -> None:
    start = "1:2=1603 1:2[ttl3]=zeros 3:1446[ttl3]=zeros 3:1446=0107 3:1446[ttl3]=zeros "
    assert shape_of(start + "1449:440=9436 1449:440[ttl3]=zeros").altorder == 1 + 8
    assert shape_of(start + "1449:440=9436").altorder == 1 + 16


def test_cuts_that_the_stack_would_have_made() -> None:
    parts = [Part(0, 124, 0, Seen(1, 0, 0, 124)), Part(124, 1552, 0, Seen(2, 0, 124, 1428)),
             Part(1552, 1888, 0, Seen(3, 0, 1552, 336))]  # fmt: skip
    assert natural_cuts(parts, 1428) == {1552}
    assert natural_cuts(parts[:2], 0) == set()
    assert natural_cuts([Part(0, 1460, 0, Seen(1, 0, 0, 1460)), parts[2]], 0) == {1460}


@given(st.permutations(["f1", "f1", "f2", "R1", "R2"]))
def test_any_order_of_halves_has_a_shape(words: list[str]) -> None:
    volley = volley_of(" ".join(HALVES[word] for word in words))
    assert len(volley.parts) == 2
    assert shape_of(" ".join(HALVES[word] for word in words)).kind in (
        "fakedsplit", "fakeddisorder", "multisplit", "multidisorder")  # fmt: skip

"""How a program that owns its socket wrote a request."""

from __future__ import annotations

import pytest

from tests.evasion.sequences import scene
from workbench.evasion.genuine import asked, settle, without_urgent
from workbench.evasion.grammar import natural_cuts
from workbench.evasion.tokens import first_volley
from workbench.evasion.written import Written, chunk, native, read_pieces, rebuilt


def written(command: str) -> Written | None:
    seen = scene(command)
    sent, place, _ = without_urgent(seen.packets)
    standing = settle(sent, seen.acked)
    volley = first_volley(sent, standing, asked(sent, standing))
    return read_pieces(volley, seen, place, natural_cuts(volley.parts, seen.full))


@pytest.mark.parametrize(
    ("command", "kinds", "ends"),
    [
        ("ciadpi -s1", ("split", "split"), (1, 517)),
        ("ciadpi -d1", ("disorder", "split"), (1, 517)),
        ("ciadpi -o1", ("oob", "split"), (1, 517)),
        ("ciadpi -q1", ("disoob", "split"), (1, 517)),
        ("ciadpi -f-1 -t8", ("fake", "split"), (516, 517)),
        ("ciadpi -d1 -s5", ("disorder", "split", "split"), (1, 5, 517)),
        ("tpws --split-pos=1,midsld --disorder", ("disorder", "split", "split"), (1, 134, 517)),
    ],
)
def test_pieces(command: str, kinds: tuple[str, ...], ends: tuple[int, ...]) -> None:
    pieces = written(command)
    assert pieces is not None
    assert (pieces.kinds, pieces.ends) == (kinds, ends)
    assert pieces.sure is (kinds[0] != "split")


@pytest.mark.parametrize("command", [
    "nfqws --dpi-desync=multisplit --dpi-desync-split-pos=2",
    "nfqws --dpi-desync=fakedsplit --dpi-desync-ttl=3",
    "nfqws --dpi-desync=multidisorder --dpi-desync-split-pos=2",
])  # fmt: skip
def test_packets_that_a_tool_made_are_no_pieces(command: str) -> None:
    assert written(command) is None


def test_options_show_who_made_a_packet() -> None:
    seen = scene("nfqws --dpi-desync=fake --dpi-desync-ttl=3")
    fake, original = (one for one in seen.packets if one.length)
    assert (rebuilt(fake, seen), native(fake, seen)) == (True, False)
    assert (rebuilt(original, seen), native(original, seen)) == (False, True)


@pytest.mark.parametrize(("ends", "expected"), [
    ((50, 100, 150, 200, 217), (0, 50)), ((1, 36, 71, 106, 120), (1, 35)),
    ((1, 517), (2, 0)), ((1, 5, 9, 40, 517), (5, 0)),
])  # fmt: skip
def test_equal_pieces_are_chunks(ends: tuple[int, ...], expected: tuple[int, int]) -> None:
    assert chunk(ends, ends[-1]) == expected

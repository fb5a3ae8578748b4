"""Hellos with the tools' shapes."""

from __future__ import annotations

import pytest

from tests.evasion.compose.stage import parsed
from workbench.evasion.compose.drawing import dice
from workbench.evasion.compose.hellos import SHAPES, HelloShape, hello

SIZES = {"zapret": 680, "google": 681, "goodbyedpi": 517, "byedpi": 517, "youtubeunblock": 517}


@pytest.mark.parametrize(("name", "size"), SIZES.items())
def test_a_shape_has_the_tools_length_and_name(name, size) -> None:
    made = hello(SHAPES[name], dice(name))
    found = parsed(made)
    assert len(made) == size
    assert found.complete
    assert found.problems == ()
    assert found.server_name == SHAPES[name].name
    assert len(found.session_id) == 32


def test_the_order_of_extensions_is_the_tools() -> None:
    found = parsed(hello(SHAPES["zapret"], dice(1)))
    assert [number for number, _ in found.extensions] == [
        0, 0x17, 0xFF01, 0x0A, 0x0B, 0x23, 0x10, 0x05, 0x22, 0x12, 0x33, 0x2B, 0x0D, 0x2D, 0x1C,
        0x1B, 0xFE0D,
    ]  # fmt: skip
    assert [number for number, _ in parsed(hello(SHAPES["byedpi"], dice(1))).extensions] == [
        0, 0x0B, 0x0A, 0x10, 0x16, 0x17, 0x31, 0x0D, 0x2B, 0x2D, 0x33, 0x15,
    ]  # fmt: skip


def test_padding_makes_up_for_a_longer_name() -> None:
    assert len(hello(SHAPES["byedpi"], dice(1), "a.example")) == 517
    assert len(hello(SHAPES["zapret"], dice(1), "a.example")) == 680 - 17 + 9


def test_generated_bytes_come_from_the_dice() -> None:
    one, same, other = (hello(SHAPES["zapret"], dice(seed)) for seed in (1, 1, 2))
    assert one == same != other


def test_a_name_that_is_no_ascii_is_still_sent() -> None:
    assert parsed(hello(HelloShape("ä.example", "1301", ()), dice(1))).server_name == "?.example"

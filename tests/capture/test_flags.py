"""TCP flags are written by name, and every name is a bit of its own."""

from __future__ import annotations

import pytest

from workbench.capture.flags import FLAG_BITS, flag_text


def test_every_name_is_one_bit() -> None:
    assert list(FLAG_BITS.values()) == [1 << place for place in range(9)]


@pytest.mark.parametrize(
    ("bits", "text"),
    [(2, "syn"), (0x1FF, "fin,syn,rst,psh,ack,urg,ece,cwr,ae"), (0, "0"), (512, "512")],
)
def test_flags_are_named(bits, text) -> None:
    assert flag_text(bits) == text

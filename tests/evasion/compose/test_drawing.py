"""Random choices that can be repeated."""

from __future__ import annotations

from workbench.evasion.compose.drawing import dice


def test_the_same_seed_draws_the_same() -> None:
    assert [dice(3, "x").randrange(99) for _ in range(2)] == [dice(3, "x").randrange(99)] * 2
    assert dice(1, 2).random() != dice(12).random()

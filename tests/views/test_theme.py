"""The theme: complete, distinct, legible."""

from __future__ import annotations

import re

import pytest

from workbench.errors import ParameterError
from workbench.views.backends import matplotlib_engine, plotly_engine
from workbench.views.theme import CLASS_ROLES, Theme, theme


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Return the contrast of two colours."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_is_legible_on_every_ground(mode: str) -> None:
    palette = theme().light if mode == "light" else theme().dark
    for ink in ("text", "muted", "good", "warn", "bad", "blue"):
        for ground in ("ground", "raised"):
            assert contrast(palette[ink], palette[ground]) >= 4.5, (ink, ground)


def test_dark_marks_stand_out() -> None:
    for role in theme().roles.values():
        if role.colour not in {"line", "grid"}:
            assert contrast(theme().dark[role.colour], theme().dark["ground"]) >= 3


def test_light_and_dark_swap_one_for_one() -> None:
    found = theme()
    assert set(found.light) == set(found.dark)
    assert len(found.swaps()) == len(found.light)
    colours = [*found.light.values(), *found.dark.values()]
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in colours)


def test_no_two_roles_of_one_chart_look_alike_without_colour() -> None:
    roles = theme().roles
    for names in (("client", "server"), CLASS_ROLES, ("retransmission", "out-of-order", "client")):
        looks = {(roles[name].dash, roles[name].marker, roles[name].hatch) for name in names}
        assert len(looks) == len(names)


def test_both_engines_know_every_look() -> None:
    for role in theme().roles.values():
        assert role.dash in matplotlib_engine._DASHES
        assert role.marker in matplotlib_engine._MARKERS
        assert role.hatch in matplotlib_engine._HATCHES
        assert role.marker in plotly_engine._SYMBOLS
        assert role.colour in theme().light


def test_an_unknown_role_is_named_with_those_that_exist() -> None:
    with pytest.raises(ParameterError, match="client"):
        theme().role("klient")


def test_the_style_sheet_has_every_colour_twice() -> None:
    css = theme().css_variables()
    for key, colour in theme().light.items():
        assert css.count(f"--{key}:") == 2
        assert colour in css
    assert "screen and (prefers-color-scheme:dark)" in css


def test_the_theme_is_read_once() -> None:
    assert theme() is theme()
    assert isinstance(theme(), Theme)


def test_a_piece_of_a_page_has_its_own_variables() -> None:
    rules = theme().scoped_variables(".x")
    light, dark = rules.splitlines()
    assert light.startswith(".x{color-scheme:light;")
    assert dark.startswith('.x[data-mode="dark"]{color-scheme:dark;')
    assert f"--blue:{theme().light['blue']};" in light
    assert f"--blue:{theme().dark['blue']};" in dark

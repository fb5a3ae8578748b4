"""The theme: colours, dashes, markers and fonts, read once from ``theme.toml``.

Both drawing engines and the style sheet of the report page take their colours from here, so that a
role (client, server, retransmission, ...) looks the same wherever it is met.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

from workbench.errors import ParameterError

Mode = Literal["light", "dark"]

#: Roles for the classes of a stacked chart, most frequent class first; what is left is ``rest``.
CLASS_ROLES = ("first", "second", "third", "fourth", "fifth")


@dataclass(frozen=True, slots=True)
class Role:
    """How a mark looks by the part it plays.

    Parameters
    ----------
    colour : str
        Key of the palette.
    dash : str
        ``solid``, ``dash``, ``dot``, ``dashdot`` or ``longdash``.
    marker : str
        ``circle``, ``square``, ``diamond``, ``triangle`` or ``x``.
    hatch : str
        Filling of bars, in the characters that both engines know; empty for none.
    """

    colour: str
    dash: str
    marker: str
    hatch: str


@dataclass(frozen=True, slots=True)
class Theme:
    """Palettes by mode, roles by name, and fonts.

    Parameters
    ----------
    light, dark : mapping of str to str
        Colour by key, as ``#rrggbb``; both have the same keys.
    roles : mapping of str to Role
        Looks by role.
    family, mono : str
        Font families of the page, as a style sheet takes them.
    print_family : tuple of str
        Font families of printed pictures.
    size : int
        Font size of charts, in pixels.
    """

    light: Mapping[str, str]
    dark: Mapping[str, str]
    roles: Mapping[str, Role]
    family: str
    mono: str
    print_family: tuple[str, ...]
    size: int

    def role(self, name: str) -> Role:
        """Return the look of a role.

        Parameters
        ----------
        name : str
            A role of ``theme.toml``.

        Returns
        -------
        Role
            Its colour key, dash, marker and hatch.

        Raises
        ------
        ParameterError
            If there is no such role.

        Examples
        --------
        >>> theme().role("client").colour
        'blue'
        """
        try:
            return self.roles[name]
        except KeyError:
            raise ParameterError.not_among("role", name, self.roles) from None

    def colour(self, key: str, mode: Mode = "light") -> str:
        """Return a colour of the palette as ``#rrggbb``; a role's name stands for its colour."""
        palette = self.light if mode == "light" else self.dark
        return palette[key] if key in palette else palette[self.role(key).colour]

    def swaps(self) -> dict[str, str]:
        """Return the dark colour for each light one.

        Returns
        -------
        dict of str to str
            What a page replaces in a figure to turn it dark.
        """
        return {self.light[key]: self.dark[key] for key in self.light}

    def css_variables(self) -> str:
        """Return style rules that define each colour and font as a variable, by colour scheme.

        Returns
        -------
        str
            Rules for ``:root``; paper is always light.
        """
        fonts = f"--family:{self.family};--mono:{self.mono};"
        light = "".join(f"--{key}:{value};" for key, value in self.light.items())
        dark = "".join(f"--{key}:{value};" for key, value in self.dark.items())
        return (
            f":root{{color-scheme:light dark;{fonts}{light}}}\n"
            f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
        )

    def scoped_variables(self, selector: str) -> str:
        """Return style rules that define the variables of `css_variables` below one element.

        Parameters
        ----------
        selector : str
            Of that element; its attribute ``data-mode`` says whether it is ``dark``.

        Returns
        -------
        str
            For a piece of somebody else's page, which may have a theme of its own.
        """
        fonts = f"--family:{self.family};--mono:{self.mono};"
        light = "".join(f"--{key}:{value};" for key, value in self.light.items())
        dark = "".join(f"--{key}:{value};" for key, value in self.dark.items())
        return (
            f"{selector}{{color-scheme:light;{fonts}{light}}}\n"
            f'{selector}[data-mode="dark"]{{color-scheme:dark;{dark}}}\n'
        )


@cache
def theme() -> Theme:
    """Return the theme of this package.

    Returns
    -------
    Theme
        Read from ``theme.toml`` the first time.
    """
    raw: dict[str, Any] = tomllib.loads(
        files("workbench.views").joinpath("theme.toml").read_text("utf-8")
    )
    font = raw["font"]
    return Theme(
        light=MappingProxyType(raw["light"]),
        dark=MappingProxyType(raw["dark"]),
        roles=MappingProxyType({name: Role(**look) for name, look in raw["roles"].items()}),
        family=font["family"],
        mono=font["mono"],
        print_family=tuple(font["print"]),
        size=font["size"],
    )

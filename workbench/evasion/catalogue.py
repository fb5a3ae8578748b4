"""The catalogue: every strategy, parameter and fooling by its canonical name, read from a file.

``catalogue.toml`` is the data; this module reads it, finds names in it and writes the page of the
documentation that lists it.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from workbench.errors import ParameterError

#: Tools in the order of the page's columns, with their names in prose.
TOOL_NAMES = {
    "nfqws": "nfqws", "nfqws2": "nfqws2", "tpws": "tpws", "byedpi": "byedpi",
    "goodbyedpi": "GoodbyeDPI", "youtubeunblock": "youtubeUnblock", "spoofdpi": "SpoofDPI",
    "geneva": "Geneva", "dpitunnel": "DPITunnel", "greentunnel": "GreenTunnel",
}  # fmt: skip
PHASES = {
    "0": "Phase 0: at the handshake",
    "1": "Phase 1: before the request",
    "2": "Phase 2: how the request is sent",
    "udp": "Datagrams",
    "records": "TLS records",
    "socket": "Writes to an ordinary socket",
    "window": "Windows and sizes",
    "copies": "Copies and changes of genuine packets",
    "http": "HTTP heads",
    "other": "Everything else",
    "not the client's": "Not a client's strategy",
}
_NO_NAMES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Entry:
    """A strategy of the catalogue.

    Parameters
    ----------
    name : str
        Canonical name, as in `Strategy.text`.
    phase : str
        Key of `PHASES`.
    part : str
        Field of `Strategy` that holds it.
    does, needs : str
        What it does and what it needs, a sentence each.
    parameters : tuple of str
        Names of its parameters.
    aliases : mapping of str to str
        What each tool calls it.
    academic : str
        Its name in papers.
    """

    name: str
    phase: str
    part: str
    does: str
    needs: str
    parameters: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=lambda: _NO_NAMES)
    academic: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of strategies.

    Parameters
    ----------
    name, type, range, default, does : str
        Its name; type with unit; allowed values; value where it is left out; one sentence.
    options : mapping of str to str
        Option of each tool.
    """

    name: str
    type: str
    range: str
    default: str
    does: str
    options: Mapping[str, str] = field(default_factory=lambda: _NO_NAMES)


@dataclass(frozen=True, slots=True)
class FoolingEntry:
    """A fooling: what it does, and where it fails."""

    name: str
    does: str
    fails: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All entries by name, in the order of the file."""

    strategies: Mapping[str, Entry]
    parameters: Mapping[str, Parameter]
    foolings: Mapping[str, FoolingEntry]


@cache
def catalogue() -> Catalogue:
    """Return the catalogue, read the first time.

    Returns
    -------
    Catalogue

    Examples
    --------
    >>> catalogue().strategies["fakeddisorder"].aliases["nfqws"]
    'fakeddisorder, disorder'
    """
    text = files("workbench.evasion").joinpath("catalogue.toml").read_text("utf-8")
    held = tomllib.loads(text)
    strategies = [
        Entry(**{**one, "parameters": tuple(one.get("parameters", ()))}) for one in held["strategy"]
    ]
    parameters = [Parameter(**one) for one in held["parameter"]]
    foolings = [FoolingEntry(**one) for one in held["fooling"]]
    return Catalogue(
        MappingProxyType({one.name: one for one in strategies}),
        MappingProxyType({one.name: one for one in parameters}),
        MappingProxyType({one.name: one for one in foolings}),
    )


def entry(name: str) -> Entry:
    """Return the catalogue's entry for a canonical name.

    Parameters
    ----------
    name : str
        As in `Strategy.names`.

    Returns
    -------
    Entry

    Raises
    ------
    ParameterError
        If there is none.

    Examples
    --------
    >>> entry("tlsrec").needs
    'TLS over TCP'
    """
    known = catalogue().strategies
    if name not in known:
        raise ParameterError.not_among("strategy", name, tuple(known))
    return known[name]


def tools_for(name: str) -> tuple[str, ...]:
    """Return the tools that have a strategy, in the order of `TOOL_NAMES`.

    Examples
    --------
    >>> tools_for("tlsrec")
    ('tpws', 'byedpi')
    """
    aliases = entry(name).aliases
    return tuple(tool for tool in TOOL_NAMES if tool in aliases)


def page() -> str:
    """Return the page that lists the catalogue, as ``docs/strategies.md`` holds it."""
    lines = [
        "# Strategies",
        "",
        "This page is made from `workbench/evasion/catalogue.toml`, which the program reads too.",
        "Names and defaults follow zapret where it has the thing. Old zapret names: `split` is",
        "fakedsplit, `split2` multisplit, `disorder` fakeddisorder, `disorder2` multidisorder.",
    ]
    held = catalogue()
    for phase, title in PHASES.items():
        mine = [one for one in held.strategies.values() if one.phase == phase]
        lines += ["", f"## {title}"]
        lines += [line for one in mine for line in _entry_lines(one)]
    lines += [
        "",
        "## Parameters",
        "",
        "| parameter | type | values | default | meaning | options |",
    ]
    lines += ["| --- | --- | --- | --- | --- | --- |"]
    lines += [
        _row(f"`{one.name}`", one.type, one.range, one.default, one.does, _named(one.options))
        for one in held.parameters.values()
    ]
    lines += [
        "",
        "## Foolings",
        "",
        "| fooling | what is wrong | where it fails |",
        "| --- | --- | --- |",
    ]
    lines += [_row(f"`{one.name}`", one.does, one.fails) for one in held.foolings.values()]
    return "\n".join(lines) + "\n"


def _entry_lines(one: Entry) -> list[str]:
    """Return the lines of one strategy."""
    lines = ["", f"### {one.name}", "", one.does, "", f"* Needs: {one.needs}."]
    if one.parameters:
        lines.append("* Parameters: " + ", ".join(f"`{name}`" for name in one.parameters) + ".")
    if one.aliases:
        lines.append(f"* In tools: {_named(one.aliases)}.")
    return [*lines, f"* In papers: {one.academic}."] if one.academic else lines


def _named(names: Mapping[str, str]) -> str:
    """Return what each tool calls a thing, in one line."""
    return ", ".join(f"{TOOL_NAMES[tool]} `{names[tool]}`" for tool in TOOL_NAMES if tool in names)


def _row(*cells: str) -> str:
    """Return a row of a table."""
    return "| " + " | ".join(_cells(cells)) + " |"


def _cells(cells: Iterable[str]) -> list[str]:
    """Return cells whose bars do not end them."""
    return [cell.replace("|", "\\|") for cell in cells]


if __name__ == "__main__":
    sys.stdout.write(page())

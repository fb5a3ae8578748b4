"""Which tool a command line is for, and the strategy in it."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import cast

from workbench.errors import ParameterError
from workbench.evasion.parsing.options import bounded, split_words
from workbench.evasion.strategy import Strategy

Parser = Callable[[list[str]], tuple[Strategy, ...]]

#: Tools whose command lines are understood, and the module of each.
PARSERS = {
    "nfqws": "nfqws", "tpws": "tpws", "byedpi": "byedpi", "goodbyedpi": "goodbyedpi",
    "geneva": "geneva", "youtubeunblock": "youtubeunblock", "spoofdpi": "spoofdpi",
    "dpitunnel": "dpitunnel", "greentunnel": "greentunnel", "nfqws2": "nfqws2",
}  # fmt: skip
#: Programs by the name that they are started with, in small letters and without ending.
PROGRAMS = {
    "nfqws": "nfqws", "winws": "nfqws", "dvtws": "nfqws", "nfqws2": "nfqws2", "winws2": "nfqws2",
    "dvtws2": "nfqws2", "tpws": "tpws", "ciadpi": "byedpi", "byedpi": "byedpi",
    "goodbyedpi": "goodbyedpi", "geneva": "geneva", "engine": "geneva",
    "youtubeunblock": "youtubeunblock", "spoofdpi": "spoofdpi", "spoof-dpi": "spoofdpi",
    "dpitunnel-cli": "dpitunnel", "dpitunnel": "dpitunnel", "gt": "greentunnel",
    "green-tunnel": "greentunnel",
}  # fmt: skip
_STARTERS = ("sudo", "python", "python3", "doas")


def parse(command: str, tool: str | None = None) -> Strategy:
    """Return the strategy in a command line.

    Parameters
    ----------
    command : str
        A command as it would be typed into a shell; nothing in it is expanded or run. A bare list
        of options will do where `tool` is given, and Geneva's text alone always.
    tool : str, optional
        One of `PARSERS`; by default the program's name tells.

    Returns
    -------
    Strategy

    Raises
    ------
    ParameterError
        If it is for no known tool, holds what the tool does not understand, or several profiles.

    Examples
    --------
    >>> parse("nfqws --qnum=200 --dpi-desync=fake,fakeddisorder --dpi-desync-ttl=3").text
    'fake,fakeddisorder'
    """
    found = parse_profiles(command, tool)
    if len(found) != 1:
        expected = f"one profile; parse_profiles() takes all {len(found)}"
        raise ParameterError.not_understood("command", command, expected)
    return found[0]


def parse_profiles(command: str, tool: str | None = None) -> tuple[Strategy, ...]:
    """Return the strategy of each profile of a command line, in order.

    Parameters
    ----------
    command, tool
        As in `parse`.

    Returns
    -------
    tuple of Strategy
        With `Strategy.scope` saying which connections each is for.

    Raises
    ------
    ParameterError
        If it is for no known tool, or holds what the tool does not understand.

    Examples
    --------
    >>> [one.text for one in parse_profiles("nfqws --dpi-desync=fake --new --hostcase")]
    ['fake', 'hostcase']
    """
    bare = command.lstrip(" \t\"'")
    if tool in {None, "geneva"} and bare.startswith(("[", "\\/")):
        return _parser("geneva")(["--strategy", bounded(command).strip(" \t\"'")])
    words = split_words(command)
    name, words = tool_of(words) if tool is None else (tool, _without_program(words, tool))
    return _parser(name)(words)


def tool_of(words: list[str]) -> tuple[str, list[str]]:
    """Return which tool some words start, and the words after its name.

    Parameters
    ----------
    words : list of str
        A command's.

    Returns
    -------
    tuple of str and list of str

    Raises
    ------
    ParameterError
        If the first word is no program that is known.

    Examples
    --------
    >>> tool_of(["/opt/zapret/nfq/nfqws", "--qnum=1"])
    ('nfqws', ['--qnum=1'])
    """
    rest = list(words)
    while rest and _program(rest[0]) in _STARTERS:
        rest.pop(0)
    if not rest or _program(rest[0]) not in PROGRAMS:
        raise ParameterError.not_among("program", rest[0] if rest else "", tuple(PROGRAMS))
    return PROGRAMS[_program(rest[0])], rest[1:]


def _without_program(words: list[str], tool: str) -> list[str]:
    """Return the words without the name of the tool, where they begin with it."""
    try:
        named, rest = tool_of(words)
    except ParameterError:
        return words
    return rest if named == tool else words


def _program(word: str) -> str:
    """Return a program's bare name."""
    name = word.replace("\\", "/").rpartition("/")[2].lower()
    return name.removesuffix(".exe").removesuffix(".py")


def _parser(tool: str) -> Parser:
    """Return the function that reads the options of a tool."""
    if tool not in PARSERS:
        raise ParameterError.not_among("tool", tool, tuple(PARSERS))
    module = import_module(f"workbench.evasion.parsing.{PARSERS[tool]}")
    return cast("Parser", module.parse_words)

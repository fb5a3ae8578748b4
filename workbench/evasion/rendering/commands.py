"""A strategy as a command of any tool, with what the command leaves out.

What is left out is never a matter of opinion: each command is parsed again, and the fields in
which the result differs from the strategy are the loss.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from workbench.evasion.catalogue import entry, tools_for
from workbench.evasion.checks import check_choice
from workbench.evasion.differences import differences
from workbench.evasion.parsing import parse
from workbench.evasion.strategy import NO_SCOPE, Strategy

Writer = Callable[[Strategy, str], list[str]]

#: Programs that commands can be made for: module that writes, tool that parses, program's name.
WRITERS = {
    "nfqws": ("nfqws", "nfqws", "nfqws"),
    "winws": ("nfqws", "nfqws", "winws"),
    "dvtws": ("nfqws", "nfqws", "dvtws"),
    "tpws": ("tpws", "tpws", "tpws"),
    "byedpi": ("byedpi", "byedpi", "ciadpi"),
    "goodbyedpi": ("goodbyedpi", "goodbyedpi", "goodbyedpi.exe"),
    "geneva": ("geneva", "geneva", "engine.py"),
    "nfqws2": ("nfqws2", "nfqws2", "nfqws2"),
    "youtubeunblock": ("youtubeunblock", "youtubeunblock", "youtubeUnblock"),
    "spoofdpi": ("spoofdpi", "spoofdpi", "spoofdpi"),
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """A command and what it does not say.

    Parameters
    ----------
    command : str
        Quoted for a POSIX shell.
    lossy : tuple of str
        Fields of the strategy that the command does not express, each with the reason.
    expressed : Strategy
        What the command does express: what its own tool would read in it.
    """

    command: str
    lossy: tuple[str, ...]
    expressed: Strategy


def render(strategy: Strategy, tool: str) -> Rendered:
    """Return a strategy as a command of a tool.

    Parameters
    ----------
    strategy : Strategy
        Its names may come from a capture: they are validated and quoted.
    tool : str
        One of `WRITERS`.

    Returns
    -------
    Rendered
        With empty `Rendered.lossy` where the command says all of it.

    Raises
    ------
    ParameterError
        If the tool is unknown.

    Examples
    --------
    >>> from workbench.evasion.parsing import parse
    >>> strategy = parse("nfqws --dpi-desync=fake,multidisorder --dpi-desync-ttl=3")
    >>> render(strategy, "nfqws").command
    'nfqws --qnum=200 --dpi-desync=fake,multidisorder --dpi-desync-ttl=3 --dpi-desync-split-pos=2'
    """
    check_choice("tool", tool, tuple(WRITERS))
    module, parser, program = WRITERS[tool]
    write = cast("Writer", import_module(f"workbench.evasion.rendering.{module}").write)
    command = shlex.join(write(strategy, program))
    expressed = parse(command)
    return Rendered(command, _lost(strategy, expressed, parser), expressed)


def _lost(strategy: Strategy, expressed: Strategy, tool: str) -> tuple[str, ...]:
    """Return what the expressed strategy has not, or has otherwise, in words."""
    found = []
    if strategy.tool not in {"", tool}:
        found.append(f"tool: sent the way of {tool}, not of {strategy.tool}")
    known = strategy.with_tool(tool)
    found += [
        f"{one.path}: {one.left} is not representable in {tool}, which says {one.right}"
        + _elsewhere(one.path, known, expressed)
        for one in differences(known, expressed)
    ]
    if strategy.scope not in {NO_SCOPE, expressed.scope}:
        found.append(f"scope: the connections it is for are not all representable in {tool}")
    return tuple(found)


def _elsewhere(path: str, strategy: Strategy, expressed: Strategy) -> str:
    """Return which tools can say what is lost of a part altogether."""
    part = path.partition("[")[0]
    lost = [name for name in strategy.names() if name not in expressed.names()]
    mine = [name for name in lost if part == entry(name).part and tools_for(name)]
    return "".join(f"; {', '.join(tools_for(name))} can say {name}" for name in mine)

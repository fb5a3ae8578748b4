r"""Geneva's language: forests of triggers and action trees, as text and as values.

``[proto:field:value]-action(left,right)-|`` trees for what goes out, ``\/``, then those for what
comes in (Bock et al., CCS 2019; the engine's own parser).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from workbench.errors import ParameterError

MAX_DEPTH, MAX_ACTIONS = 40, 400
ACTIONS = ("duplicate", "drop", "tamper", "fragment", "sleep", "trace")
BRANCHING = ("duplicate", "fragment")
_TRIGGER = re.compile(r"\[([^\[\]:]{1,20}):([^\[\]:]{1,40}):([^\[\]]{0,200})\]-?")
_ACTION = re.compile(r"([a-z]+)(?:\{([^{}]{0,4000})\})?")
_EXAMPLE = r"[TCP:flags:PA]-duplicate(tamper{IP:ttl:replace:3},)-| \/"


@dataclass(frozen=True, slots=True)
class Action:
    """One action and what is done to the packets that it yields.

    Parameters
    ----------
    kind : str
        One of `ACTIONS`.
    arguments : tuple of str
        What stands in its braces, cut at the colons.
    left, right : Action, optional
        Next actions; nothing sends the packet as it is.
    """

    kind: str
    arguments: tuple[str, ...] = ()
    left: Action | None = None
    right: Action | None = None

    def __str__(self) -> str:
        braces = f"{{{':'.join(self.arguments)}}}" if self.arguments else ""
        if self.left is None and self.right is None:
            return f"{self.kind}{braces}"
        return f"{self.kind}{braces}({self.left or ''},{self.right or ''})"


@dataclass(frozen=True, slots=True)
class Tree:
    """A trigger and the action that it starts.

    Parameters
    ----------
    protocol, field_name, value : str
        Packets that it fires on.
    action : Action, optional
        Nothing for an empty tree.
    """

    protocol: str
    field_name: str
    value: str
    action: Action | None = None

    def __str__(self) -> str:
        return f"[{self.protocol}:{self.field_name}:{self.value}]-{self.action or ''}-|"


@dataclass(frozen=True, slots=True)
class Forests:
    """Trees for what goes out and for what comes in."""

    outbound: tuple[Tree, ...] = ()
    inbound: tuple[Tree, ...] = ()

    def __str__(self) -> str:
        out = " ".join(str(tree) for tree in self.outbound)
        coming = " ".join(str(tree) for tree in self.inbound)
        return " ".join(part for part in (out, "\\/", coming) if part)


def read_forests(text: str) -> Forests:
    r"""Return the trees in a text of Geneva's language.

    Parameters
    ----------
    text : str
        As the engine takes it; the bar that ends a tree may be missing.

    Returns
    -------
    Forests

    Raises
    ------
    ParameterError
        If it is no such text, is nested more than 40 deep or has more than 400 actions.

    Examples
    --------
    >>> str(read_forests("[TCP:flags:PA]-fragment{tcp:8:True}-|"))
    '[TCP:flags:PA]-fragment{tcp:8:True}-| \\/'
    """
    sides = text.strip().strip('"').split("\\/")
    if len(sides) > 2:
        raise ParameterError.not_understood("strategy", text, _EXAMPLE)
    found = [_Reader(side.strip()).trees() for side in sides]
    return Forests(*found)


class _Reader:
    """Reads trees from left to right."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.actions = text, 0, 0

    def trees(self) -> tuple[Tree, ...]:
        """Return all trees up to the end."""
        found = []
        self._skip(" |")
        while self.at < len(self.text):
            trigger = _TRIGGER.match(self.text, self.at)
            if trigger is None:
                raise self._error()
            self.at = trigger.end()
            action = self._action(0) if self._next() not in {"-", "|", ""} else None
            found.append(Tree(trigger[1], trigger[2], trigger[3], action))
            if self._next() not in {"-", "|", ""}:
                raise self._error()
            self._skip("-| ")
        return tuple(found)

    def _action(self, depth: int) -> Action:
        """Return the action that begins here."""
        found = _ACTION.match(self.text, self.at)
        self.actions += 1
        if found is None or depth > MAX_DEPTH or self.actions > MAX_ACTIONS:
            raise self._error()
        if found[1] not in ACTIONS:
            raise ParameterError.not_among("action", found[1], ACTIONS)
        self.at = found.end()
        arguments = tuple(found[2].split(":")) if found[2] else ()
        left, right = self._branches(depth) if self._next() == "(" else (None, None)
        if right is not None and found[1] not in BRANCHING:
            raise self._error()
        return Action(found[1], arguments, left, right)

    def _branches(self, depth: int) -> tuple[Action | None, Action | None]:
        """Return the one or two actions in brackets."""
        self.at += 1
        left = right = None
        if self._next() not in {",", ")"}:
            left = self._action(depth + 1)
        if self._next() == ",":
            self.at += 1
            right = None if self._next() == ")" else self._action(depth + 1)
        if self._next() != ")":
            raise self._error()
        self.at += 1
        return left, right

    def _next(self) -> str:
        """Return the next character, empty at the end."""
        return self.text[self.at : self.at + 1]

    def _skip(self, characters: str) -> None:
        """Go past some characters."""
        while self._next() and self._next() in characters:
            self.at += 1

    def _error(self) -> ParameterError:
        """Return the error for what stands here."""
        near = self.text[self.at : self.at + 40]
        return ParameterError.not_understood("strategy", near, _EXAMPLE)

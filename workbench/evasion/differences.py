"""Two descriptors, field by field: which values differ in meaning.

A field's path is written as in Python: ``phase1[0].fooling.kinds``.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass

from workbench.evasion.sockets import Piece
from workbench.evasion.strategy import Strategy
from workbench.evasion.values import Payload, Position, Tamper, Ttl

_WHOLE = (Payload, Piece, Position, Tamper, Ttl)
_SEEN = ("scope", "evidence", "unexplained", "others")


@dataclass(frozen=True, slots=True)
class Difference:
    """One field with its two values.

    Parameters
    ----------
    path : str
        The field.
    left, right : str
        The values in words; ``nothing`` where one side has no such field.
    """

    path: str
    left: str
    right: str


def differences(left: Strategy, right: Strategy) -> tuple[Difference, ...]:
    """Return the fields in which the meanings of two strategies differ, none when they are equal.

    Parameters
    ----------
    left, right : Strategy
        Any two descriptors.

    Returns
    -------
    tuple of Difference
        In the order of the fields.

    Examples
    --------
    >>> from workbench.evasion.strategy import Fake, Ttl
    >>> three, four = (Strategy(phase1=(Fake(ttl=Ttl.fixed(hops)),)) for hops in (3, 4))
    >>> differences(three, four)
    (Difference(path='phase1[0].ttl', left='3', right='4'),)
    """
    one, other = _grouped(leaves(left)), _grouped(leaves(right))
    found: list[Difference] = []
    for group in dict.fromkeys((*one, *other)):
        mine, theirs = one.get(group, {}), other.get(group, {})
        if not mine or not theirs:
            found.append(Difference(group, _summary(mine), _summary(theirs)))
            continue
        paths = dict.fromkeys((*mine, *theirs))
        found += [
            Difference(path, words(mine.get(path)), words(theirs.get(path)))
            for path in paths
            if mine.get(path) != theirs.get(path)
        ]
    return tuple(found)


def leaves(strategy: Strategy) -> dict[str, object]:
    """Return every value of a strategy's meaning that is not a default's, by its path."""
    found: dict[str, object] = {}
    plain = strategy.plain()
    for one in fields(plain):
        if one.name not in _SEEN:
            _collect(one.name, getattr(plain, one.name), found)
    return found


def words(value: object) -> str:
    """Return a value as a person would write it."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, frozenset):
        return ",".join(sorted(map(str, value))) or "none"
    if isinstance(value, tuple):
        return ",".join(words(one) for one in value) or "none"
    if isinstance(value, Piece):
        return f"{value.kind} {value.position}"
    return str(value)


def _grouped(found: dict[str, object]) -> dict[str, dict[str, object]]:
    """Return leaves by the part of the strategy that they belong to, such as ``phase1[0]``."""
    groups: dict[str, dict[str, object]] = {}
    for path, value in found.items():
        groups.setdefault(path.partition(".")[0], {})[path] = value
    return groups


def _summary(group: dict[str, object]) -> str:
    """Return the values of a part that say something, in one line."""
    said = {path: words(value) for path, value in group.items()}
    kept = (
        text if "." not in path or path.endswith(".kind") else f"{path.rpartition('.')[2]} {text}"
        for path, text in said.items()
        if text not in {"no", "0", "none", "same", "nothing"}
    )
    return ", ".join(kept) or "nothing"


def _collect(path: str, value: object, found: dict[str, object]) -> None:
    """Put the leaves below a value into `found`."""
    if isinstance(value, tuple) and value and not isinstance(value[0], _WHOLE):
        for at, one in enumerate(value):
            _collect(f"{path}[{at}]", one, found)
    elif is_dataclass(value) and not isinstance(value, _WHOLE):
        for one in fields(value):
            _collect(f"{path}.{one.name}", getattr(value, one.name), found)
    elif value not in (None, (), ""):
        found[path] = value

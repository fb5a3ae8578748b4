"""Which connections of two sides correspond: by name, by server, by role, in order of time.

In: attempts of both sides. Out: pairs, and what is left over. Many against many: within one group
the first goes with the first. Never by address of the client, or by its port.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass

from workbench.comparison.values import Attempt, Pair

Key = Callable[[Attempt], Hashable]


@dataclass(frozen=True, slots=True)
class Pairing:
    """Pairs of two sides.

    Parameters
    ----------
    pairs : tuple of Pair
        In the order of the reference.
    reference, candidate : tuple of Attempt
        What is left without a partner on either side.
    """

    pairs: tuple[Pair, ...]
    reference: tuple[Attempt, ...] = ()
    candidate: tuple[Attempt, ...] = ()


def pair_up(reference: Iterable[Attempt], candidate: Iterable[Attempt]) -> Pairing:
    """Find which connections correspond.

    First those of the same name and kind of request, then of the same server and port, then, where
    one alone is left on each side, of the same kind and port.

    Parameters
    ----------
    reference, candidate : iterable of Attempt
        The two sides.

    Returns
    -------
    Pairing
        Every attempt once.

    Examples
    --------
    >>> left = [Attempt(0, 0, "tcp", "tls", "a.test", "10.0.0.1", 443)]
    >>> right = [Attempt(0, 4, "tcp", "tls", "a.test", "10.0.0.9", 443)]
    >>> [(pair.candidate.connection, pair.rule) for pair in pair_up(left, right).pairs]
    [(4, 'name')]
    """
    left, right = _in_order(reference), _in_order(candidate)
    pairs: list[Pair] = []
    for rule, key, alone in RULES:
        pairs += _matched(left, right, rule, key, alone=alone)
        taken = {id(one) for pair in pairs for one in (pair.reference, pair.candidate)}
        left = [one for one in left if id(one) not in taken]
        right = [one for one in right if id(one) not in taken]
    pairs.sort(key=lambda pair: _order(pair.reference))
    return Pairing(tuple(pairs), tuple(left), tuple(right))


def _named(one: Attempt) -> Hashable:
    """Return what attempts of one name share; None without a name."""
    return (one.protocol, one.kind, one.name.lower(), one.port) if one.name else None


def _served(one: Attempt) -> Hashable:
    """Return what attempts at one server share; of a query the name is all that counts."""
    return None if one.kind == "dns" else (one.protocol, one.server, one.port)


def _role(one: Attempt) -> Hashable:
    """Return what attempts of one role share."""
    return None if one.kind == "dns" else (one.protocol, one.port)


RULES: tuple[tuple[str, Key, bool], ...] = (
    ("name", _named, False), ("server", _served, False), ("role", _role, True),
)  # fmt: skip
"""Name, what has to be equal, and whether only a single one on each side will do."""


def _matched(
    left: list[Attempt], right: list[Attempt], rule: str, key: Key, *, alone: bool
) -> list[Pair]:
    """Return the pairs of one rule."""
    one, other = _groups(left, key), _groups(right, key)
    found: list[Pair] = []
    for group, mine in one.items():
        theirs = other.get(group, [])
        if alone and not len(mine) == len(theirs) == 1:
            continue
        found += [Pair(a, b, rule) for a, b in zip(mine, theirs, strict=False)]
    return found


def _groups(attempts: list[Attempt], key: Key) -> dict[Hashable, list[Attempt]]:
    """Return attempts by key; those without one are left out."""
    found: dict[Hashable, list[Attempt]] = {}
    for one in attempts:
        value = key(one)
        if value is not None:
            found.setdefault(value, []).append(one)
    return found


def _in_order(attempts: Iterable[Attempt]) -> list[Attempt]:
    """Return attempts in order of capture and time."""
    return sorted(attempts, key=_order)


def _order(one: Attempt) -> tuple[int, int, int]:
    """Return the place of an attempt among those of its side."""
    return one.file, one.begun_ns, one.connection

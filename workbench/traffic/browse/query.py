"""The language of the search field: words, and conditions on columns, all of which must hold.

    google tcp -port:53
    name:x.com again>0
    addr:10.0.0.0/8 flag:rst lasted>1.5s

What is typed is compared, never evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from workbench.errors import FilterError

MAX_CHARACTERS = 1_000
MAX_TERMS = 40

_TERM = re.compile(
    r"(?P<not>-?)"
    r"(?:(?P<field>[A-Za-z_][A-Za-z0-9_]*)(?P<operator>:|<=|>=|!=|=|<|>))?"
    r"(?:\"(?P<quoted>[^\"]*)\"|(?P<word>[^\s\"]*))"
)
# The first group of an IPv6 address looks like a field with a colon behind it.
_GROUP = re.compile(r"[0-9a-f]{1,4}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Term:
    """One condition.

    Parameters
    ----------
    field : str
        What is compared, in small letters; empty for any text of a connection.
    operator : str
        ``:`` for contains, or ``=``, ``!=``, ``<``, ``<=``, ``>``, ``>=``.
    value : str
        As it was typed, quotes left out.
    negated : bool
        Whether the condition must not hold.
    at : int
        Where it stands in the text, counted from 0.
    """

    field: str
    operator: str
    value: str
    negated: bool
    at: int


def parse(text: str, fields: Collection[str]) -> tuple[Term, ...]:
    """Return the conditions of a search.

    Parameters
    ----------
    text : str
        Terms with spaces between them: ``word``, ``"two words"``, ``field:part``,
        ``field>number``, each with ``-`` before it for the opposite.
    fields : collection of str
        Names that may stand before an operator, in small letters.

    Returns
    -------
    tuple of Term
        Empty for an empty text.

    Raises
    ------
    FilterError
        Where the text is not understood, or too long.

    Examples
    --------
    >>> [term.value for term in parse('"a b" -port:53', {"port"})]
    ['a b', '53']
    >>> parse("fe80::1", {"port"})[0].value
    'fe80::1'
    """
    if len(text) > MAX_CHARACTERS:
        raise FilterError.at(text, MAX_CHARACTERS, f"at most {MAX_CHARACTERS:,} characters")
    terms: list[Term] = []
    at = 0
    while True:
        at += len(text[at:]) - len(text[at:].lstrip())
        if at >= len(text):
            return tuple(terms)
        if len(terms) == MAX_TERMS:
            raise FilterError.at(text, at, f"at most {MAX_TERMS} terms")
        term, at = _term(text, at, fields)
        terms.append(term)


def _term(text: str, at: int, fields: Collection[str]) -> tuple[Term, int]:
    """Return the term that begins at a place, and where it ends."""
    found = _TERM.match(text, at)
    end = at if found is None else found.end()
    if found is None or end == at or (end < len(text) and not text[end].isspace()):
        raise FilterError.at(text, end, "a word, or one in quotes, with a space behind it")
    field, operator = (found["field"] or "").lower(), found["operator"] or ":"
    quoted = found["quoted"] is not None
    value = str(found["quoted"] if quoted else found["word"])
    if field and field not in fields:
        if quoted or not (operator == ":" and _GROUP.fullmatch(field)):
            raise FilterError.unknown_name(field, sorted(fields))
        field, operator, value = "", ":", f"{found['field']}:{value}"
    if not value and not (field and quoted):
        raise FilterError.at(text, end, f"something after {field + operator if field else '-'}")
    return Term(field, operator, value, bool(found["not"]), at), end

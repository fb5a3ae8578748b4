"""Reads filter expressions; the grammar is in docs/filters.md."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from workbench.capture.filter_fields import (
    CONNECTIVES,
    ENDPOINTS,
    FIELDS,
    OPERATORS,
    PROTOCOLS,
    SIDES,
    SPELLINGS,
    VERSIONS,
    WORDS,
    Field,
    field_named,
    suggestion,
)
from workbench.capture.filter_tree import (
    Compare,
    Network,
    Node,
    Not,
    Present,
    Range,
    Value,
    both,
    either,
)
from workbench.capture.flags import FLAG_BITS
from workbench.errors import FilterError, ParameterError
from workbench.units import INT64_MAX, INT64_MIN, parse_time_ns

MAX_LENGTH = 10_000
MAX_DEPTH = 50
"""Most parentheses and negations inside each other."""

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<operator>&&|\|\||==|!=|<=|>=|[()!<>=&,])
      | (?P<word>[A-Za-z0-9_.:/+%-]+)
      | "(?P<string>[^"\\]*)"
    )""",
    re.VERBOSE | re.ASCII,
)
_NUMBER = re.compile(r"-?[0-9]{1,20}|0[xX][0-9a-fA-F]{1,16}", re.ASCII)
_TRUTHS = {"true": 1, "yes": 1, "1": 1, "false": 0, "no": 0, "0": 0}
_DIRECTIONS = {"client": 0, "server": 1, "0": 0, "1": 1}
_SYMBOLS = frozenset({"==", "=", "!=", "<", "<=", ">", ">=", "&"})


@dataclass(frozen=True, slots=True)
class Token:
    """One token: `kind` is operator, word, string or end."""

    kind: str
    text: str
    at: int


def parse(text: str) -> Node:
    """Parse a filter expression.

    Parameters
    ----------
    text : str
        The expression.

    Returns
    -------
    Node
        What it means.

    Raises
    ------
    FilterError
        When it is not understood, with the place and what would be.

    Examples
    --------
    >>> parse("ttl < 10")
    Compare(field='ttl', operator='<', values=(10,))
    """
    if len(text) > MAX_LENGTH:
        raise FilterError.at(text, MAX_LENGTH, f"at most {MAX_LENGTH:,} characters")
    return _Parser(text).whole()


def tokens_of(text: str) -> list[Token]:
    """Cut an expression into tokens, with one for its end.

    Parameters
    ----------
    text : str
        The expression.

    Returns
    -------
    list of Token
        In order.

    Raises
    ------
    FilterError
        For a character that begins nothing.
    """
    tokens, at, end = [], 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            while text[at].isspace():
                at += 1
            what = (
                "a closing quotation mark" if text[at] == '"' else "a word, a number, quotes or ()"
            )
            raise FilterError.at(text, at, what)
        kind = found.lastgroup or ""
        start = found.start(kind) - (kind == "string")
        tokens.append(Token(kind, found[kind], start))
        at = found.end()
    tokens.append(Token("end", "", len(text)))
    return tokens


class _Parser:
    """Recursive descent over the tokens of one expression."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokens_of(text)
        self._next = 0
        self._depth = 0

    def whole(self) -> Node:
        """Parse all of it."""
        node = self._any()
        if self._peek().kind != "end":
            raise self._error(self._peek(), "and, or, or the end of the filter")
        return node

    def _any(self) -> Node:
        parts = [self._all()]
        while self._connective() == "or":
            self._take()
            parts.append(self._all())
        return either(parts)

    def _all(self) -> Node:
        parts = [self._one()]
        while self._connective() == "and":
            self._take()
            parts.append(self._one())
        return both(parts)

    def _one(self) -> Node:
        """Parse a condition, a negated one, or one in parentheses."""
        token = self._peek()
        negated = self._connective() == "not"
        if not negated and (token.kind, token.text) != ("operator", "("):
            return self._condition()
        self._take()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(
                token, f"at most {MAX_DEPTH} parentheses and negations inside each other"
            )
        node = Not(self._one()) if negated else self._closed()
        self._depth -= 1
        return node

    def _closed(self) -> Node:
        node = self._any()
        token = self._take()
        if token.kind != "operator" or token.text != ")":
            raise self._error(token, "and, or, or a closing parenthesis")
        return node

    def _condition(self) -> Node:
        """Parse what begins with a name."""
        token = self._take()
        name = token.text.lower()
        if token.kind != "word":
            raise self._error(token, "a field, a protocol, not or (")
        following = self._peek()
        after = following.text.lower() if following.kind == "word" else ""
        if name in SIDES and after in ENDPOINTS:
            self._take()
            return self._endpoint(after, (SIDES[name],))
        if name in ENDPOINTS:
            return self._endpoint(name, ("source", "destination"))
        field = field_named(name)
        if field is not None:
            return self._about(field)
        if name == "fragment":
            return either([Present("more_fragments"), Compare("fragment_offset", ">", (0,))])
        if name in VERSIONS:
            node = Compare("ip_version", "==", (VERSIONS[name],))
        elif name in PROTOCOLS:
            node = Compare("protocol", "==", (name,))
        else:
            raise self._error(token, suggestion(token.text, WORDS, "a field or a protocol"))
        # tcpdump writes `tcp port 80` and means both.
        return both([node, self._condition()]) if after in (*SIDES, *ENDPOINTS) else node

    def _endpoint(self, name: str, sides: tuple[str, ...]) -> Node:
        """Parse what follows host, net or port: one side, or either of them."""
        fields = [FIELDS[f"{side}_port" if name == "port" else side] for side in sides]
        asked = self._about(fields[0])
        if not isinstance(asked, Compare):
            raise TypeError(name)
        nodes: list[Node] = [Compare(field.name, asked.operator, asked.values) for field in fields]
        # A port other than 80 means that neither port is 80.
        return both(nodes) if asked.operator == "!=" else either(nodes)

    def _about(self, field: Field) -> Node:
        """Parse the operator and the values behind a column, if there are any."""
        token = self._peek()
        operator = SPELLINGS.get(token.text.lower(), token.text)
        known = ", ".join(OPERATORS[field.kind])
        if (token.kind == "operator" and operator in _SYMBOLS) or (
            token.kind == "word" and token.text.lower() in SPELLINGS
        ):
            self._take()
            if operator not in OPERATORS[field.kind]:
                raise self._error(token, f"one of {known} behind {field.name}")
            return self._compared(field, operator)
        if token.kind == "string" or (token.kind == "word" and self._connective() == ""):
            return self._compared(field, "has" if field.kind in ("flags", "parts") else "==")
        if not field.stands_alone:
            raise self._error(token, f"{known} or a value behind {field.name}")
        return Present(field.name)

    def _compared(self, field: Field, operator: str) -> Compare:
        """Parse values: one, or several with commas between."""
        place = self._peek()
        values = [self._value(field, operator)]
        while self._peek().text == "," and self._peek().kind == "operator":
            self._take()
            values.append(self._value(field, operator))
        if field.kind == "flags":
            bits = 0
            for value in values:
                bits |= value if isinstance(value, int) else 0
            return Compare(field.name, operator, (bits,))
        single = len(values) == 1 and not isinstance(values[0], Range)
        if operator in ("<", "<=", ">", ">=", "&") and not single:
            raise self._error(place, f"a single value behind {operator}")
        return Compare(field.name, operator, tuple(values))

    def _value(self, field: Field, operator: str) -> Value:
        """Parse one value of a column."""
        token = self._take()
        if token.kind not in ("word", "string"):
            raise self._error(token, f"a value for {field.name}")
        match field.kind:
            case "number" | "time":
                return self._span(field, token)
            case "flags":
                return self._flag(token)
            case "address":
                return self._network(token)
            case "truth":
                return self._named(token, _TRUTHS, "true or false")
            case "side":
                return self._named(token, _DIRECTIONS, "client or server")
            case "name" | "parts":
                return self._text_of(field, token, whole=operator != "has")

    def _span(self, field: Field, token: Token) -> Value:
        """Read a number or a time, or a range of them."""
        low, dots, high = token.text.partition("..")
        if not dots:
            return self._scalar(field, token, low)
        span = Range(self._scalar(field, token, low), self._scalar(field, token, high))
        if span.low > span.high:
            raise self._error(token, "a range that begins with the smaller value")
        return span

    def _scalar(self, field: Field, token: Token, text: str) -> int:
        if field.kind == "time":
            try:
                return parse_time_ns(text)
            except ParameterError:
                what = "a time such as 2026-11-21T08:30:00Z, or a range of two with .. between"
                raise self._error(token, what) from None
        if _NUMBER.fullmatch(text):
            value = int(text, 16 if text[:2].lower() == "0x" else 10)
            if INT64_MIN <= value <= INT64_MAX:
                return value
        raise self._error(token, f"a whole number for {field.name}, or a range such as 10..20")

    def _flag(self, token: Token) -> int:
        name = token.text.lower()
        if name in FLAG_BITS:
            return FLAG_BITS[name]
        if _NUMBER.fullmatch(name):
            value = int(name, 16 if name[:2] == "0x" else 10)
            if 0 <= value <= 0xFFFF:
                return value
        raise self._error(
            token, suggestion(name, FLAG_BITS, "TCP flags with commas between, or their number")
        )

    def _network(self, token: Token) -> Network:
        try:
            return ipaddress.ip_network(token.text, strict=False)
        except ValueError:
            what = "an IP address, or a network such as 10.0.0.0/8 or fe80::/10"
            raise self._error(token, what) from None

    def _named(self, token: Token, choices: dict[str, int], expected: str) -> int:
        name = token.text.lower()
        if name not in choices:
            raise self._error(token, expected)
        return choices[name]

    def _text_of(self, field: Field, token: Token, *, whole: bool) -> str:
        """Read a text that the column can hold, all of it or a part."""
        if field.kind == "name" or not token.text:
            pieces = [token.text]
        else:
            pieces = token.text.split(field.separator)
        known = [field.known(piece) for piece in pieces]
        if token.kind == "string" and not token.text and whole and field.kind == "parts":
            return ""
        for piece, text in zip(pieces, known, strict=True):
            if text is None:
                raise self._error(
                    token, suggestion(piece, field.choices, f"a value of {field.name}")
                )
        return field.separator.join(text for text in known if text is not None)

    def _connective(self) -> str:
        """Return and, or, not where the next token is one, else nothing."""
        token = self._peek()
        return CONNECTIVES.get(token.text.lower(), "") if token.kind != "string" else ""

    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        token = self._tokens[self._next]
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token

    def _error(self, token: Token, expected: str) -> FilterError:
        return FilterError.at(self._text, token.at, expected)

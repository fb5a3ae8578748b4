"""Search in the connection table: from what was typed to the rows that meet it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.errors import FilterError, ParameterError
from workbench.traffic.browse.query import Term, parse
from workbench.traffic.browse.texts import Mask, TextColumn
from workbench.units import parse_duration_ns

FLAGS = {"fin": 1, "syn": 2, "rst": 4, "psh": 8, "ack": 16, "urg": 32, "ece": 64, "cwr": 128}

#: What people say, and the columns that they mean; numbers of several columns are added.
ALIASES: dict[str, tuple[str, ...]] = {
    "name": ("server_name", "first_name"),
    "sni": ("server_name", "first_name"),
    "addr": ("client", "server"),
    "host": ("client", "server"),
    "ip": ("client", "server"),
    "port": ("client_port", "server_port"),
    "proto": ("protocol",),
    "class": ("request_kind", "protocol"),
    "kind": ("request_kind",),
    "bytes": ("wire_bytes_client", "wire_bytes_server"),
    "payload": ("payload_client", "payload_server"),
    "again": ("retransmissions_client", "retransmissions_server"),
    "late": ("out_of_order_client", "out_of_order_server"),
    "resets": ("rst_client", "rst_server"),
    "lasted": ("duration_ns",),
    "rtt": ("handshake_rtt_ns",),
    "ttl": ("ttl_client", "ttl_server"),
}
#: Aliases whose columns are compared one by one.
EACH = frozenset({"port", "ttl"})

_ANY_SIZE = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,6})?)\s*([kmgt]?)(i?b)?", re.IGNORECASE)
_STEPS = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000, "t": 1_000_000_000_000}
_BINARY = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_OPERATORS: dict[str, Callable[[Any, float], Any]] = {
    ":": np.equal, "=": np.equal, "!=": np.not_equal,
    "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
}  # fmt: skip


def _positive(*names: str) -> tuple[tuple[str, ...], Callable[..., Any]]:
    return names, lambda *columns: sum(map(numbers, columns)) > 0


def _differ(one: pd.Series[Any], other: pd.Series[Any]) -> Mask:
    """Return where both columns have a text, and not the same."""
    left, right = (column.to_numpy(dtype=object) for column in (one, other))
    known = pd.notna(left) & pd.notna(right) & (left != "") & (right != "")
    return np.asarray(known & (left != right), dtype=bool)


#: Conditions with a name: the columns that they read, and the condition itself.
CONDITIONS: dict[str, tuple[tuple[str, ...], Callable[..., Any]]] = {
    "reset": _positive("rst_client", "rst_server"),
    "again": _positive("retransmissions_client", "retransmissions_server"),
    "late": _positive("out_of_order_client", "out_of_order_server"),
    "badsum": _positive("bad_checksums"),
    "stalled": _positive("zero_windows"),
    "unanswered": (
        ("packets_client", "packets_server"),
        lambda client, server: (client.to_numpy() == 0) | (server.to_numpy() == 0),
    ),
    "two-names": (
        ("server_name", "first_name"),
        _differ,
    ),
}


class Searcher:
    """Finds rows of a connection table by what a person types.

    Parameters
    ----------
    connections : pandas.DataFrame
        The connection table, with whatever columns it has.
    with_packets : callable, optional
        Takes an expression of the packet filter language, returns which connections have a packet
        that meets it: bool, one a row of the table. Serves ``with:"ttl < 10"``.
    """

    def __init__(
        self,
        connections: pd.DataFrame,
        with_packets: Callable[[str], Mask] | None = None,
    ) -> None:
        self.connections = connections
        self._with_packets = with_packets
        self._texts: dict[str, TextColumn] = {}
        self.text_names = tuple(name for name in connections.columns if _is_text(connections[name]))

    @property
    def fields(self) -> frozenset[str]:
        """Names that a search may use here."""
        have = set(map(str, self.connections.columns))
        aliases = {name for name, columns in ALIASES.items() if have.intersection(columns)}
        more = {"flag", "is"} | ({"with"} if self._with_packets else set())
        return frozenset({name.lower() for name in have} | aliases | more)

    @property
    def conditions(self) -> tuple[str, ...]:
        """Conditions that ``is:`` knows here."""
        have = set(self.connections.columns)
        return tuple(name for name, (columns, _) in CONDITIONS.items() if have.issuperset(columns))

    def text(self, name: str) -> TextColumn:
        """Return a text column, prepared the first time.

        Parameters
        ----------
        name : str
            A column of the table.

        Returns
        -------
        TextColumn
            Its codes and distinct texts.
        """
        if name not in self._texts:
            self._texts[name] = TextColumn(self.connections[name])
        return self._texts[name]

    def mask(self, text: str) -> Mask | None:
        """Return the rows that meet a search.

        Parameters
        ----------
        text : str
            What was typed; see `workbench.traffic.browse.query`.

        Returns
        -------
        numpy.ndarray of bool, shape (rows,), or None
            None where nothing was asked for, so that all rows are meant.

        Raises
        ------
        FilterError
            Where it is not understood: where, and what would be.
        """
        terms = parse(text, self.fields)
        if not terms:
            return None
        kept = np.ones(len(self.connections), bool)
        for term in terms:
            kept &= self._term(text, term) ^ term.negated
        return kept

    def condition(self, name: str) -> Mask:
        """Return the rows for which a condition of `conditions` holds: bool, shape (rows,)."""
        columns, holds = CONDITIONS[name]
        return np.asarray(holds(*(self.connections[column] for column in columns)), dtype=bool)

    def _term(self, text: str, term: Term) -> Mask:
        if term.field == "":
            return self._word(term.value)
        if term.field == "is":
            return self._is(text, term)
        if term.field == "flag":
            return self._flag(text, term)
        if term.field == "with" and self._with_packets:
            return self._with_packets(term.value)
        return self._column(text, term)

    def _word(self, word: str) -> Mask:
        """Return the rows that have a word in any text, as a port, or with # as their number."""
        if re.fullmatch(r"#[0-9]{1,10}", word):
            return np.asarray(self.connections["connection"] == int(word[1:]), dtype=bool)
        kept = np.zeros(len(self.connections), bool)
        address, _, port = word.rpartition(":")
        if port.isdigit() and len(port) <= 5 and _is_address(address.strip("[]")):
            return self._endpoint(address.strip("[]"), int(port))
        if re.fullmatch(r"[0-9]{1,5}", word):
            ports = [name for name in ALIASES["port"] if self._has(name)]
            kept |= _any([kept, *(numbers(self.connections[name]) == int(word) for name in ports)])
        for name in self.text_names:
            kept |= self.text(name).contains(word)
        return kept

    def _endpoint(self, address: str, port: int) -> Mask:
        """Return the rows of which one side has this address and port."""
        kept = np.zeros(len(self.connections), bool)
        for side in ("client", "server"):
            ports = (self.connections[f"{side}_port"] == port).to_numpy(bool)
            kept |= ports & self.text(side).equals(address)
        return kept

    def _has(self, name: str) -> bool:
        return name in self.connections

    def _is(self, text: str, term: Term) -> Mask:
        name = term.value.lower()
        if term.operator not in {":", "="} or name not in self.conditions:
            raise FilterError.at(text, term.at, f"is: with one of {', '.join(self.conditions)}")
        return self.condition(name)

    def _flag(self, text: str, term: Term) -> Mask:
        bit = FLAGS.get(term.value.lower())
        if term.operator not in {":", "="} or bit is None:
            raise FilterError.at(text, term.at, f"flag: with one of {', '.join(FLAGS)}")
        names = [name for name in ("flags_client", "flags_server") if self._has(name)]
        return _any(numbers(self.connections[name]).astype(np.int64) & bit > 0 for name in names)

    def _column(self, text: str, term: Term) -> Mask:
        """Return the rows where a column, or one of those that an alias means, fits."""
        by_lowered = {str(name).lower(): str(name) for name in self.connections.columns}
        meant = (by_lowered.get(term.field, ""),) if term.field in by_lowered else ()
        names = [name for name in meant or ALIASES[term.field] if self._has(name)]
        if names[0] in self.text_names:
            return self._text_term(text, term, names)
        if isinstance(self.connections[names[0]].dtype, pd.DatetimeTZDtype):
            raise FilterError.at(text, term.at, "a column of texts or numbers; times are chosen"
                                 " on the timeline")  # fmt: skip
        value = _number(text, term, duration=names[0].endswith("_ns"))
        columns = [numbers(self.connections[name]) for name in names]
        known = _any(column >= 0 for column in columns)
        groups = columns if term.field in EACH else [np.sum(columns, axis=0)]
        return known & _any(_OPERATORS[term.operator](column, value) for column in groups)

    def _text_term(self, text: str, term: Term, names: Iterable[str]) -> Mask:
        columns = [self.text(name) for name in names if name in self.text_names]
        if term.operator in {"=", "!="}:
            equal = _any(column.equals(term.value) for column in columns)
            return equal ^ (term.operator == "!=")
        if term.operator != ":":
            raise FilterError.at(text, term.at, f"{term.field}: or {term.field}= for a text")
        network = _network(term.value)
        if network is not None:
            return _any(column.inside(network) for column in columns)
        return _any(column.contains(term.value) for column in columns)


def facets(searcher: Searcher) -> dict[str, Mapping[str, int]]:
    """Return how many connections there are of each protocol and request kind, and condition.

    Parameters
    ----------
    searcher : Searcher
        Of the connection table.

    Returns
    -------
    dict of str to mapping of str to int
        Counts above 0 by term: ``proto``, ``kind`` (where the table has it) and ``is``; the most
        frequent protocols and kinds first.
    """
    counts: dict[str, Mapping[str, int]] = {}
    for field, name in (("proto", "protocol"), ("kind", "request_kind")):
        if name in searcher.connections:
            column = searcher.text(name)
            sums = np.bincount(column.codes[column.codes >= 0], minlength=len(column.texts))
            order = np.argsort(-sums, kind="stable")
            counts[field] = {
                column.texts[at]: int(sums[at]) for at in order if sums[at] and column.texts[at]
            }
    sums_of = {name: int(searcher.condition(name).sum()) for name in searcher.conditions}
    counts["is"] = {name: count for name, count in sums_of.items() if count}
    return counts


def _any(masks: Iterable[Any]) -> Mask:
    """Return where any of the masks, at least one, holds."""
    found: Mask = np.logical_or.reduce(list(masks))
    return found


def numbers(column: pd.Series[Any]) -> npt.NDArray[np.float64]:
    """Return a column of numbers, -1 where one is missing.

    Parameters
    ----------
    column : pandas.Series
        Of any numeric type, or of truth values.

    Returns
    -------
    numpy.ndarray of float64, shape (n,)
        Exact up to 2**53.
    """
    given = column.to_numpy(dtype=np.float64, na_value=np.nan)
    known: npt.NDArray[np.float64] = np.nan_to_num(given, nan=-1.0)
    return known


def _is_text(column: pd.Series[Any]) -> bool:
    kinds = (pd.CategoricalDtype, pd.StringDtype)
    return isinstance(column.dtype, kinds) or column.dtype == object


@cache
def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """Return the network that a text with a slash names."""
    if "/" not in text:
        return None
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _number(text: str, term: Term, *, duration: bool) -> float:
    """Return the number of a term: nanoseconds for durations, else a count with its suffix."""
    if duration:
        try:
            return parse_duration_ns(term.value)
        except ParameterError:
            raise FilterError.at(text, term.at, "a duration such as 1.5s or 20ms") from None
    found = _ANY_SIZE.fullmatch(term.value.strip())
    if found is None:
        raise FilterError.at(text, term.at, "a number, such as 443, 1500 or 2MiB")
    steps = _BINARY if (found[3] or "").lower() == "ib" else _STEPS
    return float(found[1]) * steps[found[2].lower()]

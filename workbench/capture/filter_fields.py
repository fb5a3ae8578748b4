"""The words of filters: columns, their kinds, other names for them, and the values they know."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from workbench.capture import codes, links, schema
from workbench.capture.kernels.extras import OPTION_NAMES

Kind = Literal["number", "flags", "time", "address", "name", "parts", "truth", "side"]

ORDERED = ("==", "!=", "<", "<=", ">", ">=")
OPERATORS: dict[Kind, tuple[str, ...]] = {
    "number": (*ORDERED, "&"),
    "flags": ("==", "!=", "&"),
    "time": ORDERED,
    "address": ("==", "!="),
    "name": ("==", "!="),
    "parts": ("==", "!="),
    "truth": ("==", "!="),
    "side": ("==", "!="),
}
SPELLINGS = {"=": "==", "eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}

ALIASES = {
    "length": "wire_length",
    "len": "wire_length",
    "caplen": "captured_length",
    "payload": "payload_length",
    "flags": "tcp_flags",
    "proto": "protocol",
    "src": "source",
    "dst": "destination",
    "sport": "source_port",
    "dport": "destination_port",
    "hop_limit": "ttl",
}
ELSEWHERE = {
    "ip.src": "source", "ipv6.src": "source", "ip.dst": "destination", "ipv6.dst": "destination",
    "ip.addr": "host", "ipv6.addr": "host", "ip.ttl": "ttl", "ipv6.hlim": "ttl", "ip.id": "ip_id",
    "ip.proto": "protocol", "tcp.port": "tcp port", "udp.port": "udp port",
    "tcp.srcport": "tcp src port", "tcp.dstport": "tcp dst port", "udp.srcport": "udp src port",
    "udp.dstport": "udp dst port", "tcp.flags": "tcp_flags", "tcp.flags.syn": "flags syn",
    "tcp.flags.ack": "flags ack", "tcp.flags.reset": "flags rst", "tcp.flags.fin": "flags fin",
    "tcp.len": "payload_length", "tcp.stream": "connection", "tcp.seq": "seq", "tcp.ack": "ack",
    "frame.number": "frame", "frame.len": "length", "frame.cap_len": "captured_length",
    "frame.time": "time", "frame.time_epoch": "time", "syn": "flags syn", "rst": "flags rst",
    "fin": "flags fin", "greater": "length >=", "less": "length <=", "portrange": "port 1..10",
    "vlan": "encapsulation vlan", "bad": "checksum bad",
    "ether": "link ethernet",
}  # fmt: skip
"""What other programs call things, for those who type it here."""

SOME_HAVE = frozenset(
    {
        "connection", "encapsulation", "mss", "options", "problem", "time", "ts_echo", "ts_value",
        "window_scale",
    }
)  # fmt: skip
"""Columns that may stand alone, beside those that are true or false: the packets that have one."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column as filters see it.

    Attributes
    ----------
    name
        Column of the packet table.
    kind
        Which operators and values it takes.
    choices
        Texts it can hold, empty where that is open.
    pattern
        Texts it can hold besides, for things without a name of their own.
    separator
        What stands between the parts of its text.
    """

    name: str
    kind: Kind
    choices: tuple[str, ...] = ()
    pattern: str = ""
    separator: str = ""

    @property
    def stands_alone(self) -> bool:
        """Whether the bare name is a condition."""
        return self.kind == "truth" or self.name in SOME_HAVE

    def known(self, text: str) -> str | None:
        """Return a text as the column writes it, None if it can never hold it."""
        lowered = text.lower()
        for choice in self.choices:
            if choice.lower() == lowered:
                return choice
        if self.name == "protocol" and re.fullmatch(r"[0-9]{1,3}", text) and int(text) <= codes.ARP:
            return codes.protocol_names()[int(text)]
        return lowered if self.pattern and re.fullmatch(self.pattern, lowered) else None


def _kind(column: schema.Column) -> Kind:
    special: dict[str, Kind] = {
        "tcp_flags": "flags", "direction": "side", "source": "address", "destination": "address",
        "encapsulation": "parts", "options": "parts",
    }  # fmt: skip
    if column.name in special:
        return special[column.name]
    if column.dtype == "category":
        return "name"
    if column.dtype == "bool":
        return "truth"
    return "time" if column.dtype.startswith("datetime") else "number"


_TEXTS: dict[str, tuple[tuple[str, ...], str, str]] = {
    "link": (tuple(dict.fromkeys(links.LINK_NAMES.values())), r"link-[0-9]{1,5}", ""),
    "encapsulation": (tuple(codes.ENCAPSULATION_NAMES.values()), r"unknown-[0-9]{1,2}", "+"),
    "protocol": (tuple(codes.PROTOCOL_NAMES.values()), r"ip-[0-9]{1,3}", ""),
    "options": (tuple(OPTION_NAMES.values()), "", ","),
    "ip_checksum": (codes.CHECKSUM_NAMES[1:], "", ""),
    "checksum": (codes.CHECKSUM_NAMES[1:], "", ""),
    "problem": (codes.PROBLEM_NAMES[1:], "", ""),
}

FIELDS = {
    column.name: Field(column.name, _kind(column), *_TEXTS.get(column.name, ((), "", "")))
    for column in schema.COLUMNS
}
PROTOCOLS = frozenset(codes.PROTOCOL_NAMES.values()) - {"ipv6"}
VERSIONS = {"ip": 4, "ip4": 4, "ipv4": 4, "ip6": 6, "ipv6": 6}
SIDES = {"src": "source", "dst": "destination"}
ENDPOINTS = ("host", "net", "port")
CONNECTIVES = {"and": "and", "&&": "and", "or": "or", "||": "or", "not": "not", "!": "not"}
WORDS = (*FIELDS, *ALIASES, *VERSIONS, *ENDPOINTS, "fragment", *sorted(PROTOCOLS))


def field_named(name: str) -> Field | None:
    """Return the column of a name or of another name for it, None for neither.

    Examples
    --------
    >>> field_named("flags").name, field_named("colour")
    ('tcp_flags', None)
    """
    return FIELDS.get(ALIASES.get(name, name))


def suggestion(word: str, choices: Iterable[str], what: str) -> str:
    """Say what was expected in place of a word, the nearest first.

    Examples
    --------
    >>> suggestion("bda", ("good", "bad"), "a verdict")
    'a verdict: bad, or one of good'
    >>> suggestion("ip.src", WORDS, "a field")
    'a field: source is what ip.src is called here'
    """
    lowered = word.lower()
    if lowered in ELSEWHERE and choices is WORDS:
        return f"{what}: {ELSEWHERE[lowered]} is what {lowered} is called here"
    every = list(dict.fromkeys(choices))
    near = get_close_matches(lowered[:40], every, n=3)
    rest = [choice for choice in every if choice not in near][:20]
    more = len(every) - len(near) - len(rest)
    tail = f"{', '.join(rest)}{f' and {more} more' if more > 0 else ''}"
    if not near:
        return f"{what}: {tail}"
    return f"{what}: {', '.join(near)}{f', or one of {tail}' if rest else ''}"

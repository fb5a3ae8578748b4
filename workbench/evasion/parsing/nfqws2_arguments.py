"""Arguments of zapret 2's Lua functions: ``name:argument=value:switch``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from workbench.errors import ParameterError
from workbench.evasion.checks import INT32, check_choice
from workbench.evasion.parsing.options import number
from workbench.evasion.parsing.zapret import FLAG_ALIASES, payload
from workbench.evasion.strategy import Fooling, Payload, Ttl
from workbench.evasion.values import FLAG_BITS, Protocol

#: Blobs that come with it, by the protocol that they stand in for.
BUILT_IN: dict[str, Protocol] = {
    "fake_default_tls": "tls", "fake_default_http": "http", "fake_default_quic": "quic",
}  # fmt: skip
#: Arguments of most functions: fooling, rebuilding, sending.
COMMON = (
    "ip_ttl", "ip6_ttl", "ip_autottl", "ip6_autottl", "tcp_seq", "tcp_ack", "tcp_ts", "tcp_md5",
    "tcp_flags_set", "tcp_flags_unset", "tcp_ts_up", "ip6_hopbyhop", "ip6_hopbyhop2", "badsum",
    "repeats", "dir", "payload",
)  # fmt: skip
TLS_MODS = ("rnd", "rndsni", "dupsid", "padencap", "sni")
_SWITCHED = {
    "tcp_md5": "md5sig", "badsum": "badsum", "tcp_ts_up": "tsup", "ip6_hopbyhop": "hopbyhop",
    "ip6_hopbyhop2": "hopbyhop2",
}  # fmt: skip
_AUTO = re.compile(r"([+-]?[0-9]{1,3}),([0-9]{1,3})-([0-9]{1,3})")


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a Lua function.

    Parameters
    ----------
    function : str
        Its name.
    arguments : mapping of str to str
        By name; switches have an empty value.
    blobs : mapping of str to str
        Blobs of the command line, by name.
    """

    function: str
    arguments: Mapping[str, str]
    blobs: Mapping[str, str]


def calls(text: str, blobs: Mapping[str, str]) -> Call:
    """Return the call that an option asks for.

    Examples
    --------
    >>> calls("fake:blob=fake_default_tls:badsum", {}).arguments
    {'blob': 'fake_default_tls', 'badsum': ''}
    """
    name, *parts = text.split(":")
    pairs = (part.partition("=") for part in parts)
    return Call(name, {key: value for key, _, value in pairs}, blobs)


def only(call: Call, *names: str, common: bool = False) -> None:
    """Raise an error unless a call has no arguments but these.

    Raises
    ------
    ParameterError
        If there is another.
    """
    known = (*names, *(COMMON if common else ("dir", "payload")))
    for name in call.arguments:
        if name not in known:
            raise ParameterError.unknown(name, known, call.function)


def ttls(call: Call) -> tuple[Ttl, Ttl | None]:
    """Return TTL and hop limit of a call."""
    four, six = (_ttl(call, version) for version in ("ip", "ip6"))
    if six is None or six == four:
        return four or Ttl(), None
    return four or Ttl(), six


def _ttl(call: Call, version: str) -> Ttl | None:
    """Return the TTL for one version of IP."""
    fixed, auto = call.arguments.get(f"{version}_ttl"), call.arguments.get(f"{version}_autottl")
    value = number(f"{version}_ttl", fixed, 1, 255) if fixed else 0
    if auto is None:
        return Ttl.fixed(value) if value else None
    found = _AUTO.fullmatch(auto)
    if found is None:
        raise ParameterError.not_understood(f"{version}_autottl", auto, "-1,3-20")
    return Ttl.auto(int(found[1]), int(found[2]), int(found[3]), fallback=value)


def repeats(call: Call) -> int:
    """Return how often a call sends."""
    return number("repeats", call.arguments.get("repeats", "1"), 1, 1 << 16)


def fooling(call: Call) -> Fooling:
    """Return the fooling of a call; either wrong number makes it zapret 1's badseq."""
    given = call.arguments
    kinds = {kind for name, kind in _SWITCHED.items() if name in given}
    made = Fooling()
    if "tcp_seq" in given or "tcp_ack" in given:
        kinds.add("badseq")
        made = replace(made, badseq_increment=_signed(given, "tcp_seq"))
        made = replace(made, badack_increment=_signed(given, "tcp_ack"))
    if "tcp_ts" in given:
        kinds.add("ts")
        made = replace(made, ts_increment=_signed(given, "tcp_ts"))
    up, down = (_flags(given.get(name, "")) for name in ("tcp_flags_set", "tcp_flags_unset"))
    if up or down:
        kinds.add("flags")
    return replace(made, kinds=frozenset(kinds), flags_set=up, flags_unset=down)


def _signed(given: Mapping[str, str], name: str) -> int:
    """Return a signed number of 32 bits, 0 without the argument."""
    return number(name, given.get(name, "0"), -INT32, INT32 - 1)


def _flags(text: str) -> int:
    """Return the bits of a list of TCP flags."""
    bits = 0
    for word in text.upper().split(",") if text else []:
        name = FLAG_ALIASES.get(word, word)
        check_choice("TCP flag", name, tuple(FLAG_BITS))
        bits |= FLAG_BITS[name]
    return bits


def blob(call: Call, name: str) -> Payload | None:
    """Return the bytes that an argument names: built in, literal, or a blob of the command line.

    Raises
    ------
    ParameterError
        If there is no such blob, or a mod is unknown.
    """
    given = call.arguments.get(name)
    if given is None:
        return None
    if given in BUILT_IN:
        return _modded(call, Payload(protocol=BUILT_IN[given]))
    content = given if given.startswith("0x") else call.blobs.get(given)
    if content is None:
        known = (*BUILT_IN, *call.blobs, "0x and hex digits")
        raise ParameterError.not_among(name, given, known)
    return _modded(call, payload(name, content, ""))


def _modded(call: Call, made: Payload) -> Payload:
    """Return a hello with the mods of a call."""
    given = call.arguments.get("tls_mod")
    if not given:
        return made
    kinds: set[str] = set()
    for word in given.split(","):
        kind, _, value = word.partition("=")
        check_choice("tls_mod", kind, TLS_MODS)
        made = replace(made, sni=value or made.sni)
        kinds.add(kind)
    return replace(made, mods=frozenset(kinds - {"sni"}))

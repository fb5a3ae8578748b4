"""Descriptors as byedpi (ciadpi) command lines."""

from __future__ import annotations

from workbench.evasion.parsing.byedpi import (
    DEFAULT_OOB,
    DEFAULT_TTL,
    MESSAGE_MARKERS,
    MIXED_SPELLING,
    NAME_MARKERS,
    RECORD_HEADER,
)
from workbench.evasion.parsing.escapes import escaped
from workbench.evasion.rendering.equivalents import to_sockets
from workbench.evasion.rendering.words import MAX_BYTES, is_host, is_path, option
from workbench.evasion.strategy import Fake, Http, Payload, Position, Scope, Sockets, Strategy

_TLS_SUFFIX = {marker: f"+s{flag}" for flag, marker in NAME_MARKERS.items() if flag != "s"}
_ANY_SUFFIX = {marker: f"+h{flag}" for flag, marker in NAME_MARKERS.items() if flag != "s"}
_BARE_SUFFIX = {marker: f"+n{flag}" for flag, marker in MESSAGE_MARKERS.items() if flag != "s"}
_LISTS = ("hosts", "ipset", "round")


def write(strategy: Strategy, program: str) -> list[str]:
    """Return the words of a command.

    Parameters
    ----------
    strategy : Strategy
        What is to be said; splits of packet tools become writes.
    program : str
        ``ciadpi``.

    Returns
    -------
    list of str
        Not quoted.
    """
    known = to_sockets(strategy)
    words = [program, "--port=1080", *_scope(known.scope)]
    words += option("no-udp") if known.udp and known.udp.kind == "drop" else []
    if known.orig and known.orig.ttl.mode == "fixed" and known.orig.ttl.value:
        words += option("def-ttl", known.orig.ttl.value)
    words += _sockets(known.sockets.plain()) if known.sockets else []
    words += [word for fake in known.phase1[:1] for word in _udp_fake(fake, known.sockets)]
    for one in known.plain().tls_records:
        words += _record(one)
    words += option("tlsminor", known.tls_minor) if known.tls_minor else []
    return words + _http(known.http)


def position_text(position: Position) -> str | None:
    """Return a position in byedpi's words, or nothing where it has none.

    Examples
    --------
    >>> position_text(Position("host", 1, "tls")), position_text(Position("midsld"))
    ('1+s', None)
    """
    suffixes = {"tls": _TLS_SUFFIX, "": _ANY_SUFFIX}.get(position.scope, {})
    if position.marker in suffixes:
        return f"{position.delta}{suffixes[position.marker]}"
    if position.scope or position.marker not in _BARE_SUFFIX:
        return None
    return f"{position.delta}{_BARE_SUFFIX[position.marker] if position.marker else ''}"


def _sockets(sockets: Sockets) -> list[str]:
    """Return the options of writes."""
    words: list[str] = []
    for piece in sockets.pieces:
        text = position_text(piece.position)
        words += option(piece.kind, text) if text else []
    kinds = {piece.kind for piece in sockets.pieces}
    if kinds & {"oob", "disoob"} and sockets.oob_byte != DEFAULT_OOB:
        words += option("oob-data", escaped(bytes([sockets.oob_byte])))
    if "fake" in kinds:
        fixed = sockets.ttl.mode == "fixed" and sockets.ttl.value not in {0, DEFAULT_TTL}
        words += option("ttl", sockets.ttl.value) if fixed else []
        words += option("md5sig") if "md5sig" in sockets.fooling.kinds else []
        words += _payloads(sockets.payloads)
        offset = position_text(sockets.fake_offset) if sockets.fake_offset else None
        words += option("fake-offset", offset) if offset else []
    return words + (option("drop-sack") if sockets.drop_sack else [])


def _payloads(payloads: tuple[Payload, ...]) -> list[str]:
    """Return the options of fakes' bytes and names."""
    if not payloads:
        return []
    first = payloads[0]
    words: list[str] = []
    if first.kind == "file" and is_path(first.name) and not first.name.startswith(":"):
        words += option("fake-data", first.name)
    elif first.kind == "bytes" and 0 < len(first.data or b"") <= MAX_BYTES:
        words += option("fake-data", ":" + escaped(first.data or b""))
    sizes = {one for one in first.mods or () if one.startswith("msize=")}
    known = [name for mod, name in (("rnd", "rand"), ("orig", "orig")) if mod in (first.mods or ())]
    known += [size for size in sorted(sizes)[:1] if size[6:].lstrip("-").isdigit()]
    words += option("fake-tls-mod", ",".join(known)) if known else []
    names = [one.sni for one in payloads if is_host(one.sni)]
    return words + [word for name in names for word in option("fake-sni", name)]


def _udp_fake(fake: Fake, sockets: Sockets | None) -> list[str]:
    """Return the options of fakes before datagrams; they share the TTL of the others."""
    if fake.transport != "udp" or fake.kind != "fake":
        return []
    words = option("udp-fake", fake.repeats)
    shared = sockets and any(piece.kind == "fake" for piece in sockets.pieces)
    if fake.ttl.mode == "fixed" and fake.ttl.value not in {0, DEFAULT_TTL} and not shared:
        words += option("ttl", fake.ttl.value)
    return words


def _record(position: Position) -> list[str]:
    """Return the option of a record's end; a bare number counts after the header."""
    if not position.marker and position.delta >= 0:
        inside = position.delta - RECORD_HEADER
        known = inside >= 0 and not position.scope
        return option("tlsrec", inside) if known else []
    text = position_text(position) if position.delta <= 0xFFFF else None
    return option("tlsrec", text) if text else []


def _http(http: Http) -> list[str]:
    """Return the option of HTTP tricks."""
    kinds = {"h": http.spelling == MIXED_SPELLING, "d": http.domain_case, "r": http.no_space}
    letters = [letter for letter, used in kinds.items() if used]
    return option("mod-http", ",".join(letters)) if letters else []


def _scope(scope: Scope) -> list[str]:
    """Return the options that say which connections are treated."""
    letters = [
        letter for kind, letter in (("tls", "t"), ("http", "h"), ("udp", "u")) if kind in scope.l7
    ]
    letters += ["i"] if scope.l3 == "ipv4" else []
    words = option("proto", ",".join(letters)) if letters else []
    digits = set(scope.tcp) <= set("0123456789-") and scope.tcp
    words += option("pf", scope.tcp) if digits else []
    for item in scope.lists:
        name, _, value = item.partition("=")
        words += option(name, value) if name in _LISTS and is_path(value) else []
    return words

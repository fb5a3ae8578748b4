"""Descriptors as tpws command lines."""

from __future__ import annotations

from dataclasses import replace

from workbench.evasion.parsing.tpws import L7, MAX_MSS, MIN_MSS
from workbench.evasion.rendering.equivalents import to_sockets
from workbench.evasion.rendering.nfqws import is_zapret_position, position_list, scope_words
from workbench.evasion.rendering.words import option
from workbench.evasion.strategy import Http, Scope, Sockets, Strategy

_SWITCHES = {
    "no_space": "hostnospace", "domain_case": "domcase", "method_eol": "methodeol",
    "method_space": "methodspace", "dot": "hostdot", "tab": "hosttab", "unix_eol": "unixeol",
}  # fmt: skip


def write(strategy: Strategy, program: str) -> list[str]:
    """Return the words of a command.

    Parameters
    ----------
    strategy : Strategy
        What is to be said; splits of packet tools become writes.
    program : str
        ``tpws``.

    Returns
    -------
    list of str
        Not quoted.
    """
    known = to_sockets(strategy)
    words = [program, "--socks", "--port=1080", *_scope(known.scope)]
    words += _sockets(known.sockets.plain()) if known.sockets else []
    records = [one for one in known.tls_records if is_zapret_position(one)]
    words += option("tlsrec", records[0]) if records else []
    words += http_words(known.http)
    words += option("mss", known.mss) if MIN_MSS <= known.mss <= MAX_MSS else []
    words += option("split-any-protocol") if known.limits.any_protocol else []
    words += _limit("tamper-start", known.limits.start)
    return words + _limit("tamper-cutoff", known.limits.cutoff)


def http_words(http: Http) -> list[str]:
    """Return the options of HTTP tricks."""
    words = option("hostcase") if http.spelling == "host" else []
    if len(http.spelling) == 4 and http.spelling.isprintable() and http.spelling != "host":
        words += option("hostspell", http.spelling)
    for field, name in _SWITCHES.items():
        words += option(name) if getattr(http, field) else []
    return words + (option("hostpad", http.pad) if http.pad else [])


def _sockets(sockets: Sockets) -> list[str]:
    """Return the options of writes."""
    kinds = [piece.kind for piece in sockets.pieces]
    cuts = position_list(tuple(piece.position for piece in sockets.pieces))
    if not cuts:
        return []
    words = option("split-pos", cuts)
    alone = len(kinds) == 1
    if sockets.alternate or (alone and kinds[0] in {"disorder", "disoob"}):
        words += _limited("disorder", sockets.alternate_scope)
    if sockets.first_oob or (alone and kinds[0] in {"oob", "disoob"}):
        words += _limited("oob", sockets.oob_scope)
        words += option("oob-data", f"0x{sockets.oob_byte:02X}") if sockets.oob_byte else []
    return words


def _scope(scope: Scope) -> list[str]:
    """Return the options that say which connections a profile is for: tpws has no datagrams."""
    kept = tuple(one for one in scope.lists if not one.startswith("filter-ssid="))
    return scope_words(replace(scope, udp="", lists=kept), L7)


def _limited(name: str, scope: str) -> list[str]:
    """Return a trick, perhaps for one kind of request only."""
    return option(name, scope or None) if scope in {"", "http", "tls"} else []


def _limit(name: str, bound: str) -> list[str]:
    """Return the option of a bound in blocks of data or bytes."""
    forms = {"d": f"n{bound[1:]}", "s": bound[1:]}
    return option(name, forms[bound[0]]) if bound and bound[0] in forms else []

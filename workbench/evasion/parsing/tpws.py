"""tpws command lines (zapret 1) into descriptors.

tpws owns an ordinary socket: it cuts by writing piece by piece, and its disorder writes every
other piece, the first included, with TTL 1. Options follow zapret v72.12.
"""

from __future__ import annotations

import re

from workbench.errors import ParameterError
from workbench.evasion.checks import check_choice
from workbench.evasion.parsing.options import Argument, Table, number, read_options
from workbench.evasion.parsing.zapret import (
    SCOPE_OPTIONS,
    Options,
    last,
    position,
    positions,
    profiles,
    scope,
    switched,
)
from workbench.evasion.strategy import Http, Limits, Piece, Position, Sockets, Strategy

MIN_MSS, MAX_MSS = 88, 32767
L7 = ("http", "tls", "unknown")
_NEEDED = """
 bind-addr bind-iface4 bind-iface6 bind-linklocal bind-wait-ifup bind-wait-ip
 bind-wait-ip-linklocal connect-bind-addr port resolver-threads local-rcvbuf local-sndbuf
 remote-rcvbuf remote-sndbuf local-tcp-user-timeout remote-tcp-user-timeout maxconn maxfiles
 max-orphan-time pidfile user uid ipcache-lifetime debug-level split-pos split-http-req split-tls
 oob-data hostspell hostpad tlsrec tlsrec-pos mss tamper-start tamper-cutoff
"""
_OPTIONAL = "split-any-protocol disorder oob debug comment ipcache-hostname fix-seg"
_BARE = """
 socks no-resolve nosplice skip-nodelay daemon enable-pf bind-wait-only dry-run version help h new
 skip hostcase hostdot hosttab hostnospace domcase methodspace methodeol unixeol
"""
_NOT_HERE = {"filter-udp", "filter-ssid"}
_LONG: dict[str, Argument] = {
    **{name: need for name, need in SCOPE_OPTIONS.items() if name not in _NOT_HERE},
    "hostlist-auto-retrans-threshold": "optional",
    **dict.fromkeys(_NEEDED.split(), "needed"),
    **dict.fromkeys(_OPTIONAL.split(), "optional"),
    **dict.fromkeys(_BARE.split(), "none"),
}
TABLE = Table("tpws", _LONG, {}, single_dash=True)
_OLD_RECORDS = {"sni": "host+1", "snisld": "midsld"}
_OLD_CUTS = {
    ("split-http-req", "method"): "method+2",
    ("split-http-req", "host"): "host+1",
    ("split-tls", "sni"): "host+1",
    ("split-tls", "sniext"): "sniext+1",
    ("split-tls", "snisld"): "midsld",
}
_TAMPER = re.compile(r"(n?)([0-9]{1,9})")


def parse_words(words: list[str]) -> tuple[Strategy, ...]:
    """Return the strategy of each profile of a tpws command line.

    Parameters
    ----------
    words : list of str
        Without the program's name.

    Returns
    -------
    tuple of Strategy

    Raises
    ------
    ParameterError
        If an option is unknown or a value is not allowed.

    Examples
    --------
    >>> (only,) = parse_words(["--split-pos=midsld", "--disorder", "--tlsrec=sniext+1"])
    >>> only.text
    'tlsrec,socket-disorder'
    """
    return tuple(_strategy(one) for one in profiles(read_options(words, TABLE)))


def _strategy(options: Options) -> Strategy:
    """Return the strategy of one profile."""
    mss = last(options, "mss")
    return Strategy(
        sockets=_sockets(options),
        tls_records=_records(options),
        http=_http(options),
        mss=number("--mss", mss, MIN_MSS, MAX_MSS) if mss else 0,
        limits=Limits(
            _limit(options, "tamper-start"),
            _limit(options, "tamper-cutoff"),
            last(options, "split-any-protocol") is not None,
        ),
        tool="tpws",
        scope=scope(options, L7),
    )


def _sockets(options: Options) -> Sockets | None:
    """Return how the request is written, or nothing where it is written whole."""
    cuts = positions(options, "split-pos") + _old_cuts(options)
    disorder, oob = _kinds(options, "disorder"), _kinds(options, "oob")
    urgent = _oob_byte(options)
    if not cuts:
        return None
    return Sockets(
        tuple(Piece("split", one) for one in cuts),
        alternate=disorder is not None,
        alternate_scope=disorder or "",
        first_oob=oob is not None,
        oob_scope=oob or "",
        oob_byte=urgent,
    )


def _old_cuts(options: Options) -> tuple[Position, ...]:
    """Return the positions of the obsolete options."""
    found = []
    for name, argument in options:
        if name in {"split-http-req", "split-tls"}:
            check_choice(f"--{name}", argument, [word for old, word in _OLD_CUTS if old == name])
            found.append(position(f"--{name}", _OLD_CUTS[name, argument or ""]))
    return tuple(found)


def _kinds(options: Options, name: str) -> str | None:
    """Return the kind of request that a trick is limited to, empty for any; nothing without it."""
    given = {argument or "" for option, argument in options if option == name}
    for one in given:
        check_choice(f"--{name}", one, ("", "http", "tls"))
    if not given:
        return None
    return "" if "" in given or len(given) > 1 else given.pop()


def _oob_byte(options: Options) -> int:
    """Return the urgent byte: one character, or ``0x`` and two digits."""
    given = last(options, "oob-data")
    if given is None:
        return 0
    if len(given) == 1 and ord(given) < 256:
        return ord(given)
    if len(given) != 4 or not given.startswith("0x"):
        raise ParameterError.not_understood("--oob-data", given, "one character, or 0x00 to 0xff")
    return number("--oob-data", given, 0, 255)


def _records(options: Options) -> tuple[Position, ...]:
    """Return where the record is cut; the last of the options counts."""
    found: tuple[Position, ...] = ()
    for name, argument in options:
        text = argument or ""
        if name == "tlsrec":
            found = (position("--tlsrec", _OLD_RECORDS.get(text, text)),)
        elif name == "tlsrec-pos":
            found = (Position("", number("--tlsrec-pos", text, 1, 32767)),)
    return found


def _http(options: Options) -> Http:
    """Return the changes to HTTP heads."""
    spelling = last(options, "hostspell")
    if spelling is not None and len(spelling) != 4:
        raise ParameterError.not_understood("--hostspell", spelling, "four letters, such as HOST")
    pad = last(options, "hostpad")
    return Http(
        spelling or ("host" if switched(options, "hostcase") else ""),
        switched(options, "hostnospace"),
        switched(options, "domcase"),
        switched(options, "methodeol"),
        switched(options, "methodspace"),
        switched(options, "hostdot"),
        switched(options, "hosttab"),
        switched(options, "unixeol"),
        number("--hostpad", pad, 0, 65535) if pad else 0,
    )


def _limit(options: Options, name: str) -> str:
    """Return a bound: tpws counts blocks of data, or bytes of the stream."""
    given = last(options, name)
    if given is None:
        return ""
    found = _TAMPER.fullmatch(given)
    if found is None:
        raise ParameterError.not_understood(f"--{name}", given, "n2 or 100")
    return f"{'d' if found[1] else 's'}{int(found[2])}"

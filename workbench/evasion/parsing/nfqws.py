"""nfqws command lines (zapret 1), also as winws and dvtws, into descriptors.

Option names, defaults and legal combinations follow zapret v72.12 (its built-in help and option
table). Files that an option names are not opened: their names are kept.
"""

from __future__ import annotations

from typing import cast

from workbench.errors import ParameterError
from workbench.evasion.checks import check_choice
from workbench.evasion.parsing.nfqws_options import (
    AUTO_DESYNC,
    AUTO_DUP,
    AUTO_ORIG,
    FAKE_OPTIONS,
    MAX_FRAGMENT,
    MAX_REPEATS,
    OLD_NAMES,
    PHASE0,
    PHASE1,
    PHASE2,
    TABLE,
    TLS_MODS,
)
from workbench.evasion.parsing.options import number, read_options
from workbench.evasion.parsing.zapret import (
    Options,
    bound,
    flags,
    fooling,
    last,
    overlap,
    payload,
    position,
    positions,
    profiles,
    scope,
    switched,
    ttls,
    window,
)
from workbench.evasion.phases import FAKED, IPFRAG_TCP, IPFRAG_UDP, FakeKind, SplitKind
from workbench.evasion.strategy import (
    Dup,
    Fake,
    Fooling,
    Http,
    Limits,
    Opening,
    Orig,
    Payload,
    Position,
    Split,
    Strategy,
    Ttl,
    Udp,
    Window,
)

_OLD_POSITIONS = {
    ("dpi-desync-split-http-req", "method"): "method+2",
    ("dpi-desync-split-http-req", "host"): "host+1",
    ("dpi-desync-split-tls", "sni"): "host+1",
    ("dpi-desync-split-tls", "sniext"): "sniext+1",
    ("dpi-desync-split-tls", "snisld"): "midsld",
}


def parse_words(words: list[str]) -> tuple[Strategy, ...]:
    """Return the strategy of each profile of an nfqws command line.

    Parameters
    ----------
    words : list of str
        Without the program's name.

    Returns
    -------
    tuple of Strategy
        In the order of the profiles; the first that fits a connection is used.

    Raises
    ------
    ParameterError
        If an option is unknown, or a value or a combination is not allowed.

    Examples
    --------
    >>> (only,) = parse_words(["--dpi-desync=fake,multisplit", "--dpi-desync-ttl=3"])
    >>> only.text, str(only.phase1[0].ttl), [str(one) for one in only.phase2.positions]
    ('fake,multisplit', '3', ['2'])
    """
    return tuple(_strategy(one) for one in profiles(read_options(words, TABLE)))


def _strategy(options: Options) -> Strategy:
    """Return the strategy of one profile."""
    ttl, ttl6 = ttls(options, "dpi-desync", AUTO_DESYNC)
    fooled = fooling(options, "dpi-desync")
    zero, first, second = _modes(last(options, "dpi-desync"))
    given = last(options, "dpi-desync-repeats")
    repeats = number("--dpi-desync-repeats", given, 1, MAX_REPEATS) if given else 1
    fakes = (_fake(first, options, ttl, ttl6, fooled, repeats),) if first else ()
    split = second if second not in {"", "udplen", "tamper"} else ""
    return Strategy(
        phase0=_opening(zero, options, ttl, ttl6, fooled),
        phase1=fakes,
        phase2=_split(split, options, ttl, ttl6, fooled, repeats) if split else None,
        udp=_udp(second, options),
        http=_http(options),
        window=_window(options),
        dup=_dup(options),
        orig=_orig(options),
        ip_id_mode=_among(options, "ip-id", ("seq", "seqgroup", "rnd", "zero")),
        limits=_limits(options),
        tool="nfqws",
        scope=scope(options),
    )


def _modes(given: str | None) -> tuple[str, str, str]:
    """Return the names of the three phases, empty where there is none."""
    names = [OLD_NAMES.get(name, name) for name in given.split(",")] if given else []
    for name in names:
        if name not in (*PHASE0, *PHASE1, *PHASE2):
            choices = (*PHASE0, *PHASE1, *PHASE2, *OLD_NAMES)
            raise ParameterError.not_among("--dpi-desync", name, choices)
    zero = names.pop(0) if names and names[0] in PHASE0 else ""
    first = names.pop(0) if names and names[0] in PHASE1 else ""
    second = names.pop(0) if names and names[0] in PHASE2 else ""
    if names:
        order = "at most one of each phase in order, such as syndata,fake,multisplit"
        raise ParameterError.not_understood("--dpi-desync", given, order)
    return zero, first, second


def _opening(
    kind: str, options: Options, ttl: Ttl, ttl6: Ttl | None, fooled: Fooling
) -> tuple[Opening, ...]:
    """Return phase 0, with a split handshake where one is asked for."""
    found: list[Opening] = []
    variant = last(options, "synack-split")
    if variant is not None:
        check_choice("--synack-split", variant or "syn", ("syn", "synack", "acksyn"))
        found.append(Opening("synack-split", variant=variant or "syn"))
    if kind == "synack":
        found.append(Opening("synack", ttl, ttl6, fooled))
    if kind == "syndata":
        data = last(options, "dpi-desync-fake-syndata")
        plain = Payload(protocol="syndata")
        given = payload("dpi-desync-fake-syndata", data, "syndata") if data is not None else plain
        found.append(Opening("syndata", payload=given))
    return tuple(found)


def _fake(
    kind: str, options: Options, ttl: Ttl, ttl6: Ttl | None, fooled: Fooling, repeats: int
) -> Fake:
    """Return phase 1."""
    check_choice("--dpi-desync", kind, PHASE1)
    given = last(options, "dpi-desync-fake-tcp-mod")
    mods = given.split(",") if given is not None else []
    for mod in mods:
        check_choice("--dpi-desync-fake-tcp-mod", mod, ("none", "seq"))
    known = cast("FakeKind", kind)
    return Fake(known, ttl, ttl6, fooled, _payloads(options), repeats, "seq" in mods)


def _payloads(options: Options) -> tuple[Payload, ...]:
    """Return the fake payloads; a mod holds for the hello before it, and for those after it."""
    found: list[Payload] = []
    mods: tuple[frozenset[str] | None, str] = (None, "")
    hello: int | None = None
    for name, argument in options:
        text = argument or ""
        if name in FAKE_OPTIONS:
            made = _fake_payload(name, text)
            if made.protocol == "tls":
                made = _modded(made, mods)
                hello = len(found)
            found.append(made)
        elif name == "dpi-desync-fake-tls-mod":
            mods = _tls_mods(text)
            if hello is not None:
                found[hello] = _modded(found[hello], mods)
    if hello is None and mods[0] is not None:
        found.append(_modded(Payload(protocol="tls"), mods))
    return tuple(found)


def _fake_payload(name: str, text: str) -> Payload:
    """Return one payload; an exclamation mark stands for the built-in hello."""
    protocol = FAKE_OPTIONS[name]
    if protocol != "tls" or not text.startswith("!"):
        return payload(name, text, protocol)
    if text == "!":
        return Payload(protocol="tls")
    if not text.startswith("!+"):
        raise ParameterError.not_understood(f"--{name}", text, "! or !+2")
    return Payload(protocol="tls", offset=number(f"--{name}", text[2:], 0, 65535))


def _tls_mods(text: str) -> tuple[frozenset[str] | None, str]:
    """Return the mods of a list, and the server name that it sets."""
    kinds: set[str] = set()
    sni = ""
    for word in text.split(","):
        kind, _, value = word.partition("=")
        check_choice("--dpi-desync-fake-tls-mod", kind, TLS_MODS)
        if (kind == "sni") != bool(value):
            example = "rnd,dupsid,sni=www.example.com"
            raise ParameterError.not_understood("--dpi-desync-fake-tls-mod", word, example)
        kinds.add(kind)
        sni = value or sni
    return frozenset(kinds - {"none", "sni"}), sni


def _modded(made: Payload, mods: tuple[frozenset[str] | None, str]) -> Payload:
    """Return a hello with mods."""
    return Payload(
        made.kind, made.protocol, made.name, mods[1], mods[0], made.offset, data=made.data
    )


def _split(
    kind: str, options: Options, ttl: Ttl, ttl6: Ttl | None, fooled: Fooling, repeats: int
) -> Split:
    """Return phase 2 for TCP, and for fragments."""
    seqovl_pattern = last(options, "dpi-desync-split-seqovl-pattern")
    pattern = last(options, "dpi-desync-fakedsplit-pattern")
    altorder, host = _order(kind, options)
    return Split(
        cast("SplitKind", kind),
        () if kind == "ipfrag2" else _cuts(options),
        altorder,
        overlap(options, "dpi-desync-split-seqovl"),
        _pattern("dpi-desync-split-seqovl-pattern", seqovl_pattern),
        _pattern("dpi-desync-fakedsplit-pattern", pattern),
        host,
        overlap(options, "dpi-desync-hostfakesplit-midhost"),
        ttl,
        ttl6,
        fooled,
        repeats,
        _fragment(options, "dpi-desync-ipfrag-pos-tcp", IPFRAG_TCP),
        _fragment(options, "dpi-desync-ipfrag-pos-udp", IPFRAG_UDP),
    )


def _cuts(options: Options) -> tuple[Position, ...]:
    """Return the split positions, the obsolete options included; 2 is the default."""
    old = []
    for name, argument in options:
        if name in {"dpi-desync-split-http-req", "dpi-desync-split-tls"}:
            known = [word for option, word in _OLD_POSITIONS if option == name]
            check_choice(f"--{name}", argument, known)
            old.append(position(f"--{name}", _OLD_POSITIONS[name, argument or ""]))
    return positions(options, "dpi-desync-split-pos") + tuple(old) or (Position("", 2),)


def _order(kind: str, options: Options) -> tuple[int, str]:
    """Return order variant and fake host name of a split that has them."""
    if kind in FAKED:
        given = last(options, "dpi-desync-fakedsplit-mod")
        words, allowed = (given or "none").split(","), {*range(4), *range(8, 12), *range(16, 20)}
    elif kind == "hostfakesplit":
        given = last(options, "dpi-desync-hostfakesplit-mod")
        words, allowed = (given or "none").split(","), {0, 1}
    else:
        return 0, ""
    altorder, host = 0, ""
    for word in words:
        name, _, value = word.partition("=")
        if name == "altorder":
            altorder = number("altorder", value, 0, 19)
            check_choice("altorder", altorder, sorted(allowed))
        elif name == "host" and value and kind == "hostfakesplit":
            host = value
        elif word != "none":
            example = "altorder=1" if kind in FAKED else "host=www.example.com,altorder=1"
            raise ParameterError.not_understood(f"mod of {kind}", word, example)
    return altorder, host


def _pattern(name: str, text: str | None) -> Payload | None:
    """Return a filling, or nothing."""
    return None if text is None else payload(name, text, "")


def _fragment(options: Options, name: str, default: int) -> int:
    """Return where a datagram is cut, a multiple of 8."""
    given = last(options, name)
    at = number(f"--{name}", given, 8, MAX_FRAGMENT) if given else default
    if at % 8:
        raise ParameterError.not_understood(f"--{name}", given, "a multiple of 8")
    return at


def _udp(kind: str, options: Options) -> Udp | None:
    """Return phase 2 for UDP."""
    if kind == "tamper":
        return Udp("tamper")
    if kind != "udplen":
        return None
    given = last(options, "dpi-desync-udplen-increment")
    by = number("--dpi-desync-udplen-increment", given, -(2**15), 2**15 - 1) if given else 2
    pattern = last(options, "dpi-desync-udplen-pattern")
    return Udp("udplen", by, _pattern("dpi-desync-udplen-pattern", pattern))


def _http(options: Options) -> Http:
    """Return the changes to HTTP heads."""
    spelling = last(options, "hostspell")
    if spelling is not None and len(spelling) != 4:
        raise ParameterError.not_understood("--hostspell", spelling, "four letters, such as HOST")
    cased = "host" if switched(options, "hostcase") else ""
    both = [last(options, name) is not None for name in ("hostnospace", "methodeol")]
    if all(both):
        raise ParameterError.not_understood("--methodeol", "--hostnospace", "only one of the two")
    domcase = switched(options, "domcase")
    return Http(spelling or cased, both[0], domain_case=domcase, method_eol=both[1])


def _window(options: Options) -> Window | None:
    """Return a rewritten window."""
    mine, theirs = last(options, "wssize"), last(options, "wsize")
    if theirs is not None:
        if mine is not None:
            raise ParameterError.not_understood("--wsize", theirs, "only one of wsize and wssize")
        return Window("wsize", *window("wsize", theirs, None))
    if mine is None:
        return None
    size, scale = window("wssize", mine, 0)
    cutoff = bound(options, "wssize-cutoff")
    forced = switched(options, "wssize-forced-cutoff", default=True)
    return Window("wssize", size, scale, cutoff, forced) if size else None


def _dup(options: Options) -> Dup | None:
    """Return copies of ordinary packets."""
    given = last(options, "dup")
    if given is None:
        return None
    ttl, ttl6 = ttls(options, "dup", AUTO_DUP)
    return Dup(
        number("--dup", given, 0, MAX_REPEATS),
        switched(options, "dup-replace"),
        ttl,
        ttl6,
        fooling(options, "dup"),
        _among(options, "dup-ip-id", ("same", "zero", "seq", "rnd")) or "same",
        bound(options, "dup-start"),
        bound(options, "dup-cutoff"),
    )


def _orig(options: Options) -> Orig | None:
    """Return changes to genuine packets."""
    ttl, ttl6 = ttls(options, "orig", AUTO_ORIG)
    up, down = flags(options, "orig-tcp-flags-set"), flags(options, "orig-tcp-flags-unset")
    start, cutoff = bound(options, "orig-mod-start"), bound(options, "orig-mod-cutoff")
    made = Orig(ttl, ttl6, up, down, start, cutoff)
    return None if made == Orig(start=start, cutoff=cutoff) else made


def _limits(options: Options) -> Limits:
    """Return which packets are touched."""
    return Limits(
        bound(options, "dpi-desync-start"),
        bound(options, "dpi-desync-cutoff"),
        switched(options, "dpi-desync-any-protocol"),
        switched(options, "dpi-desync-skip-nosni", default=True),
    )


def _among(options: Options, name: str, choices: tuple[str, ...]) -> str:
    """Return the argument of an option that has choices; empty without it."""
    given = last(options, name)
    if given is not None:
        check_choice(f"--{name}", given, choices)
    return given or ""

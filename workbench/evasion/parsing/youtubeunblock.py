"""youtubeUnblock command lines into descriptors.

Options and defaults follow youtubeUnblock 1.3.0. Sections begun with ``--fbegin`` become profiles;
the first profile is what stands outside of them.
"""

from __future__ import annotations

from workbench.errors import ParameterError
from workbench.evasion.checks import INT32, check_choice
from workbench.evasion.parsing.options import (
    Argument,
    Table,
    hex_bytes,
    listed,
    number,
    read_options,
)
from workbench.evasion.parsing.zapret import Options, last
from workbench.evasion.phases import SplitKind
from workbench.evasion.strategy import (
    NO_FOOLING,
    SAME_TTL,
    Fake,
    Fooling,
    Opening,
    Payload,
    Position,
    Scope,
    Split,
    Strategy,
    Ttl,
    Udp,
    Window,
)

DEFAULT_TTL, DEFAULT_SEQ_OFFSET, DEFAULT_TS = 8, 10_000, 600_000
DEFAULT_UDP_FAKES, DEFAULT_UDP_LENGTH = 6, 64
DEFAULT_FAKING = "tcp_check,timestamp"
#: Ways of spoiling a fake and the fooling of each; ``ttl`` has none.
FAKING = {
    "randseq": "randseq", "ttl": "", "tcp_check": "badsum", "pastseq": "pastseq",
    "md5sum": "md5sig", "timestamp": "ts",
}  # fmt: skip
_NEEDED = """
 sni-domains exclude-domains sni-domains-file exclude-domains-file fake-sni synfake synfake-len tls
 tcp-dport-filter fake-sni-seq-len fake-sni-type fake-custom-payload fake-custom-payload-file
 faking-strategy fake-seq-offset faking-ttl faking-timestamp-decrease frag frag-sni-reverse
 frag-sni-faked frag-middle-sni frag-sni-pos fk-winsize sni-detection seg2delay udp-mode
 udp-fake-seq-len udp-fake-len udp-faking-strategy udp-dport-filter udp-filter-quic
 tcp-match-connpackets threads queue-num packet-mark connbytes-limit
"""
_BARE = """
 help version quic-drop udp-stun-filter no-dport-filter silent trace instaflush no-gso
 use-conntrack no-conntrack no-ipv6 daemonize noclose syslog fbegin fend cls
"""
_LONG: dict[str, Argument] = {
    **dict.fromkeys(_NEEDED.split(), "needed"),
    **dict.fromkeys(_BARE.split(), "none"),
}
TABLE = Table("youtubeUnblock", _LONG, {})
#: Options that choose connections; kept as they are.
KEPT = (
    "sni-domains-file", "exclude-domains-file", "sni-detection", "tcp-match-connpackets",
    "udp-stun-filter", "no-dport-filter",
)  # fmt: skip


def parse_words(words: list[str]) -> tuple[Strategy, ...]:
    """Return the strategy of each section of a youtubeUnblock command line.

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
    >>> (only,) = parse_words(["--sni-domains=all"])
    >>> only.text, str(only.phase1[0].fooling), [str(one) for one in only.phase2.positions]
    ('fake,multidisorder', 'badsum,ts', ['1', 'tls:midhost'])
    """
    sections: list[list[tuple[str, str | None]]] = [[]]
    outside = sections[0]
    current = outside
    for name, argument in read_options(words, TABLE):
        if name == "fbegin":
            current = []
            sections.append(current)
        elif name == "fend":
            current = outside
        else:
            current.append((name, argument))
    return tuple(_strategy(one) for one in sections)


def _strategy(options: Options) -> Strategy:
    """Return the strategy of one section."""
    tls = _among(options, "tls", ("enabled", "disabled"), "enabled") == "enabled"
    ttl, fooling = _faking(options)
    window = number("--fk-winsize", last(options, "fk-winsize") or "0", 0, 65535)
    return Strategy(
        phase0=_opening(options),
        phase1=(_fakes(options, ttl, fooling) if tls else ()) + _udp_fakes(options),
        phase2=_split(options, ttl, fooling) if tls else None,
        udp=_udp(options),
        window=Window("wssize", window) if window else None,
        tool="youtubeunblock",
        scope=_scope(options),
    )


def _among(options: Options, name: str, choices: tuple[str, ...], default: str) -> str:
    """Return the argument of an option that has choices."""
    given = last(options, name)
    given = default if given is None else given
    check_choice(f"--{name}", given, choices)
    return given


def _on(options: Options, name: str, *, default: bool) -> bool:
    """Return whether an option is 1 rather than 0."""
    return _among(options, name, ("0", "1"), "1" if default else "0") == "1"


def _count(options: Options, name: str, default: int, high: int = 65535) -> int:
    """Return the number of an option."""
    given = last(options, name)
    return default if given is None else number(f"--{name}", given, 0, high)


def _faking(options: Options) -> tuple[Ttl, Fooling]:
    """Return TTL and fooling that all fakes share."""
    given = last(options, "faking-strategy")
    names = listed("--faking-strategy", given or DEFAULT_FAKING, [*FAKING])
    if {"pastseq", "randseq"} <= set(names):
        expected = "only one of pastseq and randseq"
        raise ParameterError.not_understood("--faking-strategy", given, expected)
    hops = _count(options, "faking-ttl", DEFAULT_TTL, 255)
    offset = last(options, "fake-seq-offset")
    sequence = number("--fake-seq-offset", offset, -INT32 + 1, INT32 - 1) if offset else None
    behind = _count(options, "faking-timestamp-decrease", DEFAULT_TS, INT32)
    made = Fooling(
        frozenset(FAKING[name] for name in names if FAKING[name]),
        -(DEFAULT_SEQ_OFFSET if sequence is None else sequence),
        ts_increment=-behind,
        checksum="+1",
    )
    return Ttl.fixed(hops) if "ttl" in names and hops else SAME_TTL, made


def _fakes(options: Options, ttl: Ttl, fooling: Fooling) -> tuple[Fake, ...]:
    """Return the fakes before the request."""
    if not _on(options, "fake-sni", default=True):
        return ()
    repeats = _count(options, "fake-sni-seq-len", 1)
    payloads = _payloads(options)
    return (Fake("fake", ttl, None, fooling, payloads, repeats),) if repeats else ()


def _payloads(options: Options) -> tuple[Payload, ...]:
    """Return the fakes' bytes."""
    kind = _among(options, "fake-sni-type", ("default", "random", "custom"), "default")
    digits, path = last(options, "fake-custom-payload"), last(options, "fake-custom-payload-file")
    if kind == "random":
        return (Payload("random"),)
    if kind == "default":
        return ()
    if path:
        return (Payload("file", name=path),)
    if digits is None:
        raise ParameterError.missing("--fake-custom-payload", "youtubeUnblock")
    return (Payload("bytes", data=hex_bytes("--fake-custom-payload", digits)),)


def _split(options: Options, ttl: Ttl, fooling: Fooling) -> Split | None:
    """Return how the request is cut."""
    how = _among(options, "frag", ("tcp", "ip", "none"), "tcp")
    at = _count(options, "frag-sni-pos", 1)
    cuts = (Position("", at),) if at else ()
    if _on(options, "frag-middle-sni", default=True):
        cuts = (*cuts, Position("midhost", 0, "tls"))
    if how == "none" or not cuts:
        return None
    if how == "ip":
        return Split("ipfrag2", cuts)
    reverse = _on(options, "frag-sni-reverse", default=True)
    pause = _count(options, "seg2delay", 0)
    if not _on(options, "frag-sni-faked", default=False):
        return Split("multidisorder" if reverse else "multisplit", cuts, pause_ms=pause)
    kind: SplitKind = "fakeddisorder" if reverse else "fakedsplit"
    return Split(kind, cuts, ttl=ttl, fooling=fooling, pause_ms=pause)


def _opening(options: Options) -> tuple[Opening, ...]:
    """Return data in the SYN."""
    if not _on(options, "synfake", default=False):
        return ()
    length = _count(options, "synfake-len", 0)
    return (Opening("syndata", payload=Payload("hello", "syndata", length=length)),)


def _filters_udp(options: Options) -> bool:
    """Return whether any datagrams are treated at all."""
    quic = _among(options, "udp-filter-quic", ("disabled", "all", "parse"), "disabled")
    asked = any(last(options, name) is not None for name in ("udp-dport-filter", "udp-stun-filter"))
    return asked or quic != "disabled"


def _udp_fakes(options: Options) -> tuple[Fake, ...]:
    """Return the fakes before datagrams."""
    mode = _among(options, "udp-mode", ("drop", "fake"), "fake")
    if mode == "drop" or not _filters_udp(options) or last(options, "quic-drop") is not None:
        return ()
    way = _among(options, "udp-faking-strategy", ("checksum", "ttl", "none"), "none")
    fooling = Fooling(frozenset({"badsum"}), checksum="+1") if way == "checksum" else NO_FOOLING
    hops = _count(options, "faking-ttl", DEFAULT_TTL, 255)
    length = _count(options, "udp-fake-len", DEFAULT_UDP_LENGTH)
    count = _count(options, "udp-fake-seq-len", DEFAULT_UDP_FAKES)
    made = Fake(
        "fake",
        Ttl.fixed(hops) if way == "ttl" else SAME_TTL,
        fooling=fooling,
        payloads=(Payload("zeros", length=length),),
        repeats=count,
        transport="udp",
    )
    return (made,) if count else ()


def _udp(options: Options) -> Udp | None:
    """Return whether QUIC is kept from leaving."""
    mode = _among(options, "udp-mode", ("drop", "fake"), "fake")
    dropped = last(options, "quic-drop") is not None or (mode == "drop" and _filters_udp(options))
    return Udp("drop") if dropped else None


def _scope(options: Options) -> Scope:
    """Return which connections a section is for."""
    named = (last(options, "sni-domains") or "").split(",")
    excluded = (last(options, "exclude-domains") or "").split(",")
    kept = [f"{name}={given}" if given else name for name, given in options if name in KEPT]
    quic = last(options, "udp-filter-quic")
    return Scope(
        last(options, "tcp-dport-filter") or "",
        last(options, "udp-dport-filter") or "",
        hosts=tuple(one for one in named if one and one != "all"),
        not_hosts=tuple(one for one in excluded if one),
        lists=(*kept, *([f"udp-filter-quic={quic}"] if quic else [])),
    )

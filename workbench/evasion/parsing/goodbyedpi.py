"""GoodbyeDPI command lines into descriptors.

Options, modesets and defaults follow GoodbyeDPI's source of January 2026. It sends one fake for
each of TTL, checksum and sequence that is asked for, in that order.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from workbench.errors import ParameterError
from workbench.evasion.parsing.options import Argument, Table, hex_bytes, number, read_options
from workbench.evasion.strategy import (
    Fake,
    Fooling,
    Http,
    Limits,
    Payload,
    Position,
    Scope,
    Split,
    Strategy,
    Ttl,
    Udp,
    Window,
)

SPELLING = "hoSt"
DEFAULT_FRAGMENT, OLD_FRAGMENT = 2, 40
#: What a bare ``--auto-ttl`` means: two amounts to subtract, and the most.
AUTO = (1, 4, 10)
MAX_GENERATED = 30
_MODERN = ["-f2", "-e2", "--reverse-frag", "--max-payload"]
#: What the modesets stand for.
MODESETS = {
    "1": ["-p", "-r", "-s", "-f2", "-e2"],
    "2": ["-p", "-r", "-s", "-f2", "-e40"],
    "3": ["-p", "-r", "-s", "-e40"],
    "4": ["-p", "-r", "-s"],
    "5": [*_MODERN, "--auto-ttl"],
    "6": [*_MODERN, "--wrong-seq"],
    "7": [*_MODERN, "--wrong-chksum"],
    "8": [*_MODERN, "--wrong-seq", "--wrong-chksum"],
    "9": [*_MODERN, "--wrong-seq", "--wrong-chksum", "-q"],
}
_SHORT = {
    **{digit: f"modeset-{digit}" for digit in MODESETS},
    "p": "passive", "q": "block-quic", "r": "host-case", "s": "host-space", "a": "method-space",
    "m": "host-mix", "f": "http-fragment", "e": "https-fragment", "k": "persistent", "n": "no-wait",
    "w": "all-ports",
}  # fmt: skip
_NEEDED = (
    "http-fragment", "https-fragment", "persistent", "port", "ip-id", "dns-addr", "dns-port",
    "dnsv6-addr", "dnsv6-port", "blacklist", "set-ttl", "min-ttl", "fake-from-hex",
    "fake-with-sni", "fake-gen", "fake-resend",
)  # fmt: skip
_OPTIONAL = ("auto-ttl", "max-payload", "debug-exit")
_BARE = ("dns-verb", "allow-no-sni", "frag-by-sni", "wrong-chksum", "wrong-seq", "native-frag",
         "reverse-frag")  # fmt: skip
_LONG: dict[str, Argument] = {
    **dict.fromkeys(_SHORT.values(), "none"),
    **dict.fromkeys(_BARE, "none"),
    **dict.fromkeys(_NEEDED, "needed"),
    **dict.fromkeys(_OPTIONAL, "optional"),
}
TABLE = Table("goodbyedpi", _LONG, _SHORT, unnamed=frozenset(_SHORT.values()))
#: Options that choose connections or rewrite what comes in; kept as they are.
KEPT = ("passive", "port", "ip-id", "blacklist", "allow-no-sni", "max-payload", "min-ttl",
        "persistent", "no-wait", "all-ports")  # fmt: skip


@dataclass(slots=True)
class _Read:
    """What the options said so far, as the program's own variables hold it."""

    http: int = 0
    https: int = 0
    fragments: set[str] = field(default_factory=set)
    said: set[str] = field(default_factory=set)
    ttl: Ttl = Ttl()  # noqa: RUF009
    payloads: list[Payload] = field(default_factory=list)
    resend: int = 1
    lists: list[str] = field(default_factory=list)


def parse_words(words: list[str]) -> tuple[Strategy, ...]:
    """Return the strategy of a GoodbyeDPI command line, always one.

    Parameters
    ----------
    words : list of str
        Without the program's name; none at all mean ``-9``, as for the program.

    Returns
    -------
    tuple of Strategy

    Raises
    ------
    ParameterError
        If an option is unknown or a value is not allowed.

    Examples
    --------
    >>> (only,) = parse_words(["-9"])
    >>> only.text, [str(fake.fooling) for fake in only.phase1]
    ('fake,multidisorder,quic-drop', ['badsum', 'badseq'])
    """
    read = _Read()
    for name, argument in read_options(_expanded(words or ["-9"]), TABLE):
        _take(read, name, argument or "")
    return (_strategy(read),)


def _expanded(words: list[str]) -> list[str]:
    """Return words with modesets written out, and optional arguments joined to their options."""
    found: list[str] = []
    for word in words:
        joins = found and found[-1] in {"--auto-ttl", "--max-payload"} and word[:1] != "-"
        if joins:
            found[-1] += f"={word}"
        elif len(word) > 2 and word[0] == "-" and word[1] in MODESETS:
            found += MODESETS[word[1]] + [f"-{word[2:]}"]
        else:
            found += MODESETS.get(word[1:], [word]) if word[:1] == "-" else [word]
    return found


def _take(read: _Read, name: str, argument: str) -> None:
    """Take one option in."""
    if name in {"http-fragment", "persistent"}:
        read.http = _fragment(read.http, name, argument)
    if name == "http-fragment":
        read.fragments.add("http")
    elif name == "https-fragment":
        read.https = _fragment(0, name, argument)
        read.fragments.add("tls")
    elif name in {"set-ttl", "auto-ttl"}:
        read.ttl = _ttl(name, argument)
    elif name.startswith("fake-"):
        _take_fake(read, name, argument)
    if name in KEPT:
        read.lists.append(f"{name}={argument}" if argument else name)
    read.said.add(name)


def _take_fake(read: _Read, name: str, argument: str) -> None:
    """Take an option about the fakes' bytes in."""
    if name == "fake-from-hex":
        read.payloads.append(Payload("bytes", data=hex_bytes("--fake-from-hex", argument)))
    elif name == "fake-with-sni":
        read.payloads.append(Payload("hello", "tls", sni=argument))
    elif name == "fake-gen":
        count = number("--fake-gen", argument, 1, MAX_GENERATED)
        read.payloads += [Payload("random")] * count
    else:
        read.resend = number("--fake-resend", argument, 0, 255)


def _fragment(before: int, name: str, argument: str) -> int:
    """Return the size of the first part; the two options for HTTP must agree."""
    size = number(name, argument, 0, 0xFFFF)
    if before and before != size:
        raise ParameterError.not_understood(name, argument, f"the same size twice, {before}")
    return size


def _ttl(name: str, argument: str) -> Ttl:
    """Return a TTL: fixed, or computed from two amounts to subtract and the most it may be."""
    if name == "set-ttl":
        return Ttl.fixed(number("--set-ttl", argument, 1, 255))
    given = argument.split("-") if argument else []
    if len(given) not in {0, 1, 3}:
        raise ParameterError.not_understood("--auto-ttl", argument, "1-4-10, or one number")
    numbers = [number("--auto-ttl", one, 0, 127) for one in given]
    if len(numbers) == 1:
        least, most, high = AUTO[0], numbers[0] or AUTO[1], AUTO[2]
    else:
        least, most, high = (one or bare for one, bare in zip(numbers or AUTO, AUTO, strict=True))
    return Ttl.auto(-most, least, high)


def _strategy(read: _Read) -> Strategy:
    """Return the strategy of all options."""
    said = read.said
    return Strategy(
        phase1=_fakes(read),
        phase2=_split(read),
        http=Http(
            SPELLING if "host-case" in said else "",
            bool(said & {"host-space", "method-space"}),
            "host-mix" in said,
            method_space="method-space" in said,
        ),
        udp=Udp("drop") if "block-quic" in said else None,
        window=_window(read),
        limits=Limits(),
        tool="goodbyedpi",
        scope=Scope(lists=tuple(read.lists)),
    )


def _fakes(read: _Read) -> tuple[Fake, ...]:
    """Return a fake for each way of spoiling one."""
    payloads = tuple(read.payloads)
    made: list[Fake] = []
    if read.ttl != Ttl():
        made.append(Fake("fake", read.ttl, payloads=payloads, repeats=read.resend))
    for option, fooling in (
        ("wrong-chksum", Fooling(frozenset({"badsum"}), checksum="-1")),
        ("wrong-seq", Fooling.of("badseq")),
    ):
        if option in read.said:
            made.append(Fake("fake", fooling=fooling, payloads=payloads, repeats=read.resend))
    return tuple(made) if read.resend else ()


def _native(read: _Read) -> bool:
    """Return whether packets are cut, rather than windows shrunk."""
    return bool(read.said & {"native-frag", "reverse-frag", "persistent", "no-wait"})


def _split(read: _Read) -> Split | None:
    """Return how packets are cut."""
    if not _native(read) or not read.fragments:
        return None
    http, https = read.http or DEFAULT_FRAGMENT, read.https or DEFAULT_FRAGMENT
    tls = Position("host", 0, "tls") if "frag-by-sni" in read.said else Position("", https, "tls")
    if read.fragments == {"http", "tls"} and tls == Position("", http, "tls"):
        cuts: tuple[Position, ...] = (Position("", http),)
    else:
        each = {"http": Position("", http, "http"), "tls": tls}
        cuts = tuple(one for kind, one in each.items() if kind in read.fragments)
    reverse = "reverse-frag" in read.said
    return Split("multidisorder" if reverse else "multisplit", cuts)


def _window(read: _Read) -> Window | None:
    """Return the window that the inbound SYN+ACK gets."""
    if _native(read) or not read.fragments:
        return None
    http, https = (
        (size or DEFAULT_FRAGMENT) if kind in read.fragments else 0
        for kind, size in (("http", read.http), ("tls", read.https))
    )
    return Window("inbound", https, http_size=None if http == https else http)

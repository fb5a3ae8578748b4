"""byedpi (ciadpi) command lines into descriptors.

Options follow byedpi 0.17.3 (its help and option table). Repeated positions are written out one by
one, as the program itself walks them; groups begun by ``--auto`` become profiles.
"""

from __future__ import annotations

import re

from workbench.errors import ParameterError
from workbench.evasion.checks import check_choice
from workbench.evasion.parsing.escapes import unescaped
from workbench.evasion.parsing.options import Argument, Table, number, read_options
from workbench.evasion.parsing.zapret import Options, last
from workbench.evasion.sockets import PieceKind
from workbench.evasion.strategy import (
    NO_FOOLING,
    Fake,
    Fooling,
    Http,
    Orig,
    Payload,
    Piece,
    Position,
    Scope,
    Sockets,
    Strategy,
    Ttl,
    Udp,
)

DEFAULT_TTL, DEFAULT_OOB = 8, 0x61
MAX_PIECES = 1000
RECORD_HEADER = 5
#: Letters after a plus, and what they mean: the marker by the second letter.
NAME_MARKERS = {"": "host", "s": "host", "e": "endhost", "m": "midhost", "r": "randhost"}
MESSAGE_MARKERS = {"": "", "s": "", "e": "end", "m": "middle", "r": "random"}
MIXED_SPELLING = "hOsT"
_SHORT = {
    "D": "daemon", "w": "pidfile", "N": "no-domain", "X": "no-ipv6", "U": "no-udp", "h": "help",
    "v": "version", "i": "ip", "p": "port", "E": "transparent", "I": "conn-ip", "b": "buf-size",
    "c": "max-conn", "x": "debug", "F": "tfo", "A": "auto", "L": "auto-mode", "u": "cache-ttl",
    "T": "timeout", "y": "cache-file", "K": "proto", "H": "hosts", "V": "pf", "R": "round",
    "s": "split", "d": "disorder", "o": "oob", "q": "disoob", "f": "fake", "S": "md5sig",
    "n": "fake-sni", "t": "ttl", "l": "fake-data", "O": "fake-offset", "Q": "fake-tls-mod",
    "e": "oob-data", "M": "mod-http", "r": "tlsrec", "m": "tlsminor", "a": "udp-fake",
    "g": "def-ttl", "Z": "wait-send", "W": "await-int", "Y": "drop-sack", "P": "protect-path",
    "j": "ipset", "C": "connect-to", "#": "comment", "/": "cache-merge",
}  # fmt: skip
_BARE = {
    "daemon", "no-domain", "no-ipv6", "no-udp", "help", "version", "transparent", "tfo", "md5sig",
    "wait-send", "drop-sack",
}  # fmt: skip
_LONG: dict[str, Argument] = {
    name: "none" if name in _BARE else "needed" for name in _SHORT.values()
}
TABLE = Table("byedpi", _LONG, _SHORT)
PIECES: dict[str, PieceKind] = {
    "split": "split", "disorder": "disorder", "oob": "oob", "disoob": "disoob", "fake": "fake",
}  # fmt: skip
_EVERY_OTHER: dict[PieceKind, PieceKind] = {"disorder": "split", "disoob": "oob"}
_POSITION = re.compile(
    r"([+-]?(?:0[xX][0-9a-fA-F]{1,8}|\d{1,10})?)(?::(\d{1,9})(?::(\d{1,9}))?)?(?:\+([shn])([emrs]?))?"
)
_EXAMPLE = "offset[:repeats:skip][+flags], such as 1, -1, 1+s, 0+sm or 1:3:5"


def parse_words(words: list[str]) -> tuple[Strategy, ...]:
    """Return the strategy of each group of a byedpi command line.

    Parameters
    ----------
    words : list of str
        Without the program's name.

    Returns
    -------
    tuple of Strategy
        The first is tried first; those after it when it fails as their ``--auto`` says.

    Raises
    ------
    ParameterError
        If an option is unknown or a value is not allowed.

    Examples
    --------
    >>> (only,) = parse_words(["-d1", "-s1+s", "-t5"])
    >>> [(piece.kind, str(piece.position)) for piece in only.sockets.pieces]
    [('disorder', '1'), ('split', 'tls:host+1')]
    """
    groups: list[list[tuple[str, str | None]]] = [[]]
    for name, argument in read_options(words, TABLE):
        if name == "auto":
            groups.append([])
        groups[-1].append((name, argument))
    ttl = last([one for group in groups for one in group], "def-ttl")
    return tuple(_strategy(group, ttl) for group in groups)


def cut_positions(name: str, text: str) -> list[Position]:
    """Return the positions that one argument names, repetitions written out.

    Parameters
    ----------
    name : str
        Option, for messages.
    text : str
        ``offset[:repeats:skip][+flags]``.

    Returns
    -------
    list of Position

    Raises
    ------
    ParameterError
        If it has another form, or names too many.

    Examples
    --------
    >>> [str(one) for one in cut_positions("split", "1:3:5")]
    ['1', '6', '11']
    """
    found = _POSITION.fullmatch(text)
    if found is None:
        raise ParameterError.not_understood(f"--{name}", text, _EXAMPLE)
    offset, repeats, skip, base, flag = found.groups()
    start = number(f"--{name}", offset, -(2**31), 2**31 - 1) if offset.strip("+-") else 0
    times = number(f"--{name}", repeats, 1, MAX_PIECES) if repeats else 1
    named = base in {"s", "h"}
    marker = (NAME_MARKERS if named else MESSAGE_MARKERS)[flag or ""]
    scope = "tls" if base == "s" else ""
    return [Position(marker, start + int(skip or 0) * at, scope) for at in range(times)]


def _strategy(options: Options, ttl: str | None) -> Strategy:
    """Return the strategy of one group."""
    minor = last(options, "tlsminor")
    hops = number("--def-ttl", ttl, 1, 255) if ttl else 0
    no_udp = last(options, "no-udp") is not None
    return Strategy(
        phase1=_udp_fakes(options),
        sockets=_sockets(options),
        tls_records=_records(options),
        tls_minor=number("--tlsminor", minor, 1, 255) if minor else None,
        http=_http(options),
        udp=Udp("drop") if no_udp else None,
        orig=Orig(Ttl.fixed(hops)) if hops else None,
        tool="byedpi",
        scope=_scope(options),
    )


def _sockets(options: Options) -> Sockets | None:
    """Return how the request is written."""
    pieces: list[Piece] = []
    for name, argument in options:
        if name in PIECES:
            pieces += _pieces(name, argument or "")
    if len(pieces) > MAX_PIECES:
        raise ParameterError.out_of_range("pieces", len(pieces), 0, MAX_PIECES)
    given = last(options, "oob-data")
    offset = last(options, "fake-offset")
    made = Sockets(
        tuple(pieces),
        oob_byte=DEFAULT_OOB if given is None else _one_byte(given),
        ttl=_fake_ttl(options),
        fooling=Fooling.of("md5sig") if last(options, "md5sig") is not None else NO_FOOLING,
        payloads=_payloads(options),
        drop_sack=last(options, "drop-sack") is not None,
        fake_offset=cut_positions("fake-offset", offset)[0] if offset is not None else None,
    )
    return made if pieces or made.drop_sack else None


def _pieces(name: str, text: str) -> list[Piece]:
    """Return the pieces of one option: of repeated ones, every other is disordered."""
    kind = PIECES[name]
    other = _EVERY_OTHER.get(kind, kind)
    cuts = cut_positions(name, text)
    return [Piece(other if at % 2 else kind, one) for at, one in enumerate(cuts)]


def _fake_ttl(options: Options) -> Ttl:
    """Return the TTL of fakes."""
    given = last(options, "ttl")
    return Ttl.fixed(number("--ttl", given, 1, 255) if given else DEFAULT_TTL)


def _one_byte(text: str) -> int:
    """Return the urgent byte."""
    data = unescaped("--oob-data", text)
    if len(data) != 1:
        raise ParameterError.not_understood("--oob-data", text, "one character, or \\x00")
    return data[0]


def _payloads(options: Options) -> tuple[Payload, ...]:
    """Return the payloads of fakes: one for each server name, of which one is drawn."""
    data = next((argument for name, argument in options if name == "fake-data"), None)
    made = Payload() if data is None else _data(data)
    given = last(options, "fake-tls-mod")
    mods = None if given is None else frozenset(_mod(one) for one in given.split(","))
    made = Payload(made.kind, made.protocol, made.name, mods=mods, data=made.data)
    names = [argument or "" for name, argument in options if name == "fake-sni"]
    if not names:
        return () if made == Payload() else (made,)
    return tuple(Payload(made.kind, "tls", made.name, one, mods, data=made.data) for one in names)


def _data(text: str) -> Payload:
    """Return a payload given as a file, or as text after a colon."""
    if text.startswith(":"):
        return Payload("bytes", data=unescaped("--fake-data", text[1:]))
    return Payload("file", name=text)


def _mod(word: str) -> str:
    """Return a mod of fake hellos in full: only its first letter counts."""
    if word.startswith("m"):
        _, _, size = word.partition("=")
        return f"msize={number('--fake-tls-mod', size, -(2**31), 2**31 - 1)}"
    for name in ("rand", "orig"):
        if word[:1] == name[0]:
            return "rnd" if name == "rand" else name
    raise ParameterError.not_among("--fake-tls-mod", word, ("rand", "orig", "msize=N"))


def _records(options: Options) -> tuple[Position, ...]:
    """Return where records end, counted in the stream: a bare number counts after the header."""
    found: list[Position] = []
    for name, argument in options:
        if name == "tlsrec":
            for one in cut_positions(name, argument or ""):
                behind = RECORD_HEADER if not one.marker and one.delta >= 0 else 0
                found.append(Position(one.marker, one.delta + behind, one.scope))
    return tuple(found)


def _http(options: Options) -> Http:
    """Return the changes to HTTP heads."""
    given = last(options, "mod-http")
    letters = {word[:1] for word in given.split(",")} if given is not None else set()
    for letter in letters:
        check_choice("--mod-http", letter, ("h", "d", "r"))
    return Http(MIXED_SPELLING if "h" in letters else "", "r" in letters, "d" in letters)


def _udp_fakes(options: Options) -> tuple[Fake, ...]:
    """Return fakes before the first datagram."""
    given = last(options, "udp-fake")
    count = number("--udp-fake", given, 0, 1 << 16) if given else 0
    if not count:
        return ()
    return (Fake("fake", _fake_ttl(options), repeats=count, transport="udp"),)


def _scope(options: Options) -> Scope:
    """Return which connections a group is for."""
    proto = last(options, "proto")
    kinds = {"t": "tls", "h": "http", "u": "udp", "i": "ipv4"}
    letters = [word[:1] for word in proto.split(",")] if proto else []
    for letter in letters:
        check_choice("--proto", letter, tuple(kinds))
    l7 = tuple(kinds[letter] for letter in letters if letter != "i")
    lists = [
        f"{name}={argument}"
        for name, argument in options
        if name in {"auto", "hosts", "ipset", "round"}
    ]
    l3 = "ipv4" if "i" in letters else ""
    return Scope(last(options, "pf") or "", "", l7, l3, lists=tuple(lists))

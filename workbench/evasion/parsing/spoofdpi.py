"""SpoofDPI command lines into descriptors, the flags of version 0.10 and those of version 1.

It cuts by writing to an ordinary socket; its fakes alone are made packets.
"""

from __future__ import annotations

import re

from workbench.errors import ParameterError
from workbench.evasion.checks import check_choice
from workbench.evasion.parsing.options import Argument, Table, hex_bytes, number, read_options
from workbench.evasion.parsing.zapret import Options, last
from workbench.evasion.strategy import (
    Fake,
    Payload,
    Piece,
    Position,
    Sockets,
    Strategy,
    Ttl,
)

DEFAULT_TTL, DEFAULT_CHUNK = 8, 35
#: Its fakes go as far as one hop before the server, where the distance is known.
AUTO_TTL = (-1, 1, 255)
MODES = ("sni", "random", "chunk", "first-byte", "custom", "none")
_NEW = """
 app-mode config default-fake-ttl dns-addr dns-mode dns-https-url dns-qtype dns-timeout
 https-fake-count https-fake-packet https-split-mode https-chunk-size udp-fake-count
 udp-fake-packet udp-idle-timeout listen-addr log-level tcp-timeout freebsd-fib
"""
_OLD = "addr port timeout window-size pattern dns-port"
_SWITCHES = """
 https-disorder https-skip clean dns-cache no-tui silent auto-configure-network version help
 no-banner system-proxy debug enable-doh dns-ipv4-only v h
"""
_LONG: dict[str, Argument] = {
    **dict.fromkeys((_NEW + _OLD).split(), "needed"),
    **dict.fromkeys(_SWITCHES.split(), "optional"),
}
TABLE = Table("spoofdpi", _LONG, {}, single_dash=True, abbreviated=False)
_TRUTHS = {"": True, "1": True, "t": True, "true": True, "0": False, "f": False, "false": False}


def parse_words(words: list[str]) -> tuple[Strategy, ...]:
    """Return the strategy of a SpoofDPI command line.

    Parameters
    ----------
    words : list of str
        Without the program's name.

    Returns
    -------
    tuple of Strategy
        Always one.

    Raises
    ------
    ParameterError
        If an option is unknown, a value is not allowed, or flags of both versions are mixed.

    Examples
    --------
    >>> parse_words(["-window-size", "50"])[0].sockets.chunk
    50
    >>> parse_words(["--https-split-mode", "first-byte", "--https-disorder"])[0].text
    'socket-disorder'
    """
    options = read_options(words, TABLE)
    old = [name for name, _ in options if name in {"window-size", "no-banner", "system-proxy"}]
    new = [name for name, _ in options if name.startswith(("https-", "default-fake", "udp-"))]
    if old and new:
        raise ParameterError.not_understood(f"-{old[0]}", f"--{new[0]}", "flags of one version")
    return (_new(options) if new else _old(options),)


def _old(options: Options) -> Strategy:
    """Return the strategy of version 0.10: pieces of the window's size, or the first byte alone."""
    given = last(options, "window-size")
    size = number("-window-size", given, 0, 65535) if given else 0
    first = Sockets((Piece("split", Position("", 1)),))
    return Strategy(sockets=Sockets(chunk=size) if size else first, tool="spoofdpi")


def _new(options: Options) -> Strategy:
    """Return the strategy of version 1."""
    given = last(options, "default-fake-ttl")
    ttl = number("--default-fake-ttl", given, 1, 255) if given else DEFAULT_TTL
    hops = Ttl.auto(*AUTO_TTL, fallback=ttl)
    fakes = [
        Fake("fake", hops, payloads=_packet(options, f"{kind}-fake-packet"), repeats=count)
        if kind == "https"
        else Fake(
            "fake",
            hops,
            payloads=_packet(options, "udp-fake-packet"),
            repeats=count,
            transport="udp",
        )
        for kind in ("https", "udp")
        if (count := _number(options, f"{kind}-fake-count", 0))
    ]
    disorder = _switch(options, "https-disorder")
    skipped = _switch(options, "https-skip")
    sockets = None if skipped else _sockets(options, alternate=disorder)
    return Strategy(phase1=tuple(fakes), sockets=sockets, tool="spoofdpi")


def _sockets(options: Options, *, alternate: bool) -> Sockets | None:
    """Return how the hello is written."""
    mode = last(options, "https-split-mode") or "sni"
    check_choice("--https-split-mode", mode, MODES)
    chunk = _number(options, "https-chunk-size", DEFAULT_CHUNK)
    made = {
        "sni": Sockets((Piece("split", Position("host")),), alternate=alternate, name_bytes=True),
        "random": Sockets((Piece("split", Position("random")),), alternate=alternate),
        "chunk": Sockets(chunk=chunk, alternate=alternate) if chunk else None,
        "first-byte": Sockets((Piece("split", Position("", 1)),), alternate=alternate),
        "none": None,
    }
    if mode not in made:
        example = "a mode that the command line says whole; custom has its plan in a TOML file"
        raise ParameterError.not_understood("--https-split-mode", mode, example)
    return made[mode]


def _packet(options: Options, name: str) -> tuple[Payload, ...]:
    """Return a fake's bytes: hexadecimal numbers with commas between them."""
    given = last(options, name)
    if given is None:
        return ()
    digits = [one.strip() for one in given.split(",")]
    if any(re.fullmatch(r"0[xX][0-9a-fA-F]{1,2}", one) is None for one in digits):
        raise ParameterError.not_understood(f"--{name}", given, "bytes such as 0x16, 0x03")
    joined = "".join(one[2:].zfill(2) for one in digits)
    return (Payload("bytes", data=hex_bytes(f"--{name}", joined)),)


def _number(options: Options, name: str, default: int) -> int:
    """Return the number of an option, a byte in size."""
    given = last(options, name)
    return default if given is None else number(f"--{name}", given, 0, 255)


def _switch(options: Options, name: str) -> bool:
    """Return whether a flag is on."""
    given = last(options, name)
    if given is not None:
        check_choice(f"--{name}", given.lower(), tuple(_TRUTHS))
    return given is not None and _TRUTHS[given.lower()]

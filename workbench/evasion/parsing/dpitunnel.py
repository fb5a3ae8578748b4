"""DPITunnel-cli command lines into descriptors.

It is a proxy that makes packets of its own and then writes zeros of the same length to its
ordinary socket.
"""

from __future__ import annotations

from workbench.errors import ParameterError
from workbench.evasion.parsing.options import Argument, Table, number, read_options
from workbench.evasion.parsing.zapret import Options, last
from workbench.evasion.phases import SplitKind
from workbench.evasion.strategy import (
    SAME_TTL,
    Fake,
    Fooling,
    Position,
    Split,
    Strategy,
    Ttl,
    Window,
)

FIRST = ("fake", "rst", "rstack")
SECOND: dict[str, SplitKind] = {
    "split": "multisplit", "disorder": "multidisorder", "split_fake": "fakedsplit",
    "disorder_fake": "fakeddisorder",
}  # fmt: skip
_NEEDED = """
 ca-bundle-path pid profile ip port mode whitelist desync-attacks split-position ttl auto-ttl
 min-ttl wsize wsfactor doh-server
"""
_BARE = "daemon split-at-sni wrong-seq doh builtin-dns help auto"
_LONG: dict[str, Argument] = {
    **dict.fromkeys(_NEEDED.split(), "needed"),
    **dict.fromkeys(_BARE.split(), "none"),
}
TABLE = Table("dpitunnel", _LONG, {})


def parse_words(words: list[str]) -> tuple[Strategy, ...]:
    """Return the strategy of a DPITunnel-cli command line, always one.

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
        If an option or an attack is unknown, or a value is not allowed.

    Examples
    --------
    >>> parse_words(["--desync-attacks=fake,disorder_fake", "--ttl=3"])[0].text
    'fake,fakeddisorder'
    """
    options = read_options(words, TABLE)
    attacks = [one for one in (last(options, "desync-attacks") or "").split(",") if one]
    for one in attacks:
        if one not in (*FIRST, *SECOND):
            raise ParameterError.not_among("--desync-attacks", one, (*FIRST, *SECOND))
    ttl = _ttl(options)
    fooling = Fooling.of("badseq") if last(options, "wrong-seq") is not None else Fooling()
    fakes = tuple(Fake(one, ttl, fooling=fooling) for one in attacks if one in FIRST)  # type: ignore[arg-type]
    splits = [SECOND[one] for one in attacks if one in SECOND]
    cuts = _cuts(options)
    cut = Split(splits[0], cuts, ttl=ttl, fooling=fooling) if splits else None
    return (Strategy(phase1=fakes, phase2=cut, window=_window(options), tool="dpitunnel"),)


def _cuts(options: Options) -> tuple[Position, ...]:
    """Return where the request is cut."""
    if last(options, "split-at-sni") is not None:
        return (Position("midhost"),)
    given = last(options, "split-position")
    return (Position("", number("--split-position", given, 0, 65535) if given else 3),)


def _ttl(options: Options) -> Ttl:
    """Return the TTL of fakes."""
    given, auto = last(options, "ttl"), last(options, "auto-ttl")
    if auto:
        parts = [number("--auto-ttl", one, 0, 127) for one in auto.split("-")]
        if len(parts) != 3:
            raise ParameterError.not_understood("--auto-ttl", auto, "1-4-10")
        return Ttl.auto(-parts[1], parts[0], parts[2])
    return Ttl.fixed(number("--ttl", given, 1, 255)) if given else SAME_TTL


def _window(options: Options) -> Window | None:
    """Return a shrunk window."""
    size, factor = last(options, "wsize"), last(options, "wsfactor")
    if size is None:
        return None
    scale = number("--wsfactor", factor, 0, 255) if factor else None
    return Window("wssize", number("--wsize", size, 0, 65535), scale)

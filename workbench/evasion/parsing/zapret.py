"""Words that nfqws and tpws share: positions, windows, packet bounds, TTLs, fooling, scopes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.errors import ParameterError
from workbench.evasion.checks import INT32
from workbench.evasion.parsing.options import Argument, hex_bytes, listed, number
from workbench.evasion.strategy import Fooling, Payload, Position, Scope, Ttl
from workbench.evasion.values import FLAG_BITS, Protocol

Options = Sequence[tuple[str, str | None]]

MARKERS = ("method", "host", "endhost", "sld", "midsld", "endsld", "sniext")
FOOLING = ("none", "md5sig", "badseq", "badsum", "datanoack", "ts", "hopbyhop", "hopbyhop2")
L7 = ("http", "tls", "quic", "wireguard", "dht", "discord", "stun", "unknown")
FLAG_ALIASES = {"PUSH": "PSH", "AECN": "AE", "ACCECN": "AE"}
_CHOICES = ("N", "-N", *(f"{marker}[±N]" for marker in MARKERS))
MAX_POSITIONS = 64

#: Options that choose connections, or run the program, and say nothing of what is sent.
SCOPE_OPTIONS: dict[str, Argument] = {
    "filter-l3": "needed", "filter-tcp": "needed", "filter-udp": "needed", "filter-l7": "needed",
    "filter-ssid": "needed", "ipset": "needed", "ipset-ip": "needed", "ipset-exclude": "needed",
    "ipset-exclude-ip": "needed", "hostlist": "needed", "hostlist-domains": "needed",
    "hostlist-exclude": "needed", "hostlist-exclude-domains": "needed", "hostlist-auto": "needed",
    "hostlist-auto-fail-threshold": "needed", "hostlist-auto-fail-time": "needed",
    "hostlist-auto-retrans-threshold": "needed", "hostlist-auto-debug": "needed",
}  # fmt: skip
_BOUND = re.compile(r"([nds]?)([0-9]{1,10})")
_AUTO = re.compile(r"([+-]?)([0-9]{1,3})(?::([0-9]{1,3})(?:-([0-9]{1,3}))?)?")
_OFFSET_FILE = re.compile(r"\+([0-9]{1,9})@?(.*)", re.DOTALL)


def last(options: Options, name: str) -> str | None:
    """Return the argument of an option's last use; empty where it was used without one."""
    found = [argument or "" for given, argument in options if given == name]
    return found[-1] if found else None


def switched(options: Options, name: str, *, default: bool = False) -> bool:
    """Return whether a switch is on: given bare, or with a number other than 0."""
    given = last(options, name)
    if given is None:
        return default
    return given == "" or number(f"--{name}", given, 0, INT32) != 0


def position(name: str, text: str) -> Position:
    """Return a position in zapret's words.

    Raises
    ------
    ParameterError
        If it is 0, out of 16 bits, or its marker is not one of zapret's.
    """
    try:
        found = Position.parse(text)
    except ParameterError:
        raise ParameterError.not_among(name, text, _CHOICES) from None
    if found.scope or (found.marker and found.marker not in MARKERS):
        raise ParameterError.not_among(name, text, _CHOICES)
    if not -(2**15) <= found.delta < 2**15 or found == Position():
        raise ParameterError.not_understood(name, text, "an offset within 16 bits, other than 0")
    return found


def positions(options: Options, name: str) -> tuple[Position, ...]:
    """Return all positions of an option that may be repeated.

    Raises
    ------
    ParameterError
        If one is not understood, or there are more than 64.
    """
    texts = [text for given, text in options if given == name]
    found = [position(f"--{name}", one) for text in texts for one in (text or "").split(",")]
    if len(found) > MAX_POSITIONS:
        raise ParameterError.out_of_range(f"positions of --{name}", len(found), 1, MAX_POSITIONS)
    return tuple(found)


def overlap(options: Options, name: str) -> Position | None:
    """Return a position for which 0 means none."""
    given = last(options, name)
    return None if given in {None, "0"} else position(f"--{name}", str(given))


def bound(options: Options, name: str) -> str:
    """Return the packet that an option names, as ``n3``, ``d1`` or ``s100``; empty without one.

    Raises
    ------
    ParameterError
        If it has another form.
    """
    given = last(options, name)
    if given is None:
        return ""
    found = _BOUND.fullmatch(given)
    if found is None:
        raise ParameterError.not_understood(f"--{name}", given, "n3, d1 or s100")
    return f"{found[1] or 'n'}{int(found[2])}"


def window(name: str, text: str, scale: int | None) -> tuple[int, int | None]:
    """Return window and scale of ``W`` or ``W:S``.

    Raises
    ------
    ParameterError
        If either is no number in range.
    """
    size, _, factor = text.partition(":")
    value = number(f"--{name}", size, 0, 65535)
    return value, number(f"--{name}", factor, 0, 255) if factor else scale


def flags(options: Options, name: str) -> int:
    """Return the bits of a list of TCP flags, of a number, or 0 without the option.

    Raises
    ------
    ParameterError
        If a flag is unknown.
    """
    given = last(options, name)
    if not given:
        return 0
    if given[0].isdigit():
        return number(f"--{name}", given, 0, 0xFFF)
    words = [FLAG_ALIASES.get(word, word) for word in given.upper().split(",")]
    return sum({FLAG_BITS[word] for word in listed(f"--{name}", ",".join(words), [*FLAG_BITS])})


def ttls(options: Options, prefix: str, bare: tuple[int, int, int]) -> tuple[Ttl, Ttl | None]:
    """Return TTL and hop limit of options with a prefix; `bare` is what autottl means by default.

    Raises
    ------
    ParameterError
        If a value is no TTL.
    """
    plain, six = last(options, f"{prefix}-ttl"), last(options, f"{prefix}-ttl6")
    auto, auto6 = last(options, f"{prefix}-autottl"), last(options, f"{prefix}-autottl6")
    ttl = _ttl(f"{prefix}-autottl", auto, f"{prefix}-ttl", plain, bare)
    if six is None and auto6 is None:
        return ttl, None
    return ttl, _ttl(f"{prefix}-autottl6", auto6 if auto6 is not None else auto,
                     f"{prefix}-ttl6", six if six is not None else plain, bare)  # fmt: skip


def fooling(options: Options, prefix: str) -> Fooling:
    """Return the fooling of options with a prefix.

    Raises
    ------
    ParameterError
        If a kind is unknown or an increment is no number.
    """
    given = last(options, f"{prefix}-fooling")
    kinds = set(listed(f"--{prefix}-fooling", given, FOOLING)) if given else set()
    up, down = (
        flags(options, f"{prefix}-tcp-flags-set"),
        flags(options, f"{prefix}-tcp-flags-unset"),
    )
    if up or down:
        kinds.add("flags")
    plain = Fooling()
    return Fooling(
        frozenset(kinds - {"none"}),
        _increment(options, f"{prefix}-badseq-increment", plain.badseq_increment),
        _increment(options, f"{prefix}-badack-increment", plain.badack_increment),
        _increment(options, f"{prefix}-ts-increment", plain.ts_increment),
        flags_set=up,
        flags_unset=down,
    )


def payload(name: str, text: str, protocol: Protocol) -> Payload:
    """Return a payload given as ``0x…``, a file, ``@file``, ``+offset@file``.

    Raises
    ------
    ParameterError
        If the digits are not understood, or no file is named.
    """
    if text.startswith("0x"):
        return Payload("bytes", protocol, data=hex_bytes(f"--{name}", text))
    found = _OFFSET_FILE.fullmatch(text)
    offset, path = (int(found[1]), found[2]) if found else (0, text.removeprefix("@"))
    if not path or (text.startswith("+") and not found):
        raise ParameterError.not_understood(f"--{name}", text, "0x1603, file, @file or +10@file")
    return Payload("file", protocol, path, offset=offset)


def scope(options: Options, l7: Sequence[str] = L7) -> Scope:
    """Return which connections a profile is for.

    Raises
    ------
    ParameterError
        If a protocol is unknown.
    """
    l3, seven = last(options, "filter-l3"), last(options, "filter-l7")
    lists = [
        f"{name}={argument}"
        for name, argument in options
        if name in SCOPE_OPTIONS and name.startswith(("ipset", "hostlist", "filter-ssid"))
        if not name.endswith("domains")
    ]
    return Scope(
        last(options, "filter-tcp") or "",
        last(options, "filter-udp") or "",
        tuple(listed("--filter-l7", seven, l7)) if seven else (),
        ",".join(listed("--filter-l3", l3, ("ipv4", "ipv6"))) if l3 else "",
        _hosts(options, "hostlist-domains"),
        _hosts(options, "hostlist-exclude-domains"),
        tuple(lists),
    )


def profiles(options: Options) -> list[Options]:
    """Return options by profile, without those with ``--skip``."""
    found: list[list[tuple[str, str | None]]] = [[]]
    for name, argument in options:
        if name == "new":
            found.append([])
        else:
            found[-1].append((name, argument))
    return [one for one in found if last(one, "skip") is None]


def _hosts(options: Options, name: str) -> tuple[str, ...]:
    """Return the names of an option that may be repeated."""
    texts = [text or "" for given, text in options if given == name]
    return tuple(host for text in texts for host in text.split(",") if host)


def _increment(options: Options, name: str, default: int) -> int:
    """Return a signed number of 32 bits, as nfqws folds it."""
    given = last(options, name)
    if given is None:
        return default
    value = number(f"--{name}", given, -INT32, 2 * INT32 - 1)
    return value - 2 * INT32 if value >= INT32 else value


def _ttl(
    auto_name: str, auto: str | None, name: str, plain: str | None, bare: tuple[int, int, int]
) -> Ttl:
    """Return the TTL that two options say together."""
    value = number(f"--{name}", plain, 0, 255) if plain else 0
    if auto is None or auto == "-":
        return Ttl.fixed(value) if value else Ttl()
    delta, low, high = bare
    if auto:
        found = _AUTO.fullmatch(auto)
        if found is None or not 0 <= int(found[2]) <= 127:
            raise ParameterError.not_understood(f"--{auto_name}", auto, "-1, +5 or -1:3-20")
        delta = int(found[2]) if found[1] == "+" else -int(found[2])
        low, high = int(found[3] or low), int(found[4] or high)
    if low > high or high > 255:
        raise ParameterError.not_understood(f"--{auto_name}", auto, "bounds in order, as in 3-20")
    return Ttl.auto(delta, low, high, fallback=value)

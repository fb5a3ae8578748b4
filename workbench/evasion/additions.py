"""What a strategy may add to its phases: datagrams, windows, HTTP heads, copies, limits.

As in `workbench.evasion.phases`, `plain` gives a part without what has no effect.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

from workbench.evasion.checks import (
    ALL_FLAGS,
    MAX_COUNT,
    check_bounds,
    check_choice,
    check_range,
)
from workbench.evasion.phases import plain_pattern, plain_ttls
from workbench.evasion.values import NO_FOOLING, SAME_TTL, Fooling, Payload, Position, Ttl

UdpKind = Literal["udplen", "tamper", "drop"]
WindowKind = Literal["wssize", "wsize", "inbound"]


@dataclass(frozen=True, slots=True)
class Udp:
    """What is done to UDP datagrams besides fakes and fragments.

    Parameters
    ----------
    kind : {"udplen", "tamper", "drop"}
        Longer or shorter datagrams; keys added to DHT messages; QUIC not let out.
    increment : int
        Bytes added by ``udplen``.
    pattern : Payload, optional
        What fills them; zeros by default.
    """

    kind: UdpKind
    increment: int = 2
    pattern: Payload | None = None

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, get_args(UdpKind))
        check_range("increment", self.increment, -MAX_COUNT, MAX_COUNT)

    def plain(self) -> Udp:
        """Return it with what its kind does not use set back."""
        if self.kind != "udplen":
            return Udp(self.kind)
        return replace(self, pattern=plain_pattern(self.pattern))


@dataclass(frozen=True, slots=True)
class Oob:
    """An urgent byte put in by a packet tool, which lowers the sequence from the SYN on (zapret2).

    Parameters
    ----------
    byte : int
        Its value.
    position : Position, optional
        Where it goes; the start by default.
    """

    byte: int = 0
    position: Position | None = None

    def __post_init__(self) -> None:
        check_range("byte", self.byte, 0, 255)


@dataclass(frozen=True, slots=True)
class Window:
    """A window that makes the server send small segments, or the client's own kernel.

    Parameters
    ----------
    kind : {"wssize", "wsize", "inbound"}
        Windows of the client until the request, or in its SYN+ACK, are rewritten; ``inbound``: the
        window of the SYN+ACK that comes in (GoodbyeDPI, Geneva).
    size : int
        Window in units of the scale.
    scale : int, optional
        Scale factor written; None to leave it.
    cutoff : str
        First packet that is left alone, as in `Dup`.
    forced_cutoff : bool
        Whether a known request ends it at once.
    http_size : int, optional
        Window for connections to port 80 where it is another; 0 for none (GoodbyeDPI).
    """

    kind: WindowKind
    size: int
    scale: int | None = None
    cutoff: str = ""
    forced_cutoff: bool = True
    http_size: int | None = None

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, get_args(WindowKind))
        check_range("size", self.size, 0, 65535)
        check_range("http_size", self.http_size or 0, 0, 65535)
        check_range("scale", self.scale or 0, 0, 255)
        check_bounds(cutoff=self.cutoff)


@dataclass(frozen=True, slots=True)
class Http:
    """Changes to the head of an HTTP request.

    Parameters
    ----------
    spelling : str
        Spelling of the name ``Host``; empty to leave it.
    no_space, domain_case, method_eol, method_space, dot, tab, unix_eol : bool
        No blank after ``Host:``; mixed case in the name; a line end before the method; a further
        blank after it; a dot or a tab after the name; lines that end in LF alone.
    pad : int
        Bytes of made-up headers before the Host header.
    """

    spelling: str = ""
    no_space: bool = False
    domain_case: bool = False
    method_eol: bool = False
    method_space: bool = False
    dot: bool = False
    tab: bool = False
    unix_eol: bool = False
    pad: int = 0

    def __post_init__(self) -> None:
        check_range("pad", self.pad, 0, MAX_COUNT)


@dataclass(frozen=True, slots=True)
class Dup:
    """Copies of ordinary packets, sent before them or in their place.

    Parameters
    ----------
    count : int
        Copies.
    replace : bool
        Whether the packet itself is left out.
    ttl, ttl6, fooling
        Of the copies.
    ip_id : str
        ``same``, ``zero``, ``seq`` or ``rnd``.
    start, cutoff : str
        First packet, and the first that is no longer copied: ``n3``, ``d1``, ``s1``.
    """

    count: int
    replace: bool = False
    ttl: Ttl = SAME_TTL
    ttl6: Ttl | None = None
    fooling: Fooling = NO_FOOLING
    ip_id: str = "same"
    start: str = ""
    cutoff: str = ""

    def __post_init__(self) -> None:
        check_range("count", self.count, 0, MAX_COUNT)
        check_choice("ip_id", self.ip_id, ("same", "zero", "seq", "rnd"))
        check_bounds(start=self.start, cutoff=self.cutoff)

    def plain(self) -> Dup:
        """Return it with what is not used set back."""
        ttl, ttl6 = plain_ttls(self.ttl, self.ttl6)
        return replace(self, ttl=ttl, ttl6=ttl6, fooling=self.fooling.plain())


@dataclass(frozen=True, slots=True)
class Orig:
    """Changes to genuine packets.

    Parameters
    ----------
    ttl, ttl6 : Ttl
        TTL written into them.
    flags_set, flags_unset : int
        TCP flags set and cleared.
    start, cutoff : str
        As in `Dup`.
    """

    ttl: Ttl = SAME_TTL
    ttl6: Ttl | None = None
    flags_set: int = 0
    flags_unset: int = 0
    start: str = ""
    cutoff: str = ""

    def __post_init__(self) -> None:
        check_range("flags_set", self.flags_set, 0, ALL_FLAGS)
        check_range("flags_unset", self.flags_unset, 0, ALL_FLAGS)
        check_bounds(start=self.start, cutoff=self.cutoff)

    def plain(self) -> Orig:
        """Return it with what is not used set back."""
        ttl, ttl6 = plain_ttls(self.ttl, self.ttl6)
        return replace(self, ttl=ttl, ttl6=ttl6)


@dataclass(frozen=True, slots=True)
class Limits:
    """Which packets of a connection the strategy touches.

    Parameters
    ----------
    start, cutoff : str
        ``n3``: by packet number, ``d2``: by data packet, ``s100``: by relative sequence number.
    any_protocol : bool
        Whether requests of unknown protocols are touched.
    skip_nosni : bool
        Whether hellos without a server name are left alone.
    """

    start: str = ""
    cutoff: str = ""
    any_protocol: bool = False
    skip_nosni: bool = True

    def __post_init__(self) -> None:
        check_bounds(start=self.start, cutoff=self.cutoff)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which connections a profile is for.

    It says nothing of what is sent: strategies of different scopes compare equal.

    Parameters
    ----------
    tcp, udp : str
        Ports, as in the command.
    l7 : tuple of str
        Protocols of the request.
    l3 : str
        ``ipv4`` or ``ipv6``; empty for both.
    hosts, not_hosts : tuple of str
        Names it is for and not for. Data only.
    lists : tuple of str
        Options that name further lists, as ``option=value``.
    """

    tcp: str = ""
    udp: str = ""
    l7: tuple[str, ...] = ()
    l3: str = ""
    hosts: tuple[str, ...] = ()
    not_hosts: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()

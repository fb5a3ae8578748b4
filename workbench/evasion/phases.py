"""The three phases of a strategy in the order in which they act: opening, fakes, parts.

Words and defaults follow zapret, which has the largest vocabulary; what only other tools do has
fields of their own, here and in `workbench.evasion.additions`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

from workbench.evasion.checks import MAX_COUNT, check_choice, check_range
from workbench.evasion.values import (
    NO_FOOLING,
    SAME_TTL,
    Fooling,
    Payload,
    Position,
    Tamper,
    Ttl,
)

OpeningKind = Literal["synack", "syndata", "synack-split"]
FakeKind = Literal["fake", "fakeknown", "rst", "rstack", "hopbyhop", "destopt", "ipfrag1"]
SplitKind = Literal[
    "multisplit", "multidisorder", "fakedsplit", "fakeddisorder", "hostfakesplit", "ipfrag2"
]
At = Literal["data", "ack", "syn"]
Transport = Literal["", "udp"]

FAKED = ("fakedsplit", "fakeddisorder")
HEADER_MODES = ("hopbyhop", "destopt", "ipfrag1")
IPFRAG_TCP, IPFRAG_UDP = 32, 8
SYN_DATA = Payload(protocol="syndata")


@dataclass(frozen=True, slots=True)
class Opening:
    """Phase 0: what happens at the handshake.

    Parameters
    ----------
    kind : {"synack", "syndata", "synack-split"}
        A SYN+ACK before the SYN; data in the SYN; a server that splits its SYN+ACK.
    ttl, ttl6 : Ttl
        For ``synack``; `ttl6` for IPv6 where it differs.
    fooling : Fooling
        For ``synack``.
    payload : Payload
        For ``syndata``; the default is 16 zeros.
    variant : str
        For ``synack-split``: ``syn``, ``synack`` or ``acksyn``.
    """

    kind: OpeningKind
    ttl: Ttl = SAME_TTL
    ttl6: Ttl | None = None
    fooling: Fooling = NO_FOOLING
    payload: Payload = SYN_DATA
    variant: str = ""

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, get_args(OpeningKind))

    def plain(self) -> Opening:
        """Return it with what its kind does not use set back."""
        if self.kind == "syndata":
            return Opening(self.kind, payload=self.payload.plain())
        if self.kind == "synack-split":
            return Opening(self.kind, variant=self.variant)
        ttl, ttl6 = plain_ttls(self.ttl, self.ttl6)
        return Opening(self.kind, ttl, ttl6, self.fooling.plain())


@dataclass(frozen=True, slots=True)
class Fake:
    """Phase 1: packets sent besides the request, or headers put before everything.

    Parameters
    ----------
    kind : str
        ``fake``, ``fakeknown``, ``rst``, ``rstack``; ``hopbyhop``, ``destopt``, ``ipfrag1`` add an
        IPv6 header to the genuine packets.
    ttl, ttl6 : Ttl
        `ttl6` for IPv6 where it differs.
    fooling : Fooling
        What makes the server drop it.
    payloads : tuple of Payload
        Sent one after the other, each `repeats` times; empty for the tool's default for the
        request's protocol. Several protocols may stand side by side.
    repeats : int
        Byte-identical copies, back to back.
    advance_seq : bool
        Whether each further payload starts where the one before ended.
    at : {"data", "ack", "syn"}
        Packet that it goes with: the request (Geneva: every packet with PSH and ACK), a bare
        ACK, the SYN.
    after : bool
        Whether it follows that packet.
    tampers : tuple of Tamper
        Further header fields written over.
    transport : {"", "udp"}
        ``udp`` for fakes that go with datagrams only, in tools that also send others with TCP.
    """

    kind: FakeKind = "fake"
    ttl: Ttl = SAME_TTL
    ttl6: Ttl | None = None
    fooling: Fooling = NO_FOOLING
    payloads: tuple[Payload, ...] = ()
    repeats: int = 1
    advance_seq: bool = False
    at: At = "data"
    after: bool = False
    tampers: tuple[Tamper, ...] = ()
    transport: Transport = ""

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, get_args(FakeKind))
        check_choice("at", self.at, get_args(At))
        check_choice("transport", self.transport, get_args(Transport))
        check_range("repeats", self.repeats, 0, MAX_COUNT)

    def plain(self) -> Fake:
        """Return it with what its kind does not use set back."""
        if self.kind in HEADER_MODES:
            return Fake(self.kind)
        payloads = () if self.kind in {"rst", "rstack"} else plain_payloads(self.payloads)
        ttl, ttl6 = plain_ttls(self.ttl, self.ttl6)
        return replace(
            self,
            ttl=ttl,
            ttl6=ttl6,
            fooling=self.fooling.plain(),
            payloads=payloads,
            repeats=max(1, self.repeats),
            advance_seq=self.advance_seq and len(payloads) > 1,
        )


@dataclass(frozen=True, slots=True)
class Split:
    """Phase 2: how the packets of the request are cut, ordered and shadowed.

    Parameters
    ----------
    kind : str
        ``multisplit``, ``multidisorder``, ``fakedsplit``, ``fakeddisorder``, ``hostfakesplit`` or
        ``ipfrag2``.
    positions : tuple of Position
        Where to cut; the two multi kinds use all, the two faked kinds the first marker that
        resolves, else the first number. With ipfrag2 (youtubeUnblock) they replace `fragment_tcp`.
    altorder : int
        Variant of the order, with 8 or 16 added as zapret does.
    seqovl : Position, optional
        Bytes of overlap: a number, or (multidisorder) a place of the request.
    seqovl_pattern : Payload, optional
        What fills the overlap; zeros by default.
    pattern : Payload, optional
        What fills the shadows of the faked kinds; zeros by default.
    host_fake : str
        Name that hostfakesplit's fakes carry; empty for a random one.
    midhost : Position, optional
        Where hostfakesplit cuts the genuine name.
    ttl, ttl6, fooling, repeats
        Of the shadows, as in `Fake`.
    pause_ms : int
        Milliseconds between the parts (youtubeUnblock's ``seg2delay``).
    fragment_tcp, fragment_udp : int
        For ``ipfrag2``: bytes from the transport header, multiples of 8.
    """

    kind: SplitKind
    positions: tuple[Position, ...] = ()
    altorder: int = 0
    seqovl: Position | None = None
    seqovl_pattern: Payload | None = None
    pattern: Payload | None = None
    host_fake: str = ""
    midhost: Position | None = None
    ttl: Ttl = SAME_TTL
    ttl6: Ttl | None = None
    fooling: Fooling = NO_FOOLING
    repeats: int = 1
    fragment_tcp: int = IPFRAG_TCP
    fragment_udp: int = IPFRAG_UDP
    pause_ms: int = 0

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, get_args(SplitKind))
        for name in ("repeats", "fragment_tcp", "fragment_udp", "pause_ms", "altorder"):
            check_range(name, getattr(self, name), 0, MAX_COUNT)

    def plain(self) -> Split:
        """Return it with what its kind does not use set back, and positions that are sorted."""
        if self.kind == "ipfrag2":
            tcp, udp = self.fragment_tcp, self.fragment_udp
            cuts = sorted_positions(self.positions)
            return Split(self.kind, cuts, fragment_tcp=tcp, fragment_udp=udp)
        bare = self._bare()
        if self.kind not in (*FAKED, "hostfakesplit"):
            return bare
        ttl, ttl6 = plain_ttls(self.ttl, self.ttl6)
        shadowed = replace(
            bare,
            altorder=self.altorder,
            ttl=ttl,
            ttl6=ttl6,
            fooling=self.fooling.plain(),
            repeats=max(1, self.repeats),
        )
        if self.kind == "hostfakesplit":
            return replace(shadowed, host_fake=self.host_fake, midhost=self.midhost)
        return replace(shadowed, pattern=plain_pattern(self.pattern))

    def _bare(self) -> Split:
        """Return only where parts begin and overlap, for the kinds that say it."""
        if self.kind == "hostfakesplit":
            return Split(self.kind)
        places = self.positions if self.kind in FAKED else sorted_positions(self.positions)
        if self.seqovl in {None, Position()}:
            return Split(self.kind, places, pause_ms=self.pause_ms)
        pattern = plain_pattern(self.seqovl_pattern)
        bare = Split(self.kind, places, seqovl=self.seqovl, seqovl_pattern=pattern)
        return replace(bare, pause_ms=self.pause_ms)


def plain_ttls(ttl: Ttl, ttl6: Ttl | None) -> tuple[Ttl, Ttl | None]:
    """Return both TTLs without what they do not use, the second left out where it says the same."""
    first = ttl.plain()
    second = None if ttl6 is None else ttl6.plain()
    return first, None if second == first else second


def plain_payloads(payloads: tuple[Payload, ...]) -> tuple[Payload, ...]:
    """Return payloads without what they do not use; a lone default of a protocol is left out."""
    kept = [payload.plain() for payload in payloads]
    counts = [sum(other.protocol == one.protocol for other in kept) for one in kept]
    lone = [
        count == 1 and one == Payload(protocol=one.protocol)
        for one, count in zip(kept, counts, strict=True)
    ]
    ordered = [one for one, drop in zip(kept, lone, strict=True) if not drop]
    return tuple(sorted(ordered, key=lambda payload: payload.protocol))


def joined_fakes(fakes: tuple[Fake, ...]) -> tuple[Fake, ...]:
    """Return fakes with those joined that follow each other and differ in their payload alone."""
    found: list[Fake] = []
    for one in fakes:
        before = found[-1] if found else None
        if before and _joins(before, one):
            both = before.payloads + one.payloads
            found[-1] = replace(before, payloads=both, advance_seq=False)
        else:
            found.append(one)
    return tuple(found)


def _joins(first: Fake, second: Fake) -> bool:
    """Return whether two fakes are one with two payloads."""
    if not first.payloads or not second.payloads or first.kind != "fake":
        return False
    plain = (first.plain(), second.plain())
    bare = {replace(one, payloads=()) for one in plain}
    return len(bare) == 1 and not any(one.advance_seq for one in plain)


def plain_pattern(pattern: Payload | None) -> Payload | None:
    """Return a filling without what it does not use; nothing for zeros, the default."""
    if pattern is None:
        return None
    if pattern.kind in {"default", "zeros"} or (pattern.data and not any(pattern.data)):
        return None
    return pattern.plain()


def sorted_positions(positions: tuple[Position, ...]) -> tuple[Position, ...]:
    """Return positions in a fixed order, each once: tools sort them by where they fall."""
    unique = set(positions)
    return tuple(sorted(unique, key=lambda one: (one.marker, one.delta, one.scope)))

"""Strategies on datagrams: fakes before the first, longer ones, IP fragments.

In: the client's datagrams. Out: the parts of a descriptor. A program of QUIC never sends one
datagram twice, byte by byte: each has a packet number of its own (RFC 9000, 12.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from workbench.evasion.seen import AT_ONCE_NS, Seen

LONG, FIXED = 0x80, 0x40
INITIAL_LENGTH = 1_200
"""Smallest datagram that an Initial comes in (RFC 9000, 14.1)."""
MOST_TAIL = 64
MOST_LOOKED_AT = 256
LATER_NS = 100_000_000
QUIC_VERSIONS = {1: 0, 0x6B3343CF: 1}
"""Versions and the type bits of their Initials."""


@dataclass(frozen=True, slots=True)
class Datagrams:
    """What a client sent first.

    Parameters
    ----------
    fakes : tuple of tuple of Seen
        Groups of identical fakes, in order.
    request : Seen, optional
        The first genuine datagram.
    tail : int
        Bytes behind what its QUIC packets say they have.
    quic : bool
        Whether it is an Initial.
    later : int
        How often fakes came again.
    """

    fakes: tuple[tuple[Seen, ...], ...] = ()
    request: Seen | None = None
    tail: int = 0
    quic: bool = False
    later: int = 0


def first_datagrams(packets: Sequence[Seen]) -> Datagrams:
    r"""Return fakes and the request of a connection of datagrams.

    Parameters
    ----------
    packets : sequence of Seen
        The client's datagrams, in the order sent.

    Returns
    -------
    Datagrams
        Without fakes for ordinary traffic.

    Examples
    --------
    >>> fake = Seen(1, 0, 0, 620, data=b"\x40" + bytes(619))
    >>> initial = b"\xc0\0\0\0\1\x08" + bytes(range(8)) + b"\0\0\x44\x9e" + bytes(1182)
    >>> found = first_datagrams([fake, Seen(2, 9, 0, 1200, data=initial)])
    >>> len(found.fakes), found.quic
    (1, True)
    """
    looked = [one for one in packets[:MOST_LOOKED_AT] if one.length]
    marked = [bool(one.ttl) or one.hard for one in looked]
    initials = [is_initial(one.data) for one in looked]
    doubled = _doubled(looked)
    plain = [at for at in range(len(looked)) if not marked[at] and not doubled[at]]
    request = next((at for at in plain if initials[at]), plain[0] if plain else None)
    if request is None:
        return Datagrams()
    decoys = _decoys(looked, initials, request)
    if decoys == request:
        request = next((at for at in plain if at > request and initials[at]), request)
    before = [
        at
        for at in range(request)
        if marked[at] or doubled[at] or at == decoys or _odd(looked, at, request, initials)
    ]
    near = [at for at in before if looked[request].time_ns - looked[at].time_ns < LATER_NS]
    groups = [list(run) for _, run in groupby(near, key=lambda at: looked[at].data)]
    held = {looked[at].data for at in near}
    again = sum(one.data in held for one in looked[request + 1 :])
    return Datagrams(
        tuple(tuple(looked[at] for at in group) for group in groups),
        looked[request],
        quic_tail(looked[request].data) if initials[request] else 0,
        initials[request],
        again,
    )


def _doubled(looked: Sequence[Seen]) -> list[bool]:
    """Tell which datagrams are there twice, byte by byte, in one act."""
    last: dict[bytes, int] = {}
    found = [False] * len(looked)
    for at, one in enumerate(looked):
        before = last.get(one.data)
        if before is not None and one.at_once(looked[before]):
            found[at] = found[before] = True
        last[one.data] = at
    return found


def _decoys(looked: Sequence[Seen], initials: list[bool], request: int) -> int:
    """Return an Initial for another connection that nothing continues, -1 without one."""
    if not initials[request]:
        return -1
    first = looked[request]
    following = [at for at in range(request + 1, len(looked)) if initials[at]]
    if not following:
        return -1
    other = looked[following[0]]
    soon = other.time_ns - first.time_ns <= AT_ONCE_NS and not other.answered
    repeated = any(one.data == first.data for one in looked[request + 1 :])
    if soon and destination(first.data) != destination(other.data):
        single = all(destination(one.data) != destination(first.data) or one.data == first.data
                     for one in looked[request + 1 :])  # fmt: skip
        return request if single or repeated else -1
    return -1


def _odd(looked: Sequence[Seen], at: int, request: int, initials: list[bool]) -> bool:
    """Tell whether a datagram before an Initial is none, and belongs to the same act."""
    short = not looked[at].data[:1] >= b"\x80"
    return initials[request] and short and looked[at].at_once(looked[request])


def is_initial(data: bytes) -> bool:
    """Tell whether a datagram begins with an Initial of a client (RFC 9000, 17.2.2; RFC 9369)."""
    if len(data) < INITIAL_LENGTH or data[0] & (LONG | FIXED) != LONG | FIXED:
        return False
    version = int.from_bytes(data[1:5], "big")
    kind = data[0] >> 4 & 3
    draft = version >> 8 == 0xFF0000
    return (QUIC_VERSIONS.get(version) == kind or (draft and kind == 0)) and data[5] <= 20


def destination(data: bytes) -> bytes:
    """Return the connection id that a packet with a long header is for."""
    return data[6 : 6 + data[5]] if len(data) > 6 else b""


def quic_tail(data: bytes) -> int:
    """Return the bytes behind the QUIC packets of a datagram, by their own lengths.

    Returns
    -------
    int
        0 where they fill it or are padded to the smallest size, and where it cannot be told; below
        0 where they say more than there is.
    """
    at = 0
    while at + 7 < len(data) and data[at] & LONG:
        end = _packet_end(data, at)
        if end < 0:
            return 0
        if end > len(data):
            return len(data) - end if end - len(data) <= MOST_TAIL else 0
        at = end
    rest = len(data) - max(at, INITIAL_LENGTH)
    if not at or abs(rest) > MOST_TAIL or (any(data[at:]) and at < INITIAL_LENGTH):
        return 0
    return rest


def _packet_end(data: bytes, at: int) -> int:
    """Return where a packet with a long header ends, -1 where it cannot be told."""
    kind = data[at] >> 4 & 3
    place = at + 5
    for _ in range(2):
        if place >= len(data):
            return -1
        place += 1 + data[place]
    if kind == 3:
        return -1
    if kind == QUIC_VERSIONS.get(int.from_bytes(data[at + 1 : at + 5], "big"), 0):
        token, place = _number(data, place)
        place += token
    length, place = _number(data, place)
    return place + length if length > 0 else -1


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Return a number of variable length and the place behind it (RFC 9000, 16)."""
    if at >= len(data):
        return 0, at
    size = 1 << (data[at] >> 6)
    raw = int.from_bytes(data[at : at + size], "big")
    return raw & ((1 << (8 * size - 2)) - 1), at + size

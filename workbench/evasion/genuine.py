"""Which packets of a client are meant, and the request that they carry.

In: the client's packets. Out: a standing for each, and the bytes of the request. The standings of
`workbench.traffic.segments` are the beginning; what they leave open is decided here by how tools
send: a fake precedes what it stands for, a filler is one byte over and over, what dies on the way
is sent again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from workbench.evasion.seen import ACK, RST, SYN, URG, Seen
from workbench.traffic.messages.hello import client_hello
from workbench.traffic.messages.http import http_request

GENUINE, FAKE, OTHER = "genuine", "fake", "other"
MAX_REQUEST = 1 << 16


@dataclass(frozen=True, slots=True)
class Asked:
    """The request of a connection.

    Parameters
    ----------
    data : bytes
        Its bytes from the first on, as far as they were captured without a hole.
    length : int
        Bytes of the whole request; 0 where there is none.
    complete : bool
        Whether the message ends there by its own word.
    kind : str
        ``tls``, ``http`` or ``unknown``.
    """

    data: bytes
    length: int
    complete: bool
    kind: str


def without_urgent(packets: Sequence[Seen]) -> tuple[list[Seen], int, int]:
    """Take the urgent byte out; return the packets, its place in the stream (-1: none) and it.

    The byte is the last of the first packet with URG; a server that does not read such data in line
    never delivers it (RFC 6093). All later places move down by one.
    """
    first = next((one for one in packets if one.flags & URG and one.length and not one.hard), None)
    if first is None:
        return list(packets), -1, 0
    end = first.end
    moved = [_moved(one, end) for one in packets]
    return moved, end - 1, first.data[-1] if len(first.data) == first.length else 0


def _moved(one: Seen, end: int) -> Seen:
    """Return a packet as if the byte before `end` had not been sent."""
    if one.length and one.offset <= end - 1 < one.end:
        at = end - 1 - one.offset
        return replace(one, data=one.data[:at] + one.data[at + 1 :], length=one.length - 1)
    return replace(one, offset=one.offset - 1) if one.offset >= end else one


def settle(packets: Sequence[Seen], reached: int | None = None) -> list[str]:
    """Tell genuine packets from fakes.

    Parameters
    ----------
    packets : sequence of Seen
        Of one client, in the order sent.
    reached : int, optional
        Bytes of the stream that the other side acknowledged in the end. Where it is given, data of
        a low TTL that nothing repeats and nobody acknowledges is not taken for genuine.

    Returns
    -------
    list of str
        ``genuine``, ``fake``, or ``other`` for packets without payload, and data in a SYN or RST.

    Examples
    --------
    >>> fake = Seen(1, 0, 0, 4, data=b"fake", ttl=3)
    >>> settle([fake, Seen(2, 10, 0, 4, data=b"real")])
    ['fake', 'genuine']
    """
    standing = [OTHER] * len(packets)
    loaded = [at for at, one in enumerate(packets) if one.length and not one.flags & (SYN | RST)]
    for at in loaded:
        standing[at] = FAKE if packets[at].hard else GENUINE
    ordinary = [at for at in loaded if standing[at] == GENUINE and not packets[at].ttl]
    lowered = [at for at in loaded if standing[at] == GENUINE and packets[at].ttl]
    _contradictions(packets, ordinary, standing)
    held = [at for at in ordinary if standing[at] == GENUINE]
    _lowered(packets, lowered, held, standing)
    if reached is not None:
        for at in lowered:
            if packets[at].end > reached and (packets[at].uniform or not held):
                standing[at] = FAKE
    _holes(packets, loaded, standing)
    if reached is not None:
        _received(packets, loaded, standing, reached)
    return standing


def _received(
    packets: Sequence[Seen], loaded: list[int], standing: list[str], reached: int
) -> None:
    """Take what was acknowledged though nothing else brought it: its checksum was spoilt later."""
    genuine = [packets[at] for at in loaded if standing[at] == GENUINE]
    for at in loaded:
        one = packets[at]
        only = one.checksum is not None and one.flags & ACK and not (one.ack_shift or one.md5)
        if standing[at] != FAKE or not only or not 0 <= one.offset < one.end <= reached:
            continue
        if not any(_overlap(one, other) for other in genuine):
            standing[at] = GENUINE
            genuine.append(one)


def _holes(packets: Sequence[Seen], loaded: list[int], standing: list[str]) -> None:
    """Take a signed fake for a piece where nothing else was ever sent in its place."""
    signed = [at for at in loaded if standing[at] == FAKE and packets[at].md5]
    genuine = [packets[at] for at in loaded if standing[at] == GENUINE]
    for at in signed:
        one = packets[at]
        alone = not any(other.offset < one.end and one.offset < other.end for other in genuine)
        if alone and any(other.offset == one.end and other.at_once(one) for other in genuine):
            standing[at] = GENUINE


def _contradictions(packets: Sequence[Seen], places: list[int], standing: list[str]) -> None:
    """Decide between packets that nothing marks and that hold different bytes for one place."""
    held: list[int] = []
    for at in places:
        one = packets[at]
        for before in held:
            other = packets[before]
            if standing[before] != GENUINE or not one.differs(other):
                continue
            if not (one.within(other) or other.within(one)):
                continue
            loser = _loser(packets, before, at)
            standing[loser] = FAKE
            if loser == at:
                break
        held.append(at)
        if len(held) > 400:
            return


def _loser(packets: Sequence[Seen], before: int, at: int) -> int:
    """Return which of two contradicting packets is not meant."""
    earlier, later = packets[before], packets[at]
    if earlier.uniform != later.uniform:
        return before if earlier.uniform else at
    if earlier.beyond != later.beyond:
        return before if earlier.beyond else at
    return before if earlier.at_once(later) or later.acked <= earlier.offset else at


def _lowered(
    packets: Sequence[Seen], places: list[int], held: list[int], standing: list[str]
) -> None:
    """Compare packets of a lower TTL with the ordinary ones, then with each other."""
    top = max((packets[at].end for at in held), default=0)
    for at in places:
        one = packets[at]
        rivals = [packets[other] for other in held]
        besides = bool(rivals) and one.offset >= top and _follows_fake(packets, standing, at)
        if besides or any(_denied(one, other) for other in rivals):
            standing[at] = FAKE
    _contradictions(packets, [at for at in places if standing[at] == GENUINE], standing)


def _denied(one: Seen, other: Seen) -> bool:
    """Tell whether a packet contradicts another, or copies it in the same act."""
    return one.differs(other) or (_overlap(one, other) and one.at_once(other))


def _overlap(one: Seen, other: Seen) -> bool:
    return one.offset < other.end and other.offset < one.end


def _follows_fake(packets: Sequence[Seen], standing: list[str], at: int) -> bool:
    """Tell whether a packet begins where a fake just before it ended."""
    return any(
        standing[before] == FAKE and packets[before].end == packets[at].offset
        for before in range(max(0, at - 64), at)
    )


def asked(packets: Sequence[Seen], standing: Sequence[str]) -> Asked:
    """Put the genuine request together.

    Where genuine packets overlap with different bytes, the one that begins further left holds the
    true ones: what precedes a part is an overlap's filling (domain reference 2.6, seqovl).

    Parameters
    ----------
    packets, standing
        As `settle` takes and returns them.

    Returns
    -------
    Asked
        Of length 0 where nothing was asked.
    """
    chosen = [one for one, what in zip(packets, standing, strict=True) if what == GENUINE]
    held = bytearray()
    known = 0
    for one in sorted(chosen, key=lambda one: (one.offset, -one.length)):
        if one.offset > known:
            break
        if one.end <= known or one.offset >= MAX_REQUEST:
            continue
        held[known:] = one.data[known - one.offset :]
        if len(held) < one.end:
            known = one.end
            break
        known = one.end
    return _measure(bytes(held), known)


def _measure(data: bytes, known: int) -> Asked:
    """Find where the first message of a stream ends."""
    if not known:
        return Asked(b"", 0, complete=False, kind="unknown")
    hello = client_hello(data) if data[:1] == b"\x16" else None
    if hello is not None:
        whole = hello.complete or hello.length > known
        length = hello.length if whole else known
        return Asked(data[:length], length, complete=hello.complete, kind="tls")
    request = http_request(data)
    if request is not None:
        length = min(known, request.length) if request.complete else known
        return Asked(data[:length], length, complete=request.complete, kind="http")
    return Asked(data, known, complete=False, kind="unknown")

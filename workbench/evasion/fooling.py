"""What makes fakes unacceptable: the exact marks of each, and what a group of them has in common.

In: fakes and the genuine packet that they were made from. Out: fooling and TTL as the descriptor
has them (domain reference 3.1).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from workbench.capture.kernels.extras import OPTION_NAMES
from workbench.evasion.seen import ACK, PSH, RST, SYN, Seen
from workbench.evasion.values import (
    BADACK_INCREMENT,
    BADSEQ_INCREMENT,
    SAME_TTL,
    TS_INCREMENT,
    Fooling,
    Ttl,
)

HOP_BY_HOP = 0
OLD_TICKS = 5_000
NEAR_TICKS = 200
"""A fake made from one packet and captured with another: clocks go on in between."""
DELTAS = {0xFFFF: "-1", 0xFF00: "-1", 1: "+1", 0x100: "+1"}
"""Differences to the right checksum that only one tool makes, as numbers of either byte order."""
ALL = 0xFFF
LARGEST_SEGMENT = 1460
PAST = -10_000
"""Further distance of youtubeUnblock's fakes before the stream."""


def ttl_of(fakes: Sequence[Seen]) -> Ttl:
    """Return the TTL that most of some fakes left their sender with.

    Examples
    --------
    >>> str(ttl_of([Seen(1, 0, 0, 1, ttl=3)])), str(ttl_of([Seen(1, 0, 0, 1)]))
    ('3', 'same')
    """
    if not fakes:
        return SAME_TTL
    value = Counter(fake.ttl for fake in fakes).most_common(1)[0][0]
    return Ttl.fixed(value) if value else SAME_TTL


def fooling_of(fake: Seen, genuine: Seen | None, shift: int = 0) -> Fooling:
    """Return what is wrong with one fake.

    Parameters
    ----------
    fake : Seen
        The fake.
    genuine : Seen, optional
        The packet it was made from.
    shift : int
        What its sequence number was moved by (`workbench.evasion.tokens.Volley.shift`).

    Returns
    -------
    Fooling
        Of no kinds where nothing but its TTL or its bytes is.

    Examples
    --------
    >>> fake = Seen(1, 0, -10_000, 5, ack_shift=-66_000, checksum=77, hard=True)
    >>> str(fooling_of(fake, Seen(2, 0, 0, 5), -10_000))
    'badseq,badsum'
    """
    kinds: set[str] = set()
    if fake.checksum is not None:
        kinds.add("badsum")
    if fake.ack_shift or (shift and fake.moved and not fake.flags & ACK):
        # Without the ACK flag nobody reads the other number.
        kinds.add("badseq")
    elif shift and fake.moved:
        kinds.add("pastseq" if shift in (-fake.length, PAST - fake.length) else "randseq")
    if fake.md5:
        kinds.add("md5sig")
    if fake.length and not fake.flags & (ACK | SYN | RST):
        kinds.add("datanoack")
    kinds |= _headers(fake, genuine)
    ticks = _ticks(fake, genuine)
    if ticks:
        kinds.add("ts")
    put, taken = _flags(fake, genuine, kinds)
    if put or taken:
        kinds.add("flags")
    if _front(fake, genuine):
        kinds.add("tsup")
    return Fooling(
        frozenset(kinds),
        badseq_increment=shift if "badseq" in kinds else BADSEQ_INCREMENT,
        badack_increment=fake.ack_shift or BADACK_INCREMENT,
        ts_increment=ticks or TS_INCREMENT,
        checksum=_checksum(fake),
        flags_set=put,
        flags_unset=taken,
    )


def _checksum(fake: Seen) -> str:
    """Return whose way of spoiling a checksum it is."""
    return "random" if fake.checksum is None else DELTAS.get(fake.checksum & 0xFFFF, "random")


def _headers(fake: Seen, genuine: Seen | None) -> set[str]:
    """Return the kinds of fooling by hop-by-hop headers that the genuine packet lacks."""
    usual = genuine.headers.count(HOP_BY_HOP) if genuine else 0
    more = fake.headers.count(HOP_BY_HOP) - usual
    return {"hopbyhop2"} if more > 1 else {"hopbyhop"} if more == 1 else set()


def _ticks(fake: Seen, genuine: Seen | None) -> int:
    """Return by how many ticks a fake's timestamp is off; 0 where it is not."""
    if genuine is None or fake.timestamp < 0 or genuine.timestamp < 0:
        return 0
    ticks = (fake.timestamp - genuine.timestamp + 2**31) % 2**32 - 2**31
    if abs(ticks) < OLD_TICKS:
        return 0
    return TS_INCREMENT if abs(ticks - TS_INCREMENT) <= NEAR_TICKS else ticks


def _flags(fake: Seen, genuine: Seen | None, kinds: set[str]) -> tuple[int, int]:
    """Return the TCP flags that a fake has more and less than the packet it was made from."""
    if genuine is None or (fake.flags | genuine.flags) & (SYN | RST):
        return 0, 0
    taken = genuine.flags & ~fake.flags & ALL
    if genuine.length > LARGEST_SEGMENT:
        # The frame is made of several segments, of which only the last one had PSH.
        taken &= ~PSH
    return fake.flags & ~genuine.flags & ALL, taken & ~ACK if "datanoack" in kinds else taken


def _front(fake: Seen, genuine: Seen | None) -> bool:
    """Tell whether the timestamp was moved before everything else (zapret2's tcp_ts_up)."""
    if genuine is None or fake.layout < 0 or genuine.layout < 0 or fake.md5:
        return False
    mine, other = layout_names(fake.layout), layout_names(genuine.layout)
    return len(mine) > 3 and mine != other and mine[0] == "ts" and sorted(mine) == sorted(other)


def layout_names(layout: int) -> tuple[str, ...]:
    """Return the options of a layout code in the order sent.

    Examples
    --------
    >>> layout_names(0x227)
    ('nop', 'nop', 'ts')
    """
    names = []
    while layout > 0:
        names.append(OPTION_NAMES.get(layout & 15, "other"))
        layout >>= 4
    return tuple(reversed(names))


def common(found: Sequence[Fooling]) -> tuple[Fooling, int]:
    """Return what fakes have in common, and how many of them have more or less than that.

    Examples
    --------
    >>> both, one = Fooling.of("badsum", "badseq"), Fooling.of("badsum")
    >>> shared, odd = common([both, both, one])
    >>> str(shared), odd
    ('badseq,badsum', 1)
    """
    if not found:
        return Fooling(), 0
    best, count = Counter(found).most_common(1)[0]
    return best, len(found) - count

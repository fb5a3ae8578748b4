"""Copies of ordinary packets, and changes to them (nfqws `--dup*` and `--orig-*`)."""

from __future__ import annotations

from workbench.evasion.compose.craft import Crafter, Identifications, fake_flags
from workbench.evasion.compose.packet import Sent
from workbench.evasion.strategy import Dup, Orig


def retouched(packet: Sent, orig: Orig, craft: Crafter) -> Sent:
    """Return a genuine packet with the TTL and flags that the strategy gives it.

    Parameters
    ----------
    packet : Sent
        As the kernel built it.
    orig : Orig
        What to change.
    craft : Crafter
        Knows the path.

    Returns
    -------
    Sent
        Parts made from it inherit both.
    """
    flags = packet.flags & ~orig.flags_unset | orig.flags_set
    return packet.but(ttl=craft.ttl(orig.ttl, orig.ttl6, packet), flags=flags)


def copied(packet: Sent, dup: Dup, craft: Crafter, ids: Identifications) -> list[Sent]:
    """Return the copies of a packet, and the packet behind them unless it is replaced.

    Parameters
    ----------
    packet : Sent
        One that is not re-segmented.
    dup : Dup
        How many copies, and what is wrong with them.
    craft : Crafter
        Builds copies that are fooled.
    ids : Identifications
        Gives the first of those its number.

    Returns
    -------
    list of Sent
        Copies that are not fooled are the kernel's bytes with another TTL.
    """
    ttl = craft.ttl(dup.ttl, dup.ttl6, packet)
    if dup.fooling or (dup.ip_id != "same" and packet.ends.version == 4):
        copies = _rebuilt(packet, dup, craft, ids, ttl)
    else:
        copies = [packet.but(role="dup", genuine=False, ttl=ttl)] * dup.count
    return copies if dup.replace else [*copies, packet]


def _rebuilt(packet: Sent, dup: Dup, craft: Crafter, ids: Identifications, ttl: int) -> list[Sent]:
    """Return copies written anew: the same but for their identifications."""
    number = ids.first(packet)
    further = Identifications(dup.ip_id, ids.random)
    one = craft.segment(
        packet,
        packet.payload,
        flags=fake_flags(packet.flags, dup.fooling),
        fooling=dup.fooling,
        opening=True,
        role="dup",
        genuine=False,
        ttl=ttl,
        offset=packet.offset,
    )
    made = []
    for _ in range(dup.count):
        made.append(one.but(ip_id=number))
        number = further.add(number)
    return made

"""IP fragments of a packet as zapret makes them: two pieces, the cut a multiple of eight."""

from __future__ import annotations

from random import Random

from workbench.evasion.compose.packet import Sent

DEFAULT_TCP, DEFAULT_UDP = 24, 8
"""Cuts that nfqws falls back to where the packet is shorter than the one asked for."""


def fragmented(
    packet: Sent, place: int, random: Random, *, identification: int | None = None
) -> tuple[Sent, Sent] | None:
    """Return a packet in two fragments (domain reference 2.6, RFC 791 3.2, RFC 8200 4.5).

    Parameters
    ----------
    packet : Sent
        A whole packet.
    place : int
        Bytes of the first piece, from the transport header on; a multiple of eight.
    random : random.Random
        For the identification of IPv6.
    identification : int, optional
        Of both pieces over IPv4; the packet's own by default.

    Returns
    -------
    tuple of Sent or None
        None where the packet is too short or the place is no multiple of eight.
    """
    body = packet.transport()
    if place % 8 or not 0 < place < len(body):
        return None
    common = {
        "role": "fragment",
        "ip_id": packet.ip_id if identification is None else identification,
        "fragment_id": random.randrange(1, 2**32) if packet.ends.version == 6 else 0,
        "dont_fragment": False,
        "checksum_xor": 0,
        "checksum_add": 0,
    }
    header = len(body) - len(packet.payload)
    first = packet.but(
        raw=body[:place], payload=body[header:place], fragment=(0, True), part=1, **common
    )
    start = max(place - header, 0)
    second = packet.but(
        raw=body[place:],
        payload=packet.payload[start:],
        fragment=(place, False),
        part=2,
        offset=None if packet.offset is None else packet.offset + start,
        **common,
    )
    return first, second

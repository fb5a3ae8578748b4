"""One ClientHello over several TLS records (tpws `--tlsrec`, byedpi `-r`; domain reference 2.5)."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

from workbench.evasion.markers import Request, place_of
from workbench.evasion.strategy import Position

HEADER = 5


def split_records(request: bytes, places: Iterable[int]) -> bytes:
    """Return a request whose first record is cut into several.

    Parameters
    ----------
    request : bytes
        It begins with a TLS record header.
    places : iterable of int
        Offsets in the request, as it was before, at which a further record begins; those outside
        the first record's body have no effect.

    Returns
    -------
    bytes
        Five bytes longer for each record more.

    Examples
    --------
    >>> split_records(bytes.fromhex("1603010004") + b"abcd", [7]).hex(" ", 1)
    '16 03 01 00 02 61 62 16 03 01 00 02 63 64'
    """
    if len(request) < HEADER or request[0] != 0x16:
        return request
    end = min(HEADER + int.from_bytes(request[3:5], "big"), len(request))
    cuts = sorted({place for place in places if HEADER < place < end})
    out = b""
    for start, stop in zip([HEADER, *cuts], [*cuts, end], strict=True):
        out += request[:3] + struct.pack(">H", stop - start) + request[start:stop]
    return out + request[end:]


def record_places(positions: Sequence[Position], facts: Request, tool: str) -> list[int]:
    """Return where a tool cuts records.

    Parameters
    ----------
    positions : sequence of Position
        Of the strategy.
    facts : Request
        Of the request.
    tool : str
        tpws puts a place behind the record's end just behind its header, and cuts only once.

    Returns
    -------
    list of int
        Offsets in the request.
    """
    found = [place_of(position, facts) for position in positions]
    places = [place for place in found if place is not None and place > HEADER]
    if tool != "tpws":
        return places
    return [HEADER + 1 if place >= facts.length else place for place in places[:1]]


def moved(place: int, cuts: Iterable[int]) -> int:
    """Return where an offset of the request lies once records were cut: headers come before it."""
    return place + HEADER * sum(cut < place for cut in cuts)

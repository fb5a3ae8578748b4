"""Streams that nobody disputes: segments in any order whose overlaps hold the same bytes.

Retransmission and reordering leave no doubt about what was sent. Where two segments differ in a
byte, one of them is not what the server read, and which one is for `workbench.traffic.segments` to
say.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from workbench.traffic.connections import Connections
from workbench.traffic.openings import Openings

MOST_BYTES = 20_000
"""Bytes of a stream that are looked at: a request is shorter, a longer one is no plain one."""
MOST_SEGMENTS = 1_024
"""Segments of a direction that are looked at."""


class Said(NamedTuple):
    """A segment of a stream.

    Parameters
    ----------
    offset
        Stream offset of its first byte.
    data
        Its payload, as far as it was captured.
    row
        Row of its packet.
    """

    offset: int
    data: bytes
    row: int = -1


def agreed_stream(segments: Iterable[Said | tuple[int, bytes]]) -> tuple[bytes, bool]:
    """Return the beginning of a stream, up to its first hole or its first disputed byte.

    Parameters
    ----------
    segments
        Stream offset and bytes of each, in any order; what lies before offset 0 is left out.

    Returns
    -------
    stream : bytes
        Bytes that every segment agrees with.
    disputed : bool
        Whether two segments hold different bytes for the next offset.

    Examples
    --------
    >>> agreed_stream([(3, b"lo"), (0, b"hel"), (2, b"l"), (9, b"!")])
    (b'hello', False)
    >>> agreed_stream([(0, b"hello"), (2, b"LLO")])
    (b'he', True)
    """
    stream = bytearray()
    disputed = False
    for offset, data, *_ in sorted(segments, key=lambda segment: segment[0]):
        start = max(offset, 0)
        if start > len(stream) or (disputed and start == len(stream)):
            break
        new = data[start - offset :]
        known = bytes(stream[start : start + len(new)])
        if not new.startswith(known):
            disputed = True
            del stream[start + _first_difference(known, new) :]
        elif not disputed:
            stream += new[len(known) :]
    return bytes(stream), disputed


def without_zeros(segments: Iterable[Said]) -> list[Said]:
    """Leave out segments of nothing but zeros.

    Where they dispute bytes with others, they are no part of a request: padding of short frames
    that a network card counted as payload, or what zapret fills a shadow with by default.

    Examples
    --------
    >>> without_zeros([Said(0, bytes(2)), Said(0, b"GET /")])
    [Said(offset=0, data=b'GET /', row=-1)]
    """
    return [segment for segment in segments if segment.data.count(0) < len(segment.data)]


def _first_difference(left: bytes, right: bytes) -> int:
    return next(
        at for at, (one, other) in enumerate(zip(left, right, strict=False)) if one != other
    )


def first_segments(
    connections: Connections,
    openings: Openings,
    numbers: Iterable[int],
    side: int = 0,
    most_bytes: int = MOST_BYTES,
) -> dict[int, list[Said]]:
    """Return the first segments that one side of some connections sent.

    Parameters
    ----------
    connections, openings
        Of the capture.
    numbers
        TCP connections.
    side
        0 for the clients, 1 for the servers.
    most_bytes
        Offset before which a segment must begin.

    Returns
    -------
    dict of int to list of Said
        In order of arrival, what ends behind offset 0; a connection without any is left out.
    """
    columns = connections.packets.columns
    wanted = np.zeros(len(connections) + 1, bool)
    wanted[list(numbers)] = True
    wanted[-1] = False
    chosen = wanted[connections.connection] & (connections.direction == side)
    # Neither a SYN nor a RST carries bytes of the stream that are plain.
    chosen &= (columns["payload_length"] > 0) & (columns["tcp_flags"] & 6 == 0)
    rows = np.flatnonzero(chosen)
    owner = connections.connection[rows]
    begin = openings.begin_seq[owner, side]
    offsets = (columns["seq"][rows].astype("i8") - begin + 0x80000000) % (1 << 32) - 0x80000000
    ends = offsets + columns["payload_length"][rows]
    near = (ends > 0) & (offsets < most_bytes)
    rows, owner, offsets = rows[near], owner[near], offsets[near]
    found: dict[int, list[Said]] = {number: [] for number in set(owner.tolist())}
    for number, offset, data, row in zip(
        owner.tolist(),
        offsets.tolist(),
        connections.packets.payloads(rows),
        rows.tolist(),
        strict=True,
    ):
        if len(found[number]) < MOST_SEGMENTS:
            found[number].append(Said(offset, data, row))
    return found

"""Streams that nobody disputes: segments in any order whose overlaps hold the same bytes.

Retransmission and reordering leave no doubt about what was sent. Where two segments differ in a
byte, one of them is not what the server read, and which one is for `workbench.traffic.segments` to
say.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from workbench.traffic.connections import Connections
from workbench.traffic.openings import Openings

MOST_BYTES = 20_000
"""Bytes of a stream that are looked at: a request is shorter, a longer one is no plain one."""
MOST_SEGMENTS = 1_024
"""Segments of a direction that are looked at."""


def agreed_stream(segments: Iterable[tuple[int, bytes]]) -> tuple[bytes, bool]:
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
    for offset, data in sorted(segments, key=lambda segment: segment[0]):
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


def without_zeros(segments: Iterable[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """Leave out segments of nothing but zeros.

    Where they dispute bytes with others, they are no part of a request: padding of short frames
    that a network card counted as payload, or what zapret fills a shadow with by default.

    Examples
    --------
    >>> without_zeros([(0, bytes(2)), (0, b"GET /")])
    [(0, b'GET /')]
    """
    return [(offset, data) for offset, data in segments if data.count(0) < len(data)]


def _first_difference(left: bytes, right: bytes) -> int:
    return next(
        at for at, (one, other) in enumerate(zip(left, right, strict=False)) if one != other
    )


def client_segments(
    connections: Connections, openings: Openings, numbers: Iterable[int]
) -> dict[int, list[tuple[int, bytes]]]:
    """Return the first segments of the clients of some connections.

    Parameters
    ----------
    connections, openings
        Of the capture.
    numbers
        TCP connections of which the first number of the stream is known.

    Returns
    -------
    dict of int to list of (int, bytes)
        Stream offset and payload in order of arrival, of what ends behind offset 0 and begins
        within the first `MOST_BYTES`.
    """
    columns = connections.packets.columns
    wanted = np.zeros(len(connections) + 1, bool)
    wanted[list(numbers)] = True
    wanted[-1] = False
    chosen = wanted[connections.connection] & (connections.direction == 0)
    # Neither a SYN nor a RST carries bytes of the stream that are plain.
    chosen &= (columns["payload_length"] > 0) & (columns["tcp_flags"] & 6 == 0)
    rows = np.flatnonzero(chosen)
    owner = connections.connection[rows]
    begin = openings.begin_seq[owner, 0]
    offsets = (columns["seq"][rows].astype("i8") - begin + 0x80000000) % (1 << 32) - 0x80000000
    ends = offsets + columns["payload_length"][rows]
    near = (ends > 0) & (offsets < MOST_BYTES)
    rows, owner, offsets = rows[near], owner[near], offsets[near]
    found: dict[int, list[tuple[int, bytes]]] = {number: [] for number in set(owner.tolist())}
    for number, offset, data in zip(
        owner.tolist(), offsets.tolist(), connections.packets.payloads(rows), strict=True
    ):
        if len(found[number]) < MOST_SEGMENTS:
            found[number].append((offset, data))
    return found

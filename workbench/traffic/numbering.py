"""Sequence numbers as distances from the first byte of a stream, followed across their wrap.

In: arrays of one TCP connection. Out: signed 64-bit offsets. Fakes with far-off numbers do not
move what follows them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]

SYN, RST, ACK = 2, 4, 16
NEAR = 1 << 28
"""Steps below this many bytes are taken as progress of the stream."""
HALF, WHOLE = 1 << 31, 1 << 32
FIRST_FLIGHT = 64
"""Most packets without a handshake that are looked through for the lowest number."""
REACH = 1 << 20

BY_SYN, BY_ANSWER, BY_ACK, NO_SYN = "syn", "syn-ack", "ack", "first"


class Origin(NamedTuple):
    """Where offset 0 of a direction is.

    Parameters
    ----------
    seq
        Sequence number of the first payload byte.
    rule
        ``syn`` (its own SYN), ``syn-ack`` (what the other side's SYN+ACK acknowledges), ``ack``
        (the first acknowledgement of the other side, which the first data follow), or ``first``
        (the lowest number of the first flight: nothing says what came before).
    """

    seq: int
    rule: str

    @property
    def known(self) -> bool:
        """Whether offset 0 is the true beginning of the stream."""
        return self.rule in (BY_SYN, BY_ANSWER)


def distance(number: int, origin: int) -> int:
    """Return the signed distance between two sequence numbers (RFC 9293, 3.4).

    Parameters
    ----------
    number, origin
        Numbers modulo 2**32.

    Returns
    -------
    int
        From -2**31 to 2**31 - 1.

    Examples
    --------
    >>> distance(4, 4294967290), distance(4294967290, 4)
    (10, -10)
    """
    return (number - origin + HALF) % WHOLE - HALF


def find_origins(
    direction: Array, flags: Array, seq: Array, ack: Array, length: Array
) -> tuple[Origin, Origin]:
    """Find offset 0 of both directions.

    Parameters
    ----------
    direction, flags, seq, ack, length
        Columns of one connection's packets, in the order of capture.

    Returns
    -------
    tuple of Origin
        Client to server first.
    """
    client = direction == 0
    return (
        _origin(client, flags, seq, ack, length),
        _origin(~client, flags, seq, ack, length),
    )


def _origin(mine: Array, flags: Array, seq: Array, ack: Array, length: Array) -> Origin:
    opening = (flags & (SYN | RST)) == SYN
    own = np.flatnonzero(opening & mine)
    if len(own):
        return Origin(_opening_number(own, mine, flags, seq, ack), BY_SYN)
    answering = opening & ~mine & ((flags & ACK) != 0)
    answers = np.flatnonzero(answering)
    # Whoever began with a SYN of its own answers nothing with a SYN+ACK that it made up.
    if len(answers) and not (opening & ~mine & ~answering).any():
        return Origin(int(ack[answers[0]]), BY_ANSWER)
    sent = np.flatnonzero(mine & ((flags & RST) == 0))
    acked = np.flatnonzero(~mine & ((flags & (ACK | RST)) == ACK))
    if not len(sent):
        return Origin(int(ack[acked[0]]) if len(acked) else 0, BY_ACK if len(acked) else NO_SYN)
    return _mid_stream(sent, acked, seq, ack, length)


def _opening_number(own: Array, mine: Array, flags: Array, seq: Array, ack: Array) -> int:
    """Return the number after the SYN: of several, the first that the other side acknowledges."""
    numbers = ((seq[own].astype("i8") + 1) % WHOLE).tolist()
    if len(set(numbers)) > 1:
        answered = ack[~mine & ((flags & (ACK | RST)) == ACK)][:FIRST_FLIGHT].tolist()
        numbers = [number for number in numbers if number in answered] or numbers
    return int(numbers[0])


def _mid_stream(sent: Array, acked: Array, seq: Array, ack: Array, length: Array) -> Origin:
    """Take the lowest number of the first flight, or what was acknowledged just below it."""
    start = int(seq[sent[0]])
    if len(acked) and 0 < distance(start, int(ack[acked[0]])) < REACH and acked[0] < sent[0]:
        return Origin(int(ack[acked[0]]), BY_ACK)
    flight = sent[length[sent] > 0][:FIRST_FLIGHT]
    later = acked[acked > sent[0]]
    flight = flight[flight < later[0]] if len(later) else flight
    if len(flight):
        values, counts = np.unique(ack[flight], return_counts=True)
        usual = flight[ack[flight] == values[int(np.argmax(counts))]]
        # A packet that acknowledges something else than its fellows may be made up.
        start = start if sent[0] in usual or not length[sent[0]] else int(seq[usual[0]])
        below = min(distance(int(number), start) for number in seq[usual].tolist())
        start += below if -REACH < below < 0 else 0
    return Origin(start % WHOLE, NO_SYN)


def stream_offsets(
    direction: Array, flags: Array, seq: Array, ack: Array, origins: tuple[Origin, Origin]
) -> tuple[Array, Array]:
    """Turn sequence and acknowledgement numbers into stream offsets.

    Parameters
    ----------
    direction, flags, seq, ack
        Columns of one connection's packets, in the order of capture.
    origins
        Offset 0 of both directions.

    Returns
    -------
    offset : ndarray of int64
        Of the first payload byte; a SYN's payload comes after it.
    ack_offset : ndarray of int64
        In the other direction; 0 without the ACK flag.
    """
    starts = np.array([origins[0].seq, origins[1].seq], "i8")
    offset = _signed(seq.astype("i8") + ((flags & SYN) != 0) - starts[direction])
    has_ack = (flags & ACK) != 0
    ack_offset = np.where(has_ack, _signed(ack.astype("i8") - starts[1 - direction]), 0)
    for side in (0, 1):
        _unwrap(offset, direction == side)
        _unwrap(ack_offset, (direction != side) & has_ack)
    return offset, ack_offset


def _signed(numbers: Array) -> Array:
    wrapped: Array = (numbers + HALF) % WHOLE - HALF
    return wrapped


def _unwrap(offsets: Array, chosen: Array) -> None:
    """Follow offsets across the wrap, in place; those near the beginning need nothing."""
    places = np.flatnonzero(chosen)
    if not len(places) or int(np.abs(offsets[places]).max()) < HALF - NEAR:
        return
    values = offsets[places].tolist()
    reached, strange = 0, None
    for at, value in enumerate(values):
        step = (value - reached + HALF) % WHOLE - HALF
        values[at] = reached + step
        if -NEAR < step < NEAR:
            reached += step
        elif strange is not None and abs(values[at] - strange) < NEAR:
            # Two in a row agree: the capture missed what lies between.
            reached = values[at]
        strange = values[at]
    offsets[places] = values

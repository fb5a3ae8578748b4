"""Gather the packets with which each side of a connection begins to speak.

Only places are noted, no bytes are read. Where everything is as an ordinary stack sends it, the
payloads of the rows noted here are the beginning of the stream, and nobody need look closer.
"""

from __future__ import annotations

from typing import NamedTuple

from workbench.capture.kernels.primitives import signed
from workbench.capture.kernels.types import Column
from workbench.traffic.kernels.flows import ACK, RST, SYN, Rows, difference

URG = 32
BAD_CHECKSUM = 2


class Marks(NamedTuple):
    """Packet columns beside `Rows` that tell a tampered segment from an ordinary one."""

    ttl: Column
    checksum: Column


class Openings(NamedTuple):
    """What is noted by direction: two entries a connection, client to server first.

    `rows` holds `room` packets a direction, one after the other; `count` says how many there are,
    `next_seq` the sequence number that follows them (-1 before the first SYN or segment), `ttl`
    that of the first packet, `odd` whether something was out of the ordinary.
    """

    rows: Column
    count: Column
    next_seq: Column
    ttl: Column
    odd: Column


def gather(
    rows: Rows,
    marks: Marks,
    first: int,
    last: int,
    connection: Column,
    direction: Column,
    openings: Openings,
    room: int,
) -> int:
    """Note the first packets with payload of each direction.

    Parameters
    ----------
    rows, marks
        Packet columns.
    first, last
        Range of packets.
    connection, direction
        Connection of each packet, and 0 for client to server.
    openings
        State, and output.
    room
        Most packets noted of a direction.

    Returns
    -------
    int
        Packets looked at.
    """
    for row in range(first, last):
        number = signed(connection[row])
        if number < 0:
            continue
        place = 2 * number + signed(direction[row])
        if openings.ttl[place] < 0:
            openings.ttl[place] = signed(marks.ttl[row])
        if rows.protocol[row] == 6:
            if place_segment(rows, row, openings, place, room):
                note_marks(rows, marks, row, openings, place)
        elif rows.payload[row] != 0:
            note(openings, place, row, room)
    return last - first


def note(openings: Openings, place: int, row: int, room: int) -> bool:
    """Note a row if there is room."""
    count = signed(openings.count[place])
    if count >= room:
        return False
    openings.rows[place * room + count] = row
    openings.count[place] = count + 1
    return True


def place_segment(rows: Rows, row: int, openings: Openings, place: int, room: int) -> bool:
    """Note a TCP segment that follows on the ones before; tell whether it was among the first."""
    flags = signed(rows.tcp_flags[row])
    length = signed(rows.payload[row])
    seq = signed(rows.seq[row])
    if flags & SYN:
        repeated = (
            openings.next_seq[place] >= 0 and openings.next_seq[place] != seq + 1 & 0xFFFFFFFF
        )
        if length != 0 or repeated:
            openings.odd[place] = 1
        openings.next_seq[place] = seq + 1 & 0xFFFFFFFF
        return False
    if length == 0 or flags & RST:
        return False
    expected = signed(openings.next_seq[place])
    if expected >= 0 and seq != expected:
        # Behind all that is noted, what comes late or twice changes nothing.
        if openings.count[place] < room or difference(seq, expected) < 0:
            openings.odd[place] = 1
        return False
    if not note(openings, place, row, room):
        return False
    openings.next_seq[place] = seq + length & 0xFFFFFFFF
    return True


def note_marks(rows: Rows, marks: Marks, row: int, openings: Openings, place: int) -> None:
    """Note whether a segment bears a mark that ordinary ones do not."""
    flags = signed(rows.tcp_flags[row])
    unusual = flags & ACK == 0 or flags & URG != 0
    if unusual or marks.checksum[row] == BAD_CHECKSUM or marks.ttl[row] != openings.ttl[place]:
        openings.odd[place] = 1

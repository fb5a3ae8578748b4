"""Gather the packets with which each side of a connection begins to speak.

Only places are noted, no bytes are read. Where everything is as an ordinary stack sends it, the
payloads of the rows noted here are the beginning of the stream, and nobody need look closer.
"""

from __future__ import annotations

from typing import NamedTuple

from workbench.capture.kernels.primitives import pointer, signed
from workbench.capture.kernels.types import Column
from workbench.traffic.kernels.flows import ACK, RST, SYN, Rows, bare_rows, difference

URG = 32
BAD_CHECKSUM = 2


class Marks(NamedTuple):
    """Packet columns beside `Rows` that tell a tampered segment from an ordinary one."""

    ttl: Column
    checksum: Column


class Openings(NamedTuple):
    """What is noted by direction: two entries a connection, client to server first.

    `rows` holds `room` packets a direction, one after the other; `count` says how many there are.
    `first_row` is the first packet with payload, wherever it belongs (-1: none).
    `begin_seq` is the sequence number of the first payload byte and `next_seq` the one that follows
    what is noted (-1 before the first SYN or segment), `ttl` that of the first packet. `rival` is
    the first row that repeats or replaces something noted, -1 for none, `rivals` their number, and
    `rival_offset` the lowest stream offset that one of them has.
    `ahead` says that a segment came before its turn while there was room, `marked` that a noted
    segment has another TTL, a wrong checksum or no ACK, `odd` that the stream cannot be read off
    the noted rows: urgent data, data in a SYN, or two beginnings.
    """

    rows: Column
    count: Column
    first_row: Column
    begin_seq: Column
    next_seq: Column
    ttl: Column
    rival: Column
    rivals: Column
    rival_offset: Column
    ahead: Column
    marked: Column
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
    rows = bare_rows(rows)
    marks = Marks(pointer(marks.ttl), pointer(marks.checksum))
    openings = bare_openings(openings)
    whose, way = pointer(connection), pointer(direction)
    for row in range(first, last):
        number = signed(whose[row])
        if number < 0:
            continue
        place = 2 * number + signed(way[row])
        if openings.ttl[place] < 0:
            openings.ttl[place] = signed(marks.ttl[row])
        if rows.payload[row] != 0 and openings.first_row[place] < 0:
            openings.first_row[place] = row
        if rows.protocol[row] == 6:
            if place_segment(rows, row, openings, place, room):
                note_marks(rows, marks, row, openings, place)
        elif rows.payload[row] != 0:
            note(openings, place, row, room)
    return last - first


def bare_openings(openings: Openings) -> Openings:
    """Return the state as what indexes it fastest."""
    return Openings(
        pointer(openings.rows),
        pointer(openings.count),
        pointer(openings.first_row),
        pointer(openings.begin_seq),
        pointer(openings.next_seq),
        pointer(openings.ttl),
        pointer(openings.rival),
        pointer(openings.rivals),
        pointer(openings.rival_offset),
        pointer(openings.ahead),
        pointer(openings.marked),
        pointer(openings.odd),
    )


def note(openings: Openings, place: int, row: int, room: int) -> bool:
    """Note a row if there is room."""
    count = signed(openings.count[place])
    if count >= room:
        return False
    openings.rows[place * room + count] = row
    openings.count[place] = count + 1
    return True


def place_segment(rows: Rows, row: int, openings: Openings, place: int, room: int) -> bool:
    """Note a TCP segment that follows on the ones before; tell whether it was noted."""
    flags = signed(rows.tcp_flags[row])
    length = signed(rows.payload[row])
    seq = signed(rows.seq[row])
    if flags & SYN:
        open_at(openings, place, seq + 1 & 0xFFFFFFFF, length)
        return False
    if length == 0 or flags & RST:
        return False
    if openings.begin_seq[place] < 0:
        openings.begin_seq[place] = seq
        openings.next_seq[place] = seq
    ahead = difference(seq, signed(openings.next_seq[place]))
    if ahead > 0:
        if openings.count[place] < room:
            openings.ahead[place] = 1
    elif ahead < 0:
        note_rival(openings, place, row, difference(seq, openings.begin_seq[place]), length)
    elif note(openings, place, row, room):
        openings.next_seq[place] = seq + length & 0xFFFFFFFF
        return True
    return False


def open_at(openings: Openings, place: int, begin: int, length: int) -> None:
    """Note where a stream begins by its SYN; one with data, or another beginning, is odd."""
    known = signed(openings.begin_seq[place])
    if length != 0 or (known >= 0 and known != begin):
        openings.odd[place] = 1
    openings.begin_seq[place] = begin
    if known < 0:
        openings.next_seq[place] = begin


def note_rival(openings: Openings, place: int, row: int, offset: int, length: int) -> None:
    """Note a segment that covers noted bytes; what ends before the stream begins covers none."""
    if offset + length <= 0:
        return
    if openings.rivals[place] == 0:
        openings.rival[place] = row
        openings.rival_offset[place] = offset
    openings.rivals[place] += 1
    openings.rival_offset[place] = min(signed(openings.rival_offset[place]), offset)


def note_marks(rows: Rows, marks: Marks, row: int, openings: Openings, place: int) -> None:
    """Note urgent data, which is not part of the stream, and a mark that ordinary ones lack."""
    flags = signed(rows.tcp_flags[row])
    if flags & URG:
        openings.odd[place] = 1
    other_ttl = marks.ttl[row] != openings.ttl[place]
    if other_ttl or flags & ACK == 0 or marks.checksum[row] == BAD_CHECKSUM:
        openings.marked[place] = 1

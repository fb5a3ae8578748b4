"""Gather the packets with which each side of a connection begins to speak.

Only places are noted, no bytes are read. Where everything is as an ordinary stack sends it, the
payloads of the rows noted here are the beginning of the stream, and nobody need look closer.
"""

from __future__ import annotations

from typing import NamedTuple

from workbench.capture.kernels.primitives import pointer, signed
from workbench.capture.kernels.types import Column
from workbench.traffic.kernels.flows import RST, SYN, Rows, bare_rows, difference

URG = 32


class Openings(NamedTuple):
    """What is noted by direction: two entries a connection, client to server first.

    `rows` holds `room` packets a direction, one after the other; `count` says how many there are.
    `first_row` is the first packet with payload, wherever it belongs (-1: none).
    `begin_seq` is the sequence number of the first payload byte and `next_seq` the one that follows
    what is noted (-1 before the first SYN or segment). `rivals` is the number of segments that
    repeat or replace something noted, `rival_offset` the lowest stream offset of one.
    `odd` says that the stream cannot be read off the noted rows: urgent data, data in a SYN, or two
    beginnings. What comes before its turn is not noted, and neither is what follows it.
    """

    rows: Column
    count: Column
    first_row: Column
    begin_seq: Column
    next_seq: Column
    rivals: Column
    rival_offset: Column
    odd: Column


def gather(
    rows: Rows,
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
    rows
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
    openings = bare_openings(openings)
    whose, way = pointer(connection), pointer(direction)
    for row in range(first, last):
        number = signed(whose[row])
        if number < 0:
            continue
        place = 2 * number + signed(way[row])
        if rows.payload[row] != 0 and openings.first_row[place] < 0:
            openings.first_row[place] = row
        if rows.protocol[row] == 6:
            place_segment(rows, row, openings, place, room)
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
        pointer(openings.rivals),
        pointer(openings.rival_offset),
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


def place_segment(rows: Rows, row: int, openings: Openings, place: int, room: int) -> None:
    """Note a TCP segment that follows on the ones before; or note why it does not."""
    flags = signed(rows.tcp_flags[row])
    length = signed(rows.payload[row])
    seq = signed(rows.seq[row])
    if flags & SYN:
        open_at(openings, place, seq + 1 & 0xFFFFFFFF, length)
        return
    if length == 0 or flags & RST:
        return
    if openings.begin_seq[place] < 0:
        openings.begin_seq[place] = seq
        openings.next_seq[place] = seq
    ahead = difference(seq, signed(openings.next_seq[place]))
    if ahead < 0:
        note_rival(openings, place, difference(seq, openings.begin_seq[place]), length)
    elif ahead == 0 and note(openings, place, row, room):
        openings.next_seq[place] = seq + length & 0xFFFFFFFF
        if flags & URG:  # the urgent byte is no part of the stream
            openings.odd[place] = 1


def open_at(openings: Openings, place: int, begin: int, length: int) -> None:
    """Note where a stream begins by its SYN; one with data, or another beginning, is odd."""
    known = signed(openings.begin_seq[place])
    if length != 0 or (known >= 0 and known != begin):
        openings.odd[place] = 1
    openings.begin_seq[place] = begin
    if known < 0:
        openings.next_seq[place] = begin


def note_rival(openings: Openings, place: int, offset: int, length: int) -> None:
    """Note a segment that covers noted bytes; what ends before the stream begins covers none."""
    if offset + length <= 0:
        return
    if openings.rivals[place] == 0:
        openings.rival_offset[place] = offset
    openings.rivals[place] += 1
    openings.rival_offset[place] = min(signed(openings.rival_offset[place]), offset)

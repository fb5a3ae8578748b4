"""Group packets into connections, and count what their sequence numbers say.

A connection is found by its endpoints, whichever of them sent the packet. A SYN that does not
repeat the sequence number of the connection's earlier one begins a new connection on the same
endpoints, as in Wireshark. The caller keeps room: one connection a packet at the most.
"""

from __future__ import annotations

from typing import NamedTuple

from workbench.capture.kernels.primitives import pointer, signed
from workbench.capture.kernels.types import Column

SYN = 2
RST = 4
FIN = 1
ACK = 16

NONE = -1
HALF = 0x7FFFFFFF
TOO_LONG = 1 << 62
"""No round trip lasts so many nanoseconds; a damaged time may seem to say so."""
REORDER_NS = 3_000_000
"""A segment that fills a gap this soon after it opened came out of order (Wireshark's 3 ms
rule)."""


class Rows(NamedTuple):
    """Packet columns that connections are made from: arrays of one length."""

    protocol: Column
    source: Column
    destination: Column
    source_port: Column
    destination_port: Column
    tcp_flags: Column
    seq: Column
    ack: Column
    window: Column
    payload: Column
    time: Column


def bare_rows(rows: Rows) -> Rows:
    """Return the columns as what indexes them fastest."""
    return Rows(
        pointer(rows.protocol),
        pointer(rows.source),
        pointer(rows.destination),
        pointer(rows.source_port),
        pointer(rows.destination_port),
        pointer(rows.tcp_flags),
        pointer(rows.seq),
        pointer(rows.ack),
        pointer(rows.window),
        pointer(rows.payload),
        pointer(rows.time),
    )


class Flows(NamedTuple):
    """What is known of each connection while packets are read: arrays with room to spare.

    `low` and `high` are the endpoints in order (address code above port), `first_source` the code
    and port of whoever sent the first packet, `syn_side` and `synack_side` the side (0: that of the
    first packet) that first sent one, `syn_seq` the sequence number of the latest connection
    attempt.
    """

    low: Column
    high: Column
    protocol: Column
    first_row: Column
    syn_side: Column
    synack_side: Column
    syn_seq: Column


def bare_flows(flows: Flows) -> Flows:
    """Return the connections as what indexes them fastest."""
    return Flows(
        pointer(flows.low),
        pointer(flows.high),
        pointer(flows.protocol),
        pointer(flows.first_row),
        pointer(flows.syn_side),
        pointer(flows.synack_side),
        pointer(flows.syn_seq),
    )


def find_slot(
    slots: Column, mask: int, flows: Flows, low: int, high: int, protocol: int, seeds: Column
) -> int:
    """Return the slot of a connection, or the empty one where it belongs."""
    mixed = ((low & HALF) * seeds[0]) ^ ((low >> 31) * seeds[1])
    mixed = mixed ^ ((high & HALF) * seeds[2]) ^ (((high >> 31) + (protocol << 18)) * seeds[3])
    slot = signed((mixed ^ (mixed >> 23) ^ (mixed >> 41)) & mask)
    while slots[slot] != 0:
        number = slots[slot] - 1
        if (
            flows.low[number] == low
            and flows.high[number] == high
            and flows.protocol[number] == protocol
        ):
            return slot
        slot = (slot + 1) & mask
    return slot


def assign(
    rows: Rows,
    first: int,
    last: int,
    slots: Column,
    flows: Flows,
    count: int,
    seeds: Column,
    connection: Column,
    side: Column,
) -> tuple[int, int]:
    """Give each packet the number of its connection.

    Parameters
    ----------
    rows
        Packet columns.
    first, last
        Range of packets.
    slots
        int32, power of two long: connection number + 1, or 0.
    flows
        Connections so far.
    count
        How many there are.
    seeds
        int64, four odd numbers below 2**31, random for each process: no capture can make its
        connections collide.
    connection, side
        Output: int32 number, or -1 where there are no ports; int8 0 if the packet goes the way of
        the connection's first one.

    Returns
    -------
    row, count : int
        Next packet and number of connections; the table is full where `row` is not `last`.
    """
    room, mask = min(len(flows.low), len(slots) // 2), len(slots) - 1
    rows, flows, slots, seeds = bare_rows(rows), bare_flows(flows), pointer(slots), pointer(seeds)
    connection, side = pointer(connection), pointer(side)
    for row in range(first, last):
        protocol = signed(rows.protocol[row])
        connection[row] = NONE
        side[row] = NONE
        ported = protocol == 6 or protocol == 17 or protocol == 132 or protocol == 33
        if not (ported or protocol == 136):
            continue
        sender = (signed(rows.source[row]) << 16) | signed(rows.source_port[row])
        receiver = (signed(rows.destination[row]) << 16) | signed(rows.destination_port[row])
        if rows.source_port[row] == 0 and rows.destination_port[row] == 0:
            continue
        low, high = min(sender, receiver), max(sender, receiver)
        slot = find_slot(slots, mask, flows, low, high, protocol, seeds)
        number = signed(slots[slot]) - 1
        flags = signed(rows.tcp_flags[row]) if protocol == 6 else 0
        opening = flags & (SYN | ACK | RST) == SYN
        if number >= 0 and opening and opens_anew(flows, rows, number, row, sender):
            number = NONE
        if number < 0:
            if count >= room:
                return row, count
            number = count
            count += 1
            slots[slot] = number + 1
            begin_flow(flows, number, low, high, protocol, row)
        way = side_of(flows, rows, number, sender)
        connection[row] = number
        side[row] = way
        if opening and flows.syn_side[number] < 0:
            flows.syn_side[number] = way
            flows.syn_seq[number] = rows.seq[row]
        elif flags & (SYN | ACK) == SYN | ACK and flows.synack_side[number] < 0:
            flows.synack_side[number] = way
    return last, count


def begin_flow(flows: Flows, number: int, low: int, high: int, protocol: int, row: int) -> None:
    """Note a new connection."""
    flows.low[number] = low
    flows.high[number] = high
    flows.protocol[number] = protocol
    flows.first_row[number] = row
    flows.syn_side[number] = NONE
    flows.synack_side[number] = NONE
    flows.syn_seq[number] = NONE


def side_of(flows: Flows, rows: Rows, number: int, sender: int) -> int:
    """Return 0 if a sender is the one of the connection's first packet, else 1."""
    begin = flows.first_row[number]
    first = (signed(rows.source[begin]) << 16) | signed(rows.source_port[begin])
    return 0 if sender == first else 1


def opens_anew(flows: Flows, rows: Rows, number: int, row: int, sender: int) -> bool:
    """Tell whether a SYN begins another connection: not a repeat, nor the answer to the other's."""
    if flows.syn_seq[number] < 0 or flows.syn_seq[number] == rows.seq[row]:
        return False
    return bool(side_of(flows, rows, number, sender) == flows.syn_side[number])


def refill(slots: Column, flows: Flows, count: int, seeds: Column) -> int:
    """Fill empty `slots` after they grew; a later connection on the same endpoints wins."""
    mask = len(slots) - 1
    flows, slots, seeds = bare_flows(flows), pointer(slots), pointer(seeds)
    for number in range(count):
        low, high = signed(flows.low[number]), signed(flows.high[number])
        slot = find_slot(slots, mask, flows, low, high, signed(flows.protocol[number]), seeds)
        slots[slot] = number + 1
    return count


class Sides(NamedTuple):
    """State and counts by direction: two entries a connection, client to server first."""

    expected: Column
    gap_start: Column
    gap_since: Column
    last_ack: Column
    last_window: Column
    retransmissions: Column
    out_of_order: Column
    duplicate_acks: Column
    zero_windows: Column


class Handshakes(NamedTuple):
    """Times of the handshake, int64 nanoseconds, one entry a connection; -1 where not seen."""

    syn: Column
    synack: Column
    round_trip: Column


def bare_sides(sides: Sides) -> Sides:
    """Return the state as what indexes it fastest."""
    return Sides(
        pointer(sides.expected),
        pointer(sides.gap_start),
        pointer(sides.gap_since),
        pointer(sides.last_ack),
        pointer(sides.last_window),
        pointer(sides.retransmissions),
        pointer(sides.out_of_order),
        pointer(sides.duplicate_acks),
        pointer(sides.zero_windows),
    )


def bare_handshakes(handshakes: Handshakes) -> Handshakes:
    """Return the times as what indexes them fastest."""
    return Handshakes(
        pointer(handshakes.syn), pointer(handshakes.synack), pointer(handshakes.round_trip)
    )


def difference(left: int, right: int) -> int:
    """Subtract sequence numbers: the signed distance from `right` to `left` (RFC 9293, 3.4)."""
    return ((left - right + 0x80000000) & 0xFFFFFFFF) - 0x80000000


def follow(
    rows: Rows,
    first: int,
    last: int,
    connection: Column,
    direction: Column,
    sides: Sides,
    handshakes: Handshakes,
) -> int:
    """Count retransmissions, reordering, duplicate acknowledgements and closed windows.

    A segment below what was seen before is a retransmission, unless it fills a gap within
    `REORDER_NS` of its opening. Probes that keep a connection alive (one byte below what is
    expected) are neither.

    Parameters
    ----------
    rows, first, last
        Packets.
    connection, direction
        Their connection, and 0 for client to server.
    sides, handshakes
        State, and output.

    Returns
    -------
    int
        Packets looked at.
    """
    rows, sides, handshakes = bare_rows(rows), bare_sides(sides), bare_handshakes(handshakes)
    connection, direction = pointer(connection), pointer(direction)
    for row in range(first, last):
        number = signed(connection[row])
        if number < 0 or rows.protocol[row] != 6:
            continue
        way = signed(direction[row])
        place = 2 * number + way
        flags = signed(rows.tcp_flags[row])
        now = signed(rows.time[row])
        length = signed(rows.payload[row])
        seq = signed(rows.seq[row])
        shake(handshakes, number, way, flags, now)
        if flags & RST:
            continue
        if flags & (SYN | FIN):
            length += 1
        probing = 1 if flags & (SYN | FIN) == 0 else 0
        segment(sides, place, seq, length, now, probing)
        acknowledge(sides, place, signed(rows.ack[row]), signed(rows.window[row]), flags, length)
    return last - first


def shake(handshakes: Handshakes, number: int, way: int, flags: int, now: int) -> None:
    """Note when the handshake passed; its round trip ends with the client's first ACK."""
    if flags & SYN and way == 0 and flags & ACK == 0:
        if handshakes.synack[number] < 0:
            handshakes.syn[number] = now
    elif flags & SYN and way == 1:
        if handshakes.synack[number] < 0:
            handshakes.synack[number] = now
    elif way == 0 and flags & ACK and handshakes.round_trip[number] < 0:
        seen = handshakes.syn[number] >= 0 and handshakes.synack[number] >= 0
        taken = now - signed(handshakes.syn[number])
        if seen and now >= handshakes.syn[number] and 0 <= taken < TOO_LONG:
            handshakes.round_trip[number] = taken


def segment(sides: Sides, place: int, seq: int, length: int, now: int, probing: int) -> None:
    """Compare a segment with what its direction has sent so far; a SYN or FIN is no probe."""
    expected = signed(sides.expected[place])
    if length == 0:
        return
    if expected < 0:
        sides.expected[place] = (seq + length) & 0xFFFFFFFF
        return
    ahead = difference(seq, expected)
    if ahead >= 0:
        if ahead > 0:
            sides.gap_start[place] = expected
            sides.gap_since[place] = now
        sides.expected[place] = (seq + length) & 0xFFFFFFFF
        return
    if probing and length == 1 and ahead == -1:
        return
    gap = signed(sides.gap_start[place])
    in_gap = gap >= 0 and difference(seq, gap) >= 0
    if in_gap and now - sides.gap_since[place] <= REORDER_NS:
        sides.out_of_order[place] += 1
    else:
        sides.retransmissions[place] += 1
    if difference(seq + length, expected) > 0:
        sides.expected[place] = (seq + length) & 0xFFFFFFFF


def acknowledge(sides: Sides, place: int, ack: int, window: int, flags: int, length: int) -> None:
    """Count an acknowledgement that repeats the one before it, and a window of nothing."""
    if flags & ACK == 0 or flags & SYN:
        return
    if window == 0:
        sides.zero_windows[place] += 1
    same = sides.last_ack[place] == ack and sides.last_window[place] == window
    if length == 0 and same and flags & FIN == 0 and window != 0:
        sides.duplicate_acks[place] += 1
    sides.last_ack[place] = ack
    sides.last_window[place] = window

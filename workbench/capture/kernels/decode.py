"""One captured record to one row: link layer, tunnels, IP, transport.

The row describes the innermost IP packet that could be read. What stops decoding is written as the
row's problem, and everything read before it is kept.
"""

from __future__ import annotations

from workbench.capture import codes, links
from workbench.capture.kernels import fields, layers
from workbench.capture.kernels.addresses import intern_v4, intern_v6
from workbench.capture.kernels.link import ethertype, link_layer, llc, ppp
from workbench.capture.kernels.network import ipv4, ipv6
from workbench.capture.kernels.plain import plain_frame
from workbench.capture.kernels.primitives import (
    be16,
    be32,
    load32,
    pointer,
    prefetch,
    signed,
    u8,
    unsigned,
)
from workbench.capture.kernels.transport import transport
from workbench.capture.kernels.tunnels import etherip, gre, mpls, pppoe, push, tag
from workbench.capture.kernels.types import Buffer, Column, Columns, Index, Pcap
from workbench.capture.kernels.walk import (
    BROKEN,
    FULL,
    LOST_TIME,
    MORE,
    SECOND_NS,
    may_follow,
)


def decode_rows(
    buf: Buffer,
    index: Index,
    first: int,
    last: int,
    link_types: Column,
    pcap: Pcap,
    columns: Columns,
    row: int,
    values: Column,
    slots: Column,
    keys: Column,
    state: Column,
) -> tuple[int, int, int]:
    """Decode records of a block into rows, walking a pcap file on the way if asked to.

    Walking and decoding in one pass is faster: the next header lies behind the payload whose
    checksum is being summed, so the processor has fetched it by the time it is needed.

    Parameters
    ----------
    buf
        The block's bytes.
    index
        Where its records are; written by the walk if there is one.
    first, last
        Range of records; with a walk, `last` is the room in `index`.
    link_types
        int32, link type of each interface; records of an interface beyond it have none.
    pcap
        How to walk; a negative `stop` for not at all.
    columns
        Output.
    row
        Row of the first record.
    values
        int64, work space for one row (`workbench.capture.kernels.fields`).
    slots, keys, state
        Address table with room for two addresses a record.

    Returns
    -------
    position : int
        Where the walk stopped.
    rows : int
        Rows written.
    reason : int
        As `walk_pcap`.
    """
    data, work = pointer(buf), pointer(values)
    slot, key, counters = pointer(slots), pointer(keys), pointer(state)
    position, reason, record = pcap.start, MORE, first
    while record < last:
        if pcap.stop >= 0:
            position, reason = next_record(data, position, pcap, index, record)
            if reason != FULL:
                return position, record - first, reason
        place = unsigned(record)
        link = link_of(link_types, signed(index.interface[place]))
        at, wire = signed(index.at[place]), signed(index.wire[place])
        captured = signed(index.captured[place])
        out = unsigned(row + record - first)
        problem = decode_any(data, at, captured, wire, link, work, slot, key, counters)
        columns.encapsulation[out] = work[fields.ENCAPSULATION]
        columns.ip_version[out] = work[fields.IP_VERSION]
        columns.source[out] = work[fields.SOURCE]
        columns.destination[out] = work[fields.DESTINATION]
        columns.ttl[out] = work[fields.TTL]
        columns.protocol[out] = work[fields.PROTOCOL]
        columns.source_port[out] = work[fields.SOURCE_PORT]
        columns.destination_port[out] = work[fields.DESTINATION_PORT]
        columns.seq[out] = work[fields.SEQ]
        columns.ack[out] = work[fields.ACK]
        columns.tcp_flags[out] = work[fields.TCP_FLAGS]
        columns.window[out] = work[fields.WINDOW]
        columns.fragment[out] = work[fields.FRAGMENT]
        columns.network_at[out] = work[fields.NETWORK_AT]
        columns.transport_at[out] = work[fields.TRANSPORT_AT]
        columns.payload_at[out] = work[fields.PAYLOAD_AT]
        columns.payload_length[out] = work[fields.PAYLOAD_LENGTH]
        columns.ip_checksum[out] = work[fields.IP_CHECKSUM]
        columns.checksum[out] = work[fields.CHECKSUM]
        columns.problem[out] = problem
        record += 1
    return position, last - first, FULL


def link_of(link_types: Column, interface: int) -> int:
    """Return the link type of an interface, -1 for one that the file does not describe."""
    return signed(link_types[unsigned(interface)]) if interface < len(link_types) else -1


def next_record(data: Column, at: int, pcap: Pcap, index: Index, record: int) -> tuple[int, int]:
    """Index the pcap record at `at`; return where the next is and `FULL`, or why there is none."""
    if at >= pcap.stop or at + 16 > pcap.size:
        return at, MORE
    captured = load32(data, at + 8, pcap.big)
    if captured > pcap.max_record:
        return at, BROKEN
    body = at + 16
    if body + captured > pcap.size:
        return at, MORE
    prefetch(data, body + captured)
    wire = load32(data, at + 12, pcap.big)
    seconds = load32(data, at, pcap.big)
    if captured == 0 and wire == 0 and seconds == 0:
        return at, BROKEN
    place = unsigned(record)
    index.at[place] = body
    index.captured[place] = captured
    index.wire[place] = wire
    fraction = load32(data, at + 4, pcap.big) * pcap.fraction_ns
    index.time[place] = seconds * SECOND_NS + fraction
    if captured > wire or fraction >= SECOND_NS:
        after = body + captured
        if not may_follow(data, after, pcap.size, pcap.big, pcap.fraction_ns, pcap.max_record):
            return at, BROKEN
        if fraction >= SECOND_NS:
            index.time[place] = LOST_TIME
    index.interface[place] = 0
    return body + captured, FULL


def decode_any(
    data: Buffer,
    at: int,
    captured: int,
    wire: int,
    link: int,
    work: Column,
    slot: Column,
    key: Column,
    state: Column,
) -> int:
    """Decode a frame the short way if it can be, else the long one; return its problem."""
    usual = link == links.ETHERNET and captured <= wire
    if usual and plain_frame(data, at, captured, wire, work, slot, key, state):
        return codes.OK
    clear_row(work)
    problem = decode_frame(data, at, captured, wire, link, work)
    code_addresses(data, work, slot, key, state)
    if link < 0:
        return codes.UNKNOWN_INTERFACE
    if problem == codes.OK and captured > wire:
        return codes.CAPTURED_EXCEEDS_WIRE
    return problem


def code_addresses(data: Buffer, work: Column, slot: Column, key: Column, state: Column) -> None:
    """Replace the positions of a row's addresses by their codes.

    Only here: a packet of many layers would bring more new addresses than a table has room for.
    """
    source, destination = work[fields.SOURCE], work[fields.DESTINATION]
    if work[fields.IP_VERSION] == 4:
        work[fields.SOURCE] = intern_v4(slot, key, state, be32(data, source))
        work[fields.DESTINATION] = intern_v4(slot, key, state, be32(data, destination))
    elif work[fields.IP_VERSION] == 6:
        work[fields.SOURCE] = intern_v6(slot, key, state, data, source)
        work[fields.DESTINATION] = intern_v6(slot, key, state, data, destination)


def clear_row(values: Column) -> None:
    """Set what a frame without IP holds."""
    for place in range(fields.COUNT):
        values[place] = 0
    values[fields.SOURCE] = -1
    values[fields.DESTINATION] = -1
    values[fields.PROTOCOL] = codes.PROTOCOL_ABSENT


def decode_frame(
    buf: Buffer,
    frame_at: int,
    captured: int,
    wire: int,
    link: int,
    values: Column,
) -> int:
    """Decode one frame; return its problem. Its addresses are left as positions."""
    end = frame_at + captured
    wire_end = frame_at + (wire if wire > captured else captured)
    layer, at, kind = link_layer(buf, frame_at, end, link)
    encapsulation = 0
    found = codes.OK
    for _ in range(layers.MAX_LAYERS):
        if layer == layers.STOP:
            return found
        if at - frame_at > layers.MAX_HEADERS:
            return codes.HEADERS_TOO_LONG
        if layer == layers.ETHERNET:
            if at + 14 > end:
                return _short(values, found)
            kind = be16(buf, at + 12)
            layer = ethertype(kind)
            at += 14
        elif layer == layers.IP:
            if at >= end:
                return _short(values, found)
            layer = layers.IPV6 if u8(buf, at) >> 4 == 6 else layers.IPV4
        elif layer == layers.IPV4 or layer == layers.IPV6:
            layer, at, kind, end, wire_end, code, problem = _packet(
                buf, frame_at, at, end, wire_end, layer, values
            )
            if found == codes.OK:
                found = problem
            encapsulation = _note(values, encapsulation, code)
        else:
            layer, at, kind, code = _between(buf, at, end, layer, kind)
            if layer == layers.SHORT:
                return _short(values, found)
            if layer == layers.UNKNOWN_LINK:
                return codes.UNKNOWN_LINK_TYPE
            if layer == layers.MALFORMED_LINK:
                return codes.MALFORMED_LINK_HEADER
            if layer == layers.ARP:
                if values[fields.IP_VERSION] == 0:
                    values[fields.PROTOCOL] = codes.ARP
                return found
            encapsulation = _note(values, encapsulation, code)
    return codes.NESTED_TOO_DEEP


def _note(values: Column, encapsulation: int, code: int) -> int:
    """Add an encapsulation to those passed so far, if there is one; return them all."""
    if code == 0:
        return encapsulation
    values[fields.ENCAPSULATION] = push(encapsulation, code)
    return push(encapsulation, code)


def _packet(
    buf: Buffer, frame_at: int, at: int, end: int, wire_end: int, layer: int, values: Column
) -> tuple[int, int, int, int, int, int, int]:
    """Decode an IP header and what it carries.

    Returns `(layer, position, kind, end, wire_end, encapsulation, problem)`.
    """
    if layer == layers.IPV4:
        version = 4
        protocol, start, end, wire_end, target, found = ipv4(
            buf, frame_at, at, end, wire_end, values
        )
    else:
        version = 6
        protocol, start, end, wire_end, target, found = ipv6(
            buf, frame_at, at, end, wire_end, values
        )
    if values[fields.NETWORK_AT] == at - frame_at and values[fields.IP_VERSION]:
        place_payload(values, frame_at, start, wire_end, protocol < 0 and found != codes.OK)
    if start - frame_at > layers.MAX_HEADERS:
        return layers.STOP, at, 0, end, wire_end, 0, codes.HEADERS_TOO_LONG
    if protocol < 0:
        return layers.STOP, at, 0, end, wire_end, 0, found
    source = values[fields.CHECKED_SOURCE]
    following, after, kind, code, problem = transport(
        buf, frame_at, source, start, end, wire_end, target, version, protocol, values
    )
    if found == codes.OK:
        found = problem
    return following, after, kind, end, wire_end, code, found


def place_payload(
    values: Column, frame_at: int, start: int, wire_end: int, unreadable: bool
) -> None:
    """Note where what IP carries begins; behind a header that cannot be read there is nothing."""
    length = wire_end - start
    if unreadable or length < 0 or start - frame_at > layers.MAX_HEADERS:
        length = 0
        start = frame_at + values[fields.NETWORK_AT]
    values[fields.TRANSPORT_AT] = start - frame_at
    values[fields.PAYLOAD_AT] = start - frame_at
    values[fields.PAYLOAD_LENGTH] = length


def _short(values: Column, found: int) -> int:
    """Name the problem of a header that the captured bytes cut off."""
    if found != codes.OK:
        return found
    return codes.TRUNCATED if values[fields.IP_VERSION] == 0 else codes.MALFORMED_TUNNEL


def _between(buf: Buffer, at: int, end: int, layer: int, kind: int) -> tuple[int, int, int, int]:
    """Pass one header between the link layer and IP: `(layer, position, kind, encapsulation)`."""
    if layer == layers.TAG:
        return tag(buf, at, end, kind)
    if layer == layers.LLC:
        following, start, inner = llc(buf, at, end)
        return following, start, inner, 0
    if layer == layers.PPP:
        following, start, inner = ppp(buf, at, end)
        return following, start, inner, 0
    if layer == layers.MPLS:
        return mpls(buf, at, end)
    if layer == layers.PPPOE:
        return pppoe(buf, at, end)
    if layer == layers.GRE:
        return gre(buf, at, end)
    if layer == layers.ETHERIP:
        return etherip(buf, at, end)
    return layer, at, kind, 0

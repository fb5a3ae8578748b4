"""One captured record to one row: link layer, tunnels, IP, transport.

The row describes the innermost IP packet that could be read. What stops decoding is written as the
row's problem, and everything read before it is kept.
"""

from __future__ import annotations

from workbench.capture import codes, links
from workbench.capture.kernels import fields, layers
from workbench.capture.kernels.link import ethertype, link_layer, llc, ppp
from workbench.capture.kernels.network import (
    authentication_header,
    ipv4,
    ipv6,
    pseudo_header,
    stored_sum,
)
from workbench.capture.kernels.plain import plain_frame
from workbench.capture.kernels.primitives import be16, be32, load32, pointer, prefetch, signed, u8, unsigned, word_sum
from workbench.capture.kernels.tunnels import etherip, gre, mpls, pppoe, push, tag, udp_tunnel
from workbench.capture.kernels.types import Buffer, Column, Columns, Index, Pcap
from workbench.capture.kernels.walk import BROKEN, FULL, MORE

AHEAD = 2048
"""Bytes that are asked for ahead of the record being decoded."""


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

    Walking and decoding in one pass is faster: the next header lies behind the payload whose checksum
    is being summed, so the processor has fetched it by the time it is needed.

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
        How to walk; `stop` 0 for not at all.
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
        if pcap.stop != 0:
            position, reason = next_record(data, position, pcap, index, record)
            if reason != FULL:
                return position, record - first, reason
        place = unsigned(record)
        interface = signed(index.interface[place])
        link = -1
        if interface < len(link_types):
            link = signed(link_types[unsigned(interface)])
        at = signed(index.at[place])
        captured = signed(index.captured[place])
        wire = signed(index.wire[place])
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


def next_record(
    data: Column, at: int, pcap: Pcap, index: Index, record: int
) -> tuple[int, int]:
    """Index the pcap record at `at`: where the next one is, and `FULL`, or why there is none here."""
    if at >= pcap.stop or at + 16 > pcap.size:
        return at, MORE
    captured = load32(data, at + 8, pcap.big)
    if captured > pcap.max_record:
        return at, BROKEN
    body = at + 16
    if body + captured > pcap.size:
        return at, MORE
    for line in range(at + AHEAD, body + captured + AHEAD, 64):
        prefetch(data, line)
    seconds = load32(data, at, pcap.big)
    place = unsigned(record)
    index.at[place] = body
    index.captured[place] = captured
    index.wire[place] = load32(data, at + 12, pcap.big)
    index.time[place] = seconds * 1_000_000_000 + load32(data, at + 4, pcap.big) * pcap.fraction_ns
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
    if link == links.ETHERNET and captured <= wire:
        if plain_frame(data, at, captured, wire, work, slot, key, state):
            return codes.OK
    clear_row(work)
    problem = decode_frame(data, at, captured, wire, link, work, slot, key, state)
    if link < 0:
        return codes.UNKNOWN_INTERFACE
    if problem == codes.OK and captured > wire:
        return codes.CAPTURED_EXCEEDS_WIRE
    return problem


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
    slots: Column,
    keys: Column,
    state: Column,
) -> int:
    """Decode one frame; return its problem."""
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
            if layer == layers.IPV4:
                protocol, start, end, wire_end, target, problem = ipv4(
                    buf, frame_at, at, end, wire_end, values, slots, keys, state
                )
            else:
                protocol, start, end, wire_end, target, problem = ipv6(
                    buf, frame_at, at, end, wire_end, values, slots, keys, state
                )
            if found == codes.OK:
                found = problem
            if start - frame_at > layers.MAX_HEADERS:
                return codes.HEADERS_TOO_LONG
            if values[fields.NETWORK_AT] == at - frame_at and values[fields.IP_VERSION]:
                values[fields.TRANSPORT_AT] = start - frame_at
                values[fields.PAYLOAD_AT] = start - frame_at
                values[fields.PAYLOAD_LENGTH] = wire_end - start if wire_end > start else 0
            if protocol < 0:
                return found
            version = 4 if layer == layers.IPV4 else 6
            layer, at, kind, code, problem = transport(
                buf, frame_at, at, start, end, wire_end, target, version, protocol, values
            )
            if found == codes.OK:
                found = problem
            if code:
                encapsulation = push(encapsulation, code)
                values[fields.ENCAPSULATION] = encapsulation
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
            if code:
                encapsulation = push(encapsulation, code)
                values[fields.ENCAPSULATION] = encapsulation
    return codes.NESTED_TOO_DEEP


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


def transport(
    buf: Buffer,
    frame_at: int,
    network_at: int,
    at: int,
    end: int,
    wire_end: int,
    target: int,
    version: int,
    protocol: int,
    values: Column,
) -> tuple[int, int, int, int, int]:
    """Decode what IP carries: `(layer, position, kind, encapsulation, problem)`."""
    fragment = values[fields.FRAGMENT]
    if fragment & 0x1FFF:
        return layers.STOP, at, 0, 0, codes.OK
    whole = 1 if end == wire_end and fragment & 0x2000 == 0 else 0
    if protocol == 6:
        problem = tcp(buf, frame_at, network_at, at, end, wire_end, target, version, whole, values)
        return layers.STOP, at, 0, 0, problem
    if protocol == 17 or protocol == 136:
        return udp(
            buf, frame_at, network_at, at, end, wire_end, target, version, protocol, whole, values
        )
    if protocol == 1 or protocol == 58:
        icmp(buf, network_at, at, wire_end, target, version, protocol, whole, values)
        return layers.STOP, at, 0, 0, codes.OK
    if fragment & 0x2000:
        return layers.STOP, at, 0, 0, codes.OK
    if protocol == 4:
        code = codes.IPIP if version == 4 else codes.FOUR_IN_SIX
        return layers.IPV4, at, 0, code, codes.OK
    if protocol == 41:
        code = codes.SIX_IN_FOUR if version == 4 else codes.SIX_IN_SIX
        return layers.IPV6, at, 0, code, codes.OK
    if protocol == 47:
        return layers.GRE, at, 0, 0, codes.OK
    if protocol == 137:
        return layers.MPLS, at, 0x8847, 0, codes.OK
    if protocol == 97:
        return layers.ETHERIP, at, 0, 0, codes.OK
    if protocol == 51:
        return _authenticated(
            buf, frame_at, network_at, at, end, wire_end, target, version, values
        )
    if protocol in (33, 132) and at + 4 <= end:
        values[fields.SOURCE_PORT] = be16(buf, at)
        values[fields.DESTINATION_PORT] = be16(buf, at + 2)
        values[fields.CHECKSUM] = codes.UNVERIFIED
        if protocol == 132 and at + 12 <= wire_end and at + 12 - frame_at <= layers.MAX_HEADERS:
            values[fields.PAYLOAD_AT] = at + 12 - frame_at
            values[fields.PAYLOAD_LENGTH] = wire_end - at - 12
    return layers.STOP, at, 0, 0, codes.OK


def _authenticated(
    buf: Buffer,
    frame_at: int,
    network_at: int,
    at: int,
    end: int,
    wire_end: int,
    target: int,
    version: int,
    values: Column,
) -> tuple[int, int, int, int, int]:
    """Pass an authentication header; only TCP and UDP behind it are decoded."""
    protocol, start = authentication_header(buf, at, end)
    if protocol < 0 or start - frame_at > layers.MAX_HEADERS:
        return layers.STOP, at, 0, 0, codes.TRUNCATED
    values[fields.PROTOCOL] = protocol
    values[fields.TRANSPORT_AT] = start - frame_at
    values[fields.PAYLOAD_AT] = start - frame_at
    values[fields.PAYLOAD_LENGTH] = wire_end - start if wire_end > start else 0
    whole = 1 if end == wire_end else 0
    problem = codes.OK
    if protocol == 6:
        problem = tcp(
            buf, frame_at, network_at, start, end, wire_end, target, version, whole, values
        )
    elif protocol == 17:
        _, _, _, _, problem = udp(
            buf, frame_at, network_at, start, end, wire_end, target, version, 17, whole, values
        )
    return layers.STOP, start, 0, codes.AH, problem


def verdict(total: int, pseudo: int, stored: int) -> int:
    """Judge a transport checksum from sums modulo 65535.

    `partial` is what a sending host leaves for its network card: the pseudo header's sum, not
    complemented (Linux, CHECKSUM_PARTIAL).
    """
    if total % 65535 == 0:
        return codes.GOOD
    if stored == pseudo % 65535:
        return codes.PARTIAL
    return codes.BAD


def tcp(
    buf: Buffer,
    frame_at: int,
    network_at: int,
    at: int,
    end: int,
    wire_end: int,
    target: int,
    version: int,
    whole: int,
    values: Column,
) -> int:
    """Decode a TCP header; return its problem."""
    values[fields.CHECKSUM] = codes.UNVERIFIED
    if at + 4 > end:
        return codes.TRUNCATED if end < wire_end else codes.TRANSPORT_TOO_SHORT
    values[fields.SOURCE_PORT] = be16(buf, at)
    values[fields.DESTINATION_PORT] = be16(buf, at + 2)
    if at + 20 > end:
        return codes.TRUNCATED if end < wire_end else codes.TRANSPORT_TOO_SHORT
    values[fields.SEQ] = be32(buf, at + 4)
    values[fields.ACK] = be32(buf, at + 8)
    field = be16(buf, at + 12)
    values[fields.TCP_FLAGS] = field & 0x0FFF
    values[fields.WINDOW] = be16(buf, at + 14)
    if whole:
        length = wire_end - at
        pseudo = pseudo_header(buf, network_at, version, target, 6, length)
        total = pseudo + word_sum(buf, at, wire_end)
        values[fields.CHECKSUM] = verdict(total, pseudo, stored_sum(buf, at + 16))
    header = (field >> 12) * 4
    if header < 20 or at + header > wire_end:
        return codes.BAD_TCP_HEADER_LENGTH
    if at + header - frame_at > layers.MAX_HEADERS:
        return codes.HEADERS_TOO_LONG
    values[fields.PAYLOAD_AT] = at + header - frame_at
    values[fields.PAYLOAD_LENGTH] = wire_end - at - header
    return codes.OK


def udp(
    buf: Buffer,
    frame_at: int,
    network_at: int,
    at: int,
    end: int,
    wire_end: int,
    target: int,
    version: int,
    protocol: int,
    whole: int,
    values: Column,
) -> tuple[int, int, int, int, int]:
    """Decode a UDP or UDP-Lite header and look for a tunnel behind it."""
    values[fields.CHECKSUM] = codes.UNVERIFIED
    if at + 4 > end:
        short = codes.TRUNCATED if end < wire_end else codes.TRANSPORT_TOO_SHORT
        return layers.STOP, at, 0, 0, short
    source = be16(buf, at)
    destination = be16(buf, at + 2)
    values[fields.SOURCE_PORT] = source
    values[fields.DESTINATION_PORT] = destination
    if at + 8 > end:
        short = codes.TRUNCATED if end < wire_end else codes.TRANSPORT_TOO_SHORT
        return layers.STOP, at, 0, 0, short
    length = be16(buf, at + 4)
    problem = codes.OK
    if length == 0 or protocol == 136:  # a jumbogram, or UDP-Lite, whose field is the coverage
        length = wire_end - at
    fragment = values[fields.FRAGMENT]
    if length < 8 or (at + length > wire_end and fragment & 0x2000 == 0):
        problem = codes.BAD_UDP_LENGTH
        whole = 0
    if problem != codes.OK or at + length > wire_end:
        length = wire_end - at
    if at + 8 - frame_at > layers.MAX_HEADERS:
        return layers.STOP, at, 0, 0, codes.HEADERS_TOO_LONG
    values[fields.PAYLOAD_AT] = at + 8 - frame_at
    values[fields.PAYLOAD_LENGTH] = length - 8
    stored = be16(buf, at + 6)
    if whole and stored == 0 and version == 6:
        values[fields.CHECKSUM] = codes.BAD
    elif whole and stored != 0 and protocol == 17:
        pseudo = pseudo_header(buf, network_at, version, target, 17, length)
        total = pseudo + word_sum(buf, at, at + length)
        values[fields.CHECKSUM] = verdict(total, pseudo, stored % 65535)
    if problem != codes.OK or fragment & 0x2000:
        return layers.STOP, at, 0, 0, problem
    stop = at + length if at + length < end else end
    layer, start, kind, code = udp_tunnel(buf, at + 8, stop, source, destination)
    if layer == layers.STOP:
        return layers.STOP, at, 0, 0, codes.OK
    return layer, start, kind, code, codes.OK


def icmp(
    buf: Buffer,
    network_at: int,
    at: int,
    wire_end: int,
    target: int,
    version: int,
    protocol: int,
    whole: int,
    values: Column,
) -> None:
    """Judge the checksum of an ICMP message; its payload is the whole message (RFC 792, RFC 4443)."""
    values[fields.CHECKSUM] = codes.UNVERIFIED
    if whole == 0 or wire_end - at < 4:
        return
    pseudo = 0
    if protocol == 58:
        pseudo = pseudo_header(buf, network_at, version, target, 58, wire_end - at)
    total = pseudo + word_sum(buf, at, wire_end)
    values[fields.CHECKSUM] = codes.GOOD if total % 65535 == 0 else codes.BAD

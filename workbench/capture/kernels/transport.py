"""What IP carries: TCP, UDP and ICMP headers, and the protocols that carry another packet.

Sources: RFC 9293 (TCP), 768 (UDP), 3828 (UDP-Lite), 792 and 4443 (ICMP), 9260 (SCTP), 4340 (DCCP).
"""

from __future__ import annotations

from workbench.capture import codes
from workbench.capture.kernels import fields, layers
from workbench.capture.kernels.network import (
    authentication_header,
    pseudo_header,
    stored_sum,
)
from workbench.capture.kernels.primitives import be16, be32, word_sum
from workbench.capture.kernels.tunnels import udp_tunnel
from workbench.capture.kernels.types import Buffer, Column


def transport(
    buf: Buffer,
    frame_at: int,
    source_at: int,
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
        problem = tcp(buf, frame_at, source_at, at, end, wire_end, target, version, whole, values)
        return layers.STOP, at, 0, 0, problem
    if protocol == 17 or protocol == 136:
        return udp(
            buf, frame_at, source_at, at, end, wire_end, target, version, protocol, whole, values
        )
    if protocol == 1 or protocol == 58:
        icmp(buf, source_at, at, wire_end, target, version, protocol, whole, values)
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
        return _authenticated(buf, frame_at, source_at, at, end, wire_end, target, version, values)
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
    source_at: int,
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
            buf, frame_at, source_at, start, end, wire_end, target, version, whole, values
        )
    elif protocol == 17:
        _, _, _, _, problem = udp(
            buf, frame_at, source_at, start, end, wire_end, target, version, 17, whole, values
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


def _cut_transport(end: int, wire_end: int, values: Column) -> int:
    """Name the problem of a cut transport header: none if a fragment brings the rest."""
    if values[fields.FRAGMENT] & 0x2000:
        return codes.OK
    return codes.TRUNCATED if end < wire_end else codes.TRANSPORT_TOO_SHORT


def tcp(
    buf: Buffer,
    frame_at: int,
    source_at: int,
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
    values[fields.PAYLOAD_LENGTH] = 0
    if at + 4 > end:
        return _cut_transport(end, wire_end, values)
    values[fields.SOURCE_PORT] = be16(buf, at)
    values[fields.DESTINATION_PORT] = be16(buf, at + 2)
    if at + 20 > end:
        return _cut_transport(end, wire_end, values)
    values[fields.SEQ] = be32(buf, at + 4)
    values[fields.ACK] = be32(buf, at + 8)
    field = be16(buf, at + 12)
    values[fields.TCP_FLAGS] = field & 0x0FFF
    values[fields.WINDOW] = be16(buf, at + 14)
    if whole:
        length = wire_end - at
        pseudo = pseudo_header(buf, source_at, version, target, 6, length)
        total = pseudo + word_sum(buf, at, wire_end)
        values[fields.CHECKSUM] = verdict(total, pseudo, stored_sum(buf, at + 16))
    header = (field >> 12) * 4
    if header < 20 or at + header > wire_end:
        if wire_end - frame_at <= layers.MAX_HEADERS:
            values[fields.PAYLOAD_AT] = wire_end - frame_at
        return codes.BAD_TCP_HEADER_LENGTH
    if at + header - frame_at > layers.MAX_HEADERS:
        return codes.HEADERS_TOO_LONG
    values[fields.PAYLOAD_AT] = at + header - frame_at
    values[fields.PAYLOAD_LENGTH] = wire_end - at - header
    return codes.OK


def udp(
    buf: Buffer,
    frame_at: int,
    source_at: int,
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
    values[fields.PAYLOAD_LENGTH] = 0
    if at + 4 > end:
        return layers.STOP, at, 0, 0, _cut_transport(end, wire_end, values)
    source = be16(buf, at)
    destination = be16(buf, at + 2)
    values[fields.SOURCE_PORT] = source
    values[fields.DESTINATION_PORT] = destination
    if at + 8 > end:
        return layers.STOP, at, 0, 0, _cut_transport(end, wire_end, values)
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
    if whole:
        values[fields.CHECKSUM] = udp_verdict(buf, source_at, at, length, target, version, protocol)
    if problem != codes.OK or fragment & 0x2000:
        return layers.STOP, at, 0, 0, problem
    stop = at + length if at + length < end else end
    layer, start, kind, code = udp_tunnel(buf, at + 8, stop, source, destination)
    if layer == layers.STOP:
        return layers.STOP, at, 0, 0, codes.OK
    return layer, start, kind, code, codes.OK


def udp_verdict(
    buf: Buffer, source_at: int, at: int, length: int, target: int, version: int, protocol: int
) -> int:
    """Judge a UDP checksum: over IPv4 0 means that none was sent, over IPv6 it is wrong."""
    stored = be16(buf, at + 6)
    if stored == 0:
        return codes.BAD if version == 6 else codes.UNVERIFIED
    if protocol != 17:
        return codes.UNVERIFIED
    pseudo = pseudo_header(buf, source_at, version, target, 17, length)
    return verdict(pseudo + word_sum(buf, at, at + length), pseudo, stored % 65535)


def icmp(
    buf: Buffer,
    source_at: int,
    at: int,
    wire_end: int,
    target: int,
    version: int,
    protocol: int,
    whole: int,
    values: Column,
) -> None:
    """Judge the checksum of an ICMP message (RFC 792, RFC 4443), all of which is payload."""
    values[fields.CHECKSUM] = codes.UNVERIFIED
    if whole == 0 or wire_end - at < 4:
        return
    pseudo = 0
    if protocol == 58:
        pseudo = pseudo_header(buf, source_at, version, target, 58, wire_end - at)
    total = pseudo + word_sum(buf, at, wire_end)
    values[fields.CHECKSUM] = codes.GOOD if total % 65535 == 0 else codes.BAD

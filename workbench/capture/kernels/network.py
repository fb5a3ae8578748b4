"""IPv4 and IPv6 headers. An inner header overwrites what an outer one wrote.

Each function returns `(protocol, position, end, wire_end, destination_at, problem)`: the protocol
that follows or -1 when decoding ends here, where it begins, where its captured bytes and its bytes
on the wire end, and where the address for its pseudo header is. Source and destination are left as
positions: `decode_any` codes those of the innermost packet alone. Sources: RFC 791, 8200, 4302,
6275, 8754.
"""

from __future__ import annotations

from workbench.capture import codes
from workbench.capture.kernels import fields, layers
from workbench.capture.kernels.primitives import be16, u8, word_sum
from workbench.capture.kernels.types import Buffer, Column


def clear_transport(values: Column) -> None:
    """Forget the outer packet's transport header."""
    values[fields.SOURCE_PORT] = 0
    values[fields.DESTINATION_PORT] = 0
    values[fields.SEQ] = 0
    values[fields.ACK] = 0
    values[fields.TCP_FLAGS] = 0
    values[fields.WINDOW] = 0
    values[fields.CHECKSUM] = codes.NOT_APPLICABLE


def ipv4(
    buf: Buffer,
    frame_at: int,
    at: int,
    end: int,
    wire_end: int,
    values: Column,
) -> tuple[int, int, int, int, int, int]:
    """Decode an IPv4 header."""
    if end - at < 20:
        short = codes.BAD_IP_LENGTH if end == wire_end else codes.TRUNCATED
        return -1, at, end, wire_end, at, short
    if u8(buf, at) >> 4 != 4:
        return -1, at, end, wire_end, at, codes.BAD_IP_VERSION
    header = (u8(buf, at) & 15) * 4
    if header < 20:
        return -1, at, end, wire_end, at, codes.BAD_IP_HEADER_LENGTH
    total = be16(buf, at + 2)
    problem = codes.OK
    if total == 0:  # segmentation offload leaves the length to the card: the frame is the packet
        total = wire_end - at
    elif at + total > wire_end:
        problem = codes.IP_LENGTH_EXCEEDS_FRAME
        total = wire_end - at
    wire_end = at + total
    if wire_end < end:
        end = wire_end

    clear_transport(values)
    protocol = u8(buf, at + 9)
    fragment = be16(buf, at + 6) & 0x7FFF
    values[fields.IP_VERSION] = 4
    values[fields.SOURCE] = at + 12
    values[fields.DESTINATION] = at + 16
    values[fields.CHECKED_SOURCE] = at + 12
    values[fields.TTL] = u8(buf, at + 8)
    values[fields.PROTOCOL] = protocol
    values[fields.FRAGMENT] = fragment
    values[fields.NETWORK_AT] = at - frame_at
    values[fields.IP_CHECKSUM] = codes.UNVERIFIED

    if total < header:
        return -1, at, end, wire_end, at, codes.BAD_IP_LENGTH
    if at + header > end:
        return -1, at, end, wire_end, at, codes.TRUNCATED
    good = word_sum(buf, at, at + header) == 0
    values[fields.IP_CHECKSUM] = codes.GOOD if good else codes.BAD
    return protocol, at + header, end, wire_end, at + 16, problem


def ipv6(
    buf: Buffer,
    frame_at: int,
    at: int,
    end: int,
    wire_end: int,
    values: Column,
) -> tuple[int, int, int, int, int, int]:
    """Decode an IPv6 header and the extension headers behind it."""
    if end - at < 40:
        short = codes.BAD_IP_LENGTH if end == wire_end else codes.TRUNCATED
        return -1, at, end, wire_end, at, short
    if u8(buf, at) >> 4 != 6:
        return -1, at, end, wire_end, at, codes.BAD_IP_VERSION
    length = be16(buf, at + 4)
    problem = codes.OK
    if length == 0:  # a jumbogram or segmentation offload: the frame is the packet
        length = wire_end - at - 40
    elif at + 40 + length > wire_end:
        problem = codes.IP_LENGTH_EXCEEDS_FRAME
        length = wire_end - at - 40
    wire_end = at + 40 + length
    if wire_end < end:
        end = wire_end

    clear_transport(values)
    values[fields.IP_VERSION] = 6
    values[fields.SOURCE] = at + 8
    values[fields.DESTINATION] = at + 24
    values[fields.CHECKED_SOURCE] = at + 8
    values[fields.TTL] = u8(buf, at + 7)
    values[fields.PROTOCOL] = u8(buf, at + 6)
    values[fields.FRAGMENT] = 0
    values[fields.NETWORK_AT] = at - frame_at
    values[fields.IP_CHECKSUM] = codes.NOT_APPLICABLE

    protocol, start, destination, found = _extensions(buf, at, end, wire_end, values)
    if found != codes.OK:
        return -1, start, end, wire_end, destination, found
    return protocol, start, end, wire_end, destination, problem


def _extensions(
    buf: Buffer, at: int, end: int, wire_end: int, values: Column
) -> tuple[int, int, int, int]:
    """Pass extension headers: `(protocol, position, destination_at, problem)`.

    A fragment that is not the first ends the walk: what follows its header is the middle of
    something.
    """
    protocol = u8(buf, at + 6)
    start = at + 40
    destination = at + 24
    for _ in range(layers.MAX_EXTENSIONS):
        if protocol not in (0, 43, 44, 60, 135, 139, 140):
            return protocol, start, destination, codes.OK
        if start + 8 > end:
            short = codes.TRUNCATED if end < wire_end else codes.BAD_EXTENSION_HEADER
            return -1, start, destination, short
        following = u8(buf, start)
        if protocol == 44:
            size = 8
            field = be16(buf, start + 2)
            values[fields.FRAGMENT] = (field >> 3) | ((field & 1) << 13)
        else:
            size = (u8(buf, start + 1) + 1) * 8
        if start + size > wire_end:
            return -1, start, destination, codes.BAD_EXTENSION_HEADER
        if protocol == 43:
            destination = routed_destination(buf, start, size, end, destination)
        elif protocol == 60:
            source = home_address(buf, start, size, end, values[fields.CHECKED_SOURCE])
            values[fields.CHECKED_SOURCE] = source
        values[fields.PROTOCOL] = following
        if protocol in (135, 139, 140) and following == 59:
            values[fields.PROTOCOL] = protocol
            return -1, start, destination, codes.OK
        start += size
        if protocol == 44 and values[fields.FRAGMENT] & 0x1FFF:
            return following, start, destination, codes.OK
        protocol = following
    return -1, start, destination, codes.BAD_EXTENSION_HEADER


def routed_destination(buf: Buffer, at: int, size: int, end: int, destination: int) -> int:
    """Find the address that the transport checksum covers: the last one of a routing header."""
    if u8(buf, at + 3) == 0 or at + size > end:
        return destination
    if u8(buf, at + 2) == 0 and size >= 24:
        return at + size - 16
    if u8(buf, at + 2) == 2 and size >= 24:
        return at + 8
    if u8(buf, at + 2) == 4 and size >= 24:
        return at + 8
    return destination


def home_address(buf: Buffer, at: int, size: int, end: int, source: int) -> int:
    """Find the address that stands for the source in the transport checksum (RFC 6275, 6.3)."""
    stop = at + size if at + size < end else end
    option = at + 2
    while option + 2 <= stop:
        if u8(buf, option) == 0:
            option += 1
            continue
        length = u8(buf, option + 1)
        if u8(buf, option) == 0xC9 and length == 16 and option + 18 <= stop:
            return option + 2
        option += 2 + length
    return source


def authentication_header(buf: Buffer, at: int, end: int) -> tuple[int, int]:
    """Pass an IPsec authentication header: `(protocol, position)`, or -1 where it does not fit."""
    if at + 12 > end:
        return -1, at
    size = (u8(buf, at + 1) + 2) * 4
    if size < 12 or at + size > end:
        return -1, at
    return u8(buf, at), at + size


def pseudo_header(
    buf: Buffer, source_at: int, version: int, destination_at: int, protocol: int, length: int
) -> int:
    """Sum the pseudo header of a transport checksum, modulo 65535 (RFC 9293 3.1, RFC 8200 8.1)."""
    if version == 4:
        addresses = word_sum(buf, source_at, source_at + 8)
    else:
        addresses = word_sum(buf, source_at, source_at + 16)
        addresses += word_sum(buf, destination_at, destination_at + 16)
    return (addresses + protocol + (length >> 16) + (length & 0xFFFF)) % 65535


def stored_sum(buf: Buffer, at: int) -> int:
    """Read a stored checksum modulo 65535, where 0 and 65535 are the same number."""
    return be16(buf, at) % 65535

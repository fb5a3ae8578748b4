"""The short way for what most packets are: Ethernet, IPv4 or IPv6 without options, TCP or UDP.

It writes what `decode_frame` would write, or declines. That the two agree is tested over every
capture there is; the short way is what keeps decoding as fast as walking the record headers.
"""

from __future__ import annotations

from workbench.capture import codes
from workbench.capture.kernels import fields
from workbench.capture.kernels.addresses import intern_v4, intern_v6
from workbench.capture.kernels.primitives import be16, be32, u8, word_sum
from workbench.capture.kernels.types import Buffer, Column

TUNNEL_PORTS = (4789, 8472, 6081, 2152, 3544, 1701, 37008)


def plain_frame(
    data: Buffer,
    at: int,
    captured: int,
    wire: int,
    work: Column,
    slot: Column,
    key: Column,
    state: Column,
) -> bool:
    """Decode an Ethernet frame that has nothing unusual; tell whether it was one.

    Parameters
    ----------
    data
        The block's bytes.
    at, captured, wire
        The frame: its position, bytes captured, bytes on the wire; `captured` is at most `wire`.
    work
        int64, the row's values; all of them are written, or none that matters.
    slot, key, state
        Address table.
    """
    if captured < 54:
        return False
    kind = be16(data, at + 12)
    if kind == 0x0800:
        transport, rest, addresses = plain_ipv4(data, at, wire, work)
    elif kind == 0x86DD and captured >= 74:
        transport, rest, addresses = plain_ipv6(data, at, wire, work)
    else:
        return False
    if rest < 0:
        return False
    header = plain_transport(data, transport, rest, work)
    if header == 0:
        return False
    if transport + rest <= at + captured:
        protocol = work[fields.PROTOCOL]
        work[fields.CHECKSUM] = plain_verdict(data, transport, rest, addresses, protocol)
    else:
        work[fields.CHECKSUM] = codes.UNVERIFIED
    if kind == 0x0800:
        work[fields.SOURCE] = intern_v4(slot, key, state, be32(data, at + 26))
        work[fields.DESTINATION] = intern_v4(slot, key, state, be32(data, at + 30))
    else:
        work[fields.SOURCE] = intern_v6(slot, key, state, data, at + 22)
        work[fields.DESTINATION] = intern_v6(slot, key, state, data, at + 38)
    work[fields.ENCAPSULATION] = 0
    work[fields.NETWORK_AT] = 14
    work[fields.TRANSPORT_AT] = transport - at
    work[fields.PAYLOAD_AT] = transport - at + header
    work[fields.PAYLOAD_LENGTH] = rest - header
    return True


def plain_ipv4(data: Buffer, at: int, wire: int, work: Column) -> tuple[int, int, int]:
    """Decode an IPv4 header without options or fragmentation.

    Returns where the transport header is, how long it and its payload are (-1 to decline), and the
    sum of the addresses.
    """
    length = be16(data, at + 16)
    fragment = be16(data, at + 20) & 0x7FFF
    protocol = u8(data, at + 23)
    if u8(data, at + 14) != 0x45 or length < 40 or 14 + length > wire or fragment & 0x3FFF:
        return at, -1, 0
    if protocol != 6 and protocol != 17:
        return at, -1, 0
    addresses = be32(data, at + 26) + be32(data, at + 30)
    total = be32(data, at + 14) + be32(data, at + 18) + be32(data, at + 22) + addresses
    work[fields.IP_VERSION] = 4
    work[fields.TTL] = u8(data, at + 22)
    work[fields.PROTOCOL] = protocol
    work[fields.FRAGMENT] = fragment
    work[fields.IP_CHECKSUM] = codes.GOOD if total % 65535 == 0 else codes.BAD
    return at + 34, length - 20, addresses


def plain_ipv6(data: Buffer, at: int, wire: int, work: Column) -> tuple[int, int, int]:
    """Decode an IPv6 header without extensions; returns as `plain_ipv4`."""
    rest = be16(data, at + 18)
    protocol = u8(data, at + 20)
    if u8(data, at + 14) >> 4 != 6 or rest < 20 or 54 + rest > wire:
        return at, -1, 0
    if protocol != 6 and protocol != 17:
        return at, -1, 0
    work[fields.IP_VERSION] = 6
    work[fields.TTL] = u8(data, at + 21)
    work[fields.PROTOCOL] = protocol
    work[fields.FRAGMENT] = 0
    work[fields.IP_CHECKSUM] = codes.NOT_APPLICABLE
    return at + 54, rest, word_sum(data, at + 22, at + 54)


def plain_transport(data: Buffer, at: int, rest: int, work: Column) -> int:
    """Decode a TCP or UDP header without oddities; return its length, 0 to decline."""
    source, destination = be16(data, at), be16(data, at + 2)
    work[fields.SOURCE_PORT] = source
    work[fields.DESTINATION_PORT] = destination
    if work[fields.PROTOCOL] == 6:
        field = be16(data, at + 12)
        header = (field >> 12) * 4
        work[fields.SEQ] = be32(data, at + 4)
        work[fields.ACK] = be32(data, at + 8)
        work[fields.TCP_FLAGS] = field & 0x0FFF
        work[fields.WINDOW] = be16(data, at + 14)
        return 0 if header < 20 or header > rest else header
    work[fields.SEQ] = 0
    work[fields.ACK] = 0
    work[fields.TCP_FLAGS] = 0
    work[fields.WINDOW] = 0
    if be16(data, at + 4) != rest or be16(data, at + 6) == 0:
        return 0
    return 0 if destination in TUNNEL_PORTS or source in TUNNEL_PORTS else 8


def plain_verdict(data: Buffer, at: int, rest: int, addresses: int, protocol: int) -> int:
    """Judge the transport checksum of a packet that was captured whole."""
    pseudo = addresses + protocol + rest
    total = pseudo + word_sum(data, at, at + rest)
    if total % 65535 == 0:
        return codes.GOOD
    stored = be16(data, at + 16) if protocol == 6 else be16(data, at + 6)
    return codes.PARTIAL if stored % 65535 == pseudo % 65535 else codes.BAD

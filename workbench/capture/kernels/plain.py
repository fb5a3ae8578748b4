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
        first = u8(data, at + 14)
        length = be16(data, at + 16)
        fragment = be16(data, at + 20) & 0x7FFF
        if first != 0x45 or length < 40 or 14 + length > wire or fragment & 0x3FFF:
            return False
        protocol = u8(data, at + 23)
        transport = at + 34
        rest = length - 20
        if protocol != 6 and protocol != 17:
            return False
        source_ip, target_ip = be32(data, at + 26), be32(data, at + 30)
        addresses = source_ip + target_ip
        header_sum = be32(data, at + 14) + be32(data, at + 18) + be32(data, at + 22) + addresses
        work[fields.IP_VERSION] = 4
        work[fields.TTL] = u8(data, at + 22)
        work[fields.FRAGMENT] = fragment
        work[fields.IP_CHECKSUM] = codes.GOOD if header_sum % 65535 == 0 else codes.BAD
    elif kind == 0x86DD and captured >= 74:
        source_ip = target_ip = 0
        rest = be16(data, at + 18)
        protocol = u8(data, at + 20)
        transport = at + 54
        if u8(data, at + 14) >> 4 != 6 or rest < 20 or 54 + rest > wire:
            return False
        if protocol != 6 and protocol != 17:
            return False
        work[fields.IP_VERSION] = 6
        work[fields.TTL] = u8(data, at + 21)
        work[fields.FRAGMENT] = 0
        work[fields.IP_CHECKSUM] = codes.NOT_APPLICABLE
        addresses = word_sum(data, at + 22, transport)
    else:
        return False
    source = be16(data, transport)
    destination = be16(data, transport + 2)
    whole = transport + rest <= at + captured
    total = 0
    pseudo = addresses + protocol + rest
    if whole:
        total = pseudo + word_sum(data, transport, transport + rest)
    if protocol == 6:
        field = be16(data, transport + 12)
        header = (field >> 12) * 4
        if header < 20 or header > rest:
            return False
        work[fields.SEQ] = be32(data, transport + 4)
        work[fields.ACK] = be32(data, transport + 8)
        work[fields.TCP_FLAGS] = field & 0x0FFF
        work[fields.WINDOW] = be16(data, transport + 14)
        stored = be16(data, transport + 16)
    else:
        header = 8
        stored = be16(data, transport + 6)
        if be16(data, transport + 4) != rest or stored == 0:
            return False
        if destination in TUNNEL_PORTS or source in TUNNEL_PORTS:
            return False
        work[fields.SEQ] = 0
        work[fields.ACK] = 0
        work[fields.TCP_FLAGS] = 0
        work[fields.WINDOW] = 0
    work[fields.CHECKSUM] = codes.UNVERIFIED
    if whole and total % 65535 == 0:
        work[fields.CHECKSUM] = codes.GOOD
    elif whole:
        same = stored % 65535 == pseudo % 65535
        work[fields.CHECKSUM] = codes.PARTIAL if same else codes.BAD
    if kind == 0x0800:
        work[fields.SOURCE] = intern_v4(slot, key, state, source_ip)
        work[fields.DESTINATION] = intern_v4(slot, key, state, target_ip)
    else:
        work[fields.SOURCE] = intern_v6(slot, key, state, data, at + 22)
        work[fields.DESTINATION] = intern_v6(slot, key, state, data, at + 38)
    work[fields.ENCAPSULATION] = 0
    work[fields.PROTOCOL] = protocol
    work[fields.SOURCE_PORT] = source
    work[fields.DESTINATION_PORT] = destination
    work[fields.NETWORK_AT] = 14
    work[fields.TRANSPORT_AT] = transport - at
    work[fields.PAYLOAD_AT] = transport - at + header
    work[fields.PAYLOAD_LENGTH] = rest - header
    return True

"""The columns that few tasks need, decoded from rows that `decode` has placed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from workbench.capture import codes
from workbench.capture.kernels import fields
from workbench.capture.kernels.network import home_address, pseudo_header, routed_destination
from workbench.capture.kernels.primitives import be16, be32, pointer, signed, u8, word_sum
from workbench.capture.kernels.types import Buffer, Column, Columns

OPTION_END = 1
OPTION_NOP = 2
OPTION_OTHER = 14
OPTION_BAD = 15
MAX_OPTIONS = 15
"""Most options that a layout code tells apart: four bits each in a signed 64-bit number."""

OPTION_NAMES = {
    OPTION_END: "eol",
    OPTION_NOP: "nop",
    3: "mss",
    4: "wscale",
    5: "sackOK",
    6: "sack",
    7: "ts",
    8: "md5",
    9: "uto",
    10: "ao",
    11: "mptcp",
    12: "tfo",
    13: "exp",
    OPTION_OTHER: "other",
    OPTION_BAD: "bad",
}


class Extras(NamedTuple):
    """Columns decoded when first asked for; -1 where a packet has no such option."""

    ip_id: Column
    dscp: Column
    urgent: Column
    options: Column
    mss: Column
    window_scale: Column
    ts_value: Column
    ts_echo: Column
    sack_blocks: Column
    md5: Column
    checksum_delta: Column


EXTRA_DTYPES = {
    "ip_id": "u4",
    "dscp": "u1",
    "urgent": "u2",
    "options": "i8",
    "mss": "i4",
    "window_scale": "i2",
    "ts_value": "i8",
    "ts_echo": "i8",
    "sack_blocks": "u1",
    "md5": "u1",
    "checksum_delta": "i4",
}


def empty_extras(rows: int) -> Extras:
    """Allocate extra columns for `rows` packets, not initialised."""
    return Extras(**{name: np.empty(rows, dtype) for name, dtype in EXTRA_DTYPES.items()})


def decode_extras(
    buf: Buffer,
    starts: Column,
    lengths: Column,
    first: int,
    last: int,
    columns: Columns,
    row: int,
    values: Column,
    extras: Extras,
    out: int,
) -> int:
    """Decode extra columns of frames that lie in `buf`.

    Parameters
    ----------
    buf
        Bytes.
    starts, lengths
        int64 and uint32, where each frame's captured bytes are.
    first, last
        Range of frames.
    columns, row
        What `decode_rows` wrote, and the row of the first frame in it.
    values
        int64, work space for one row.
    extras, out
        Output, and the row of the first frame in it.

    Returns
    -------
    int
        Rows written.
    """
    data, work = pointer(buf), pointer(values)
    for frame in range(first, last):
        at = row + frame - first
        here = out + frame - first
        start = signed(starts[frame])
        end = start + signed(lengths[frame])
        version = signed(columns.ip_version[at])
        protocol = signed(columns.protocol[at])
        network = start + signed(columns.network_at[at])
        transport = start + signed(columns.transport_at[at])
        middle = signed(columns.fragment[at]) & 0x1FFF
        one_extra(data, network, transport, end, version, protocol, middle, work)
        checksum = signed(columns.checksum[at])
        difference = -1
        if checksum == codes.GOOD:
            difference = 0
        elif checksum == codes.BAD or checksum == codes.PARTIAL:
            length = signed(columns.payload_length[at]) + signed(columns.payload_at[at])
            length -= signed(columns.transport_at[at])
            difference = delta(data, network, transport, end, version, protocol, length)
        extras.ip_id[here] = work[fields.IP_ID]
        extras.dscp[here] = work[fields.DSCP]
        extras.urgent[here] = work[fields.URGENT]
        extras.options[here] = work[fields.OPTIONS]
        extras.mss[here] = work[fields.MSS]
        extras.window_scale[here] = work[fields.WINDOW_SCALE]
        extras.ts_value[here] = work[fields.TS_VALUE]
        extras.ts_echo[here] = work[fields.TS_ECHO]
        extras.sack_blocks[here] = work[fields.SACK_BLOCKS]
        extras.md5[here] = work[fields.MD5]
        extras.checksum_delta[here] = difference
    return last - first


def one_extra(
    buf: Buffer,
    network: int,
    transport: int,
    end: int,
    version: int,
    protocol: int,
    middle: int,
    values: Column,
) -> None:
    """Decode the extra columns of one frame; `middle` is not 0 behind the first fragment."""
    for place in range(fields.EXTRA_COUNT):
        values[place] = 0
    values[fields.MSS] = -1
    values[fields.WINDOW_SCALE] = -1
    values[fields.TS_VALUE] = -1
    values[fields.TS_ECHO] = -1
    if version == 4 and network + 20 <= end:
        values[fields.DSCP] = u8(buf, network + 1) >> 2
        values[fields.IP_ID] = be16(buf, network + 4)
    elif version == 6 and network + 40 <= end:
        values[fields.DSCP] = (be16(buf, network) >> 6) & 0x3F
        values[fields.IP_ID] = fragment_identification(buf, network, end)
    if protocol == 6 and middle == 0 and network + 20 <= transport and transport + 20 <= end:
        values[fields.URGENT] = be16(buf, transport + 18)
        header = (u8(buf, transport + 12) >> 4) * 4
        if header > 20:
            stop = transport + header if transport + header < end else end
            tcp_options(buf, transport + 20, stop, values)


def fragment_identification(buf: Buffer, network: int, end: int) -> int:
    """Read the identification of the last IPv6 fragment header, 0 without one."""
    protocol = u8(buf, network + 6)
    at = network + 40
    identification = 0
    while at + 8 <= end and protocol in (0, 43, 44, 60, 135, 139, 140):
        size = (u8(buf, at + 1) + 1) * 8
        if protocol == 44:
            size = 8
            identification = be32(buf, at + 4)
            if be16(buf, at + 2) >> 3:
                break
        protocol = u8(buf, at)
        at += size
    return identification


def tcp_options(buf: Buffer, at: int, stop: int, values: Column) -> None:
    """Read TCP options (RFC 9293 3.2, 7323, 2018, 2385); a bad length ends them."""
    layout = 0
    count = 0
    while at < stop and count < MAX_OPTIONS:
        kind = u8(buf, at)
        code = option_code(kind)
        size = 1
        if code > OPTION_NOP:
            size = u8(buf, at + 1) if at + 1 < stop else 0
            if size < 2 or at + size > stop:
                values[fields.OPTIONS] = (layout << 4) | OPTION_BAD
                return
        layout = (layout << 4) | code
        count += 1
        if code == OPTION_END:
            break
        if kind == 2 and size == 4:
            values[fields.MSS] = be16(buf, at + 2)
        elif kind == 3 and size == 3:
            values[fields.WINDOW_SCALE] = u8(buf, at + 2)
        elif kind == 5:
            values[fields.SACK_BLOCKS] = (size - 2) // 8
        elif kind == 8 and size == 10:
            values[fields.TS_VALUE] = be32(buf, at + 2)
            values[fields.TS_ECHO] = be32(buf, at + 6)
        elif kind == 19:
            values[fields.MD5] = 1
        at += size
    values[fields.OPTIONS] = layout


def option_code(kind: int) -> int:
    """Give a TCP option kind its four-bit code."""
    if kind == 0:
        return OPTION_END
    if kind == 1:
        return OPTION_NOP
    if kind >= 2 and kind <= 5:
        return kind + 1
    if kind == 8:
        return 7
    if kind == 19:
        return 8
    if kind >= 28 and kind <= 30:
        return kind - 19
    if kind == 34:
        return 12
    if kind == 254:
        return 13
    return OPTION_OTHER


def delta(
    buf: Buffer, network: int, transport: int, end: int, version: int, protocol: int, length: int
) -> int:
    """Subtract the right checksum from the stored one, modulo 65536; -1 where it cannot be.

    `length` is that of the transport header and its payload.
    """
    stored_at = transport + 16
    if protocol == 17:
        stored_at = transport + 6
    elif protocol == 1 or protocol == 58:
        stored_at = transport + 2
    elif protocol != 6:
        return -1
    if transport + length > end or stored_at + 2 > end or length < 4:
        return -1
    pseudo = 0
    if protocol != 1:
        source, target = network + 12, network + 16
        if version == 6:
            source, target = checked_addresses(buf, network, end)
        pseudo = pseudo_header(buf, source, version, target, protocol, length)
    stored = be16(buf, stored_at)
    total = (pseudo + word_sum(buf, transport, transport + length) - stored % 65535) % 65535
    right = 65535 - total
    if total == 0 and protocol != 17:
        right = 0
    return (stored - right) % 65536


def checked_addresses(buf: Buffer, network: int, end: int) -> tuple[int, int]:
    """Find the addresses that an IPv6 packet's transport checksum covers."""
    protocol = u8(buf, network + 6)
    at = network + 40
    source, target = network + 8, network + 24
    while at + 8 <= end and protocol in (0, 43, 44, 60, 135, 139, 140):
        size = 8 if protocol == 44 else (u8(buf, at + 1) + 1) * 8
        if protocol == 43:
            target = routed_destination(buf, at, size, end, target)
        elif protocol == 60:
            source = home_address(buf, at, size, end, source)
        protocol = u8(buf, at)
        at += size
    return source, target

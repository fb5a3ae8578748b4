"""Find the records of a capture file: block bytes in, an `Index` out.

A walk stops where a record ends past the buffer (the caller reads on from there) or where a header
cannot be true (the caller looks for the next believable one). Formats:
draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng.
"""

from __future__ import annotations

from workbench.capture.kernels.primitives import load16, load32, pointer
from workbench.capture.kernels.types import Buffer, Column, Index

NO_TIME = -0x8000000000000000
"""The time of a packet whose file gives none, or none that fits: pandas' NaT."""

LOST_TIME = NO_TIME + 1
"""The time of a packet whose file gives an impossible one; it becomes `NO_TIME` and a problem."""
NO_INTERFACE = 0xFFFF
"""The interface of a packet that names one which its section has not described yet."""

MORE = 0
"""The buffer ends inside a record, or exactly behind one."""
BROKEN = 1
"""The header at the returned position cannot be true."""
FULL = 2
"""The index has no room left."""
OTHER_BLOCK = 3
"""A pcapng block that the caller must read: a section, an interface, or one that cannot be passed
here."""

SECOND_NS = 1_000_000_000
MAX_SECONDS = 9_223_372_035
"""Seconds since 1970 whose nanoseconds fit in a signed 64-bit number, with a second to spare."""


def walk_pcap(
    buf: Buffer,
    start: int,
    stop: int,
    big: int,
    fraction_ns: int,
    header: int,
    max_record: int,
    index: Index,
    row: int,
) -> tuple[int, int, int]:
    """Walk the records of a pcap file.

    Parameters
    ----------
    buf
        Bytes of the file.
    start, stop
        Where the first record begins, and the position from which no record is begun.
    big
        1 for big-endian record headers.
    fraction_ns
        Nanoseconds in a unit of the fraction field: 1000 or 1.
    header
        Bytes of a record header: 16, or 24 in the variant of Alexey Kuznetzov.
    max_record
        Most bytes a record can have.
    index
        Output.
    row
        First row to write.

    Returns
    -------
    position : int
        Where the walk stopped.
    row : int
        Next row to write.
    reason : int
        `MORE`, `BROKEN` or `FULL`.
    """
    at = start
    room = len(index.at)
    size = len(buf)
    data = pointer(buf)
    while at < stop and at + header <= size:
        captured = load32(data, at + 8, big)
        if captured > max_record:
            return at, row, BROKEN
        if at + header + captured > size:
            return at, row, MORE
        if row >= room:
            return at, row, FULL
        wire = load32(data, at + 12, big)
        seconds = load32(data, at, big)
        if captured == 0 and wire == 0 and seconds == 0:
            return at, row, BROKEN
        index.at[row] = at + header
        index.captured[row] = captured
        index.wire[row] = wire
        fraction = load32(data, at + 4, big) * fraction_ns
        index.time[row] = seconds * 1_000_000_000 + fraction
        if captured > wire or fraction >= SECOND_NS:
            after = at + header + captured
            if not may_follow(data, after, size, big, fraction_ns, max_record):
                return at, row, BROKEN
            if fraction >= SECOND_NS:
                index.time[row] = LOST_TIME
        index.interface[row] = 0
        row += 1
        at += header + captured
    return at, row, MORE


def may_follow(
    data: Buffer, at: int, size: int, big: int, fraction_ns: int, max_record: int
) -> bool:
    """Tell whether the header of a pcap record can be at `at`; behind the buffer one always can.

    It is asked of what follows a header that contradicts itself.
    """
    if at + 16 > size:
        return True
    captured = load32(data, at + 8, big)
    if captured > max_record:
        return False
    whole = captured == load32(data, at + 12, big)
    return whole or load32(data, at + 4, big) * fraction_ns < SECOND_NS


def nanoseconds(high: int, low: int, scale: int, offset: int) -> int:
    """Convert a pcapng time stamp to nanoseconds since 1970.

    Parameters
    ----------
    high, low
        The two 32-bit halves.
    scale
        Units in a second as if_tsresol writes it: a power of ten, or of two with the highest of
        eight bits set.
    offset
        Seconds to add (if_tsoffset).
    """
    if high >= 0x80000000:
        return LOST_TIME
    units = (high << 32) | low
    if scale & 0x80:
        bits = scale & 0x7F
        if bits > 62:
            return LOST_TIME
        seconds = units >> bits
        fraction = units & ((1 << bits) - 1)
        if bits > 32:
            fraction >>= bits - 32
            bits = 32
        rest = (fraction * 1_000_000_000) >> bits
    else:
        if scale > 18:
            return LOST_TIME
        per_second = 1
        for _ in range(scale):
            per_second *= 10
        seconds = units // per_second
        rest = units % per_second
        for _ in range(9 - scale):
            rest *= 10
        for _ in range(scale - 9):
            rest //= 10
    seconds += offset
    if seconds > MAX_SECONDS or seconds < -MAX_SECONDS:
        return LOST_TIME
    return seconds * 1_000_000_000 + rest


def packet_block(
    data: Buffer,
    at: int,
    kind: int,
    length: int,
    big: int,
    first_interface: int,
    scales: Column,
    offsets: Column,
    snap_lengths: Column,
) -> tuple[int, int, int, int, int]:
    """Read the head of a packet block: `(captured, wire, position, interface, time)`.

    The bytes captured are -1 where the block contradicts itself.
    """
    interface = first_interface
    time = NO_TIME
    if kind == 3:
        wire = load32(data, at + 8, big)
        captured = min(wire, length - 16)
        if interface >= len(snap_lengths):
            return captured, wire, at + 12, NO_INTERFACE, time
        if snap_lengths[interface] > 0:
            captured = min(captured, snap_lengths[interface])
        return captured, wire, at + 12, interface, time
    if length < 32 or load32(data, at + 20, big) > length - 32:
        return -1, 0, at, NO_INTERFACE, time
    captured, wire = load32(data, at + 20, big), load32(data, at + 24, big)
    interface += load32(data, at + 8, big) if kind == 6 else load16(data, at + 8, big)
    if interface >= len(scales):
        return captured, wire, at + 28, NO_INTERFACE, time
    high, low = load32(data, at + 12, big), load32(data, at + 16, big)
    time = nanoseconds(high, low, scales[interface], offsets[interface])
    return captured, wire, at + 28, interface, time


def walk_pcapng(
    buf: Buffer,
    start: int,
    stop: int,
    big: int,
    first_interface: int,
    scales: Column,
    offsets: Column,
    snap_lengths: Column,
    max_block: int,
    index: Index,
    row: int,
) -> tuple[int, int, int]:
    """Walk the packet blocks of one pcapng section until another kind of block comes.

    Parameters
    ----------
    buf, start, stop, index, row
        As for `walk_pcap`.
    big
        1 for a big-endian section.
    first_interface
        Number, in the file, of the section's interface 0.
    scales, offsets, snap_lengths
        int64, per interface of the file: if_tsresol, if_tsoffset, snap length (0 for none).
    max_block
        Most bytes a block can have.

    Returns
    -------
    position, row, reason
        As for `walk_pcap`, or `OTHER_BLOCK`.
    """
    at = start
    size = len(buf)
    room = len(index.at)
    data = pointer(buf)
    while at < stop and at + 12 <= size:
        kind = load32(data, at, big)
        length = load32(data, at + 4, big)
        if kind != 6 and kind != 3 and kind != 2:
            padded = (length + 3) & ~3
            if kind == 1 or kind == 0x0A0D0D0A or length < 12 or at + padded > size:
                return at, row, OTHER_BLOCK
            if load32(data, at + padded - 4, big) != length:
                return at, row, OTHER_BLOCK
            at += padded
            continue
        if length < 16 or length > max_block:
            return at, row, BROKEN
        padded = (length + 3) & ~3
        if at + padded > size:
            return at, row, MORE
        if load32(data, at + padded - 4, big) != length:
            return at, row, BROKEN
        if row >= room:
            return at, row, FULL
        captured, wire, body, interface, time = packet_block(
            data, at, kind, length, big, first_interface, scales, offsets, snap_lengths
        )
        if captured < 0:
            return at, row, BROKEN
        index.at[row] = body
        index.captured[row] = captured
        index.wire[row] = wire
        index.time[row] = time
        index.interface[row] = interface
        row += 1
        at += padded
    return at, row, MORE

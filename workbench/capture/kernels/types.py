"""What kernels take: buffers, and the columns they fill.

`Columns` is a named tuple because both Python and numba can pass it and read it by name.
Interpreted kernels get memory views of the arrays: a store that does not fit raises instead of
wrapping.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol, TypeAlias

import numpy as np


class Buffer(Protocol):
    """Bytes that can be indexed: `bytes`, `memoryview`, or a uint8 array under numba."""

    def __getitem__(self, index: Any) -> Any: ...
    def __len__(self) -> int: ...


Column: TypeAlias = Any
"""A one-dimensional array, or a memory view of one."""


class Index(NamedTuple):
    """Where each record of a block is: the output of a walk, the input of decoding.

    Attributes
    ----------
    at
        int64, position of the captured bytes in the block's buffer.
    captured, wire
        uint32, bytes captured and bytes on the wire.
    time
        int64, nanoseconds since 1970; the smallest int64 where the file has no usable time.
    interface
        uint16, number of the interface in the file.
    """

    at: Column
    captured: Column
    wire: Column
    time: Column
    interface: Column


class Pcap(NamedTuple):
    """How to walk a pcap file.

    Attributes
    ----------
    start, stop
        Where the first record begins, and the position from which no record is begun; 0 walks
        nothing.
    size
        How much of the buffer is filled.
    big
        1 for big-endian record headers.
    fraction_ns
        Nanoseconds in a unit of the fraction field: 1000 or 1.
    max_record
        Most bytes a record can have.
    """

    start: int
    stop: int
    size: int
    big: int
    fraction_ns: int
    max_record: int


NO_WALK = Pcap(0, -1, 0, 0, 0, 0)


class Columns(NamedTuple):
    """The decoded columns of a packet, 45 bytes a row, in no order that matters."""

    encapsulation: Column
    ip_version: Column
    source: Column
    destination: Column
    ttl: Column
    protocol: Column
    source_port: Column
    destination_port: Column
    seq: Column
    ack: Column
    tcp_flags: Column
    window: Column
    fragment: Column
    network_at: Column
    transport_at: Column
    payload_at: Column
    payload_length: Column
    ip_checksum: Column
    checksum: Column
    problem: Column


INDEX_DTYPES = {"at": "i8", "captured": "u4", "wire": "u4", "time": "i8", "interface": "u2"}

COLUMN_DTYPES = {
    "encapsulation": "u2",
    "ip_version": "u1",
    "source": "i4",
    "destination": "i4",
    "ttl": "u1",
    "protocol": "i2",
    "source_port": "u2",
    "destination_port": "u2",
    "seq": "u4",
    "ack": "u4",
    "tcp_flags": "u2",
    "window": "u2",
    "fragment": "u2",
    "network_at": "u2",
    "transport_at": "u2",
    "payload_at": "u2",
    "payload_length": "u4",
    "ip_checksum": "u1",
    "checksum": "u1",
    "problem": "u1",
}


def empty_index(rows: int) -> Index:
    """Allocate an index for `rows` records, not initialised."""
    return Index(**{name: np.empty(rows, dtype) for name, dtype in INDEX_DTYPES.items()})


def empty_columns(rows: int) -> Columns:
    """Allocate columns for `rows` packets, not initialised."""
    return Columns(**{name: np.empty(rows, dtype) for name, dtype in COLUMN_DTYPES.items()})

"""Whether a reading makes sense, and whether two readings are the same."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.capture import codes
from workbench.capture.engine import Engine
from workbench.capture.extras import decode_extra_columns
from workbench.capture.packets import Packets
from workbench.capture.table import packet_table

Array = np.ndarray[Any, Any]

NO_TIME = np.iinfo("i8").min


def decoded(packets: Packets, engine: Engine) -> dict[str, Any]:
    """Return everything that was read, in a form that compares."""
    found: dict[str, Any] = dict(packets.columns)
    found |= decode_extra_columns(packets, engine)._asdict()
    found["addresses"] = packets.addresses.texts
    found["interfaces"] = packets.interfaces
    found["containers"] = packets.containers
    found["problems"] = packets.problems.listed
    found["counts"] = dict(packets.problems.counts)
    found["datagrams"] = packets.datagrams.data
    found["completed"] = packets.datagrams.rows
    return found


def unequal(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Return the names of what differs."""
    assert one.keys() == other.keys()
    return [name for name, value in one.items() if not _same(value, other[name])]


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and bool(np.array_equal(one, other))
    return bool(one == other)


def check(packets: Packets, size: int) -> None:
    """Raise AssertionError for what no capture of `size` bytes can have."""
    columns = packets.columns
    captured, offset = columns["captured"].astype("i8"), columns["offset"]
    assert len({len(column) for column in columns.values()}) == 1
    assert (offset >= 0).all()
    assert (offset + captured <= size).all()
    assert (offset[1:] >= offset[:-1] + captured[:-1]).all(), "packets overlap"
    assert (packets.frame_numbers() == np.arange(1, len(packets) + 1)).all()
    whole = np.zeros(len(packets), bool)
    whole[packets.datagrams.rows] = True
    _check_places(columns, captured, whole)
    _check_codes(packets)
    for row in packets.datagrams.rows.tolist():
        assert len(packets.payload(row)) <= int(columns["payload_length"][row])
    assert sum(packets.problems.counts.values()) >= np.count_nonzero(columns["problem"])
    assert len(packet_table(packets)) == len(packets)


def _check_places(columns: dict[str, Array], captured: Array, whole: Array) -> None:
    """Headers lie behind each other and inside the frame, payloads inside what was on the wire."""
    network, transport, payload = (
        columns[name].astype("i8") for name in ("network_at", "transport_at", "payload_at")
    )
    end = payload + columns["payload_length"].astype("i8")
    longest = np.maximum(captured, columns["wire"])
    is_ip = columns["ip_version"] > 0
    assert (network[is_ip] <= transport[is_ip]).all()
    assert (transport[is_ip] <= payload[is_ip]).all()
    assert (end <= longest)[~whole].all()
    least = np.where(columns["ip_version"] == 4, 20, 40)
    assert (network + least <= captured)[is_ip & ~whole].all()


def _check_codes(packets: Packets) -> None:
    """Every code has a name, and what does not apply is empty."""
    columns = packets.columns
    is_ip = columns["ip_version"] > 0
    assert np.isin(columns["ip_version"], (0, 4, 6)).all()
    for name in ("source", "destination"):
        assert (columns[name] < len(packets.addresses)).all()
        assert ((columns[name] >= 0) == is_ip).all()
    assert (columns["problem"] < len(codes.PROBLEM_NAMES)).all()
    for name in ("ip_checksum", "checksum"):
        assert (columns[name] < len(codes.CHECKSUM_NAMES)).all()
        assert not columns[name][~is_ip].any()
    for name in ("source_port", "destination_port", "tcp_flags", "seq", "ttl", "payload_length"):
        assert not columns[name][~is_ip].any(), name
    assert not columns["tcp_flags"][columns["protocol"] != 6].any()
    assert (columns["time"] != NO_TIME + 1).all()
    used = columns["interface"][columns["interface"] < 0xFFFF]
    assert (used < len(packets.interfaces)).all()

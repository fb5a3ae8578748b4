"""Packet and connection tables made by hand, for tests that need no capture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

START_NS = 1_700_000_000_000_000_000

PACKET_DEFAULTS: dict[str, tuple[str, Any]] = {
    "frame": ("uint32", 0),
    "time": ("int64", START_NS),
    "interface": ("uint16", 0),
    "link": ("category", "ethernet"),
    "captured_length": ("uint32", 60),
    "wire_length": ("uint32", 60),
    "encapsulation": ("category", ""),
    "ip_version": ("uint8", 4),
    "source": ("category", "10.0.0.1"),
    "destination": ("category", "10.0.0.2"),
    "ttl": ("uint8", 64),
    "ip_id": ("uint32", 0),
    "dont_fragment": ("bool", True),
    "fragment_offset": ("uint16", 0),
    "more_fragments": ("bool", False),
    "dscp": ("uint8", 0),
    "protocol": ("category", "tcp"),
    "source_port": ("uint16", 40000),
    "destination_port": ("uint16", 443),
    "seq": ("uint32", 0),
    "ack": ("uint32", 0),
    "tcp_flags": ("uint16", 16),
    "window": ("uint16", 500),
    "urgent": ("uint16", 0),
    "options": ("category", ""),
    "mss": ("int32", -1),
    "window_scale": ("int16", -1),
    "ts_value": ("int64", -1),
    "ts_echo": ("int64", -1),
    "sack_blocks": ("uint8", 0),
    "md5": ("bool", False),
    "ip_checksum": ("category", "good"),
    "checksum": ("category", "good"),
    "checksum_delta": ("int32", 0),
    "payload_source": ("int16", 0),
    "payload_offset": ("int64", -1),
    "payload_length": ("uint32", 0),
    "connection": ("int32", 0),
    "direction": ("int8", 0),
    "problem": ("category", ""),
}

CONNECTION_DEFAULTS: dict[str, tuple[str, Any]] = {
    "connection": ("int32", 0),
    "protocol": ("category", "tcp"),
    "client": ("category", "10.0.0.1"),
    "client_port": ("uint16", 40000),
    "server": ("category", "10.0.0.2"),
    "server_port": ("uint16", 443),
    "client_rule": ("category", "syn"),
    "first_time": ("time", START_NS),
    "last_time": ("time", START_NS),
    "duration_ns": ("int64", 0),
    "packets": ("uint32", 2),
    "packets_client": ("uint32", 1),
    "packets_server": ("uint32", 1),
    "payload_client": ("int64", 0),
    "payload_server": ("int64", 0),
    "wire_bytes_client": ("int64", 60),
    "wire_bytes_server": ("int64", 60),
    "flags_client": ("uint16", 18),
    "flags_server": ("uint16", 18),
    "syn": ("uint32", 1),
    "synack": ("uint32", 1),
    "fin": ("uint32", 0),
    "rst_client": ("uint32", 0),
    "rst_server": ("uint32", 0),
    "handshake_rtt_ns": ("int64", -1),
    "ttl_client": ("uint8", 64),
    "ttl_server": ("uint8", 64),
    "retransmissions_client": ("uint32", 0),
    "retransmissions_server": ("uint32", 0),
    "out_of_order_client": ("uint32", 0),
    "out_of_order_server": ("uint32", 0),
    "duplicate_acks": ("uint32", 0),
    "zero_windows": ("uint32", 0),
    "bad_checksums": ("uint32", 0),
    "first_frame": ("uint32", 1),
    "last_frame": ("uint32", 2),
}


def _table(
    rows: Iterable[Mapping[str, Any]], defaults: Mapping[str, tuple[str, Any]]
) -> pd.DataFrame:
    """Return rows as a table with all columns of the contract and their types."""
    given = list(rows)
    unknown = {name for row in given for name in row} - set(defaults)
    assert not unknown, f"no such columns: {unknown}"
    table = pd.DataFrame(index=range(len(given)))
    for name, (kind, default) in defaults.items():
        values = [row.get(name, default) for row in given]
        if kind == "category":
            table[name] = pd.Categorical(values)
        elif kind == "time":
            table[name] = pd.to_datetime(pd.Series(values, dtype="int64"), unit="ns", utc=True)
        else:
            table[name] = pd.Series(values, dtype=kind)
    return table


def packet_table(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Return a packet table; frames count from 1 and times stay as given, in nanoseconds."""
    numbered = [{"frame": number, **row} for number, row in enumerate(rows, 1)]
    table = _table(numbered, PACKET_DEFAULTS)
    table["time"] = pd.to_datetime(table["time"], unit="ns", utc=True)
    return table


def connection_table(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Return a connection table."""
    return _table(rows, CONNECTION_DEFAULTS)


def problem_table(rows: Iterable[tuple[int, int, str, str]] = ()) -> pd.DataFrame:
    """Return a problem table from frame, offset, kind and reason."""
    table = pd.DataFrame(list(rows), columns=["frame", "offset", "kind", "reason"])
    return table.astype({"frame": "uint32", "offset": "int64", "kind": str, "reason": str})


def download(segments: int = 6, *, lost: int = 3) -> pd.DataFrame:
    """Return a short download over TCP, with one segment that is sent again."""
    ms = 1_000_000
    client = {"direction": 0}
    server = {
        "direction": 1, "source": "10.0.0.2", "destination": "10.0.0.1", "source_port": 443,
        "destination_port": 40000, "ttl": 58,
    }  # fmt: skip
    isn, peer = 4_294_967_000, 77
    rows: list[dict[str, Any]] = [
        {**client, "seq": isn, "tcp_flags": 2, "window_scale": 7, "mss": 1460},
        {**server, "seq": peer, "ack": isn + 1, "tcp_flags": 18, "window_scale": 7, "mss": 1460},
        {**client, "seq": isn + 1, "ack": peer + 1},
        {**client, "seq": isn + 1, "ack": peer + 1, "tcp_flags": 24, "payload_length": 517},
    ]
    asked = (isn + 518) % 2**32
    for index in range(segments):
        data = {"seq": peer + 1 + 1000 * index, "ack": asked, "payload_length": 1000}
        rows.append({**server, **data})
        rows.append({**client, "seq": asked, "ack": peer + 1 + 1000 * (index + 1)})
    rows.append({**server, "seq": peer + 1 + 1000 * lost, "ack": asked, "payload_length": 1000})
    rows.append({**server, "seq": peer + 1 + 1000 * segments, "ack": asked, "tcp_flags": 17})
    rows.append({**client, "seq": asked, "ack": peer + 2 + 1000 * segments, "tcp_flags": 17})
    for index, row in enumerate(rows):
        size = 60 + row.get("payload_length", 0)
        row.update(time=START_NS + index * 5 * ms, wire_length=size, captured_length=size)
    return packet_table(rows)

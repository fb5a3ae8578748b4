"""Our packet table as plain Python values, `None` where a value does not apply."""

from __future__ import annotations

from typing import Any

from workbench.capture.packets import Packets
from workbench.capture.table import packet_table

Row = dict[str, Any]

MALFORMED = {
    "bad-ip-header-length",
    "bad-ip-length",
    "ip-length-exceeds-frame",
    "bad-tcp-header-length",
    "bad-udp-length",
    "bad-extension-header",
    "malformed-link-header",
    "malformed-tunnel",
    "nested-too-deep",
    "transport-too-short",
    "bad-ip-version",
}
"""Problems of what was sent; the others are problems of how it was captured."""


def our_packets(packets: Packets) -> list[Row]:
    """Return the rows of the packet table."""
    table = packet_table(packets)
    table["time"] = packets.columns["time"]
    columns = {name: table[name].astype(object).tolist() for name in table.columns}
    names = list(columns)
    return [
        _row(dict(zip(names, values, strict=True)))
        for values in zip(*columns.values(), strict=True)
    ]


TRANSPORT = ("source_port", "destination_port", "checksum", "payload_length")
TCP = ("seq", "ack", "tcp_flags", "window", "urgent", "mss", "window_scale", "ts_value", "ts_echo",
       "sack_blocks", "md5")  # fmt: skip
IP = ("source", "destination", "ttl", "ip_id", "dont_fragment", "fragment_offset",
      "more_fragments", "dscp", "ip_checksum")  # fmt: skip


NAMES = {"mobility": "mipv6", "udp-lite": "udplite"}
"""Protocols that tshark calls otherwise."""
NO_TIME = -(2**63)


def differences(ours: Row, theirs: Row) -> set[str]:
    """Return the columns in which a packet differs from what tshark says of it.

    Not counted: `partial` (a checksum left to the network card; tshark calls it bad), `absent` (a
    UDP datagram without one; here it is unverified), nothing said by both (0 or `unverified` here),
    and protocols that tshark has no layer for.
    """
    columns = (theirs.keys() | APPLIES) - {"frame", "layers", "option_kinds"}
    if ours["protocol"] in ("icmp", "icmpv6"):
        columns -= {"payload_length"}
    return {
        column
        for column in columns & ours.keys()
        if _ours(column, ours[column]) != _theirs(column, theirs.get(column), ours[column])
    }


def _ours(column: str, value: Any) -> Any:
    if column == "protocol":
        return NAMES.get(value, value)
    if column == "time" and value == NO_TIME:
        return None
    return "bad" if value == "partial" else value


def _theirs(column: str, value: Any, ours: Any) -> Any:
    if value is None and (ours in NOTHING or (column == "protocol" and ours not in TRANSPORTS)):
        return _ours(column, ours)
    return "unverified" if value == "absent" else value


TRANSPORTS = ("tcp", "udp", "icmp", "icmpv6")
NOTHING = (0, "", "unverified")
APPLIES = frozenset((
    "source", "destination", "ttl", "source_port", "destination_port", "seq", "ack", "tcp_flags",
    "window", "payload_length",
))  # fmt: skip
"""Columns that we must not fill where tshark has nothing."""


def _row(row: Row) -> Row:
    """Say `None` where a column does not apply."""
    absent: list[str] = []
    if row["ip_version"] == 0:
        absent += IP
    if row["ip_version"] == 6:
        absent += ["dont_fragment", "ip_checksum"]
    if row["protocol"] not in ("tcp", "udp"):
        absent += TRANSPORT if row["protocol"] not in ("icmp", "icmpv6") else TRANSPORT[:2]
    if row["protocol"] != "tcp":
        absent += TCP
    for name in ("source", "destination", "protocol"):
        if not isinstance(row[name], str):
            absent.append(name)
    for name in ("mss", "window_scale", "ts_value", "ts_echo"):
        if row[name] == -1:
            absent.append(name)
    return row | dict.fromkeys(absent) | {"malformed": row["problem"] in MALFORMED}

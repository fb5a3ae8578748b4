"""The packet table: its columns, in order, with dtype, unit and meaning.

Columns are added, never re-meant; `VERSION` grows when one is added. Cached tables carry it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from workbench.errors import ColumnError

VERSION = 1

Applies = Literal["all", "ip", "transport", "tcp"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the packet table.

    Attributes
    ----------
    name
        Column name.
    dtype
        dtype in the DataFrame; `category` columns hold text.
    meaning
        What it holds, with the unit.
    applies
        Packets that have it; others hold `absent`.
    absent
        Value where it does not apply.
    core
        Made at once: what a connection table needs. The others are made when first asked for.
    """

    name: str
    dtype: str
    meaning: str
    applies: Applies = "all"
    absent: object = None
    core: bool = True


COLUMNS = (
    Column("frame", "uint32", "number of the packet in the capture, from 1, as Wireshark counts"),
    Column("time", "datetime64[ns, UTC]", "time of capture, exact to the nanosecond; NaT if none"),
    Column("interface", "uint16", "number of the interface, as in `Capture.interfaces`"),
    Column("link", "category", "link type of the interface"),
    Column("captured_length", "uint32", "bytes captured"),
    Column("wire_length", "uint32", "bytes on the wire"),
    Column("encapsulation", "category", "tunnels around the packet, outermost first, joined by +"),
    Column("ip_version", "uint8", "4 or 6", "ip", 0),
    Column("source", "category", "source IP address", "ip"),
    Column("destination", "category", "destination IP address", "ip"),
    Column("ttl", "uint8", "time to live or hop limit, in hops", "ip", 0),
    Column(
        "ip_id", "uint32", "IP identification (IPv6: of the fragment header)", "ip", 0, core=False
    ),
    Column("dont_fragment", "bool", "IPv4 DF flag", "ip", False, core=False),
    Column(
        "fragment_offset", "uint16", "offset of this IP fragment, in bytes", "ip", 0, core=False
    ),
    Column(
        "more_fragments", "bool", "more fragments of this datagram follow", "ip", False, core=False
    ),
    Column("dscp", "uint8", "differentiated services code point", "ip", 0, core=False),
    Column("protocol", "category", "what IP carries (tcp, udp, icmp, …), or arp"),
    Column("source_port", "uint16", "source port", "transport", 0),
    Column("destination_port", "uint16", "destination port", "transport", 0),
    Column("seq", "uint32", "TCP sequence number, as sent", "tcp", 0),
    Column("ack", "uint32", "TCP acknowledgement number, as sent", "tcp", 0),
    Column(
        "tcp_flags",
        "uint16",
        "FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128, AE 256, reserved above",
        "tcp",
        0,
    ),
    Column("window", "uint16", "TCP window as sent, not scaled, in bytes", "tcp", 0),
    Column("urgent", "uint16", "TCP urgent pointer", "tcp", 0, core=False),
    Column("options", "category", "TCP options in order, joined by commas", "tcp", "", core=False),
    Column("mss", "int32", "maximum segment size option, in bytes", "tcp", -1, core=False),
    Column("window_scale", "int16", "window scale option, a power of two", "tcp", -1, core=False),
    Column("ts_value", "int64", "timestamp option, value", "tcp", -1, core=False),
    Column("ts_echo", "int64", "timestamp option, echo reply", "tcp", -1, core=False),
    Column(
        "sack_blocks",
        "uint8",
        "blocks in the selective acknowledgement option",
        "tcp",
        0,
        core=False,
    ),
    Column("md5", "bool", "TCP MD5 signature option present", "tcp", False, core=False),
    Column("ip_checksum", "category", "good, bad or unverified; empty for IPv6", "ip", ""),
    Column(
        "checksum",
        "category",
        "transport checksum: good, bad, partial (left to the network card) or unverified",
        "transport",
        "",
    ),
    Column(
        "checksum_delta",
        "int32",
        "stored less computed transport checksum, modulo 65536; -1 if it could not be computed",
        "transport",
        -1,
        core=False,
    ),
    Column(
        "payload_source",
        "int16",
        "file that holds the payload; -1 for a reassembled datagram",
        core=False,
    ),
    Column(
        "payload_offset",
        "int64",
        "where the payload begins, in the decompressed file or datagram",
        core=False,
    ),
    Column("payload_length", "uint32", "bytes of transport payload on the wire"),
    Column("connection", "int32", "number of the connection, from 0", "transport", -1, core=False),
    Column(
        "direction",
        "int8",
        "0 from client to server, 1 from server to client",
        "transport",
        -1,
        core=False,
    ),
    Column("problem", "category", "what is wrong with this packet; empty if nothing"),
)

BY_NAME = {column.name: column for column in COLUMNS}
NAMES = tuple(BY_NAME)
CORE = tuple(column.name for column in COLUMNS if column.core)
FLOW = ("connection", "direction")
"""Columns that need the whole capture: they come from `workbench.traffic`."""


def chosen_columns(wanted: Iterable[str] | None) -> tuple[str, ...]:
    """Return column names, checked; all of them for None.

    Raises
    ------
    ColumnError
        For a name that is no column.

    Examples
    --------
    >>> chosen_columns(["time", "ttl"])
    ('time', 'ttl')
    """
    if wanted is None:
        return NAMES
    names = (wanted,) if isinstance(wanted, str) else tuple(wanted)
    for name in names:
        if name not in BY_NAME:
            raise ColumnError.unknown(name, NAMES)
    return names

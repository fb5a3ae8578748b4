"""What tshark says about captures, in the words of our packet table.

The columns hold the innermost packet, as ours do: what a tunnel carries, but not the packet that an
ICMP error quotes. `None` stands for a value that a packet does not have.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Row = dict[str, Any]

FIELDS = (
    "frame.number", "frame.time_epoch", "frame.len", "frame.cap_len", "frame.protocols",
    "frame.interface_id", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "ip.ttl", "ipv6.hlim",
    "ip.id", "ipv6.fraghdr.ident", "ip.flags.df", "ip.flags.mf", "ip.frag_offset",
    "ipv6.fraghdr.offset", "ipv6.fraghdr.more", "ip.dsfield.dscp", "ipv6.tclass.dscp",
    "ip.checksum.status", "tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.ack_raw", "tcp.flags",
    "tcp.window_size_value", "tcp.urgent_pointer", "tcp.len", "tcp.checksum.status",
    "tcp.option_kind", "tcp.options.mss_val", "tcp.options.wscale.shift",
    "tcp.options.timestamp.tsval", "tcp.options.timestamp.tsecr", "tcp.options.sack.count",
    "udp.srcport", "udp.dstport", "udp.length", "udp.checksum.status", "icmp.checksum.status",
    "icmpv6.checksum.status", "vlan.id", "_ws.malformed",
)  # fmt: skip

PREFERENCES = (
    "tcp.check_checksum:TRUE", "ip.check_checksum:TRUE", "udp.check_checksum:TRUE",
    "tcp.relative_sequence_numbers:TRUE", "tcp.analyze_sequence_numbers:TRUE",
    "nameres.network_name:FALSE", "nameres.transport_name:FALSE", "nameres.mac_name:FALSE",
)  # fmt: skip

VERDICTS = {"0": "bad", "1": "good", "2": "unverified", "3": "absent", "4": "illegal"}


EXPECTED = {
    "ts_ns": "time", "len": "wire_length", "src": "source", "dst": "destination",
    "sport": "source_port", "dport": "destination_port", "ttl": "ttl", "ip_id": "ip_id",
    "frag_off": "fragment_offset", "mf": "more_fragments", "seq_raw": "seq", "ack_raw": "ack",
    "flags": "tcp_flags", "window": "window", "payload_len": "payload_length",
    "ip_ck": "ip_checksum", "l4_ck": "checksum",
}  # fmt: skip
"""Columns of `expected/packets` and ours."""
TEXTS = {"source", "destination", "ip_checksum", "checksum"}


def expected_packet(row: Mapping[str, str]) -> Row:
    """Return a row of `expected/packets` under the names of our columns.

    Such a row does not say which header a value is of. It is the last one, and the first one where
    an ICMP message quotes another packet.
    """
    protocol = row["proto"]
    outer = protocol in ("icmp", "icmpv6")
    packet: Row = {"frame": int(row["frame"]), "malformed": row["malformed"] == "1"}
    for theirs, ours in EXPECTED.items():
        values = row[theirs].split("|")
        text = values[0] if outer else values[-1]
        packet[ours] = (text or None) if ours in TEXTS else _number(text)
    packet["protocol"] = protocol if protocol in PROTOCOLS or protocol == "arp" else None
    if packet["fragment_offset"] is not None:
        packet["fragment_offset"] *= 8
        packet["more_fragments"] = packet["more_fragments"] == 1
    unsaid = {"ip_id", "fragment_offset", "more_fragments", "checksum"}
    return {name: value for name, value in packet.items() if not (value is None and name in unsaid)}


def ask_tshark(tshark: str, capture: Path) -> list[Row]:
    """Return one row a packet, as tshark prints it."""
    command = [tshark, "-n", "-r", str(capture), "-T", "fields"]
    command += ["-E", "separator=/t", "-E", "occurrence=a", "-E", "aggregator=|", "-E", "quote=n"]
    for preference in PREFERENCES:
        command += ["-o", preference]
    for field in FIELDS:
        command += ["-e", field]
    done = subprocess.run(command, capture_output=True, check=False, timeout=120)
    lines = done.stdout.decode("utf-8", "replace").split("\n")
    cells = [line.split("\t") for line in lines]
    return [dict(zip(FIELDS, row, strict=True)) for row in cells if len(row) == len(FIELDS)]


def nanoseconds(text: str) -> int | None:
    """Return seconds written with a fraction as nanoseconds."""
    if not text:
        return None
    whole, _, fraction = text.lstrip("-").partition(".")
    value = int(whole) * 10**9 + int(f"{fraction:0<9.9}")
    return -value if text.startswith("-") else value


def packet_of(row: Mapping[str, str]) -> Row:
    """Return what tshark says of one packet, under the names of our columns."""
    layers = row["frame.protocols"].split(":")
    quoted = next((at for at, name in enumerate(layers) if name in ("icmp", "icmpv6")), len(layers))
    seen = layers[: quoted + 1]
    places = [at for at, name in enumerate(seen) if name in ("ip", "ipv6")]
    version = {"ip": 4, "ipv6": 6}[seen[places[-1]]] if places else 0
    packet: Row = {
        "frame": int(row["frame.number"]),
        "time": nanoseconds(row["frame.time_epoch"]),
        "wire_length": int(row["frame.len"]),
        "captured_length": int(row["frame.cap_len"]),
        "interface": _number(row["frame.interface_id"]) or 0,
        "ip_version": version,
        "malformed": bool(row["_ws.malformed"]) and not set(seen[-1:]) - BELOW_APPLICATIONS,
        "layers": seen,
    }
    if version == 4:
        packet |= _ipv4(row, seen.count("ip") - 1)
    elif version == 6:
        packet |= _ipv6(row, seen.count("ipv6") - 1, seen.count("ipv6.fraghdr") - 1)
    return packet | _transport(row, seen, places[-1] if places else len(seen))


def _ipv4(row: Mapping[str, str], at: int) -> Row:
    offset = _number(_place(row["ip.frag_offset"], at))
    return {
        "source": _place(row["ip.src"], at),
        "destination": _place(row["ip.dst"], at),
        "ttl": _number(_place(row["ip.ttl"], at)),
        "dscp": _number(_place(row["ip.dsfield.dscp"], at)),
        "ip_id": _number(_place(row["ip.id"], at)),
        "ip_checksum": VERDICTS.get(_place(row["ip.checksum.status"], at) or ""),
        "dont_fragment": _flag(_place(row["ip.flags.df"], at)),
        "more_fragments": _flag(_place(row["ip.flags.mf"], at)),
        "fragment_offset": None if offset is None else offset * 8,
    }


def _ipv6(row: Mapping[str, str], at: int, fragment: int) -> Row:
    offset = _number(_place(row["ipv6.fraghdr.offset"], fragment))
    return {
        "source": _place(row["ipv6.src"], at),
        "destination": _place(row["ipv6.dst"], at),
        "ttl": _number(_place(row["ipv6.hlim"], at)),
        "dscp": _number(_place(row["ipv6.tclass.dscp"], at)),
        "ip_id": _number(_place(row["ipv6.fraghdr.ident"], fragment)) or 0,
        "more_fragments": _flag(_place(row["ipv6.fraghdr.more"], fragment)) or False,
        "fragment_offset": 0 if offset is None else offset * 8,
    }


def _transport(row: Mapping[str, str], layers: Sequence[str], network: int) -> Row:
    """Return what the innermost IP packet carries."""
    above = layers[network + 1 :]
    protocol = next((name for name in above if name in PROTOCOLS), None)
    if protocol is None and "arp" in layers:
        return {"protocol": "arp"}
    if protocol in ("icmp", "icmpv6"):
        status = row[f"{protocol}.checksum.status"].split("|")[0]
        return {"protocol": protocol, "checksum": VERDICTS.get(status)}
    if protocol not in ("tcp", "udp"):
        return {"protocol": protocol}
    at = layers.count(protocol) - 1
    found: Row = {
        "protocol": protocol,
        "source_port": _number(_place(row[f"{protocol}.srcport"], at)),
        "destination_port": _number(_place(row[f"{protocol}.dstport"], at)),
        "checksum": VERDICTS.get(_place(row[f"{protocol}.checksum.status"], at) or ""),
    }
    if protocol == "udp":
        length = _number(_place(row["udp.length"], at))
        return found | {"payload_length": None if length is None else length - 8}
    kinds = [int(kind) for kind in row["tcp.option_kind"].split("|") if kind]
    found |= {ours: _number(_last(row[theirs])) for ours, theirs in TCP_COLUMNS.items()}
    return found | {"md5": 19 in kinds, "option_kinds": kinds}


PROTOCOLS = frozenset((
    "tcp", "udp", "icmp", "icmpv6", "igmp", "sctp", "dccp", "esp", "ospf", "pim", "eigrp", "vrrp",
    "egp", "rsvp", "udplite", "mipv6",
))  # fmt: skip
BELOW_APPLICATIONS = frozenset((
    "eth", "ethertype", "vlan", "ip", "ipv6", "tcp", "udp", "udplite", "sctp", "dccp", "icmp",
    "icmpv6", "igmp", "gre", "ppp", "pppoes", "mpls", "null", "raw", "sll", "ipv6.hopopts",
    "ipv6.routing", "ipv6.fraghdr", "ipv6.dstopts", "llc",
))  # fmt: skip
"""Where tshark has to find a packet malformed for us to find the same: we read no applications."""


TCP_COLUMNS = {
    "seq": "tcp.seq_raw",
    "ack": "tcp.ack_raw",
    "tcp_flags": "tcp.flags",
    "window": "tcp.window_size_value",
    "urgent": "tcp.urgent_pointer",
    "payload_length": "tcp.len",
    "mss": "tcp.options.mss_val",
    "window_scale": "tcp.options.wscale.shift",
    "ts_value": "tcp.options.timestamp.tsval",
    "ts_echo": "tcp.options.timestamp.tsecr",
    "sack_blocks": "tcp.options.sack.count",
}


def _place(joined: str, at: int) -> str | None:
    values = joined.split("|") if joined else []
    return values[at] if 0 <= at < len(values) else None


def _last(joined: str) -> str | None:
    return joined.rsplit("|", 1)[-1] if joined else None


def _number(text: str | None) -> int | None:
    return int(text, 0) if text else None


def _flag(text: str | None) -> bool | None:
    return None if not text else text in ("1", "True")

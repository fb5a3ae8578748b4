"""What `expected/files.csv` says of whole captures, counted from our tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tests.capture.ours import Row, our_packets
from workbench.capture.links import link_name
from workbench.capture.packets import Packets
from workbench.traffic.connections import find_connections

FIN, SYN, RST, ACK = 1, 2, 4, 16

LINKS = {
    "EN10MB": "ethernet", "NULL": "null", "RAW": "raw", "IPV4": "ipv4", "IPV6": "ipv6",
    "LINUX_SLL": "linux-sll", "LINUX_SLL2": "linux-sll2", "PPP": "ppp", "PPP_SERIAL": "ppp-serial",
    "IEEE802_11": "802.11", "IEEE802_11_RADIO": "802.11-radiotap", "C_HDLC": "cisco-hdlc",
    "NETLINK": "netlink", "SLIP": "slip", "DSA_TAG_DSA": "link-284", "JUNIPER_ES": "link-132",
    "1240": "link-1240",
}  # fmt: skip
"""What tcpdump calls link types."""

COUNTED = (
    "packets", "first_ts_ns", "last_ts_ns", "min_ts_ns", "max_ts_ns", "ts_goes_back", "tcp_streams",
    "udp_streams", "ip_fragment_packets", "ip6_fragment_packets", "syn_packets", "synack_packets",
    "rst_packets", "fin_packets", "tcp_md5_packets", "ip_checksum_bad", "ip_checksum_good",
    "tcp_checksum_bad", "tcp_checksum_good", "udp_checksum_bad", "udp_checksum_good",
    "vlan_packets", "malformed_packets", "snapped_packets", "cut_short", "tcpdump_linktype",
)  # fmt: skip


def expected_facts(row: Mapping[str, str]) -> dict[str, str]:
    """Return a row of `expected/files.csv`, with link types by our names."""
    facts = {name: row[name] for name in COUNTED}
    if not row["tcpdump_linktype"].startswith("error"):
        facts["tcpdump_linktype"] = LINKS[row["tcpdump_linktype"].split(" ")[0]]
    return facts


def our_facts(packets: Packets) -> dict[str, str]:
    """Count the same in our tables."""
    rows = our_packets(packets)
    times = packets.columns["time"]
    times = times[times > np.iinfo("i8").min]
    facts: dict[str, Any] = {
        "packets": len(rows),
        "first_ts_ns": times[0] if len(times) else "",
        "last_ts_ns": times[-1] if len(times) else "",
        "min_ts_ns": times.min() if len(times) else "",
        "max_ts_ns": times.max() if len(times) else "",
        "ts_goes_back": int((np.diff(times) < 0).sum()),
        "ip_fragment_packets": _count(rows, _is_fragment, ip_version=4),
        "ip6_fragment_packets": _count(
            rows, lambda row: row["ip_id"] or _is_fragment(row), ip_version=6
        ),
        "tcp_md5_packets": _count(rows, lambda row: row["md5"]),
        "vlan_packets": _count(rows, lambda row: "vlan" in row["encapsulation"]),
        "malformed_packets": _count(rows, lambda row: row["malformed"]),
        "snapped_packets": _count(rows, lambda row: row["captured_length"] < row["wire_length"]),
        "cut_short": int(packets.problems.counts["cut-short"] > 0),
        "tcpdump_linktype": link_name(packets.interfaces[0].link) if packets.interfaces else "",
    }
    return {
        name: str(value)
        for name, value in (facts | _flags(rows) | _checksums(rows) | _streams(packets)).items()
    }


def _count(rows: list[Row], matches: Any, **fixed: Any) -> int:
    return sum(
        bool(matches(row)) for row in rows if all(row[name] == fixed[name] for name in fixed)
    )


def _is_fragment(row: Row) -> bool:
    return bool(row["more_fragments"] or row["fragment_offset"])


def _flags(rows: list[Row]) -> Row:
    """Count TCP flags; a first fragment counts where its datagram is whole, as with tshark."""
    flags = [row["tcp_flags"] or 0 for row in rows if not row["more_fragments"]]
    return {
        "syn_packets": sum(value & (SYN | ACK) == SYN for value in flags),
        "synack_packets": sum(value & (SYN | ACK) == SYN | ACK for value in flags),
        "rst_packets": sum(bool(value & RST) for value in flags),
        "fin_packets": sum(bool(value & FIN) for value in flags),
    }


def _checksums(rows: list[Row]) -> Row:
    found: Row = {}
    for verdict in ("bad", "good"):
        accepted = ("bad", "partial") if verdict == "bad" else (verdict,)
        found[f"ip_checksum_{verdict}"] = sum(row["ip_checksum"] in accepted for row in rows)
        for protocol in ("tcp", "udp"):
            found[f"{protocol}_checksum_{verdict}"] = sum(
                row["protocol"] == protocol and row["checksum"] in accepted for row in rows
            )
    return found


def _streams(packets: Packets) -> Row:
    protocol = find_connections(packets).columns["protocol"]
    return {"tcp_streams": int((protocol == 6).sum()), "udp_streams": int((protocol == 17).sum())}

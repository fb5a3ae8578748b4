"""Filters and packets drawn at random, and a slow judge of one packet at a time."""

from __future__ import annotations

import ipaddress
from typing import Any

from hypothesis import strategies as st

from tests.frames import START_NS
from workbench.capture import codes, links
from workbench.capture.filter_fields import FIELDS, OPERATORS
from workbench.capture.filter_tree import Compare, Not, Present, Range, both, either

Row = dict[str, Any]

ADDRESSES = ["10.0.0.1", "10.0.1.255", "192.168.0.7", "fd00::1", "fd00:0:0:1::9", "::ffff:1.2.3.4"]
NETWORKS = [*ADDRESSES, "10.0.0.0/8", "10.0.0.0/23", "0.0.0.0/0", "fd00::/16", "::/0", "fe80::/10"]
SMALL = st.one_of(st.integers(-2, 3), st.sampled_from([64, 443, 1500, 2**16, 2**32 - 1, 2**63 - 1]))
TIMES = st.integers(-3, 3).map(lambda step: START_NS + step)
TEXTS = {
    "link": st.sampled_from([*links.LINK_NAMES.values(), "link-147"]),
    "protocol": st.sampled_from(["tcp", "udp", "icmp", "arp", "ip-253"]),
    "checksum": st.sampled_from(codes.CHECKSUM_NAMES[1:]),
    "ip_checksum": st.sampled_from(codes.CHECKSUM_NAMES[1:]),
    "problem": st.sampled_from(codes.PROBLEM_NAMES[1:4]),
    "encapsulation": st.sampled_from(["vlan", "vlan+pppoe", "gre", "gre+vlan+mpls"]),
    "options": st.sampled_from(["mss", "mss,sackOK,ts,nop,wscale", "nop,nop,ts", "ts"]),
}


def _values(name: str, operator: str) -> st.SearchStrategy[Any]:
    kind = FIELDS[name].kind
    if kind in ("number", "time"):
        single: st.SearchStrategy[Any] = SMALL if kind == "number" else TIMES
        if operator in ("<", "<=", ">", ">=", "&"):
            return st.tuples(single)
        span = st.tuples(single, single).map(lambda pair: Range(min(pair), max(pair)))
        return st.lists(single | span, min_size=1, max_size=3).map(tuple)
    if kind == "flags":
        return st.tuples(st.integers(0, 0xFFF))
    if kind == "address":
        network = st.sampled_from(NETWORKS).map(ipaddress.ip_network)
        return st.lists(network, min_size=1, max_size=3).map(tuple)
    if kind in ("truth", "side"):
        return st.tuples(st.sampled_from([0, 1]))
    texts = TEXTS[name]
    if operator == "has":
        texts = texts.map(lambda text: text.split(FIELDS[name].separator)[0])
    return st.lists(texts, min_size=1, max_size=3).map(tuple)


@st.composite
def comparisons(draw: st.DrawFn) -> Compare:
    """Draw a comparison of any column with any operator it takes."""
    name = draw(st.sampled_from(sorted(FIELDS)))
    kind = FIELDS[name].kind
    known = OPERATORS[kind] + (("has",) if kind in ("flags", "parts") else ())
    operator = draw(st.sampled_from(known))
    return Compare(name, operator, draw(_values(name, operator)))


presences = st.sampled_from([name for name, field in FIELDS.items() if field.stands_alone]).map(
    Present
)
conditions = st.recursive(
    comparisons() | presences,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(both),
        st.lists(inner, min_size=2, max_size=3).map(either),
    ),
    max_leaves=8,
)


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """Draw a packet, with fillers where columns do not apply."""
    kind = draw(st.sampled_from(["tcp", "udp", "icmp", "arp", "other", "cut"]))
    row: Row = {
        "time": START_NS + draw(st.integers(-3, 3)),
        "link": draw(st.sampled_from(["ethernet", "raw", "link-147"])),
        "wire_length": draw(st.sampled_from([0, 60, 1500, 2**32 - 1])),
        "encapsulation": draw(st.just("") | TEXTS["encapsulation"]),
        "problem": draw(st.just("") | TEXTS["problem"]),
        "ip_checksum": "",
        "connection": draw(st.integers(-1, 2)),
        "direction": draw(st.integers(-1, 1)),
    }
    if kind in ("arp", "other"):
        protocol = "arp" if kind == "arp" else None
        return row | dict.fromkeys(["ip_version", "ttl", "source_port", "destination_port"], 0) | {
            "source": None, "destination": None, "dont_fragment": False, "protocol": protocol,
            "tcp_flags": 0, "window": 0, "checksum": "",
        }  # fmt: skip
    row |= {
        "ip_version": draw(st.sampled_from([4, 6])),
        "source": draw(st.sampled_from(ADDRESSES)),
        "destination": draw(st.sampled_from(ADDRESSES)),
        "ttl": draw(st.sampled_from([0, 1, 64, 255])),
        "dont_fragment": draw(st.booleans()),
        "ip_checksum": draw(st.just("") | TEXTS["ip_checksum"]),
        "checksum": draw(TEXTS["checksum"]),
        "protocol": "tcp" if kind == "cut" else kind,
    }
    if kind in ("icmp", "cut"):
        later = {"checksum": ""} if kind == "cut" else {}
        return row | dict.fromkeys(["source_port", "destination_port", "tcp_flags"], 0) | later
    ports = st.sampled_from([1, 443, 65535])
    row |= {"source_port": draw(ports), "destination_port": draw(ports)}
    if kind == "udp":
        return row | {"tcp_flags": 0, "window": 0}
    return row | {
        "seq": draw(st.sampled_from([1, 2**32 - 1])),
        "tcp_flags": draw(st.integers(0, 0x1FF)),
        "options": draw(st.just("") | TEXTS["options"]),
        "mss": draw(st.sampled_from([-1, 536])),
        "md5": draw(st.booleans()),
    }


TCP = {"seq", "ack", "tcp_flags", "window", "urgent", "options", "sack_blocks", "md5"}
IP = {"ip_version", "ttl", "ip_id", "dont_fragment", "fragment_offset", "more_fragments", "dscp"}
NEGATIVE = {
    "mss", "window_scale", "ts_value", "ts_echo", "checksum_delta", "connection", "direction"
}  # fmt: skip


def value_of(row: Row, name: str) -> Any:
    """Return what a packet says in a column, None for nothing."""
    value = row[name]
    begun = row["checksum"] != ""
    if value is None or (name in NEGATIVE and value == -1):
        return None
    if name in ("checksum", "ip_checksum") and value == "":
        return None
    if name in IP and row["ip_version"] == 0:
        return None
    if name in TCP and not (row["protocol"] == "tcp" and begun):
        return None
    if name in ("source_port", "destination_port"):
        return value if row["protocol"] in ("tcp", "udp") and begun else None
    return value


def holds(node: Any, row: Row) -> bool:
    """Judge a packet by a condition, in the plainest way."""
    if isinstance(node, Present):
        value = value_of(row, node.field)
        return value is not None and value != "" and value is not False
    if isinstance(node, Compare):
        value = value_of(row, node.field)
        if value is None:
            return False
        if node.operator == "!=":
            return not any(_one(node.field, "==", each, value) for each in node.values)
        return any(_one(node.field, node.operator, each, value) for each in node.values)
    if isinstance(node, Not):
        return not holds(node.part, row)
    judged = [holds(part, row) for part in node.parts]
    return all(judged) if type(node).__name__ == "And" else any(judged)


def _one(name: str, operator: str, wanted: Any, value: Any) -> bool:
    if isinstance(wanted, Range):
        return bool(wanted.low <= value <= wanted.high)
    if FIELDS[name].kind == "address":
        return ipaddress.ip_address(value) in wanted
    match operator:
        case "==":
            return bool(value == wanted)
        case "<":
            return bool(value < wanted)
        case "<=":
            return bool(value <= wanted)
        case ">":
            return bool(value > wanted)
        case ">=":
            return bool(value >= wanted)
        case "&":
            return bool(value & wanted)
    if isinstance(value, int):
        return bool(value & wanted == wanted)
    mark = FIELDS[name].separator
    return f"{mark}{wanted}{mark}" in f"{mark}{value}{mark}"

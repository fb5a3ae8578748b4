"""A filter finds the packets that it names, and reads only the columns it needs."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

from tests.capture.conditions import conditions, holds, rows
from tests.frames import PACKET_DEFAULTS, packet_table
from workbench.capture.filter_tree import written
from workbench.capture.filters import compile_filter
from workbench.capture.presence import judges
from workbench.capture.reader import read_packets
from workbench.capture.table import packet_table as real_table
from workbench.errors import ColumnError, ParameterError

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "filters.md").read_text(encoding="utf-8")

TABLE = packet_table(
    [
        {"tcp_flags": 2, "ttl": 3, "source_port": 40000, "destination_port": 443},
        {"source": "10.0.0.2", "destination": "10.0.0.1", "tcp_flags": 18, "ttl": 58},
        {"protocol": "udp", "destination_port": 53, "tcp_flags": 0, "connection": 1},
        {"ip_version": 0, "protocol": "arp", "source": None, "destination": None, "ttl": 0,
         "checksum": "", "connection": -1, "direction": -1, "source_port": 0},
        {"ip_version": 6, "source": "fd00::1", "destination": "fd00::2", "checksum": "bad",
         "tcp_flags": 4, "problem": "truncated", "encapsulation": "vlan+pppoe"},
    ]
)  # fmt: skip


def frames(text: str) -> list[int]:
    return TABLE["frame"][compile_filter(text).mask(TABLE)].tolist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tcp", [1, 2, 5]),
        ("TCP and PORT 443", [1, 2, 5]),
        ("udp and port 53", [3]),
        ("host 10.0.0.2", [1, 2, 3]),
        ("src host 10.0.0.2", [2]),
        ("src 10.0.0.2 || dst fd00::2", [2, 5]),
        ("net 10.0.0.0/8", [1, 2, 3]),
        ("dst net fd00::/8", [5]),
        ("source == 10.0.0.1,fd00::1", [1, 3, 5]),
        ("source != 10.0.0.1", [2, 5]),
        ("not source == 10.0.0.1", [2, 4, 5]),
        ("host != 10.0.0.2", [5]),
        ("ttl < 10", [1]),
        ("ttl 3..58", [1, 2]),
        ("tcp_flags & syn", [1, 2]),
        ("tcp_flags & 0x6", [1, 2, 5]),
        ("flags syn,ack", [2]),
        ("tcp_flags == syn", [1]),
        ("flags == 0", []),
        ("port != 443", [3]),
        ("dst port 1..100", [3]),
        ("tcp dst port 443 and flags rst", [5]),
        ("checksum bad", [5]),
        ("checksum != bad", [1, 2, 3]),
        ("problem", [5]),
        ("!problem && ip", [1, 2, 3]),
        ("problem truncated", [5]),
        ("encapsulation vlan", [5]),
        ("encapsulation == vlan", []),
        ("encapsulation == vlan+pppoe", [5]),
        ('encapsulation == ""', [1, 2, 3, 4]),
        ("frame 2..4", [2, 3, 4]),
        ("frame 1,3..4", [1, 3, 4]),
        ("length > 60", []),
        ("connection 1", [3]),
        ("connection", [1, 2, 3, 5]),
        ("direction client", [1, 2, 3, 5]),
        ("direction server", []),
        ("dont_fragment", [1, 2, 3, 5]),
        ("dont_fragment == no", []),
        ("ip6", [5]),
        ("fragment", []),
        ("arp or ip6", [4, 5]),
        ("not (tcp or udp)", [4]),
        ("udp or tcp and ttl 3", [1, 3]),
        ("(udp or tcp) and ttl 3", [1]),
        ("time >= 2023-11-14T22:13:20Z", [1, 2, 3, 4, 5]),
        ("time > 1700000000", []),
        ("protocol 17", [3]),
        ("ttl >= 99999999999999", []),
        ("mss", []),
    ],
)
def test_filters_find_what_they_name(text, expected) -> None:
    assert frames(text) == expected


@given(condition=conditions, drawn=rows())
def test_a_mask_agrees_with_a_judge_of_single_packets(condition, drawn) -> None:
    packets = [drawn, {}, {**drawn, "problem": ""}]
    table = packet_table(packets)
    complete = [
        {name: row.get(name, default) for name, (_, default) in PACKET_DEFAULTS.items()}
        for row in [{"frame": number, **row} for number, row in enumerate(packets, 1)]
    ]
    mask = compile_filter(written(condition)).mask(table)
    assert mask.dtype == bool
    assert mask.tolist() == [holds(condition, row) for row in complete]


@given(condition=conditions)
def test_only_the_columns_that_are_named_are_needed(condition) -> None:
    needed = compile_filter(written(condition))
    assert np.array_equal(needed.mask(TABLE), needed.mask(TABLE[list(needed.columns)]))


def test_columns_come_in_the_order_of_the_table_with_those_that_decide() -> None:
    found = compile_filter("problem and ttl < 3").columns
    assert found == ("ip_version", "ttl", "problem")
    assert set(judges(["ttl"])) < set(found)
    assert compile_filter("time").columns == ("time",)


def test_a_table_without_a_needed_column_is_named() -> None:
    with pytest.raises(ColumnError, match="'ttl'"):
        compile_filter("ttl 3").mask(TABLE[["ip_version"]])


def test_a_mask_of_no_rows_has_no_rows() -> None:
    assert compile_filter("tcp or ttl 3").mask(TABLE.iloc[:0]).tolist() == []


@pytest.mark.parametrize("given_filter", [None, 3, b"tcp"])
def test_what_is_no_text_is_no_filter(given_filter) -> None:
    with pytest.raises(ParameterError, match="parameter filter must be text"):
        compile_filter(given_filter)


def test_a_compiled_filter_keeps_its_text_and_shows_its_meaning() -> None:
    found = compile_filter("tcp port 80")
    assert found.text == "tcp port 80"
    assert str(found) == "protocol == tcp and (source_port == 80 or destination_port == 80)"
    assert compile_filter(str(found)).condition == found.condition


def test_every_filter_of_the_document_is_understood() -> None:
    table = DOCUMENT[DOCUMENT.index("| write |") : DOCUMENT.index("Flags are")]
    cells = [line.split(" | ")[0] for line in table.splitlines()[2:] if line.startswith("|")]
    examples = [text for cell in cells for text in re.findall(r"`([^`]+)`", cell)]
    operators = {"==", "!=", "<", "<=", ">", ">="}
    filters = [text for text in examples if text not in operators]
    assert len(filters) > 40
    for text in filters:
        compile_filter(text)


def test_real_packets_are_found_too() -> None:
    packets = read_packets(ROOT / "data" / "ordinary.pcapng")
    table = real_table(packets)
    packets.close()
    syn = compile_filter("flags syn and not flags ack").mask(table)
    by_hand = (table["protocol"] == "tcp") & (table["tcp_flags"] & 18 == 2)
    assert 0 < syn.sum() == by_hand.sum()
    assert np.array_equal(syn, by_hand.to_numpy())
    assert compile_filter("options sackOK").mask(table).sum() >= syn.sum()

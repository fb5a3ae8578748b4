"""A value counts only where its column applies."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.capture import build
from tests.frames import connection_table, packet_table
from workbench.capture import schema
from workbench.capture import table as tables
from workbench.capture.presence import judges, present

CUT_AT = 14 + 20


def of(*frames: bytes) -> pd.DataFrame:
    return tables.packet_table(build.read(build.pcap(frames)))


def where(table: pd.DataFrame, name: str) -> list[bool]:
    found = present(table, name)
    return [True] * len(table) if found is None else found.tolist()


def test_columns_that_apply_to_every_packet_have_no_mask() -> None:
    table = of(build.tcp4())
    for name in ("frame", "time", "link", "wire_length", "problem", "payload_length", "protocol"):
        assert present(table, name) is None


def test_ip_columns_apply_to_ip_even_where_they_hold_the_filler() -> None:
    no_hops = build.ethernet(build.ipv4(b"", 253, ttl=0))
    table = of(no_hops, build.ethernet(b"\0" * 28, 0x0806), build.tcp6())
    for name in ("ttl", "dont_fragment", "fragment_offset", "dscp", "ip_id"):
        assert where(table, name) == [True, False, True]


def test_tcp_columns_apply_to_tcp_headers_only() -> None:
    whole = build.tcp4(flags=0, seq=0, window=0)
    later = build.ethernet(build.ipv4(b"x" * 32, 6, fragment=0x2001))
    table = of(whole, build.udp4(), later, whole[: CUT_AT + 10], whole[: CUT_AT + 2])
    for name in ("seq", "ack", "tcp_flags", "window", "urgent", "options", "sack_blocks", "md5"):
        assert where(table, name) == [True, False, False, False, False]


def test_ports_apply_where_they_were_captured() -> None:
    frame = build.tcp4()
    icmp = build.ethernet(build.ipv4(b"\x08\0\xf7\xff\0\0\0\0", 1))
    zero = build.udp4(ports=(0, 0))
    table = of(frame, frame[: CUT_AT + 10], frame[: CUT_AT + 2], icmp, zero)
    assert where(table, "source_port") == [True, True, False, False, True]
    assert where(table, "checksum") == [True, True, True, True, True]


def test_options_say_for_themselves_that_a_packet_has_none() -> None:
    table = of(build.tcp4(), build.tcp4(options=b"\x02\x04\x05\xb4"), build.udp4())
    assert where(table, "mss") == [False, True, False]
    assert where(table, "options") == [True, True, False]
    assert where(table, "ip_checksum") == [True, True, True]


def test_connections_apply_where_there_is_one() -> None:
    table = packet_table([{"connection": -1, "direction": -1}, {}])
    assert where(table, "connection") == where(table, "direction") == [False, True]


def test_judges_are_the_columns_that_decide() -> None:
    assert judges(["time", "mss", "checksum", "connection"]) == ()
    assert judges(["ttl"]) == ("ip_version",)
    assert {"protocol", "checksum", "problem", "window"} < set(judges(["seq"]))
    assert "source_port" in judges(["destination_port"])
    assert judges(["no such column"]) == ()


@pytest.mark.parametrize("name", schema.NAMES)
def test_judges_are_enough(name) -> None:
    table = packet_table([{}, {"ip_version": 0, "protocol": None, "checksum": ""}])
    few = table[[*dict.fromkeys([name, *judges([name])])]]
    whole, part = present(table, name), present(few, name)
    assert (whole is None) == (part is None)
    assert whole is None or part is None or whole.tolist() == part.tolist()


def test_without_its_judges_the_filler_decides() -> None:
    table = of(build.ethernet(build.ipv4(b"", 253, ttl=0)), build.tcp4())
    assert where(table[["ttl"]], "ttl") == [False, True]


def test_another_table_says_itself_what_fills_it() -> None:
    table = connection_table([{"handshake_rtt_ns": -1}, {"handshake_rtt_ns": 5}])
    found = present(table, "handshake_rtt_ns", {"handshake_rtt_ns": -1})
    assert found is not None
    assert found.tolist() == [False, True]
    assert present(table, "protocol", {"handshake_rtt_ns": -1}) is None

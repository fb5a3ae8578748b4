"""Summaries of whole captures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.frames import START_NS, connection_table, download, packet_table
from workbench.errors import ParameterError
from workbench.traffic import summaries

INT64 = st.integers(-(2**63) + 1, 2**63 - 1)


def test_facts_of_a_download() -> None:
    packets = download()
    facts = summaries.facts(packets, connection_table([{}]))
    assert (facts.packets, facts.connections, facts.hosts) == (19, 1, 2)
    assert facts.protocols == (("TCP", 19),)
    assert facts.links == ("ethernet",)
    assert facts.first_ns == START_NS
    assert facts.duration_ns == 90_000_000
    assert facts.wire_bytes == facts.captured_bytes == int(packets["wire_length"].sum())


def test_facts_of_nothing() -> None:
    facts = summaries.facts(packet_table([]), connection_table([]))
    assert (facts.packets, facts.hosts, facts.duration_ns, facts.first_ns) == (0, 0, 0, None)
    assert facts.protocols == ()
    assert facts.links == ()


def test_what_is_not_ip_is_counted_under_its_link() -> None:
    rows: list[dict[str, Any]] = [
        {"protocol": "icmpv6", "ip_version": 6},
        {"protocol": None, "ip_version": 0, "source": None, "destination": None},
        {"protocol": None, "ip_version": 4},
    ]
    counts = summaries.protocol_counts(packet_table(rows))
    assert list(counts["protocol"]) == ["ICMPv6", "IPv4, other", "not decoded (ethernet)"]
    assert counts["packets"].tolist() == [1, 1, 1]


def test_timeline_keeps_every_packet_and_names_the_rest() -> None:
    names = ["tcp", "udp", "arp", "icmp", "gre", "esp", "tcp"]
    rows = [{"protocol": name, "time": START_NS + i * 10**9} for i, name in enumerate(names)]
    bins = summaries.timeline(packet_table(rows), bins=10, classes=3)
    assert bins["class"].unique().tolist()[0] == "TCP"
    assert summaries.OTHER in set(bins["class"])
    assert bins["class"].nunique() == 4
    assert bins["packets"].sum() == 7
    assert bins["wire_bytes"].sum() == 7 * 60


def test_timeline_counts_from_the_earliest_packet_when_time_goes_back() -> None:
    rows = [{"time": START_NS + offset} for offset in (500, 0, 1000)]
    bins = summaries.timeline(packet_table(rows), bins=10)
    full = bins[bins["packets"] > 0]
    assert full["start_ns"].tolist() == [0, 400, 1000] or full["packets"].sum() == 3
    assert full["start_ns"].min() == 0


@given(st.lists(INT64, min_size=1, max_size=30), st.integers(1, 40))
def test_timeline_survives_any_times(times: list[int], bins: int) -> None:
    table = summaries.timeline(packet_table([{"time": time} for time in times]), bins=bins)
    assert table["packets"].sum() == len(times)
    assert len(table) <= bins + 1
    assert (table["start_ns"] >= 0).all()


def test_timeline_of_nothing_has_its_columns() -> None:
    table = summaries.timeline(packet_table([]))
    assert list(table) == ["class", "start_ns", "width_ns", "packets", "wire_bytes"]
    assert table.empty


@given(st.integers(0, 2**64), st.integers(1, 500))
def test_nice_widths_cover_the_span(span: int, bins: int) -> None:
    width = summaries.nice_width(span, bins)
    assert width * bins > span
    assert str(width).rstrip("0") in {"1", "2", "5"}
    assert width == 1 or width * bins <= 2.5 * max(span, 1) + bins * 2.5


def test_bins_cannot_be_none() -> None:
    with pytest.raises(ParameterError, match="bins"):
        summaries.nice_width(10, 0)


@given(st.lists(st.integers(0, 2**32 - 1), max_size=40))
def test_sizes_count_every_packet_in_few_bins(lengths: list[int]) -> None:
    rows = [{"wire_length": n, "direction": i % 3 - 1} for i, n in enumerate(lengths)]
    counts = summaries.sizes(packet_table(rows))
    assert counts["packets"].sum() == len(lengths)
    if lengths:
        assert counts["start_bytes"].nunique() <= summaries.MAX_SIZE_BINS
        assert counts["start_bytes"].max() + counts["width_bytes"].iloc[0] > max(lengths)


def test_conversations_are_grouped_and_ordered_by_bytes() -> None:
    table = connection_table(
        [
            {"connection": 0, "wire_bytes_server": 10},
            {"connection": 1, "server": "10.0.0.9", "wire_bytes_server": 5_000},
            {"connection": 2, "protocol": "udp", "server_port": 53, "wire_bytes_server": 20},
        ]
    )
    pairs = summaries.conversations(table, limit=1)
    assert pairs["server"].tolist() == ["10.0.0.9"]
    assert pairs.attrs["pairs"] == 2
    both = summaries.conversations(table)
    assert both["connections"].tolist() == [1, 2]
    assert both["services"].tolist() == ["tcp 443", "tcp 443, udp 53"]
    assert both["bytes_server"].tolist() == [5_000, 30]


def test_conversations_of_nobody() -> None:
    pairs = summaries.conversations(connection_table([]))
    assert pairs.empty
    assert pairs.attrs["pairs"] == 0


def test_many_services_are_cut_with_a_count() -> None:
    rows = [{"connection": i, "server_port": 1000 + i} for i in range(5)]
    pairs = summaries.conversations(connection_table(rows))
    assert pairs["services"].iloc[0].endswith("and 2 more")


def test_a_million_packets_become_few_rows() -> None:
    count = 1_000_000
    packets = packet_table([{}]).loc[np.zeros(count, dtype=int)].reset_index(drop=True)
    packets["time"] = packets["time"] + np.arange(count).astype("timedelta64[us]")
    bins = summaries.timeline(packets)
    assert len(bins) <= 121
    assert bins["packets"].sum() == count

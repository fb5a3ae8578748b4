"""Columns become a table: dtypes as the schema says, codes as text, nothing where nothing is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.capture import build
from workbench.capture import schema
from workbench.capture.kernels.extras import OPTION_NAMES
from workbench.capture.packets import Packets
from workbench.capture.table import (
    address_categories,
    interface_table,
    option_layout,
    packet_table,
    text_categories,
)
from workbench.errors import ColumnError

SYN = b"\x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\x09\0\0\0\0\x01\x03\x03\x07"


def mixed() -> list[bytes]:
    return [
        build.tcp4(flags=2, options=SYN),
        build.udp4(b"dns", checksum=0),
        build.tcp6(b"six"),
        build.ethernet(bytes(28), 0x0806),
        build.ethernet(build.ipv4(build.tcp(b"v", checksum=1), 6, tos=0xB8), tags=[5, 6]),
        build.ethernet(b"what is this", 0x88B5),
        build.ethernet(b"\x25" + bytes(30)),
    ]


@pytest.fixture(scope="module")
def packets() -> Packets:
    return build.read(build.pcap(mixed(), nano=True, step_ns=1))


def flow_of(packets: Packets) -> dict[str, np.ndarray]:
    count = len(packets)
    return {"connection": np.arange(count, dtype="i4"), "direction": np.zeros(count, "i1")}


@pytest.mark.parametrize("make", [build.pcap, build.pcapng])
@pytest.mark.parametrize("count", [0, 1, 7])
def test_dtypes_are_those_of_the_schema(make, count) -> None:
    found = build.read(make(mixed()[:count]))
    table = packet_table(found, flow=flow_of(found))
    assert tuple(table.columns) == schema.NAMES
    assert table.dtypes.astype(str).to_dict() == {
        column.name: column.dtype for column in schema.COLUMNS
    }
    for column in schema.COLUMNS:
        if column.dtype == "category":
            assert table[column.name].cat.categories.dtype == "str", column.name


@pytest.mark.parametrize("applies", ["ip", "transport", "tcp"])
def test_a_packet_that_has_no_such_field_has_the_value_for_absent(packets, applies) -> None:
    table = packet_table(packets, flow=None)
    row = table.iloc[5]  # an Ethernet type that nobody decodes
    for column in schema.COLUMNS:
        if column.applies == applies and column.name not in schema.FLOW:
            if column.absent is None:
                assert pd.isna(row[column.name]), column.name
            else:
                assert row[column.name] == column.absent, column.name


def test_codes_are_shown_as_text(packets: Packets) -> None:
    table = packet_table(packets)
    assert table["protocol"].astype(object).fillna("").tolist() == [
        "tcp", "udp", "tcp", "arp", "tcp", "", "",
    ]  # fmt: skip
    assert table["source"].tolist()[:3] == ["10.0.0.1", "10.0.0.1", "fd00::1"]
    assert table["source"].isna().tolist()[3:] == [True, False, True, True]
    assert table["checksum"].tolist()[:5] == ["good", "unverified", "good", "", "bad"]
    assert table["ip_checksum"].tolist()[:3] == ["good", "good", ""]
    assert table["problem"].tolist() == [""] * 6 + ["bad-ip-version"]
    assert set(table["link"]) == {"ethernet"}
    assert table["options"].tolist()[0] == "mss,sackOK,ts,nop,wscale"
    assert table["dscp"].tolist()[4] == 46


def test_encapsulations_have_only_the_names_in_use(packets: Packets) -> None:
    column = packet_table(packets, ["encapsulation"])["encapsulation"]
    assert column.tolist() == ["", "", "", "", "vlan+vlan", "", ""]
    assert column.cat.categories.tolist() == ["", "vlan+vlan"]
    plain = packet_table(packets.take([0, 1]), ["encapsulation"])["encapsulation"]
    assert plain.cat.categories.tolist() == [""]


def test_times_are_exact_and_missing_ones_are_no_time(packets: Packets) -> None:
    times = packet_table(packets, ["time"])["time"]
    assert times.astype("int64").tolist() == [build.START_NS + number for number in range(7)]
    raw = build.section() + build.interface() + build.simple(mixed()[0]) + build.enhanced(b"")
    found = packet_table(build.read(raw))["time"]
    assert found.isna().tolist() == [True, False]


def test_flags_and_offset_of_a_fragment() -> None:
    frames = [
        build.ethernet(build.ipv4(bytes(16), 17, fragment=field))
        for field in (0x4000, 0x2000 | 3, 0x1FFF, 0)
    ]
    table = packet_table(build.read(build.pcap(frames)))
    assert table["dont_fragment"].tolist() == [True, False, False, False]
    assert table["more_fragments"].tolist() == [False, True, False, False]
    assert table["fragment_offset"].tolist() == [0, 24, 65_528, 0]


def test_payloads_are_found_in_the_file_or_in_the_datagram() -> None:
    datagram = build.udp(b"q" * 64)
    halves = [
        build.ethernet(build.ipv4(datagram[:40], 17, identification=9, fragment=0x2000)),
        build.ethernet(build.ipv4(datagram[40:], 17, identification=9, fragment=5)),
    ]
    raw = build.pcap([build.tcp4(b"abc"), *halves])
    packets = build.read(raw)
    table = packet_table(packets, ["payload_source", "payload_offset", "payload_length"])
    start, size = int(table["payload_offset"][0]), int(table["payload_length"][0])
    assert raw[start : start + size] == b"abc"
    assert table["payload_source"].tolist() == [0, 0, -1]
    start = int(table["payload_offset"][2])
    assert packets.datagrams.data[start : start + 64] == b"q" * 64


def test_columns_come_alone_and_in_the_order_asked_for(packets: Packets) -> None:
    assert packet_table(packets, ["ttl", "frame"]).columns.tolist() == ["ttl", "frame"]
    assert not set(schema.FLOW) & set(packet_table(packets).columns)
    assert packet_table(packets, []).empty
    with pytest.raises(ColumnError, match="Did you mean ttl"):
        packet_table(packets, ["tttl"])


def test_flow_columns_come_from_outside_and_are_absent_without(packets: Packets) -> None:
    given = packet_table(packets, list(schema.FLOW), flow_of(packets))
    assert given["connection"].tolist() == list(range(7))
    without = packet_table(packets, list(schema.FLOW))
    assert without["connection"].tolist() == without["direction"].tolist() == [-1] * 7
    assert without.dtypes.astype(str).tolist() == ["int32", "int8"]


def test_a_selection_keeps_frames_and_values(packets: Packets) -> None:
    whole = packet_table(packets)
    chosen = packet_table(packets.take([6, 2, 4]))
    for name in ("frame", "source", "checksum", "mss", "payload_offset", "time"):
        left, right = chosen[name].astype(object), whole[name].iloc[[6, 2, 4]].astype(object)
        assert left.fillna(-9).tolist() == right.fillna(-9).tolist(), name


def test_links_of_several_interfaces_and_of_none() -> None:
    raw = build.section() + build.interface() + build.interface(build.RAW) + build.interface(147)
    for number in (0, 1, 2, 9):
        raw += build.enhanced(mixed()[0], interface=number)
    column = packet_table(build.read(raw))["link"]
    assert column.astype(object).fillna("").tolist() == ["ethernet", "raw", "link-147", ""]


def test_interfaces_as_a_table() -> None:
    raw = build.section() + build.interface(name="eth0", snap=96, resolution=0x80 | 20)
    raw += build.interface(build.RAW, 0)
    raw += build.enhanced(mixed()[0]) * 3 + build.enhanced(mixed()[0][14:], interface=1)
    table = interface_table(build.read(raw))
    assert table["name"].tolist() == ["eth0", ""]
    assert table["link"].tolist() == ["ethernet", "raw"]
    assert table["snap_length"].tolist() == [96, 0]
    assert table["resolution"].tolist() == ["2^-20 s", "10^-6 s"]
    assert table["packets"].tolist() == [3, 1]


def test_codes_become_categories_without_a_copy(packets: Packets) -> None:
    values = np.array([1, -1, 0], "i1")
    found = text_categories(values, ["a", "b"])
    assert list(found)[::2] == ["b", "a"]
    assert pd.isna(found[1])
    assert np.shares_memory(found.codes, values)
    addresses = address_categories(np.array([0, -1], "i4"), packets)
    assert addresses[0] == packets.addresses.texts[0]
    assert pd.isna(addresses[1])


@pytest.mark.parametrize("count", [0, 1, 7, 15])
def test_a_layout_code_names_its_options_in_order(count) -> None:
    kinds = [1 + number % 15 for number in range(count)]
    layout = 0
    for kind in kinds:
        layout = layout << 4 | kind
    assert option_layout(layout) == ",".join(OPTION_NAMES[kind] for kind in kinds)

"""Frames end to end: through tunnels, to what cannot be decoded, and beside a walk."""

from __future__ import annotations

import ipaddress
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture import build
from workbench.capture import codes, links
from workbench.capture.kernels import decode, fields, layers, walk
from workbench.capture.kernels.types import (
    COLUMN_DTYPES,
    NO_WALK,
    Columns,
    Index,
    Pcap,
    empty_columns,
    empty_index,
)

INNER = ("192.0.2.1", "192.0.2.2")
V4 = build.ipv4(build.tcp(b"inner", *INNER), 6, *INNER, ttl=7)
FRAME = build.ethernet(V4)
VXLAN = bytes.fromhex("0800000000012300")
PPPOE = b"\x11\0\0\1" + struct.pack(">H", len(V4) + 2) + b"\0\x21"
MPLS = bytes.fromhex("00005140")

STACKS = {
    "": FRAME,
    "vlan": build.ethernet(V4, tags=[7]),
    "vlan+vlan": build.ethernet(V4, tags=[7, 8]),
    "vlan+pppoe": build.ethernet(PPPOE + V4, 0x8864, tags=[7]),
    "mpls": build.ethernet(MPLS + V4, 0x8847),
    "gre": build.ethernet(build.ipv4(b"\0\0\x08\0" + V4, 47)),
    "ipip": build.ethernet(build.ipv4(V4, 4)),
    "4in6": build.ethernet(build.ipv6(V4, 4), 0x86DD),
    "etherip": build.ethernet(build.ipv4(b"\x30\0" + FRAME, 97)),
    "vxlan": build.udp4(VXLAN + FRAME, ports=(50000, 4789)),
    "vlan+vxlan+more": build.ethernet(
        build.ipv4(build.udp(VXLAN + build.ethernet(V4, tags=[9, 9]), ports=(5, 4789)), 17),
        tags=[7],
    ),
    "vlan+vlan+vlan": build.ethernet(V4, tags=[7, 8, 9]),
    "ipip+gre": build.ethernet(build.ipv4(build.ipv4(b"\0\0\x08\0" + V4, 47), 4)),
}


def column(data: bytes, name: str) -> list[int]:
    found: list[int] = build.read(data).columns[name].tolist()
    return found


@pytest.mark.parametrize("name", STACKS)
def test_the_innermost_packet_is_the_row(name: str) -> None:
    packets = build.read(build.pcap([STACKS[name]]))
    row = {key: values.tolist()[0] for key, values in packets.columns.items()}
    assert codes.encapsulation_name(row["encapsulation"]) == name
    texts = packets.addresses.texts
    assert (texts[row["source"]], texts[row["destination"]]) == INNER
    assert (row["ttl"], row["protocol"], row["source_port"]) == (7, 6, 40000)
    assert (row["checksum"], row["ip_checksum"]) == (codes.GOOD, codes.GOOD)
    assert STACKS[name][row["network_at"] :].startswith(V4)
    assert packets.payload(0) == b"inner"
    assert row["problem"] == codes.OK


def test_only_the_addresses_of_the_innermost_packet_are_kept() -> None:
    packets = build.read(build.pcap([STACKS["ipip"]]))
    assert packets.addresses.texts == list(INNER)


def problem_of(frame: bytes, **how: Any) -> str:
    (found,) = column(build.pcap([frame], **how), "problem")
    return codes.PROBLEM_NAMES[found]


@pytest.mark.parametrize(
    ("tags", "problem"), [(layers.MAX_LAYERS - 3, ""), (layers.MAX_LAYERS, "nested-too-deep")]
)
def test_more_headers_than_any_network_sends(tags: int, problem: str) -> None:
    assert problem_of(build.ethernet(V4, tags=[1] * tags)) == problem


@pytest.mark.parametrize(
    ("frame", "link", "problem"),
    [
        (FRAME, 147, "unknown-link-type"),
        (struct.pack("<I", 99) + V4, links.NULL, "malformed-link-header"),
        (FRAME[:13], links.ETHERNET, "truncated"),
        (b"", links.RAW, "truncated"),
        (build.ethernet(b"\0", tags=[1])[:17], links.ETHERNET, "truncated"),
        (build.ethernet(build.ipv4(b"\0\0", 47)), links.ETHERNET, "malformed-tunnel"),
        (b"\x35" + V4[1:], links.RAW, "bad-ip-version"),
    ],
)
def test_what_ends_decoding_is_the_problem(frame: bytes, link: int, problem: str) -> None:
    assert problem_of(frame, link=link) == problem


def test_the_first_problem_is_kept() -> None:
    inner = build.ipv4(build.tcp(words=1), 6)
    assert problem_of(build.ethernet(inner)) == "bad-tcp-header-length"
    outer = build.ipv4(inner, 4, length=500)
    assert problem_of(build.ethernet(outer)) == "ip-length-exceeds-frame"


def test_a_frame_of_an_interface_that_the_file_does_not_describe() -> None:
    data = build.section() + build.interface() + build.enhanced(FRAME, interface=3)
    assert column(data, "problem") == [codes.UNKNOWN_INTERFACE]
    assert column(data, "protocol") == [codes.PROTOCOL_ABSENT]
    assert column(data, "source") == [-1]


def test_more_bytes_than_were_on_the_wire() -> None:
    data = build.pcap_header() + build.record(FRAME, wire=len(FRAME) - 1)
    assert column(data, "problem") == [codes.CAPTURED_EXCEEDS_WIRE]
    assert column(data, "source_port") == [40000]


def test_arp_is_a_protocol_without_addresses() -> None:
    data = build.pcap([build.ethernet(bytes(28), 0x0806)])
    assert column(data, "protocol") == [codes.ARP]
    assert column(data, "ip_version") == [0]
    inside = build.ipv4(b"\0\0\x08\x06" + bytes(28), 47)
    assert column(build.pcap([build.ethernet(inside)]), "protocol") == [47]


def test_headers_longer_than_their_offsets_can_say() -> None:
    stuffing = (b"\x3c\xff" + bytes(2046)) * 31 + b"\x11\xff" + bytes(2046)
    packet = build.ipv6(stuffing + build.udp(b"x"), 60, length=0)
    (row,) = [build.read(build.pcap([build.ethernet(packet, 0x86DD)], snap=262144))]
    assert row.columns["problem"].tolist() == [codes.HEADERS_TOO_LONG]
    assert row.columns["payload_length"].tolist() == [0]


@pytest.mark.parametrize(
    ("start", "wire_end", "unreadable", "found"),
    [
        (134, 200, False, (34, 34, 66)),
        (134, 200, True, (14, 14, 0)),
        (134, 130, False, (14, 14, 0)),
        (100 + layers.MAX_HEADERS, 90_000, False, (65535, 65535, 90_000 - 65_635)),
        (101 + layers.MAX_HEADERS, 90_000, False, (14, 14, 0)),
    ],
)
def test_where_a_payload_is_placed(start, wire_end, unreadable, found) -> None:
    values = [0] * fields.COUNT
    values[fields.NETWORK_AT] = 14
    decode.place_payload(values, 100, start, wire_end, unreadable)
    places = (fields.TRANSPORT_AT, fields.PAYLOAD_AT, fields.PAYLOAD_LENGTH)
    assert tuple(values[place] for place in places) == found


def test_positions_of_addresses_become_codes() -> None:
    values = [0] * fields.COUNT
    slots, keys, state = [0] * 8, [0] * 16, [0, 3, 5, 7, 11, 7]
    data = b"??" + build.packed("2001:db8::1") + build.packed("2001:db8::2")
    values[fields.IP_VERSION], values[fields.SOURCE], values[fields.DESTINATION] = 6, 2, 18
    decode.code_addresses(data, values, slots, keys, state)
    assert (values[fields.SOURCE], values[fields.DESTINATION], state[0]) == (0, 1, 2)
    number = int(ipaddress.IPv6Address("2001:db8::2"))
    assert keys[7] == number & 0xFFFFFFFF


Row = tuple[tuple[int, int, int], list[list[int]], list[list[int]]]


def rows_of(data: bytes, pcap: Pcap, index: Index, count: int, link_types: list[int]) -> Row:
    """Decode rows from row 1 on; the result, the columns and the index."""
    columns = Columns(*(memoryview(values) for values in empty_columns(count + 1)))
    tables = [0] * fields.COUNT, [0] * 64, [0] * 128, [0, 3, 5, 7, 11, 63]
    found = decode.decode_rows(data, index, 0, count, link_types, pcap, columns, 1, *tables)
    end = 1 + found[1]
    written = [values[1:end].tolist() for values in columns]
    return found, written, [values[: found[1]].tolist() for values in index]


FRAMES = st.lists(
    st.sampled_from([*STACKS.values(), b"", b"\0" * 20, build.tcp6(b"six")]), max_size=8
)


@given(frames=FRAMES, big=st.booleans(), cut=st.integers(0, 40))
def test_walking_on_the_way_is_walking_first(frames: list[bytes], big: bool, cut: int) -> None:
    data = build.pcap(frames, big=big)
    data = data[: max(24, len(data) - cut)]
    walked, written = (Index(*(memoryview(values) for values in empty_index(9))) for _ in range(2))
    how = walk.walk_pcap(data, 24, len(data), big, 1000, 16, 65535, walked, 0)
    found = rows_of(data, Pcap(24, len(data), len(data), big, 1000, 65535), written, 9, [1])
    assert found[0] == how
    apart = rows_of(data, NO_WALK, walked, how[1], [1])
    assert apart[0][1:] == (how[1], walk.FULL)
    assert apart[1:] == found[1:]


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (struct.pack("<IIII", 1, 0, 101, 101), walk.BROKEN),
        (bytes(16), walk.BROKEN),
        (struct.pack("<IIII", 1, 0, 100, 100), walk.MORE),
        (struct.pack("<IIII", 1, 0, 4, 4), walk.FULL),
    ],
)
def test_the_next_record(header: bytes, reason: int) -> None:
    data = header + bytes(4)
    index = Index(*(memoryview(values) for values in empty_index(1)))
    pcap = Pcap(0, 20, 20, 0, 1000, 100)
    found = decode.next_record(data, 0, pcap, index, 0)
    assert found == (20 if reason == walk.FULL else 0, reason)


def test_each_interface_has_its_own_link_type() -> None:
    index = Index([0, len(FRAME)], [len(FRAME), len(V4)], [200, 200], [0, 0], [0, 1])
    buffer = FRAME + V4
    columns = Columns(**{name: [0] * 2 for name in COLUMN_DTYPES})
    tables = [0] * fields.COUNT, [0] * 64, [0] * 128, [0, 3, 5, 7, 11, 63]
    decode.decode_rows(
        buffer, index, 0, 2, [links.ETHERNET, links.RAW], NO_WALK, columns, 0, *tables
    )
    assert columns.network_at == [14, 0]
    assert columns.source == [0, 0]
    assert columns.destination == [1, 1]

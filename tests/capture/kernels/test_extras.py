"""TCP options, identifications, and how far a checksum is off."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture import build
from workbench.capture import codes
from workbench.capture.extras import extra_columns
from workbench.capture.kernels import extras, fields

MSS = struct.pack(">BBH", 2, 4, 1460)
SCALE = b"\x03\x03\x07"
PERMITTED = b"\x04\x02"
TIMES = struct.pack(">BBII", 8, 10, 4_000_000_000, 7)
LIMIT = extras.MAX_OPTIONS


def options(data: bytes) -> dict[str, Any]:
    """Read options that lie between other bytes."""
    values = [0] * fields.EXTRA_COUNT
    extras.tcp_options(b"\2\4" + data + b"\2\4\0\1", 2, 2 + len(data), values)
    layout = values[fields.OPTIONS]
    names: list[str] = []
    while layout:
        layout, code = divmod(layout, 16)
        names.insert(0, extras.OPTION_NAMES[code])
    found = {name.lower(): values[getattr(fields, name)] for name in ("MSS", "WINDOW_SCALE",
             "TS_VALUE", "TS_ECHO", "SACK_BLOCKS", "MD5")}  # fmt: skip
    return {"layout": ",".join(names), **found}


def test_the_options_of_a_linux_syn() -> None:
    found = options(MSS + PERMITTED + TIMES + b"\1" + SCALE)
    assert found == {
        "layout": "mss,sackOK,ts,nop,wscale", "mss": 1460, "window_scale": 7,
        "ts_value": 4_000_000_000, "ts_echo": 7, "sack_blocks": 0, "md5": 0,
    }  # fmt: skip


@pytest.mark.parametrize("blocks", [1, 2, 3, 4])
def test_selective_acknowledgements_are_counted(blocks: int) -> None:
    found = options(b"\1\1" + bytes([5, 2 + 8 * blocks]) + bytes(8 * blocks))
    assert (found["layout"], found["sack_blocks"]) == ("nop,nop,sack", blocks)


@pytest.mark.parametrize(
    ("kind", "name"),
    [(19, "md5"), (28, "uto"), (29, "ao"), (30, "mptcp"), (34, "tfo"), (254, "exp")]
    + [(kind, "other") for kind in (6, 7, 9, 18, 20, 27, 31, 33, 35, 253, 255)],
)
def test_kinds_of_options(kind: int, name: str) -> None:
    found = options(bytes([kind, 6]) + bytes(4) + b"\1")
    assert (found["layout"], found["md5"]) == (f"{name},nop", int(kind == 19))


@pytest.mark.parametrize(
    ("data", "layout"),
    [
        (b"\1\0" + MSS, "nop,eol"),
        (MSS + b"\3\0", "mss,bad"),
        (MSS + b"\3\1", "mss,bad"),
        (MSS + b"\3\4\7", "mss,bad"),
        (MSS + b"\3", "mss,bad"),
        (MSS + b"\xfd\xff\1\1", "mss,bad"),
        (b"", ""),
    ],
)
def test_the_end_and_bad_lengths_end_a_layout(data: bytes, layout: str) -> None:
    assert options(data)["layout"] == layout


@pytest.mark.parametrize("data", [b"\2\3\5", b"\2\6\5\5\5\5", b"\3\4\7\7", b"\x08\x06" + bytes(4)])
def test_an_option_of_an_unusual_length_has_no_value(data: bytes) -> None:
    found = options(data)
    assert found["layout"] in {"mss", "wscale", "ts"}
    assert found["mss"] == found["window_scale"] == found["ts_value"] == 0


def test_a_layout_has_no_more_options_than_it_can_hold() -> None:
    assert options(b"\1" * 40)["layout"] == ",".join(["nop"] * LIMIT)
    assert options(b"\1" * (LIMIT - 1) + b"\3\0")["layout"].endswith("nop,bad")
    assert 15 << 4 * (LIMIT - 1) < 2**63


@given(data=st.binary(max_size=40))
def test_any_bytes_have_a_layout(data: bytes) -> None:
    found = options(data)
    assert bool(found["layout"]) == bool(data)
    assert found["sack_blocks"] <= 4


def test_every_code_has_a_name_and_every_kind_a_code() -> None:
    assert set(extras.OPTION_NAMES) == set(range(1, 16))
    codes_of_kinds = {extras.option_code(kind) for kind in range(256)}
    assert codes_of_kinds == set(extras.OPTION_NAMES) - {extras.OPTION_BAD}


def test_extra_columns_have_the_dtypes_of_their_names() -> None:
    assert extras.Extras._fields == tuple(extras.EXTRA_DTYPES)
    for name, column in extras.empty_extras(4)._asdict().items():
        assert (column.dtype, column.shape) == (np.dtype(extras.EXTRA_DTYPES[name]), (4,))


def one(packet: bytes, transport: int, protocol: int = 6, middle: int = 0) -> list[int]:
    values = [55] * fields.EXTRA_COUNT
    version = packet[0] >> 4
    extras.one_extra(packet, 0, transport, len(packet), version, protocol, middle, values)
    return values


def test_fields_of_ipv4_and_of_ipv6() -> None:
    four = one(build.ipv4(build.udp(), 17, identification=0xBEEF, tos=0xB9), 20, 17)
    assert (four[fields.IP_ID], four[fields.DSCP]) == (0xBEEF, 46)
    six = one(build.ipv6(build.udp(), 17, traffic=0xB9), 40, 17)
    assert (six[fields.IP_ID], six[fields.DSCP]) == (0, 46)
    assert (six[fields.MSS], six[fields.WINDOW_SCALE], six[fields.TS_VALUE]) == (-1, -1, -1)


def test_the_identification_of_an_ipv6_fragment() -> None:
    hop = b"\x2c\x00" + bytes(6)
    part = build.fragment_header(17, 8, more=True, identification=0xDEADBEEF)
    assert one(build.ipv6(hop + part + bytes(8), 0), 56, 17, 1)[fields.IP_ID] == 0xDEADBEEF
    twice = build.fragment_header(44, 0, more=False, identification=1) + part
    assert one(build.ipv6(twice + bytes(8), 44), 56, 17, 1)[fields.IP_ID] == 0xDEADBEEF


def test_only_the_first_fragment_has_options() -> None:
    packet = build.ipv4(build.tcp(options=MSS, urgent=9), 6)
    first, later = one(packet, 20), one(packet, 20, middle=5)
    assert (first[fields.MSS], first[fields.URGENT]) == (1460, 9)
    assert (later[fields.MSS], later[fields.URGENT], later[fields.OPTIONS]) == (-1, 0, 0)


def test_options_end_where_the_capture_does() -> None:
    packet = build.ipv4(build.tcp(options=MSS + TIMES), 6)
    cut = one(packet[: 20 + 20 + 4 + 3], 20)
    assert cut[fields.MSS] == 1460
    assert cut[fields.OPTIONS] & 15 == extras.OPTION_BAD


ENDS = {4: ("10.0.0.1", "10.0.0.2"), 6: ("fd00::1", "fd00::2")}


def difference(packet: bytes, protocol: int, transport: int) -> int:
    size = len(packet)
    version, length = packet[0] >> 4, size - transport
    return extras.delta(packet, 0, transport, size, version, protocol, length)


@given(
    payload=st.binary(max_size=30),
    stored=st.integers(0, 65535),
    version=st.sampled_from([4, 6]),
    protocol=st.sampled_from([6, 17]),
)
def test_a_checksum_is_off_by_what_is_stored_too_much(payload, stored, version, protocol) -> None:
    make = build.tcp if protocol == 6 else build.udp
    place = 16 if protocol == 6 else 6
    right = struct.unpack_from(">H", make(payload, *ENDS[version]), place)[0]
    segment = make(payload, *ENDS[version], checksum=stored)
    packet = build.ipv4(segment, protocol) if version == 4 else build.ipv6(segment, protocol)
    found = difference(packet, protocol, 20 if version == 4 else 40)
    assert found == (stored - right) % 65536


@pytest.mark.parametrize("protocol", [1, 58])
def test_so_are_those_of_icmp(protocol: int) -> None:
    message = b"\x08\0\0\0\0\1\0\1ping"
    pseudo = build.pseudo(*ENDS[6], 58, len(message)) if protocol == 58 else b""
    stored = struct.pack(">H", (build.internet_sum(pseudo + message) + 5) % 65536)
    message = message[:2] + stored + message[4:]
    packet = build.ipv4(message, 1) if protocol == 1 else build.ipv6(message, 58)
    assert difference(packet, protocol, 20 if protocol == 1 else 40) == 5


def test_there_is_no_difference_where_bytes_are_missing() -> None:
    packet = build.ipv4(build.tcp(b"hello"), 6)
    assert extras.delta(packet, 0, 20, len(packet) - 1, 4, 6, 25) == -1
    assert extras.delta(packet, 0, 20, len(packet), 4, 132, 25) == -1
    assert extras.delta(packet, 0, 20, len(packet), 4, 6, 3) == -1


def test_the_addresses_that_a_routed_packet_is_checked_with() -> None:
    routing = bytes([60, 2, 0, 1]) + bytes(4) + build.packed("2001:db8::9")
    home = bytes([17, 2, 0xC9, 16]) + build.packed("2001:db8::5") + bytes(4)
    segment = build.udp(b"hello", "2001:db8::5", "2001:db8::9")
    packet = build.ipv6(routing + home + segment, 43)
    assert extras.checked_addresses(packet, 0, len(packet)) == (40 + 24 + 4, 40 + 8)
    assert difference(packet, 17, 40 + 48) == 0


def test_columns_of_frames() -> None:
    frames = [
        build.tcp4(b"x", options=MSS),
        build.tcp4(b"x", checksum=0),
        build.udp4(b"x", checksum=0),
        build.ethernet(bytes(50), 0x0806),
    ]
    right = struct.unpack_from(">H", build.tcp(b"x"), 16)[0]
    packets = build.read(build.pcap(frames))
    names = ["checksum_delta", "mss"]
    found = extra_columns(packets, names)
    assert packets.columns["checksum"].tolist()[:2] == [codes.GOOD, codes.BAD]
    assert found["checksum_delta"].tolist() == [0, -right % 65536, -1, -1]
    assert found["mss"].tolist() == [1460, -1, -1, -1]


def test_the_right_checksum_may_be_zero() -> None:
    first = build.tcp(b"\0\0", *ENDS[4])
    balanced = first[16:18]
    assert build.tcp(balanced, *ENDS[4])[16:18] == b"\0\0"
    stored = build.ipv4(build.tcp(balanced, *ENDS[4], checksum=5), 6)
    assert difference(stored, 6, 20) == 5

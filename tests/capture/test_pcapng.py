"""The pcapng format: sections, interfaces, every kind of packet block, and what lies between."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture import build
from workbench.capture.kernels.walk import NO_TIME
from workbench.capture.pcapng import is_pcapng
from workbench.errors import CaptureError

FRAMES = [build.tcp4(bytes([number]) * number, seq=number) for number in range(8)]
ORDERS = pytest.mark.parametrize("big", [False, True], ids=["little", "big"])


def times_of(raw: bytes) -> list[int]:
    times: list[int] = build.read(raw).columns["time"].tolist()
    return times


@ORDERS
def test_packets_are_where_the_file_has_them(big) -> None:
    raw = build.pcapng(FRAMES, big=big)
    packets = build.read(raw)
    assert is_pcapng(raw)
    assert [packets.data(row) for row in range(len(packets))] == FRAMES
    assert times_of(raw) == [build.START_NS + 1000 * number for number in range(8)]
    assert packets.containers == ("pcapng",)
    assert not packets.problems.counts


@ORDERS
def test_interface_options_are_read(big) -> None:
    raw = build.section(big=big)
    raw += build.interface(113, 96, big=big, name="eth0 ✓", resolution=9, offset_s=-5)
    raw += build.interface(101, 0, big=big)
    first, second = build.read(raw).interfaces
    assert (first.link, first.snap_length, first.name) == (113, 96, "eth0 ✓")
    assert (first.resolution, first.offset_s) == (9, -5)
    assert (second.link, second.name, second.resolution, second.offset_s) == (101, "", 6, 0)


@given(
    seconds=st.integers(0, 4_000_000_000),
    units=st.integers(0, 999),
    resolution=st.sampled_from([3, 6, 9]),
    offset=st.integers(-1_000_000, 1_000_000),
)
def test_decimal_resolutions_are_exact(seconds, units, resolution, offset) -> None:
    raw = build.section() + build.interface(resolution=resolution, offset_s=offset)
    raw += build.enhanced(FRAMES[0], seconds * 10**resolution + units)
    expected = (seconds + offset) * 10**9 + units * 10 ** (9 - resolution)
    assert times_of(raw) == [expected]


@pytest.mark.parametrize(
    ("resolution", "units", "expected"),
    [
        (0, 1_700_000_000, 1_700_000_000 * 10**9),
        (12, 1_000_000_001_999, 10**9 + 1),
        (0x80 | 10, (5 << 10) | 512, 5_500_000_000),
        (0x80 | 32, (7 << 32) | (1 << 30), 7_250_000_000),
        (0x80 | 0, 9, 9_000_000_000),
    ],
)
def test_other_resolutions(resolution, units, expected) -> None:
    raw = build.section() + build.interface(resolution=resolution) + build.enhanced(b"", units)
    assert times_of(raw) == [expected]


@pytest.mark.parametrize("resolution", [19, 127, 0x80 | 63, 0xFF])
def test_a_resolution_that_no_clock_has_leaves_packets_without_a_time(resolution) -> None:
    raw = build.section() + build.interface(resolution=resolution)
    raw += build.enhanced(FRAMES[2], 5)
    packets = build.read(raw)
    assert packets.columns["time"].tolist() == [NO_TIME]
    assert packets.columns["seq"].tolist() == [2]
    assert build.kinds(packets) == {"time-out-of-range": 1}


def test_an_absurd_time_offset_is_noted_and_not_used() -> None:
    raw = build.section() + build.interface(offset_s=1 << 60) + build.enhanced(FRAMES[0])
    packets = build.read(raw)
    assert packets.columns["time"].tolist() == [build.START_NS]
    assert build.kinds(packets) == {"time-out-of-range": 1}


@ORDERS
def test_every_kind_of_packet_block(big) -> None:
    units = build.START_NS // 1000
    raw = build.section(big=big) + build.interface(big=big)
    raw += build.enhanced(FRAMES[1], units, big=big, options=build.option(1, b"note", big=big))
    raw += build.simple(FRAMES[2], big=big)
    raw += build.obsolete(FRAMES[3], units + 1, big=big)
    packets = build.read(raw)
    assert [packets.data(row) for row in range(3)] == FRAMES[1:4]
    assert packets.columns["time"].tolist() == [build.START_NS, NO_TIME, build.START_NS + 1000]
    assert not packets.problems.counts


def test_a_simple_packet_is_as_long_as_the_snap_length_lets_it_be() -> None:
    raw = build.section() + build.interface(snap=60)
    raw += build.block(3, struct.pack("<I", 500) + FRAMES[0][:54] + bytes(6))
    packets = build.read(raw)
    assert (packets.columns["captured"][0], packets.columns["wire"][0]) == (60, 500)


def test_a_section_has_interfaces_and_a_byte_order_of_its_own() -> None:
    raw = build.section() + build.interface(resolution=9) + build.interface(build.RAW)
    raw += build.enhanced(FRAMES[1], 77) + build.section(big=True)
    raw += build.interface(resolution=3, big=True)
    raw += build.enhanced(FRAMES[2], 77, big=True)
    packets = build.read(raw)
    assert packets.columns["interface"].tolist() == [0, 2]
    assert packets.columns["time"].tolist() == [77, 77_000_000]
    assert [interface.resolution for interface in packets.interfaces] == [9, 6, 3]
    assert packets.columns["seq"].tolist() == [1, 2]


def test_packets_of_several_interfaces_are_decoded_each_in_its_way() -> None:
    raw = build.section() + build.interface() + build.interface(build.RAW)
    raw += build.enhanced(FRAMES[5]) + build.enhanced(FRAMES[6][14:], interface=1)
    packets = build.read(raw)
    assert packets.columns["seq"].tolist() == [5, 6]
    assert packets.columns["interface"].tolist() == [0, 1]


def test_an_interface_that_was_not_described_is_the_packets_problem() -> None:
    raw = build.section() + build.interface() + build.enhanced(FRAMES[0], interface=3)
    packets = build.read(raw + build.enhanced(FRAMES[1]))
    assert build.kinds(packets) == {"unknown-interface": 1}
    assert packets.data(0) == FRAMES[0]
    assert packets.columns["seq"].tolist()[1] == 1


@ORDERS
@given(kind=st.sampled_from([4, 5, 9, 10, 0x0BAD, 0x40000BAD, 0x12345678]), body=st.binary())
def test_other_blocks_are_passed(big, kind, body) -> None:
    other = build.block(kind, body, big=big)
    raw = build.section(big=big) + other + build.interface(big=big)
    for number, frame in enumerate(FRAMES):
        raw += build.enhanced(frame, number, big=big) + other
    packets = build.read(raw)
    assert packets.columns["seq"].tolist() == list(range(8))
    assert not packets.problems.counts


def test_a_later_version_is_read_and_noted() -> None:
    raw = build.pcapng(FRAMES)
    newer = raw[:12] + struct.pack("<HH", 2, 1) + raw[16:]
    packets = build.read(newer)
    assert len(packets) == 8
    [problem] = packets.problems.listed
    assert problem.kind == "unknown-version"
    assert "pcapng version 2.1" in problem.reason


@pytest.mark.parametrize("size", [4, 11])
def test_a_file_that_ends_inside_its_first_header_is_refused(size) -> None:
    with pytest.raises(CaptureError, match="section header is not readable"):
        build.read(build.section()[:size])


def test_a_section_without_a_byte_order_is_refused() -> None:
    raw = build.section()
    with pytest.raises(CaptureError, match="section header is not readable"):
        build.read(raw[:8] + b"\0\0\0\0" + raw[12:])


def test_two_lengths_that_differ_cost_one_packet() -> None:
    blocks = [build.enhanced(frame, number) for number, frame in enumerate(FRAMES)]
    blocks[3] = blocks[3][:-4] + b"\xff\xff\xff\xff"
    packets = build.read(build.section() + build.interface() + b"".join(blocks))
    assert packets.columns["seq"].tolist() == [0, 1, 2, 4, 5, 6, 7]
    assert build.kinds(packets) == {"damaged": 1}


@pytest.mark.parametrize("left", [1, 11, 28, 50])
def test_a_file_cut_inside_a_block_loses_only_that(left) -> None:
    raw = build.pcapng(FRAMES) + build.enhanced(FRAMES[3])[:left]
    packets = build.read(raw)
    assert len(packets) == 8
    [problem] = packets.problems.listed
    assert (problem.kind, problem.frame) == ("cut-short", 8)
    assert problem.offset == len(raw) - left


def test_an_interface_too_short_to_describe_anything_still_counts() -> None:
    raw = build.section() + build.block(1, b"") + build.interface()
    packets = build.read(raw + build.enhanced(FRAMES[4], interface=1))
    assert [interface.link for interface in packets.interfaces] == [65535, 1]
    assert packets.columns["seq"].tolist() == [4]
    assert build.kinds(packets)["damaged"] == 1


def test_options_that_make_no_sense_end_the_list() -> None:
    body = struct.pack("<HHI", 1, 0, 0) + build.option(2, b"eth1")
    body += struct.pack("<HH", 9, 4000) + bytes([9, 0, 0, 0])
    packets = build.read(build.section() + build.block(1, body) + build.enhanced(FRAMES[0]))
    assert packets.interfaces[0].name == "eth1"
    assert packets.columns["time"].tolist() == [build.START_NS]


def test_many_interfaces() -> None:
    raw = build.section() + b"".join(build.interface(name=f"if{n}") for n in range(300))
    raw += b"".join(build.enhanced(frame, interface=299) for frame in FRAMES)
    packets = build.read(raw)
    assert [interface.name for interface in packets.interfaces] == [f"if{n}" for n in range(300)]
    assert packets.columns["interface"].tolist() == [299] * 8


@pytest.mark.parametrize("block", [300, 301, 1000])
def test_blocks_are_whole_however_the_file_is_read(monkeypatch, block) -> None:
    monkeypatch.setattr("workbench.capture.pcapng.BLOCK", block)
    frames = [build.tcp4(bytes([number % 256]) * (number * 7 % 900)) for number in range(100)]
    packets = build.read(build.pcapng(frames))
    assert [packets.data(row) for row in range(len(packets))] == frames
    assert not packets.problems.counts

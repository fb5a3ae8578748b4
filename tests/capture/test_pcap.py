"""The pcap format: both byte orders, both units of time, and versions and lengths that lie."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture import build
from workbench.capture.kernels.walk import NO_TIME
from workbench.capture.pcap import is_pcap, read_header
from workbench.errors import CaptureError

FRAMES = [build.tcp4(bytes([number]) * number, seq=number) for number in range(8)]
ORDERS = pytest.mark.parametrize("big", [False, True], ids=["little", "big"])


@ORDERS
@pytest.mark.parametrize("nano", [False, True], ids=["micro", "nano"])
def test_the_header_is_read_in_its_own_byte_order(big, nano) -> None:
    raw = build.pcap_header(big=big, nano=nano, link=113, snap=1500)
    header = read_header(raw, "some.pcap")
    assert header.container == ("nsecpcap" if nano else "pcap")
    assert (header.big, header.fraction_ns) == (int(big), 1 if nano else 1000)
    assert (header.record, header.snap_length, header.link) == (16, 1500, 113)
    assert is_pcap(raw)


@given(
    times=st.lists(st.integers(0, (1 << 32) * 10**9 - 1), min_size=1, max_size=8),
    big=st.booleans(),
    nano=st.booleans(),
)
def test_times_are_exact_in_the_unit_of_the_file(times, big, nano) -> None:
    records = (build.record(FRAMES[1], time, big=big, nano=nano) for time in times)
    packets = build.read(build.pcap_header(big=big, nano=nano) + b"".join(records))
    unit = 1 if nano else 1000
    assert packets.columns["time"].tolist() == [time // unit * unit for time in times]
    assert packets.interfaces[0].resolution == (9 if nano else 6)


@ORDERS
def test_packets_are_where_the_file_has_them(big) -> None:
    packets = build.read(build.pcap(FRAMES, big=big))
    assert [packets.data(row) for row in range(len(packets))] == FRAMES
    assert packets.columns["offset"][0] == 24 + 16
    assert packets.containers == ("pcap",)
    assert not packets.problems.counts


@pytest.mark.parametrize(
    ("version", "fine"),
    [
        ((2, 3), True),
        ((2, 4), True),
        ((2, 9), True),
        ((2, 2), False),
        ((1, 4), False),
        ((3, 0), False),
    ],
)
def test_versions_with_another_layout_are_refused(version, fine) -> None:
    raw = build.pcap(FRAMES, version=version)
    if fine:
        assert len(build.read(raw)) == len(FRAMES)
        return
    with pytest.raises(CaptureError, match=rf"pcap version {version[0]}\.{version[1]} is not"):
        build.read(raw)


@pytest.mark.parametrize("size", [4, 10, 23])
def test_a_file_that_ends_inside_its_header_is_refused(size) -> None:
    with pytest.raises(CaptureError, match=f"damaged at byte {size}: it ends inside the pcap file"):
        build.read(build.pcap(FRAMES)[:size])


def test_what_is_no_pcap_is_told_by_its_magic() -> None:
    assert not is_pcap(b"")
    assert not is_pcap(b"\xd4\xc3\xb2")
    assert not is_pcap(build.section())
    assert not is_pcap(struct.pack("<I", 0xA1B2C3D5))


def test_a_header_alone_is_a_capture_without_packets() -> None:
    packets = build.read(build.pcap([]))
    assert len(packets) == 0
    assert len(packets.interfaces) == 1
    assert not packets.problems.counts


def test_the_variant_with_longer_records_is_read() -> None:
    raw = build.pcap_header(magic=0xA1B2CD34)
    raw += b"".join(build.record(frame, extra=bytes(8)) for frame in FRAMES)
    packets = build.read(raw)
    assert [packets.data(row) for row in range(len(packets))] == FRAMES
    assert packets.containers == ("modified-pcap",)


def test_flags_above_the_link_type_are_not_part_of_it() -> None:
    packets = build.read(build.pcap(FRAMES, link=0x14000001))
    assert packets.interfaces[0].link == 1
    assert packets.columns["seq"].tolist() == list(range(8))


@pytest.mark.parametrize("snap", [0, 96, 65535])
def test_a_snap_length_does_not_shorten_what_is_there(snap) -> None:
    long = build.tcp4(bytes(30_000))
    packets = build.read(build.pcap([long, *FRAMES], snap=snap))
    assert packets.data(0) == long
    assert packets.interfaces[0].snap_length == snap
    assert len(packets) == 9


def test_records_longer_than_usual_are_believed_where_the_snap_length_promises_them() -> None:
    long = build.tcp4(b"") + bytes(300_000)
    assert build.read(build.pcap([long, *FRAMES], snap=1 << 20)).data(0) == long
    assert build.kinds(build.read(build.pcap([long, *FRAMES])))["damaged"] == 1


@pytest.mark.parametrize("left", [1, 15, 16, 40])
def test_a_file_cut_inside_a_record_loses_only_that(left) -> None:
    raw = build.pcap(FRAMES) + build.record(FRAMES[3])[:left]
    packets = build.read(raw)
    assert len(packets) == len(FRAMES)
    [problem] = packets.problems.listed
    assert (problem.kind, problem.frame) == ("cut-short", 8)
    assert problem.offset == len(raw) - left
    assert f"{left} bytes are left over" in problem.reason


def test_a_fraction_of_more_than_a_second_is_no_time() -> None:
    bad = struct.pack("<IIII", 1_700_000_000, 1_000_000, len(FRAMES[0]), len(FRAMES[0]))
    packets = build.read(build.pcap(FRAMES) + bad + FRAMES[0])
    assert packets.columns["time"][-1] == NO_TIME
    assert build.kinds(packets) == {"time-out-of-range": 1}


def test_more_captured_than_sent_is_the_packets_problem() -> None:
    raw = build.pcap(FRAMES) + build.record(FRAMES[4], wire=10)
    packets = build.read(raw)
    assert packets.data(8) == FRAMES[4]
    assert build.kinds(packets) == {"captured-exceeds-wire": 1}


@pytest.mark.parametrize("block", [300, 301, 1000])
def test_records_are_whole_however_the_file_is_read(monkeypatch, block) -> None:
    monkeypatch.setattr("workbench.capture.pcap.BLOCK", block)
    frames = [build.tcp4(bytes([number % 256]) * (number * 7 % 900)) for number in range(100)]
    packets = build.read(build.pcap(frames))
    assert [packets.data(row) for row in range(len(packets))] == frames
    assert not packets.problems.counts

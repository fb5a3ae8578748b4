"""pcap holds one link type, a time for every packet, and no time outside 1970 to 2106."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest

from tests.capture import build
from workbench.capture.kernels.walk import NO_TIME
from workbench.capture.pcap_writer import PcapWriter
from workbench.errors import OutputError

FRAME = build.tcp4()
TWO_LINKS = (
    build.section()
    + build.interface(name="eth0")
    + build.interface(build.RAW)
    + build.enhanced(FRAME)
    + build.enhanced(FRAME[14:], interface=1)
)


def written(packets, style="pcap") -> bytes:
    file = io.BytesIO()
    writer = PcapWriter(file, "out.pcap", style)
    writer.add(packets)
    writer.finish()
    return file.getvalue()


def one_at(time_ns: int):
    packets = build.read(build.pcap([FRAME, FRAME]))
    packets.columns["time"][1] = time_ns
    return packets


def test_the_header_is_little_endian_and_says_nanoseconds() -> None:
    magic, major, minor, zone, figures, snap, link = struct.unpack(
        "<IHHiIII", written(one_at(0))[:24]
    )
    assert (magic, major, minor, zone, figures) == (0xA1B23C4D, 2, 4, 0, 0)
    assert (snap, link) == (262_144, 1)


def test_a_record_is_what_the_specification_says() -> None:
    data = written(one_at(5_000_000_007))
    second = 24 + 16 + len(FRAME)
    assert struct.unpack("<IIII", data[second : second + 16]) == (5, 7, len(FRAME), len(FRAME))
    assert data[second + 16 :] == FRAME


def test_microseconds_are_cut_and_not_rounded() -> None:
    data = written(one_at(5_999_999_999), "pcap-us")
    second = 24 + 16 + len(FRAME)
    assert struct.unpack("<II", data[second : second + 8]) == (5, 999_999)


def test_a_snap_length_that_would_cut_packets_grows() -> None:
    large = build.pcap([bytes(300_000)], snap=400_000)
    assert struct.unpack("<I", written(build.read(large))[16:20]) == (400_000,)


def test_a_second_link_type_is_refused_and_pcapng_offered() -> None:
    with pytest.raises(OutputError, match="frame 2 is raw behind ethernet: write pcapng"):
        written(build.read(TWO_LINKS))


def test_packets_of_one_of_two_link_types_can_be_written() -> None:
    packets = build.read(TWO_LINKS)
    assert struct.unpack("<I", written(packets.take([1]))[20:24]) == (build.RAW,)


def test_without_packets_the_link_type_must_be_clear() -> None:
    nothing = build.read(TWO_LINKS).take(np.empty(0, "i8"))
    with pytest.raises(OutputError, match="only pcapng can be written"):
        written(nothing)


@pytest.mark.parametrize("time_ns", [-1, -(2**62), 2**32 * 10**9, 2**63 - 1])
def test_a_time_that_does_not_fit_names_the_frame(time_ns) -> None:
    with pytest.raises(OutputError, match=r"time of frame 2 is outside .* pcap can hold"):
        written(one_at(time_ns))


@pytest.mark.parametrize("time_ns", [0, 2**32 * 10**9 - 1])
def test_the_first_and_the_last_time_fit(time_ns) -> None:
    assert build.read(written(one_at(time_ns))).columns["time"][1] == time_ns


def test_a_packet_without_a_time_is_refused_and_pcapng_offered() -> None:
    with pytest.raises(OutputError, match=r"frame 2 has no time, and pcap .* write pcapng"):
        written(one_at(NO_TIME))


def test_frames_are_named_by_their_own_numbers() -> None:
    packets = one_at(NO_TIME).take([1])
    with pytest.raises(OutputError, match="frame 2 has no time"):
        written(packets)

"""pcapng holds everything but a packet without a time that is not on the first interface."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture import build
from workbench.capture.kernels.walk import NO_TIME
from workbench.capture.pcapng_writer import MAX_OPTION, PcapngWriter, title
from workbench.errors import OutputError, ParameterError

FRAME = build.tcp4(b"abc")


def written(packets, about: bytes = b"") -> bytes:
    file = io.BytesIO()
    writer = PcapngWriter(file, "out.pcapng", about)
    writer.add(packets)
    writer.finish()
    return file.getvalue()


def blocks(data: bytes) -> list[tuple[int, bytes]]:
    """Return kind and body of each block; both lengths must agree."""
    found, at = [], 0
    while at < len(data):
        kind, length = struct.unpack("<II", data[at : at + 8])
        assert length % 4 == 0
        assert data[at + length - 4 : at + length] == struct.pack("<I", length)
        found.append((kind, data[at + 8 : at + length - 4]))
        at += length
    assert at == len(data)
    return found


def test_there_is_one_section_then_interfaces_then_packets() -> None:
    data = build.section() + build.interface(name="a") + build.interface(build.RAW, 96, name="b")
    data += build.enhanced(FRAME) + build.enhanced(FRAME[14:], interface=1)
    kinds = [kind for kind, _ in blocks(written(build.read(data)))]
    assert kinds == [0x0A0D0D0A, 1, 1, 6, 6]


def test_interfaces_keep_name_link_and_snap_length_and_become_nanoseconds() -> None:
    data = build.section() + build.interface(build.RAW, 96, resolution=6, name="tun0")
    again = build.read(written(build.read(data + build.enhanced(FRAME[14:], 7))))
    assert again.columns["time"].tolist() == [7_000]
    (interface,) = again.interfaces
    assert (interface.name, interface.link, interface.snap_length) == ("tun0", build.RAW, 96)
    assert interface.resolution == 9


def test_sections_become_one_and_their_interfaces_stay_apart() -> None:
    part = build.section() + build.interface(name="x") + build.enhanced(FRAME)
    packets = build.read(part + part)
    again = build.read(written(packets))
    assert again.columns["interface"].tolist() == packets.columns["interface"].tolist() == [0, 1]


@given(st.integers(0, 2**63 - 1))
def test_every_time_from_1970_on_survives(time_ns) -> None:
    packets = build.read(build.pcapng([FRAME]))
    packets.columns["time"][0] = time_ns
    _, body = blocks(written(packets))[-1]
    high, low = struct.unpack("<II", body[4:12])
    assert (high << 32) | low == time_ns


def test_a_time_before_1970_names_the_frame() -> None:
    packets = build.read(build.pcapng([FRAME, FRAME]))
    packets.columns["time"][1] = -1
    with pytest.raises(OutputError, match="time of frame 2 is outside"):
        written(packets)


def test_a_packet_without_a_time_becomes_a_simple_one() -> None:
    data = build.section() + build.interface() + build.simple(FRAME) + build.enhanced(FRAME)
    output = written(build.read(data))
    assert [kind for kind, _ in blocks(output)] == [0x0A0D0D0A, 1, 3, 6]
    again = build.read(output)
    assert again.columns["time"][0] == NO_TIME
    assert again.data(0) == FRAME


def test_a_simple_packet_may_be_cut_by_the_snap_length() -> None:
    data = build.section() + build.interface(snap=20) + build.simple(FRAME[:20], wire=57)
    again = build.read(written(build.read(data)))
    assert again.data(0) == FRAME[:20]
    assert again.columns["wire"].tolist() == [57]


@pytest.mark.parametrize(("row", "column"), [(1, "interface"), (0, "wire")])
def test_one_that_a_simple_block_cannot_hold_is_refused(row, column) -> None:
    data = build.section() + build.interface() + build.interface()
    packets = build.read(data + build.enhanced(FRAME) + build.enhanced(FRAME, interface=1))
    packets.columns["time"][row] = NO_TIME
    packets.columns["wire"][row] += column == "wire"
    with pytest.raises(OutputError, match=rf'frame {row + 1} has no time.* filter "time"'):
        written(packets)


def test_a_packet_of_an_interface_that_is_not_described_is_refused() -> None:
    data = build.section() + build.interface() + build.enhanced(FRAME, interface=3)
    with pytest.raises(OutputError, match=r'frame 1 .* filter "not problem unknown-interface"'):
        written(build.read(data))


def test_a_section_without_interfaces_and_packets_can_be_written() -> None:
    assert [kind for kind, _ in blocks(written(build.read(build.section())))] == [0x0A0D0D0A]


@pytest.mark.parametrize("size", range(9))
def test_every_length_is_padded(size) -> None:
    again = build.read(written(build.read(build.pcapng([FRAME[:size], FRAME]))))
    assert [again.data(row) for row in (0, 1)] == [FRAME[:size], FRAME]
    assert np.array_equal(again.columns["captured"], [size, len(FRAME)])


def test_comment_and_application_stand_in_the_section_header() -> None:
    about = title("why \u00e4", "me")
    body = blocks(written(build.read(build.pcapng([])), about))[0][1]
    assert body[16:] == about
    assert "why \u00e4".encode() in about
    assert title("", "") == b""


def test_a_comment_that_is_too_long_is_refused() -> None:
    assert title("x" * MAX_OPTION, "")
    with pytest.raises(ParameterError, match="comment length must be from 0 to 65535"):
        title("\u00e4" * (MAX_OPTION // 2 + 1), "")

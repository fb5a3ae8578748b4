"""Packets: found by number, with their bytes, and selections that keep both."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.capture import build
from workbench.capture.packets import Packets
from workbench.capture.problems import ProblemList
from workbench.capture.reader import decode_source
from workbench.capture.sources import open_source
from workbench.errors import CaptureError

BODIES = [bytes([number]) * number for number in range(12)]
FRAMES = [build.tcp4(body, seq=number) for number, body in enumerate(BODIES)]


@pytest.fixture
def packets() -> Packets:
    return build.read(build.pcap(FRAMES))


def test_frames_count_from_one(packets: Packets) -> None:
    assert packets.frame_numbers().tolist() == list(range(1, 13))
    assert packets.frame_numbers().dtype == np.uint32
    assert [packets.row_of(frame) for frame in (1, 7, 12)] == [0, 6, 11]


@pytest.mark.parametrize("frame", [0, -1, 13, 1 << 40])
def test_a_frame_that_is_not_there_is_refused(packets: Packets, frame) -> None:
    with pytest.raises(CaptureError, match=rf"no frame {frame}: this capture has frames 1 to 12"):
        packets.row_of(frame)


def test_data_and_payload_are_the_bytes_of_the_file(packets: Packets) -> None:
    assert [packets.data(row) for row in range(12)] == FRAMES
    assert [packets.payload(row) for row in range(12)] == BODIES
    assert packets.payloads([3, 0, 3]) == [BODIES[3], BODIES[0], BODIES[3]]


def test_padding_of_a_frame_is_no_payload() -> None:
    padded = build.read(build.pcap([build.tcp4(b"ab") + bytes(20)]))
    assert padded.payload(0) == b"ab"
    assert padded.payloads([0]) == [b"ab"]
    assert len(padded.data(0)) == len(build.tcp4(b"ab")) + 20


def test_a_payload_captured_in_part_comes_in_part() -> None:
    whole = build.tcp4(b"0123456789")
    raw = build.pcap_header() + build.record(whole[:-6], wire=len(whole))
    cut = build.read(raw)
    assert cut.payload(0) == b"0123"
    assert cut.payloads([0]) == [b"0123"]
    assert cut.columns["payload_length"].tolist() == [10]


@pytest.mark.parametrize(
    "rows",
    [
        [3, 8],
        np.array([8, 3, 3]),
        np.isin(np.arange(12), [1, 4, 11]),
        np.zeros(12, bool),
        np.empty(0, "i8"),
    ],
    ids=["list", "any order", "mask", "empty mask", "nothing"],
)
def test_a_selection_keeps_numbers_and_bytes(packets: Packets, rows) -> None:
    taken = packets.take(rows)
    expected = np.arange(12)[rows].tolist()
    assert len(taken) == len(expected)
    assert taken.frame_numbers().tolist() == [row + 1 for row in expected]
    assert [taken.data(row) for row in range(len(taken))] == [FRAMES[row] for row in expected]
    assert taken.columns["seq"].tolist() == expected


def test_a_selection_of_a_selection_keeps_the_first_numbers(packets: Packets) -> None:
    taken = packets.take([2, 5, 7, 9]).take([1, 3])
    assert taken.frame_numbers().tolist() == [6, 10]
    assert taken.row_of(10) == 1
    assert taken.payload(1) == BODIES[9]
    with pytest.raises(CaptureError, match="no frame 7"):
        taken.row_of(7)


def test_a_selection_takes_along_what_was_decoded_and_put_together() -> None:
    datagram = build.udp(b"z" * 64)
    halves = [
        build.ethernet(build.ipv4(datagram[:40], 17, identification=9, fragment=0x2000)),
        build.ethernet(build.ipv4(datagram[40:], 17, identification=9, fragment=5)),
    ]
    packets = build.read(build.pcap([FRAMES[0], *halves, FRAMES[1]]))
    packets.extra["mss"] = np.array([10, 20, 30, 40], "i4")
    taken = packets.take([3, 2])
    assert taken.extra["mss"].tolist() == [40, 30]
    assert taken.payload(1) == b"z" * 64
    assert taken.payloads([0, 1]) == [taken.payload(0), taken.payload(1)]
    assert taken.datagrams.rows.tolist() == [1]
    assert len(packets.take([0, 1]).datagrams.rows) == 0


def test_a_file_that_became_shorter_is_an_error(tmp_path: Path) -> None:
    path, problems = tmp_path / "some.pcap", ProblemList()
    path.write_bytes(build.pcap(FRAMES))
    packets = decode_source(open_source(path, problems), problems)
    path.write_bytes(path.read_bytes()[:200])
    assert packets.data(0) == FRAMES[0]
    with pytest.raises(CaptureError, match="changed while it was in use"):
        packets.data(11)
    packets.close()
    with pytest.raises(CaptureError, match="closed"):
        packets.data(0)

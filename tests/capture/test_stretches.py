"""The bytes of packets arrive whole, in order, and in memory that is bounded."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture import build
from workbench.capture import stretches as module
from workbench.capture.merging import merge_packets
from workbench.capture.stretches import frame_of, links_of, refuse_times, stretches
from workbench.errors import OutputError


def pieces(packets) -> list[bytes]:
    found = []
    for rows, starts, data in stretches(packets):
        sizes = packets.columns["captured"][rows].tolist()
        found += [
            bytes(data[start : start + size])
            for start, size in zip(starts.tolist(), sizes, strict=True)
        ]
    return found


@given(
    sizes=st.lists(st.integers(1, 50), min_size=1, max_size=30),
    order=st.randoms(use_true_random=False),
    chunk=st.integers(1, 200),
    rows=st.integers(1, 40),
    several=st.booleans(),
)
def test_every_packet_has_its_own_bytes(sizes, order, chunk, rows, several) -> None:
    frames = [bytes([number % 256]) * size for number, size in enumerate(sizes)]
    packets = build.read(build.pcap(frames))
    if several:
        packets = merge_packets([packets, packets, packets])
    chosen = list(range(len(packets)))
    order.shuffle(chosen)
    taken = packets.take(chosen)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "CHUNK", chunk)
        patched.setattr(module, "ROWS", rows)
        found = pieces(taken)
    assert found == [taken.data(row) for row in range(len(taken))]


def test_a_stretch_is_no_larger_than_it_must_be(monkeypatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 100)
    packets = build.read(build.pcap([bytes(40)] * 7 + [bytes(500)] + [bytes(40)]))
    sizes = [len(data) for _, _, data in stretches(packets)]
    assert len(sizes) > 3
    assert max(sizes) <= 500 + 16


def test_rows_far_apart_are_read_one_by_one(monkeypatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 100)
    packets = build.read(build.pcap([bytes([n]) * 40 for n in range(100)])).take([0, 99])
    assert [len(data) for _, _, data in stretches(packets)] == [80]
    assert pieces(packets) == [bytes(40), bytes([99]) * 40]


def test_links_follow_the_interface_of_each_packet() -> None:
    data = build.section() + build.interface(build.RAW) + build.interface()
    packets = build.read(data + build.enhanced(b"x", interface=1) + build.enhanced(b"y"))
    assert links_of(packets, "out").tolist() == [build.ETHERNET, build.RAW]


def test_errors_name_the_frame_by_its_number_in_the_capture() -> None:
    packets = build.read(build.pcap([b"x"] * 9)).take([6, 8])
    assert frame_of(packets, np.int64(1)) == 9
    packets.columns["time"][0] = -1
    with pytest.raises(OutputError, match=r"'out' cannot be written .*frame 7"):
        refuse_times(packets, "out", 2**63, "pcapng")

"""Columns decoded later: the same for all packets at once, for some, and inside datagrams."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture import build
from workbench.capture import extras
from workbench.capture.engine import interpreted
from workbench.capture.extras import decode_extra_columns, extra_columns
from workbench.capture.kernels.extras import EXTRA_DTYPES
from workbench.capture.packets import Packets
from workbench.capture.problems import ProblemList
from workbench.capture.reader import decode_source
from workbench.capture.sources import open_source
from workbench.errors import CaptureError


def mss(size: int) -> bytes:
    return b"\x02\x04" + size.to_bytes(2, "big")


def frames(count: int = 40) -> list[bytes]:
    """Return frames of which each has another value in most columns."""
    found = []
    for number in range(count):
        if number % 3 == 0:
            found.append(build.udp4(bytes([number]), checksum=number + 1))
            continue
        segment = build.tcp(
            b"x" * number, options=mss(1000 + number), urgent=number, checksum=number + 7
        )
        found.append(build.ethernet(build.ipv4(segment, 6, identification=number, tos=number << 2)))
    return found


def every(packets: Packets) -> dict[str, list[int]]:
    found = extra_columns(packets, EXTRA_DTYPES)
    return {name: column.tolist() for name, column in found.items()}


ALL = every(build.read(build.pcap(frames())))


def test_values_are_those_of_the_packets() -> None:
    tcp = [number for number in range(40) if number % 3]
    assert [ALL["mss"][number] for number in tcp] == [1000 + number for number in tcp]
    assert [ALL["urgent"][number] for number in tcp] == tcp
    assert [ALL["ip_id"][number] for number in tcp] == tcp
    assert [ALL["dscp"][number] for number in tcp] == tcp
    assert [ALL["mss"][number] for number in range(0, 40, 3)] == [-1] * 14
    assert ALL["md5"] == [False] * 40


def test_the_difference_of_a_checksum_is_stored_less_right() -> None:
    for number in (3, 4, 30, 31):
        if number % 3 == 0:
            right = int.from_bytes(build.udp(bytes([number]))[6:8], "big")
            stored = number + 1
        else:
            segment = build.tcp(b"x" * number, options=mss(1000 + number), urgent=number)
            right, stored = int.from_bytes(segment[16:18], "big"), number + 7
        assert ALL["checksum_delta"][number] == (stored - right) % 65536


@given(rows=st.lists(st.integers(0, 39), max_size=60), stretch=st.integers(50, 3000))
def test_a_selection_has_the_values_of_its_packets(rows, stretch) -> None:
    before = extras.STRETCH
    extras.STRETCH = stretch
    try:
        packets = build.read(build.pcap(frames())).take(np.array(rows, "i8"))
        assert every(packets) == {name: [ALL[name][row] for row in rows] for name in ALL}
    finally:
        extras.STRETCH = before


def test_what_was_decoded_once_is_taken_along(monkeypatch) -> None:
    packets = build.read(build.pcap(frames()))
    every(packets)
    monkeypatch.setattr(extras, "decode_extra_columns", None)
    assert every(packets.take([7, 5]))["mss"] == [1007, 1005]
    assert list(extra_columns(packets, ["ip_id", "mss"])) == ["ip_id", "mss"]


def test_dtypes_hold_for_no_packets_too() -> None:
    for count in (0, 5):
        found = extra_columns(build.read(build.pcap(frames(count))), EXTRA_DTYPES)
        assert {name: column.dtype for name, column in found.items()} == {
            name: np.dtype("bool" if name == "md5" else dtype)
            for name, dtype in EXTRA_DTYPES.items()
        }
        assert {len(column) for column in found.values()} == {count}


@pytest.mark.parametrize("cut", [16, 24, 40])
def test_a_datagram_put_together_has_the_values_of_its_segment(cut) -> None:
    segment = build.tcp(b"payload" * 9, options=mss(1234), urgent=77, checksum=5)
    right = int.from_bytes(build.tcp(b"payload" * 9, options=mss(1234), urgent=77)[16:18], "big")
    pieces = [
        build.ethernet(build.ipv4(segment[:cut], 6, identification=9, fragment=0x2000)),
        build.ethernet(build.ipv4(segment[cut:], 6, identification=9, fragment=cut // 8)),
    ]
    packets = build.read(build.pcap([*frames(4), *pieces, *frames(4)]))
    found = every(packets)
    assert found["mss"][5] == 1234
    assert found["urgent"][5] == 77
    assert found["ip_id"][4:6] == [9, 9]
    assert found["checksum_delta"][5] == (5 - right) % 65536
    assert found["mss"][6:] == found["mss"][:4] == ALL["mss"][:4]
    fresh = build.read(build.pcap([*frames(4), *pieces, *frames(4)])).take([8, 5, 0])
    assert every(fresh) == {
        name: [column[row] for row in (8, 5, 0)] for name, column in found.items()
    }


def test_packets_of_several_files_are_read_from_their_own() -> None:
    parts = [build.read(build.pcap(frames()[half::2])) for half in (0, 1)]
    columns = {
        name: np.stack([part.columns[name] for part in parts], axis=1).reshape(-1)
        for name in parts[0].columns
    }
    both = Packets(
        sources=parts[0].sources + parts[1].sources,
        interfaces=parts[0].interfaces,
        columns=columns,
        addresses=parts[0].addresses,
        datagrams=parts[0].datagrams,
        problems=ProblemList(),
        containers=("pcap", "pcap"),
        files=np.tile(np.array([0, 1], "u2"), 20),
    )
    assert every(both) == ALL


def test_a_file_that_became_shorter_is_an_error(tmp_path: Path) -> None:
    path, problems = tmp_path / "some.pcap", ProblemList()
    path.write_bytes(build.pcap(frames()))
    packets = decode_source(open_source(path, problems), problems)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(CaptureError, match="changed while it was in use"):
        extra_columns(packets, ["mss"])
    assert not packets.extra
    with pytest.raises(CaptureError, match="changed"):
        decode_extra_columns(packets, interpreted())

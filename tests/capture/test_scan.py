"""Stretches of a file side by side give what one walk gives, wherever they are cut."""

from __future__ import annotations

import io
import random
import struct

import pytest

from tests.capture import build
from workbench.capture import formats, scan
from workbench.capture.engine import Engine, compiled, interpreted
from workbench.capture.kernels import walk
from workbench.capture.packets import Packets
from workbench.capture.pcap import HEADER, PcapFile
from workbench.capture.problems import ProblemList
from workbench.capture.scan import PcapScan
from workbench.capture.sources import open_source


@pytest.fixture(scope="module")
def machine_code() -> Engine:
    return compiled()


@pytest.fixture(params=[(1, 700), (2, 700), (3, 5_000), (2, 20_000)], ids=str)
def threads(request, monkeypatch) -> int:
    """Make stretches, reads and records small; return how many threads there are."""
    count, size = request.param
    monkeypatch.setenv("WORKBENCH_THREADS", str(count))
    monkeypatch.setattr(formats, "MAX_RECORD", 1600)
    monkeypatch.setattr(scan, "READ", 300)
    monkeypatch.setattr(scan, "BLOCK", size)
    monkeypatch.setattr(scan, "ROWS", size // 16 + 1)
    monkeypatch.setattr(scan, "ADDRESSED_ROWS", size // 36 + 1)
    monkeypatch.setattr("workbench.capture.pcap.BLOCK", 4000)
    return int(count)


def some_frames(count: int, seed: int = 1) -> list[bytes]:
    rng = random.Random(seed)
    found = []
    for number in range(count):
        source = f"10.{rng.randrange(256)}.0.{rng.randrange(256)}"
        body = rng.randbytes(rng.choice([0, 1, 40, 900]))
        packet = build.ipv4(build.tcp(body, source, seq=number), 6, source)
        found.append(build.ethernet(packet))
    return found


def pcap(frames: list[bytes], **header: bool) -> bytes:
    return build.pcap(frames, snap=1600, **header)


def texts(packets: Packets, name: str) -> list[str]:
    every = packets.addresses.texts
    return [every[code] if code >= 0 else "" for code in packets.columns[name].tolist()]


def agree(raw: bytes, engine: Engine) -> Packets:
    """Return the packets, which are the same read by one walk and by several."""
    expected, found = build.read(raw, interpreted()), build.read(raw, engine)
    for name, column in expected.columns.items():
        if name in ("source", "destination"):
            assert texts(found, name) == texts(expected, name)
        else:
            assert found.columns[name].tolist() == column.tolist(), name
    assert found.addresses.texts == expected.addresses.texts
    assert found.problems.listed == expected.problems.listed
    assert found.problems.counts == expected.problems.counts
    return found


@pytest.mark.parametrize("big", [False, True], ids=["little", "big"])
@pytest.mark.parametrize("nano", [False, True], ids=["micro", "nano"])
def test_a_whole_file(machine_code, threads, big, nano) -> None:
    raw = pcap(some_frames(150), big=big, nano=nano)
    found = agree(raw, machine_code)
    assert found.columns["seq"].tolist() == list(range(150))
    assert not found.problems.counts


@pytest.mark.parametrize("left", [1, 15, 16, 60])
def test_a_file_that_ends_inside_a_record(machine_code, threads, left) -> None:
    frames = some_frames(100)
    found = agree(pcap(frames) + build.record(bytes(90))[:left], machine_code)
    assert build.kinds(found) == {"cut-short": 1}
    assert len(found) == 100


@pytest.mark.parametrize("where", [0, 3, 50, 97])
def test_damage_is_passed_over_as_by_one_walk(machine_code, threads, where) -> None:
    frames = some_frames(100)
    raw = bytearray(pcap(frames))
    at = HEADER + sum(16 + len(frame) for frame in frames[:where])
    raw[at + 8 : at + 12] = b"\xff\xff\xff\xff"
    found = agree(bytes(raw), machine_code)
    assert found.columns["seq"].tolist() == [n for n in range(100) if n != where]
    assert build.kinds(found) == {"damaged": 1}


def test_a_capture_inside_a_capture_deceives_nobody(machine_code, threads) -> None:
    inner = pcap([build.tcp4(seq=7_000_000 + number) for number in range(200)])
    parts = [inner[at : at + 1400] for at in range(0, len(inner), 1400)]
    frames = some_frames(10) + [build.tcp4(part, seq=99) for part in parts] + some_frames(10)
    found = agree(pcap(frames), machine_code)
    assert [found.data(row) for row in range(len(found))] == frames


def test_stretches_of_nothing_but_noise(machine_code, threads) -> None:
    raw = pcap(some_frames(20)) + random.Random(3).randbytes(30_000) + pcap(some_frames(20))[24:]
    found = agree(raw, machine_code)
    assert found.columns["seq"].tolist()[:20] == list(range(20))


def test_fragments_meet_over_stretches(machine_code, threads) -> None:
    datagram = build.udp(b"d" * 100)
    frames = some_frames(100)
    frames[2] = build.ethernet(build.ipv4(datagram[:48], 17, identification=5, fragment=0x2000))
    frames[95] = build.ethernet(build.ipv4(datagram[48:], 17, identification=5, fragment=6))
    assert agree(pcap(frames), machine_code).payload(95) == b"d" * 100


@pytest.mark.parametrize("count", [0, 1])
def test_hardly_any_packets(machine_code, threads, count) -> None:
    assert len(agree(pcap(some_frames(count)), machine_code)) == count


def test_times_that_do_not_fit_are_the_packets_problem(machine_code, threads) -> None:
    bad = struct.pack("<IIII", 1_700_000_000, 1_000_000, 60, 60) + build.tcp4()[:54] + bytes(6)
    found = agree(pcap(some_frames(30)) + bad + pcap(some_frames(30))[24:], machine_code)
    assert build.kinds(found) == {"time-out-of-range": 1}


def test_stretches_follow_each_other_without_a_gap(machine_code, threads) -> None:
    frames = some_frames(150)
    problems = ProblemList()
    source = open_source(io.BytesIO(pcap(frames)), problems)
    file = PcapFile(source, machine_code, problems)
    one = PcapScan(file, source, machine_code, threads)
    position, rows, begun = HEADER, 0, 0
    for stretch in one.stretches():
        assert stretch.start == position
        assert stretch.reason == walk.MORE
        assert stretch.desk.index.at[: stretch.rows].tolist() == sorted(
            stretch.desk.index.at[: stretch.rows].tolist()
        )
        position, rows, begun = stretch.end, rows + stretch.rows, begun + 1
    assert (position, one.position, rows) == (source.size, source.size, 150)
    assert begun == -(-(source.size - HEADER) // scan.BLOCK)
    assert len(one.desks) == threads + 2

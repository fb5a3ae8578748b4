"""Bad input: one clear error or an entry among the problems, and every packet that can be read.

How reading goes on after damage is held by `test_recovery.py`, broken captures at random by
`tests/fuzz`.
"""

from __future__ import annotations

import gzip
import io
import itertools
import lzma
import os
import struct
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import lz4.frame
import numpy as np
import pytest
import zstandard

from tests.capture import build
from tests.capture.test_recovery import CountingSource, download_of, small_frames
from workbench.capture import links
from workbench.capture.extras import extra_columns
from workbench.capture.packets import Packets
from workbench.capture.problems import ProblemList
from workbench.capture.reader import decode_source, read_packets, stream_source
from workbench.capture.sources import open_source
from workbench.capture.table import packet_table
from workbench.errors import CaptureError, LimitError

ROOT = Path(__file__).resolve().parents[2]
FRAMES = [build.tcp4(bytes(number), seq=number) for number in (0, 1, 5, 9, 2, 30)]
NO_TIME = np.iinfo("i8").min


def data_of(packets: Packets) -> list[bytes]:
    return [packets.data(row) for row in range(len(packets))]


def counted(data: bytes) -> tuple[Packets, float]:
    """Read a capture; return also how many times over its bytes were asked for."""
    source, problems = CountingSource(data), ProblemList(100)
    packets = decode_source(source, problems)
    return packets, source.total / len(data)


# What is no capture.


@pytest.mark.parametrize(
    "content",
    [
        b"hello, world\n",
        b"<!DOCTYPE html>",
        bytes(64),
        b"PK\x03\x04",
        b"\xff" * 5000,
        b"\xd4\xc3\xb2",
    ],
)
def test_what_is_no_capture_is_refused_with_what_would_work(tmp_path, content) -> None:
    path = tmp_path / "some\x1b[2Jfile"
    path.write_bytes(content)
    with pytest.raises(CaptureError, match="is no capture") as caught:
        read_packets(path)
    assert "pcap and pcapng" in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_file_without_permission(tmp_path) -> None:
    path = tmp_path / "secret.pcap"
    path.write_bytes(build.pcap(FRAMES))
    path.chmod(0)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        with pytest.raises(CaptureError, match="cannot be read"):
            read_packets(path)
    finally:
        if root:
            os.seteuid(0)


@pytest.mark.parametrize("given", [None, 5, b"file.pcap", ["a"], object()])
def test_what_cannot_be_opened_at_all_is_refused(given) -> None:
    with pytest.raises(CaptureError, match="path or a binary file object"):
        read_packets(given)


def test_a_null_in_a_name_is_one_clear_error() -> None:
    with pytest.raises(CaptureError, match="cannot be read"):
        read_packets("a\0b.pcap")


@pytest.mark.parametrize("link", [147, 162, 253, 4000, 65535])
def test_packets_of_an_unknown_link_type_are_kept(link) -> None:
    packets = build.read(build.pcap(FRAMES, link=link))
    assert data_of(packets) == FRAMES
    assert link not in links.DECODED
    assert packets.problems.counts["unknown-link-type"] == 1 + len(FRAMES)
    [problem] = packets.problems.listed
    assert str(link) in problem.reason
    table = packet_table(packets)
    assert set(table["problem"]) == {"unknown-link-type"}
    assert not table["ip_version"].any()


# Cut anywhere.


def pcap_ends(frames: list[bytes], header: int = 16) -> list[int]:
    return list(itertools.accumulate([24] + [header + len(frame) for frame in frames]))


KINDS = {
    "pcap": (build.pcap(FRAMES), pcap_ends(FRAMES)),
    "pcap-big-nano": (build.pcap(FRAMES, big=True, nano=True), pcap_ends(FRAMES)),
    "modified": (
        build.pcap_header(magic=0xA1B2CD34)
        + b"".join(build.record(frame, extra=bytes(8)) for frame in FRAMES),
        pcap_ends(FRAMES, 24),
    ),
}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_pcap_cut_at_any_byte_keeps_what_is_whole(kind) -> None:
    whole, ends = KINDS[kind]
    for size in range(24, len(whole) + 1):
        packets = build.read(whole[:size])
        complete = sum(end <= size for end in ends) - 1
        assert data_of(packets) == FRAMES[:complete]
        expected = {} if size in ends else {"cut-short": 1}
        assert build.kinds(packets) == expected, size
        if expected:
            [problem] = packets.problems.listed
            assert (problem.offset, problem.frame) == (ends[complete], complete)
    for size in range(1, 24):
        with pytest.raises(CaptureError, match=r"damaged|no capture"):
            build.read(whole[:size])


@pytest.mark.parametrize("big", [False, True])
def test_a_pcapng_cut_at_any_byte_keeps_what_is_whole(big) -> None:
    blocks = [
        build.section(big=big),
        build.interface(big=big, name="eth0", resolution=9),
        build.enhanced(FRAMES[0], big=big),
        build.block(4, bytes(20), big=big),
        build.simple(FRAMES[1], big=big),
        build.section(big=not big),
        build.interface(big=not big),
        build.enhanced(FRAMES[2], big=not big),
    ]
    whole = b"".join(blocks)
    ends = list(itertools.accumulate(map(len, blocks)))
    counts = list(itertools.accumulate([0, 0, 1, 0, 1, 0, 0, 1]))
    for size in range(12, len(whole) + 1):
        packets = build.read(whole[:size])
        complete = sum(end <= size for end in ends)
        assert len(packets) == (counts[complete - 1] if complete else 0), size
        assert data_of(packets) == FRAMES[: len(packets)]
        assert build.kinds(packets) == ({} if size in ends else {"cut-short": 1}), size


@pytest.mark.parametrize("make", [build.pcap, build.pcapng])
def test_nothing_inside_a_packet_that_is_cut_off_is_taken_for_a_packet(make) -> None:
    inner = make(small_frames(40))
    frames = [*FRAMES, *download_of(inner)]
    whole = make(frames)
    for size in range(len(whole) - 3200, len(whole)):
        kept = data_of(build.read(whole[:size]))
        assert kept == frames[: len(kept)], size


# Numbers that lie.


@pytest.mark.parametrize("snap", [0, 1, 60, 0x7FFFFFFF, 0xFFFFFFFF])
def test_an_absurd_snap_length_costs_nothing(snap) -> None:
    assert data_of(build.read(build.pcap(FRAMES, snap=snap))) == FRAMES
    blocks = b"".join(map(build.enhanced, FRAMES))
    assert data_of(build.read(build.section() + build.interface(snap=snap) + blocks)) == FRAMES


def test_times_that_go_back_or_jump_are_kept_in_the_order_of_the_file() -> None:
    times = [build.START_NS, 0, (2**32 - 1) * 10**9 + 999_999_000, build.START_NS - 5000, 1000]
    records = [build.record(FRAMES[0], time) for time in times]
    packets = build.read(build.pcap_header() + b"".join(records))
    assert packets.columns["time"].tolist() == times
    assert build.kinds(packets) == {}


@pytest.mark.parametrize("units", [2**63 - 1, 2**63, 2**64 - 1])
def test_times_beyond_nanoseconds_are_left_empty_and_said(units) -> None:
    raw = build.section() + build.interface(resolution=6) + build.enhanced(FRAMES[0], units)
    packets = build.read(raw + build.enhanced(FRAMES[1], 5))
    assert packets.columns["time"].tolist() == [NO_TIME, 5000]
    assert packet_table(packets)["time"].isna().tolist() == [True, False]
    assert build.kinds(packets) == {"time-out-of-range": 1}


@pytest.mark.parametrize("offset", [-(2**63), -(2**40), 2**40, 2**63 - 1])
def test_an_absurd_time_offset_is_said(offset) -> None:
    blocks = build.section() + build.interface(offset_s=offset) + build.enhanced(FRAMES[0], 7)
    packets = build.read(blocks)
    assert build.kinds(packets) == {"time-out-of-range": 1}
    assert packets.columns["time"].tolist() == [7000]


def test_an_interface_of_another_section_is_not_this_ones() -> None:
    """Both sections are read in one go, so the second one's interfaces are known by then."""
    first = build.section() + build.interface() + build.enhanced(FRAMES[0], interface=2)
    second = build.section() + build.interface(101) * 4 + build.enhanced(FRAMES[1], interface=0)
    packets = build.read(first + second)
    assert packets.columns["interface"].tolist() == [0xFFFF, 1]
    assert build.kinds(packets) == {"unknown-interface": 1, "bad-ip-version": 1}
    assert packet_table(packets)["link"].isna().tolist() == [True, False]


def test_a_simple_packet_without_an_interface_is_kept() -> None:
    packets = build.read(build.section() + build.simple(FRAMES[2]))
    assert data_of(packets) == [FRAMES[2]]
    assert build.kinds(packets) == {"unknown-interface": 1}


@pytest.mark.parametrize(
    ("options", "layout"),
    [
        (b"\x02\x00\x00\x00", "bad"),
        (b"\x02\x01\x01\x01", "bad"),
        (b"\x08\xff\x00\x00", "bad"),
        (b"\x01\x01\x01\x02", "nop,nop,nop,bad"),
        (b"\x00\x02\x04\x05", "eol"),
        (b"\x01" * 40, ",".join(["nop"] * 15)),
        (b"\x05\x02" * 20, ",".join(["sack"] * 15)),
    ],
)
def test_tcp_options_that_lead_nowhere_end(options, layout) -> None:
    table = packet_table(build.read(build.pcap([build.tcp4(b"x", options=options)])))
    assert table["options"].tolist() == [layout]
    assert table["payload_length"].tolist() == [1]
    assert table["mss"].tolist() == [-1]


@pytest.mark.parametrize("count", [1, 15, 16, 200, 1000, 8000])
def test_a_chain_of_extension_headers_is_followed_to_its_end(count) -> None:
    segment = build.tcp(b"x", "fd00::1", "fd00::2")
    chain = b"".join(struct.pack(">BB6x", 60, 0) for _ in range(count - 1)) + bytes([6]) + bytes(7)
    frame = build.ethernet(build.ipv6(chain + segment, 60), 0x86DD)
    table = packet_table(build.read(build.pcap([frame], snap=1 << 18)))
    assert table["protocol"].tolist() == ["tcp"]
    assert table["checksum"].tolist() == ["good"]
    assert table["payload_length"].tolist() == [1]


def test_headers_longer_than_their_packet_are_said() -> None:
    headers = build.ethernet(build.ipv6(bytes([60, 255]) + bytes(14), 60), 0x86DD)
    packets = build.read(build.pcap([headers]))
    assert build.kinds(packets) == {"bad-extension-header": 1}
    assert packets.columns["payload_length"].tolist() == [0]


def test_packets_of_many_layers_fill_no_table_beyond_its_room() -> None:
    """Each layer has addresses of its own; only those of the innermost packet are kept."""
    frames = []
    for number in range(600):
        packet = build.udp(b"x")
        protocol = 17
        for layer in range(20):
            source = f"10.{layer}.{number >> 8}.{number & 255}"
            packet = build.ipv4(packet, protocol, source, f"11.{layer}.0.{number & 255}")
            protocol = 4
        frames.append(packet)
    packets = build.read(build.pcap(frames, link=build.RAW))
    assert len(packets.addresses) <= 2 * len(frames)
    assert set(packet_table(packets)["protocol"]) == {"udp"}


# Compression.

PACK: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "xz": lzma.compress,
    "zst": zstandard.ZstdCompressor(write_checksum=True).compress,
    "lz4": lambda data: lz4.frame.compress(data, content_checksum=True),
}
LARGE = build.pcap([build.tcp4(bytes(range(256)) * 4, seq=number) for number in range(300)])
NOISE = build.pcap([build.tcp4(os.urandom(1000), seq=number) for number in range(300)])


@pytest.mark.parametrize("kind", sorted(PACK))
def test_a_compressed_capture_cut_short_keeps_what_could_be_unpacked(kind) -> None:
    packed = PACK[kind](NOISE)
    whole = data_of(build.read(NOISE))
    for share in (0.5, 0.9, 0.99):
        packets = build.read(packed[: int(len(packed) * share)])
        kept = data_of(packets)
        assert kept == whole[: len(kept)]
        assert len(kept) > share * len(whole) - 140
        assert build.kinds(packets)["compression-cut-short"] == 1


@pytest.mark.parametrize("kind", sorted(PACK))
def test_a_broken_compressed_capture_keeps_what_could_be_unpacked(kind) -> None:
    packed = bytearray(PACK[kind](NOISE))
    packed[len(packed) // 2 : len(packed) // 2 + 400] = b"\xff" * 400
    whole = data_of(build.read(NOISE))
    packets = build.read(bytes(packed))
    assert packets.problems.counts["compression-broken"] == 1
    # Before they break, some codes give wrong bytes: those of a packet or two.
    kept = data_of(packets)
    assert sum(data in whole for data in kept) >= max(100, len(kept) - 3)


@pytest.mark.parametrize("kind", sorted(PACK))
def test_what_follows_a_compressed_capture_is_passed_over(kind) -> None:
    packed = PACK[kind](LARGE)
    assert data_of(build.read(packed + b"garbage" * 9)) == data_of(build.read(LARGE))
    half = len(LARGE) // 2
    assert data_of(build.read(PACK[kind](LARGE[:half]) + PACK[kind](LARGE[half:]))) == data_of(
        build.read(LARGE)
    )


@pytest.mark.parametrize("order", list(itertools.permutations(sorted(PACK), 3))[::4])
def test_compression_inside_compression(order) -> None:
    packed = LARGE
    for kind in order:
        packed = PACK[kind](packed)
    assert data_of(build.read(packed)) == data_of(build.read(LARGE))
    with pytest.raises(CaptureError, match="compressed more than"):
        build.read(PACK[order[0]](packed))


@pytest.mark.parametrize("kind", sorted(PACK))
def test_a_bomb_is_a_clear_error_and_takes_little_memory(kind, monkeypatch) -> None:
    bomb = PACK[kind](build.pcap(FRAMES) + bytes(80 << 20))
    monkeypatch.setenv("WORKBENCH_MAX_DECOMPRESSED_BYTES", "40 MiB")
    tracemalloc.start()
    try:
        with pytest.raises(LimitError, match="WORKBENCH_MAX_DECOMPRESSED_BYTES"):
            build.read(bomb)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 200 << 20


# Files that change, pipes, file objects.


def stream(path: Path, rows: int = 10):
    problems = ProblemList()
    return stream_source(open_source(path, problems), problems, rows)


@pytest.mark.parametrize("make", [build.pcap, build.pcapng])
def test_a_file_that_shrinks_while_it_is_read(tmp_path, monkeypatch, make) -> None:
    for module in ("pcap", "pcapng"):
        monkeypatch.setattr(f"workbench.capture.{module}.BLOCK", 4096)
    path = tmp_path / "shrinking"
    frames = [build.tcp4(bytes(50), seq=number) for number in range(1000)]
    path.write_bytes(make(frames))
    pieces = stream(path)
    got = [next(pieces)]
    os.truncate(path, 30_000)
    got += list(pieces)
    assert 200 < sum(map(len, got)) < 400
    counts = sum((piece.problems.counts for piece in got), start=type(got[0].problems.counts)())
    assert counts["file-shrunk"] == 1
    assert counts.keys() <= {"file-shrunk", "cut-short"}


def test_a_file_that_shrinks_before_its_bytes_are_asked_for(tmp_path) -> None:
    path = tmp_path / "shrinking"
    path.write_bytes(build.pcap(FRAMES))
    packets = read_packets(path)
    os.truncate(path, 100)
    assert packets.data(0) == FRAMES[0]
    for ask in (packets.data, packets.payload):
        with pytest.raises(CaptureError, match="changed while it was in use"):
            ask(len(packets) - 1)
    with pytest.raises(CaptureError, match="changed while it was in use"):
        extra_columns(packets, ["mss"])


@pytest.mark.parametrize("make", [build.pcap, build.pcapng])
def test_a_file_that_grows_while_it_is_read(tmp_path, make) -> None:
    path = tmp_path / "growing"
    path.write_bytes(make(FRAMES))
    pieces = stream(path, rows=1)
    got = [next(pieces)]
    with path.open("ab") as file:
        file.write(bytes(100))
    got += list(pieces)
    assert sum(map(len, got)) == len(FRAMES)
    assert dict(got[-1].problems.counts) == {"file-grew": 1}


def test_a_capture_through_a_pipe(tmp_path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    raw = gzip.compress(LARGE)

    def write() -> None:
        with path.open("wb") as file:
            for at in range(0, len(raw), 999):
                file.write(raw[at : at + 999])

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    packets = read_packets(path)
    writer.join()
    assert len(packets) == 300
    assert packets.payload(7) == bytes(range(256)) * 4


def test_a_capture_on_standard_input() -> None:
    code = "from workbench.capture.reader import read_packets; print(len(read_packets('-')))"
    done = subprocess.run(
        [sys.executable, "-c", code], input=LARGE, capture_output=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == b"300"


class Dribble(io.RawIOBase):
    """Gives few bytes at a time, some of them as a bytearray."""

    def __init__(self, data: bytes) -> None:
        self._left = data

    def read(self, size: int = -1) -> bytes:
        part, self._left = self._left[:777], self._left[777:]
        return part


@pytest.mark.parametrize("wrap", [io.BytesIO, Dribble], ids=["memory", "dribble"])
def test_a_file_object(wrap) -> None:
    assert len(read_packets(wrap(LARGE))) == 300


def test_a_file_object_that_fails_or_gives_text(tmp_path) -> None:
    with pytest.raises(CaptureError, match="binary mode"):
        read_packets(cast(Any, io.StringIO("text")))
    path = tmp_path / "some.pcap"
    path.write_bytes(LARGE)
    with path.open("rb") as file:
        assert len(read_packets(file)) == 300
    with pytest.raises(CaptureError, match="cannot be read"):
        read_packets(file)

    class Failing(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(CaptureError, match="Input/output error"):
        read_packets(cast(Any, Failing()))


# Much of something.


def test_reading_piece_by_piece_takes_no_more_memory_for_a_longer_file(
    tmp_path, monkeypatch
) -> None:
    monkeypatch.setenv("WORKBENCH_COMPILED", "never")
    path = tmp_path / "long.pcap"
    with path.open("wb") as file:
        file.write(build.pcap_header())
        for number in range(1000):
            file.write(build.record(build.tcp4(bytes(40_000), seq=number)))
    tracemalloc.start()
    try:
        assert sum(map(len, stream(path, rows=50))) == 1000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 30 << 20 < path.stat().st_size


def test_as_many_interfaces_as_there_can_be() -> None:
    count = 65_540
    raw = build.section() + build.interface(name="x") * count
    packets, times = counted(
        raw
        + build.enhanced(FRAMES[0], interface=65_534)
        + build.enhanced(FRAMES[1], interface=65_535)
    )
    assert len(packets.interfaces) == 65_535
    assert packets.columns["interface"].tolist() == [65_534, 0xFFFF]
    assert packets.problems.counts["damaged"] == count - 65_535
    assert times < 4


def test_many_sections() -> None:
    one = build.section() + build.interface() + build.enhanced(FRAMES[0])
    packets, times = counted(one * 3000)
    assert len(packets) == len(packets.interfaces) == 3000
    assert times < 4
    assert build.kinds(packets) == {}


@pytest.mark.parametrize(
    "head", [build.pcap_header(), build.section() + build.interface()], ids=["pcap", "pcapng"]
)
@pytest.mark.parametrize("junk", [bytes(1 << 20), b"\xff" * (1 << 20)], ids=["zeros", "ones"])
def test_a_mebibyte_of_rubbish_is_passed_over_once(head, junk) -> None:
    packets, times = counted(head + junk)
    assert len(packets) == 0
    assert packets.problems.counts["damaged"] == 1
    assert times < 8


def test_fragments_that_never_meet_are_dropped_in_time(monkeypatch) -> None:
    monkeypatch.setenv("WORKBENCH_MAX_REASSEMBLY_BYTES", "64 KiB")
    pieces = [
        build.ethernet(
            build.ipv4(bytes(8), 17, identification=number & 0xFFFF, fragment=0x2000 | 5)
        )
        for number in range(3000)
    ]
    first = build.ethernet(build.ipv4(bytes(8), 17, identification=9, fragment=0x2000))
    last = build.ethernet(build.ipv4(bytes(8), 17, identification=9, fragment=1))
    packets = build.read(build.pcap([first, *pieces, last, first, last]))
    # The first piece was let go by the time its other half came; the second time they meet.
    assert packets.datagrams.rows.tolist() == [len(packets) - 2]

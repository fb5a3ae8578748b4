"""After damage reading goes on with the file's own packets, all of them, and with no others."""

from __future__ import annotations

import io
import itertools
import random
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture import build
from workbench.capture import formats, pcap, pcapng
from workbench.capture.problems import ProblemList
from workbench.capture.recovery import Candidates, Recovery, Window, words
from workbench.capture.sources import Source, open_source

HEAD = 16


def some_frames(count: int, seed: int = 1, least: int = 0, most: int = 400) -> list[bytes]:
    """Return frames that are all different."""
    rng = random.Random(seed)
    return [
        build.tcp4(rng.randbytes(rng.randint(least, most)), seq=number) for number in range(count)
    ]


def small_frames(count: int, seed: int = 2) -> list[bytes]:
    return [build.tcp4(b"", seq=1_000_000 + number, ack=seed) for number in range(count)]


def download_of(capture: bytes, segment: int = 1400) -> list[bytes]:
    """Return frames in which a capture file is downloaded."""
    pieces = [capture[at : at + segment] for at in range(0, len(capture), segment)]
    return [build.tcp4(piece, seq=5_000_000 + at * segment) for at, piece in enumerate(pieces)]


def offsets_of(capture: bytes, frames: list[bytes]) -> list[int]:
    """Return where the record of each frame begins in a pcap file."""
    sizes = [HEAD + len(frame) for frame in frames]
    assert len(capture) == 24 + sum(sizes)
    return [24 + sum(sizes[:number]) for number in range(len(frames))]


def data_of(capture: bytes) -> list[bytes]:
    packets = build.read(capture)
    return [packets.data(row) for row in range(len(packets))]


def damaged(capture: bytes, at: int, junk: bytes) -> bytes:
    return capture[:at] + junk + capture[at + len(junk) :]


JUNK = {
    "an absurd length": (8, struct.pack("<I", 0x7FFFFFFF)),
    "a length of minus one": (8, struct.pack("<I", 0xFFFFFFFF)),
    "ones": (0, b"\xff" * HEAD),
    "zeros": (0, bytes(HEAD)),
    "noise": (0, random.Random(5).randbytes(HEAD)),
}


@pytest.mark.parametrize("where", [0, 7, 39])
@pytest.mark.parametrize("kind", sorted(JUNK))
def test_one_damaged_record_costs_one_packet(kind, where) -> None:
    frames = some_frames(40)
    whole = build.pcap(frames)
    at, junk = JUNK[kind]
    broken = damaged(whole, offsets_of(whole, frames)[where] + at, junk)
    packets = build.read(broken)
    kept = [packets.data(row) for row in range(len(packets))]
    assert kept == frames[:where] + frames[where + 1 :]
    [problem] = packets.problems.listed
    assert problem.kind == "damaged"
    assert problem.offset == offsets_of(whole, frames)[where]
    assert problem.frame == where


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("where", [0, 7, 39])
def test_one_damaged_block_costs_one_packet(big, where) -> None:
    frames = some_frames(40)
    blocks = [build.enhanced(frame, 1000 + at, big=big) for at, frame in enumerate(frames)]
    for at, junk in ((4, b"\xff" * 4), (0, b"\xff" * 8), (4, bytes(4)), (20, b"\xff" * 8)):
        broken = [*blocks]
        broken[where] = damaged(blocks[where], at, junk)
        raw = build.section(big=big) + build.interface(big=big) + b"".join(broken)
        packets = build.read(raw)
        kept = [packets.data(row) for row in range(len(packets))]
        assert kept == frames[:where] + frames[where + 1 :]
        [problem] = packets.problems.listed
        assert (problem.kind, problem.frame) == ("damaged", where)


@given(
    where=st.lists(st.integers(0, 59), min_size=1, max_size=8, unique=True),
    nano=st.booleans(),
    big=st.booleans(),
)
def test_packets_between_several_damaged_ones_are_all_found(where, nano, big) -> None:
    frames = some_frames(60)
    # A step of a millisecond leaves room: damaged records may be each other's neighbours.
    whole = build.pcap(frames, nano=nano, big=big, step_ns=1_000_000)
    broken = whole
    for number in where:
        broken = damaged(broken, offsets_of(whole, frames)[number] + 8, b"\xff\xff\xff\xff")
    kept = data_of(broken)
    expected = [frame for number, frame in enumerate(frames) if number not in where]
    assert set(kept) <= set(expected), "something was made up"
    lost = [frame for frame in expected if frame not in kept]
    # Fewer than six in a row between two damaged ones prove too little to be believed.
    runs = _runs_between(sorted(where), len(frames))
    assert lost == [frames[number] for run in runs if len(run) < formats.CHAIN for number in run]


def _runs_between(where: list[int], count: int) -> list[range]:
    return [range(one + 1, other) for one, other in itertools.pairwise(where) if other < count]


@pytest.mark.parametrize("gap_ns", [3_600 * 10**9, -86_400 * 10**9, -10 * 10**9])
def test_a_capture_inside_a_capture_is_not_taken_for_the_outer_one(gap_ns) -> None:
    inner_frames = small_frames(400)
    inner = build.pcap_header() + b"".join(
        build.record(frame, build.START_NS + gap_ns + number * 1000)
        for number, frame in enumerate(inner_frames)
    )
    frames = some_frames(20) + download_of(inner) + some_frames(20, seed=9)
    whole = build.pcap(frames)
    places = offsets_of(whole, frames)
    for where in range(15, len(frames) - 15):
        broken = damaged(whole, places[where] + 8, b"\xff\xff\xff\x7f")
        assert data_of(broken) == frames[:where] + frames[where + 1 :]


@pytest.mark.parametrize("big", [False, True])
def test_a_pcapng_inside_a_pcapng_is_not_taken_for_the_outer_one(big) -> None:
    inner = build.pcapng(small_frames(300), big=big)
    frames = some_frames(10) + download_of(inner) + some_frames(10, seed=9)
    blocks = [build.enhanced(frame, 10**15 + at) for at, frame in enumerate(frames)]
    for where in range(8, len(frames) - 8):
        broken = [*blocks]
        broken[where] = damaged(blocks[where], 4, b"\xff\xff\xff\x7f")
        raw = build.section() + build.interface() + b"".join(broken)
        assert data_of(raw) == frames[:where] + frames[where + 1 :]


def test_a_length_that_is_too_long_but_possible_costs_few_packets() -> None:
    frames = some_frames(200, least=20)
    whole = build.pcap(frames)
    for where in (3, 100, 190):
        for more in (1, 3, 16, 700, 5000):
            at = offsets_of(whole, frames)[where]
            size = len(frames[where]) + more
            packets = build.read(damaged(whole, at + 8, struct.pack("<I", size)))
            kept = [packets.data(row) for row in range(len(packets))]
            assert kept[:where] == frames[:where]
            assert sum(frame in frames for frame in kept) >= len(frames) - 3 - more // 100
            suspect = packets.columns["problem"] != 0
            assert all(data in frames or suspect[row] for row, data in enumerate(kept))


def test_a_length_beyond_the_end_of_the_file_loses_nothing_that_follows() -> None:
    frames = some_frames(30)
    whole = build.pcap(frames)
    at = offsets_of(whole, frames)[10]
    packets = build.read(damaged(whole, at + 8, struct.pack("<I", 60_000)))
    assert [packets.data(row) for row in range(len(packets))] == frames[:10] + frames[11:]
    assert build.kinds(packets) == {"damaged": 1}
    blocks = [build.enhanced(frame) for frame in frames]
    blocks[10] = damaged(blocks[10], 4, struct.pack("<I", 60_000))
    packets = build.read(build.section() + build.interface() + b"".join(blocks))
    assert [packets.data(row) for row in range(len(packets))] == frames[:10] + frames[11:]


def test_zeros_at_the_end_are_no_packets() -> None:
    frames = some_frames(5)
    for zeros in (16, 17, 4096, 100_000):
        packets = build.read(build.pcap(frames) + bytes(zeros))
        assert [packets.data(row) for row in range(len(packets))] == frames
        assert build.kinds(packets) == {"damaged": 1}


def test_garbage_between_packets_is_passed_over() -> None:
    rng = random.Random(3)
    first, second = some_frames(20, seed=1), some_frames(20, seed=2)
    for size in (1, 15, 5000, 1 << 20):
        garbage = b"\xff\xff\xff\xff" * 3 + rng.randbytes(size)
        raw = build.pcap(first) + garbage + build.pcap(second)[24:]
        packets = build.read(raw)
        assert [packets.data(row) for row in range(len(packets))] == first + second


class CountingSource(Source):
    """Counts the bytes that are read."""

    def __init__(self, data: bytes) -> None:
        super().__init__("counted", data)
        self.total = 0

    def read_at(self, offset: int, size: int) -> bytes:
        found = super().read_at(offset, size)
        self.total += len(found)
        return found


def read_counted(data: bytes) -> tuple[int, dict[str, int]]:
    """Return how many times over a capture was read, and its problems."""
    from workbench.capture.reader import decode_source

    source, problems = CountingSource(data), ProblemList(100)
    decode_source(source, problems)
    return source.total // len(data), dict(problems.counts)


def test_much_damage_costs_little_more_than_little() -> None:
    rng = random.Random(4)
    frames = small_frames(8)
    bad = build.record(b"", captured=0xFFFFFFFF)
    several = b"".join(map(build.record, frames)) + bad
    times, problems = read_counted(build.pcap_header() + several * 800)
    assert problems == {"damaged": 800}
    assert times < 8
    times, _ = read_counted(build.pcap_header() + rng.randbytes(1 << 20))
    assert times < 8
    block = build.enhanced(frames[0]) + build.block(6, bytes(24), length=20)
    times, problems = read_counted(build.section() + build.interface() + block * 4000)
    assert problems == {"damaged": 4000}
    assert times < 8
    times, _ = read_counted(build.section() + build.interface() + rng.randbytes(1 << 20))
    assert times < 8


# The parts.


class Fixed:
    """A format whose candidates are given."""

    def __init__(self, at, end, weight=None, times=None) -> None:
        self._found = Candidates(
            np.array(at, "i8"),
            np.array(end, "i8"),
            np.array(weight or [1] * len(at), "i8"),
            np.ones(len(at), bool),
        )
        self._times = times or {}

    def candidates(self, data: bytes) -> Candidates:
        return self._found

    def time_at(self, data: bytes, at: int) -> int | None:
        return self._times.get(at)


def window(framing: Fixed, size: int = 1000, *, at_end: bool = False) -> Window:
    return Window(5000, bytes(size), framing, at_end=at_end, header=16, longest=300)


def chain(*places: int) -> tuple[list[int], list[int]]:
    return list(places[:-1]), list(places[1:])


def test_a_chain_must_have_six_links_or_end_with_the_file() -> None:
    short = Fixed(*chain(900, 920, 940, 1000))
    assert window(short).first(short, 5000, None) == -1
    assert window(short, at_end=True).first(short, 5000, None) == 5900
    long = Fixed(*chain(10, 30, 50, 70, 90, 110, 130))
    assert window(long).first(long, 5000, None) == 5010
    assert window(long).first(long, 5011, None) == -1


def test_a_chain_that_is_too_long_for_a_packet_wins_over_one_inside_it() -> None:
    inner, outer = chain(*range(10, 90, 10)), chain(*range(100, 901, 100))
    both = Fixed(inner[0] + outer[0], inner[1] + outer[1])
    assert window(both).first(both, 5000, None) == 5100


def test_a_short_chain_is_taken_when_its_time_fits() -> None:
    inner, outer = chain(*range(10, 90, 10)), chain(*range(100, 901, 100))
    second = 10**9
    for time, expected in ((99, 5010), (101, 5010), (97, 5100), (103, 5100), (None, 5100)):
        times = {100: 101 * second} | ({} if time is None else {10: time * second})
        both = Fixed(inner[0] + outer[0], inner[1] + outer[1], times=times)
        assert window(both).first(both, 5000, 100 * second) == expected


def test_one_block_that_proves_itself_is_enough() -> None:
    only = Fixed([10], [60], [formats.CHAIN])
    assert window(only).first(only, 5000, None) == 5010


def test_a_window_with_too_many_candidates_is_used_up_to_them(monkeypatch) -> None:
    monkeypatch.setattr(formats, "MAX_CANDIDATES", 7)
    many = Fixed(*chain(*range(10, 500, 10)))
    cut = window(many, at_end=True)
    assert (cut.usable, cut.at_end) == (80, False)
    assert cut.first(many, 5000, None) == 5010


def test_words_are_the_numbers_at_every_position() -> None:
    raw = np.frombuffer(b"\x01\x00\x00\x00\xff", np.uint8)
    assert words(raw, big=False).tolist() == [1, 0xFF000000]
    assert words(raw, big=True).tolist() == [0x01000000, 0xFF]


def test_searching_goes_on_over_many_windows(monkeypatch) -> None:
    monkeypatch.setattr(formats, "SEARCH", 2048)
    frames = some_frames(30, most=60)
    garbage = b"\xff" * 50_000
    raw = build.pcap_header() + garbage + build.pcap(frames)[24:]
    file = pcap.PcapFile(open_source(io.BytesIO(raw), ProblemList()), _engine(), ProblemList())
    found = Recovery(open_source(io.BytesIO(raw), ProblemList()), 16).after(file, 24, None, 65535)
    assert found == 24 + len(garbage)
    assert data_of(raw) == frames


def test_nothing_is_found_where_nothing_is() -> None:
    raw = build.section() + b"\xff" * 10_000
    file = pcapng.PcapngFile(open_source(io.BytesIO(raw), ProblemList()), _engine(), ProblemList())
    source = open_source(io.BytesIO(raw), ProblemList())
    assert Recovery(source, 12).after(file, 28, None, 65535) == -1
    assert Recovery(source, 12).after(file, len(raw), None, 65535) == -1


def _engine():
    from workbench.capture.engine import interpreted

    return interpreted()

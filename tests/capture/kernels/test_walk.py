"""Walking from record to record, and the times that files write."""

from __future__ import annotations

import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture import build
from workbench.capture.kernels import walk
from workbench.capture.kernels.types import Index, empty_index

FRAMES = [b"first", b"", b"the third one"]
PAYLOADS = st.lists(st.binary(max_size=20), max_size=8)


def views(rows: int) -> Index:
    return Index(*(memoryview(values) for values in empty_index(rows)))


def walk_pcap(data: bytes, index: Index, **how: int) -> tuple[int, int, int]:
    big, fraction_ns = how.get("big", 0), how.get("fraction_ns", 1000)
    stop, most = how.get("stop", len(data)), how.get("max_record", 1000)
    start, row = how.get("start", 24), how.get("row", 0)
    return walk.walk_pcap(data, start, stop, big, fraction_ns, 16, most, index, row)


@given(payloads=PAYLOADS, big=st.booleans(), nano=st.booleans())
def test_pcap_records(payloads: list[bytes], big: bool, nano: bool) -> None:
    data = build.pcap(payloads, big=big, nano=nano, step_ns=1_234_567_000)
    index = views(8)
    found = walk_pcap(data, index, big=big, fraction_ns=1 if nano else 1000)
    assert found == (len(data), len(payloads), walk.MORE)
    for row, payload in enumerate(payloads):
        at = index.at[row]
        assert data[at : at + index.captured[row]] == payload
        assert index.wire[row] == len(payload)
        assert index.time[row] == build.START_NS + row * 1_234_567_000
        assert index.interface[row] == 0


def test_a_walk_goes_on_where_it_stopped() -> None:
    data = build.pcap(FRAMES)
    index = views(2)
    position, row, reason = walk_pcap(data, index)
    assert (row, reason) == (2, walk.FULL)
    assert walk_pcap(data, index, start=position, row=1) == (len(data), 2, walk.MORE)
    assert index.captured[1] == len(FRAMES[2])


@pytest.mark.parametrize("cut", range(1, 16 + len(FRAMES[2])))
def test_a_record_that_is_cut_off_is_left(cut: int) -> None:
    data = build.pcap(FRAMES)
    last = len(data) - 16 - len(FRAMES[2])
    assert walk_pcap(data[:-cut], views(9)) == (last, 2, walk.MORE)


def test_no_record_is_begun_behind_the_stop() -> None:
    data = build.pcap(FRAMES)
    second = 24 + 16 + len(FRAMES[0])
    assert walk_pcap(data, views(9), stop=second) == (second, 1, walk.MORE)
    assert walk_pcap(data, views(9), stop=second + 1)[1] == 2


@pytest.mark.parametrize(
    "header",
    [struct.pack("<IIII", 1, 0, 1001, 1001), struct.pack("<IIII", 0, 5, 0, 0), bytes(16)],
)
def test_a_record_header_that_cannot_be_true(header: bytes) -> None:
    data = build.pcap(FRAMES) + header + bytes(2000)
    assert walk_pcap(data, views(9)) == (len(data) - 2016, 3, walk.BROKEN)


def test_a_fraction_of_a_second_and_more_is_no_time() -> None:
    index = views(2)
    header = build.pcap_header()
    for fraction, found in ((999_999, 1_999_999_000), (1_000_000, walk.LOST_TIME)):
        walk_pcap(header + struct.pack("<IIII", 1, fraction, 0, 0), index)
        assert index.time[0] == found


def test_records_of_the_long_header() -> None:
    record = build.record(b"data", extra=bytes(8))
    index = views(2)
    assert walk.walk_pcap(record, 0, 28, 0, 1000, 24, 100, index, 0) == (28, 1, walk.MORE)
    assert index.at[0] == 24


def exact(units: int, scale: int, offset: int) -> int | None:
    """Return a time in nanoseconds, rounded down, or None beyond what is accepted."""
    base = 2 if scale & 0x80 else 10
    time = Fraction(units, base ** (scale & 0x7F)) + offset
    seconds = time.__floor__()
    return None if abs(seconds) > walk.MAX_SECONDS else (time * 10**9).__floor__()


UNITS = st.integers(0, 2**63 - 1) | st.integers(0, 2**40)
OFFSETS = st.just(0) | st.integers(-(10**11), 10**11)
EXACT = st.integers(0, 18) | st.integers(0x80, 0x80 + 32)


@given(units=UNITS, scale=EXACT, offset=OFFSETS)
def test_times_are_those_of_exact_fractions(units: int, scale: int, offset: int) -> None:
    found = walk.nanoseconds(units >> 32, units & 0xFFFFFFFF, scale, offset)
    wanted = exact(units, scale, offset)
    assert found == (walk.LOST_TIME if wanted is None else wanted)


@given(units=UNITS, scale=st.integers(0x80 + 33, 0x80 + 62), offset=OFFSETS)
def test_times_finer_than_32_bits_are_right_to_a_nanosecond(units, scale, offset) -> None:
    found = walk.nanoseconds(units >> 32, units & 0xFFFFFFFF, scale, offset)
    wanted = exact(units, scale, offset)
    if wanted is None:
        assert found == walk.LOST_TIME
    else:
        assert wanted - 1 <= found <= wanted


@pytest.mark.parametrize(
    ("high", "low", "scale", "offset"),
    [
        (0x80000000, 0, 6, 0),
        (0xFFFFFFFF, 0xFFFFFFFF, 0x80 + 62, 0),
        (0, 1, 19, 0),
        (0, 1, 0x80 + 63, 0),
        (0, 1, 0xFF, 0),
        (0x7FFFFFFF, 0, 6, 0),
        (0, 1, 6, walk.MAX_SECONDS + 1),
        (0, 0, 6, -walk.MAX_SECONDS - 1),
    ],
)
def test_times_that_do_not_fit_are_lost(high: int, low: int, scale: int, offset: int) -> None:
    assert walk.nanoseconds(high, low, scale, offset) == walk.LOST_TIME


def test_the_latest_and_the_earliest_time_fit_in_64_bits() -> None:
    last = walk.nanoseconds(0, 999_999_999, 9, walk.MAX_SECONDS)
    assert last == walk.MAX_SECONDS * 10**9 + 999_999_999 < 2**63
    assert walk.nanoseconds(0, 0, 9, -walk.MAX_SECONDS) > walk.LOST_TIME


def walk_pcapng(data: bytes, index: Index, **how: int) -> tuple[int, int, int]:
    """Walk blocks of a section whose first interface is the file's second of three."""
    scales, offsets, snaps = [9, 6, 0x80 + 10], [0, 0, 100], [0, 0, 8]
    big, stop = how.get("big", 0), how.get("stop", len(data))
    first, most = how.get("first", 1), how.get("max_block", 1000)
    return walk.walk_pcapng(
        data, 0, stop, big, first, scales, offsets, snaps, most, index, how.get("row", 0)
    )


@given(payloads=PAYLOADS, big=st.booleans())
def test_enhanced_packets(payloads: list[bytes], big: bool) -> None:
    note = build.option(1, b"note", big=big)
    blocks = [
        build.enhanced(payload, 3_000_000 + row, interface=0, big=big, wire=99, options=note)
        for row, payload in enumerate(payloads)
    ]
    data = b"".join(blocks)
    index = views(8)
    assert walk_pcapng(data, index, big=big) == (len(data), len(payloads), walk.MORE)
    for row, payload in enumerate(payloads):
        at = index.at[row]
        assert data[at : at + index.captured[row]] == payload
        assert (index.wire[row], index.interface[row]) == (99, 1)
        assert index.time[row] == (3_000_000 + row) * 1000


def test_an_interface_has_its_own_clock() -> None:
    index = views(4)
    data = build.enhanced(b"", 512, interface=1) + build.obsolete(b"old", 1024, interface=1)
    assert walk_pcapng(data, index)[1:] == (2, walk.MORE)
    assert index.time[:2].tolist() == [100_500_000_000, 101_000_000_000]
    assert index.interface[:2].tolist() == [2, 2]
    assert data[index.at[1] : index.at[1] + 3] == b"old"


def test_a_packet_of_an_interface_that_is_not_there() -> None:
    index = views(4)
    data = build.enhanced(b"x", interface=2) + build.enhanced(b"x", interface=2**32 - 1)
    assert walk_pcapng(data, index)[1:] == (2, walk.MORE)
    assert index.interface[:2].tolist() == [walk.NO_INTERFACE] * 2
    assert index.time[:2].tolist() == [walk.NO_TIME] * 2


@pytest.mark.parametrize(
    ("first", "wire", "captured"), [(1, None, 11), (1, 3, 3), (1, 99, 12), (2, None, 8), (2, 5, 5)]
)
def test_simple_packets_have_a_length_but_no_time(first, wire, captured) -> None:
    index = views(1)
    data = build.simple(b"hello world", wire)
    assert walk_pcapng(data, index, first=first) == (len(data), 1, walk.MORE)
    assert (index.captured[0], index.time[0]) == (captured, walk.NO_TIME)
    assert (index.wire[0], index.interface[0]) == (wire or 11, first)
    assert data[index.at[0] :].startswith(b"hello")


@pytest.mark.parametrize("block", [build.section(), build.interface()])
def test_blocks_that_the_caller_reads(block: bytes) -> None:
    packet = build.enhanced(b"x")
    assert walk_pcapng(packet + block + packet, views(9)) == (len(packet), 1, walk.OTHER_BLOCK)


def test_blocks_that_say_nothing_about_packets_are_passed() -> None:
    statistics = build.block(5, bytes(12))
    packet = build.enhanced(b"x")
    data = statistics + packet + build.block(0x0BAD, b"custom") + packet
    assert walk_pcapng(data, views(9)) == (len(data), 2, walk.MORE)
    broken = statistics[:-4] + b"\1\0\0\0"
    assert walk_pcapng(packet + broken + packet, views(9))[1:] == (1, walk.OTHER_BLOCK)


@pytest.mark.parametrize(
    "block",
    [
        build.enhanced(b"abc", captured=5),
        build.enhanced(b"abc")[:-4] + b"\1\0\0\0",
        build.block(6, bytes(12)),
        build.block(3, b"", length=8),
        build.block(6, bytes(2000)),
        build.block(2, bytes(16)),
    ],
)
def test_a_packet_block_that_cannot_be_true(block: bytes) -> None:
    packet = build.enhanced(b"x")
    assert walk_pcapng(packet + block, views(9)) == (len(packet), 1, walk.BROKEN)


def test_a_block_that_is_cut_off_is_left() -> None:
    packet = build.enhanced(b"some data")
    for cut in range(1, len(packet)):
        assert walk_pcapng(packet + packet[:-cut], views(9)) == (len(packet), 1, walk.MORE)


def test_a_full_index_ends_a_walk() -> None:
    packet = build.enhanced(b"some data")
    assert walk_pcapng(packet * 3, views(2)) == (2 * len(packet), 2, walk.FULL)
    assert walk_pcapng(packet * 3, views(9), stop=len(packet) + 1)[1] == 2

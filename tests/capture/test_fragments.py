"""Fragments of IP datagrams: in any order and number they give what was sent, or nothing."""

from __future__ import annotations

import struct
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture import build
from workbench.capture import fragments
from workbench.capture.codes import GOOD, NOT_APPLICABLE, UNVERIFIED
from workbench.capture.fragments import Datagrams
from workbench.capture.packets import Packets

SECOND = 10**9
Piece = tuple[int, bytes, bool]


def pieces_of(payload: bytes, sizes: Iterable[int]) -> list[Piece]:
    """Cut a payload into pieces: offset, data, whether more follow."""
    pieces, at = [], 0
    for size in sizes:
        if at + 8 * size >= len(payload):
            break
        pieces.append((at, payload[at : at + 8 * size], True))
        at += 8 * size
    return [*pieces, (at, payload[at:], False)]


def frame_of(piece: Piece, version: int = 4, identification: int = 7, protocol: int = 17) -> bytes:
    offset, data, more = piece
    if version == 4:
        field = offset // 8 | (0x2000 if more else 0)
        packet = build.ipv4(data, protocol, identification=identification, fragment=field)
        return build.ethernet(packet)
    head = build.fragment_header(protocol, offset, more=more, identification=identification)
    return build.ethernet(build.ipv6(head + data, 44), 0x86DD)


def read(frames: Iterable[bytes], step_ns: int = 1000) -> Packets:
    return build.read(build.pcap(frames, step_ns=step_ns))


def whole(packets: Packets) -> list[bytes]:
    """Return the datagrams that were put together, each with its header."""
    found = [packets.datagrams.of(row) for row in range(len(packets))]
    return [one for one in found if one is not None]


def udp(version: int, body: bytes) -> bytes:
    ends = ("10.0.0.1", "10.0.0.2") if version == 4 else ("fd00::1", "fd00::2")
    return build.udp(body, *ends)


@pytest.mark.parametrize("version", [4, 6])
@given(data=st.data(), body=st.binary(min_size=1, max_size=120))
def test_any_order_and_duplication_gives_the_datagram(version, data, body) -> None:
    datagram = udp(version, body)
    pieces = pieces_of(datagram, data.draw(st.lists(st.integers(1, 5), min_size=1, max_size=12)))
    if len(pieces) == 1:
        return
    again = data.draw(st.lists(st.sampled_from(pieces), max_size=4))
    order = data.draw(st.permutations([*pieces, *again]))
    packets = read(frame_of(piece, version) for piece in order)
    seen: set[Piece] = set()
    expected = []
    for row, piece in enumerate(order):
        seen.add(piece)
        if len(seen) == len(pieces):
            expected.append(row)
            seen = set()
    assert packets.datagrams.rows.tolist() == expected
    for row in expected:
        assert packets.payload(row) == body
        assert packets.columns["source_port"][row] == 40000
        assert packets.columns["checksum"][row] == GOOD
    others = np.setdiff1d(np.arange(len(packets)), expected)
    assert set(packets.columns["checksum"][others].tolist()) <= {NOT_APPLICABLE, UNVERIFIED}


@given(parts=st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4)), min_size=1, max_size=8))
def test_where_fragments_overlap_the_earlier_one_is_kept(parts) -> None:
    order: list[Piece] = [
        (8 * at, bytes([number + 1]) * 8 * size, True) for number, (at, size) in enumerate(parts)
    ]
    order.append((0, b"\xaa" * 64, True))
    order.append((64, b"end", False))
    expected = bytearray(b"\xaa" * 64 + b"end")
    for at, data, _ in reversed(order[:-2]):
        expected[at : at + len(data)] = data
    assert [one[20:] for one in whole(read(frame_of(piece) for piece in order))] == [expected]


def test_the_header_is_that_of_an_unfragmented_packet() -> None:
    body = bytes(range(200))
    [four] = whole(read(frame_of(piece) for piece in pieces_of(udp(4, body), [3, 5])))
    assert build.internet_sum(four[:20]) == 0
    assert struct.unpack(">HHH", four[2:8]) == (len(four), 7, 0)
    assert four[20:] == udp(4, body)
    [six] = whole(read(frame_of(piece, 6) for piece in pieces_of(udp(6, body), [3, 5])))
    assert struct.unpack(">H", six[4:6]) == (len(six) - 40,)
    assert six[-208:] == udp(6, body)


def test_datagrams_are_told_apart_by_number_protocol_and_ends() -> None:
    bodies = [bytes([number]) * 40 for number in range(3)]
    pieces = [pieces_of(udp(4, body), [2]) for body in bodies]
    frames = [frame_of(pieces[number][0], identification=number) for number in range(3)]
    frames += [frame_of(pieces[number][1], identification=number) for number in (2, 0, 1)]
    packets = read(frames)
    assert [packets.payload(row) for row in (3, 4, 5)] == [bodies[2], bodies[0], bodies[1]]
    first, last = pieces[0]
    assert whole(read([frame_of(first), frame_of(last, protocol=6)])) == []
    other = build.ethernet(build.ipv4(last[1], 17, "10.9.9.9", identification=7, fragment=2))
    assert whole(read([frame_of(first), other])) == []


@pytest.mark.parametrize(("gap_s", "count"), [(59, 1), (60, 1), (61, 0)])
def test_fragments_wait_a_minute_for_each_other(gap_s, count) -> None:
    frames = [frame_of(piece) for piece in pieces_of(udp(4, bytes(60)), [4])]
    assert len(whole(read(frames, step_ns=gap_s * SECOND))) == count


def test_a_new_datagram_of_the_same_number_begins_after_the_timeout() -> None:
    old, new = (pieces_of(udp(4, body * 60), [4]) for body in (b"o", b"n"))
    times = [0, 100, 101]
    records = [
        build.record(frame_of(piece), build.START_NS + time * SECOND)
        for piece, time in zip([old[0], new[0], new[1]], times, strict=True)
    ]
    packets = build.read(build.pcap_header() + b"".join(records))
    assert packets.payload(2) == b"n" * 60


@pytest.mark.parametrize(
    "pieces",
    [
        [(0, bytes(16), True), (16, bytes(8), True)],
        [(0, bytes(16), True), (24, bytes(8), False)],
        [(8, bytes(16), True), (24, bytes(8), False)],
        [(8, bytes(8), False), (8, bytes(16), False), (0, bytes(8), True)],
        [(65_528, bytes(16), False), (0, bytes(65_400), True), (65_400, bytes(128), True)],
        [(0, bytes(65_000), True), (65_000, bytes(528), False)],
    ],
    ids=["no end", "a hole", "no beginning", "two ends", "beyond the end", "no room for a header"],
)
def test_what_is_incomplete_or_contradicts_itself_is_no_datagram(pieces) -> None:
    assert whole(read(frame_of(piece, protocol=253) for piece in pieces)) == []


def test_a_datagram_as_long_as_one_can_be() -> None:
    size = 65_535 - 20
    [one] = whole(read(frame_of(piece) for piece in pieces_of(bytes(size), [180] * 60)))
    assert len(one) == 65_535


def test_a_fragment_not_captured_whole_is_not_used() -> None:
    first, last = (frame_of(piece) for piece in pieces_of(udp(4, bytes(60)), [4]))
    raw = build.pcap_header() + build.record(first[:-3], wire=len(first)) + build.record(last)
    assert whole(build.read(raw)) == []


def test_what_waits_is_bounded_and_the_oldest_goes_first(monkeypatch) -> None:
    pieces = [pieces_of(udp(4, bytes([number]) * 400), [40]) for number in range(3)]
    frames = [frame_of(pieces[number][0], identification=number) for number in range(3)]
    frames += [frame_of(pieces[number][1], identification=number) for number in range(3)]
    assert len(whole(read(frames))) == 3
    monkeypatch.setenv("WORKBENCH_MAX_REASSEMBLY_BYTES", str(3 * (320 + fragments.PIECE_BYTES)))
    packets = read([*frames[:3], frame_of((0, bytes(8), True), identification=99), *frames[4:]])
    assert [packets.payload(row)[:1] for row in packets.datagrams.rows] == [b"\1", b"\2"]
    monkeypatch.setenv("WORKBENCH_MAX_REASSEMBLY_BYTES", "0")
    assert whole(read(frames)) == []


def test_many_tiny_pieces_of_one_datagram_are_bounded(monkeypatch) -> None:
    monkeypatch.setattr(fragments, "MAX_PIECES", 10)
    datagram = bytes(88)
    assert len(whole(read(frame_of(piece) for piece in pieces_of(datagram[:80], [1] * 11)))) == 1
    assert whole(read(frame_of(piece) for piece in pieces_of(datagram, [1] * 11))) == []


def test_addresses_inside_a_datagram_join_those_of_the_capture() -> None:
    inner = build.ipv4(build.tcp(b"in", "9.0.0.1", "9.0.0.2"), 6, "9.0.0.1", "9.0.0.2")
    frames = [frame_of(piece, protocol=4) for piece in pieces_of(inner, [3])]
    packets = read([build.tcp4(), *frames])
    assert packets.addresses.texts == ["9.0.0.1", "9.0.0.2", "10.0.0.1", "10.0.0.2"]
    sources = [packets.addresses.texts[code] for code in packets.columns["source"]]
    assert sources == ["10.0.0.1", "10.0.0.1", "9.0.0.1"]
    assert packets.payload(2) == b"in"


def test_the_row_keeps_what_its_own_packet_says() -> None:
    packets = read(frame_of(piece) for piece in pieces_of(udp(4, bytes(60)), [4]))
    assert packets.columns["fragment"].tolist() == [0x2000, 4]
    assert packets.data(1) == frame_of(pieces_of(udp(4, bytes(60)), [4])[1])


def test_datagrams_by_row() -> None:
    found = Datagrams.join({9: b"nine", 2: b"two"})
    assert found.rows.tolist() == [2, 9]
    assert (found.of(2), found.of(9), found.of(3), found.of(10)) == (b"two", b"nine", None, None)
    taken = found.take(np.array([9, 0, 9, 2]))
    assert [taken.of(row) for row in range(4)] == [b"nine", None, b"nine", b"two"]
    assert Datagrams.none().of(0) is None
    assert len(Datagrams.none().take(np.array([1, 2])).rows) == 0

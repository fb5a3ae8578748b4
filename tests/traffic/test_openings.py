"""Where each side begins to speak, and whether the simple way is enough."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import workbench as wb
from tests.capture import build
from tests.traffic.test_connections import ACK, BACK, PSH, SYN, THERE, handshake, segment
from workbench.capture.engine import compiled, interpreted
from workbench.capture.problems import ProblemList
from workbench.capture.reader import decode_source
from workbench.capture.sources import Source
from workbench.traffic.connections import KERNELS, connect
from workbench.traffic.openings import ROOM, Openings, gather_openings

DATA = PSH | ACK


def openings_of(frames: list[bytes]) -> tuple[Openings, wb.Capture]:
    raw = build.pcap(frames, nano=True)
    packets = decode_source(Source("test", raw), ProblemList(), interpreted())
    connections = connect(packets, interpreted(KERNELS))
    return gather_openings(connections, interpreted(KERNELS)), wb.read(io.BytesIO(raw))


def said(found: Openings, capture: wb.Capture, side: int = 0) -> bytes:
    rows = found.rows[0, side, : found.count[0, side]].tolist()
    return b"".join(capture.payload(row + 1) for row in rows)


def test_plain_speech_needs_no_closer_look() -> None:
    frames = [
        *handshake(),
        segment(THERE, b"GET / ", seq=101, flags=DATA),
        segment(THERE, b"HTTP/1.1\r\n\r\n", seq=107, flags=DATA),
        segment(BACK, b"HTTP/1.1 200 OK\r\n", seq=501, flags=DATA, ttl=57),
    ]
    found, capture = openings_of(frames)
    assert said(found, capture) == b"GET / HTTP/1.1\r\n\r\n"
    assert said(found, capture, 1) == b"HTTP/1.1 200 OK\r\n"
    assert not marks_of(found)


def marks_of(found: Openings) -> set[str]:
    """Return what is unusual about the first connection."""
    named = {"odd": found.odd[0], "rival": found.rivals[0] > 0}
    return {name for name, sides in named.items() if sides.any()}


UNUSUAL = {
    "another TTL": (segment(THERE, b"fake", seq=101, flags=DATA, ttl=3), set(), 1),
    "urgent": (segment(THERE, b"fake", seq=101, flags=DATA | 32), {"odd"}, 1),
    "before the stream": (segment(THERE, b"fake", seq=2**32 - 9899, flags=DATA), set(), 0),
    "before its turn": (segment(THERE, b"fake", seq=105, flags=DATA), set(), 0),
    "from before into the stream": (segment(THERE, b"fake", seq=99, flags=DATA), {"rival"}, 0),
}


@pytest.mark.parametrize(("frame", "marks", "noted"), UNUSUAL.values(), ids=UNUSUAL)
def test_what_is_unusual_is_noted(frame: bytes, marks: set[str], noted: int) -> None:
    found, _ = openings_of([*handshake(), frame])
    assert marks_of(found) == marks
    assert found.first_row.tolist() == [[3, -1]]
    assert found.count.tolist() == [[noted, 0]]


def test_rivals_are_counted_and_the_first_byte_they_reach_is_known() -> None:
    request = segment(THERE, bytes(50), seq=101, flags=DATA)
    again = [segment(THERE, bytes(5), seq=101 + at, flags=DATA) for at in (45, 20, 30)]
    found, _ = openings_of([*handshake(), request, *again])
    assert (found.rivals[0, 0], found.rival_offset[0, 0]) == (3, 20)
    assert found.begin_seq[0, 0] == 101


def test_data_in_a_syn_and_a_second_first_number_ask_for_a_closer_look() -> None:
    assert openings_of([segment(THERE, b"early", seq=1, flags=SYN)])[0].odd[0, 0]
    twice = [segment(BACK, seq=1, flags=SYN | ACK), segment(BACK, seq=9, flags=SYN | ACK)]
    assert openings_of([segment(THERE, seq=1, flags=SYN), *twice])[0].odd.tolist() == [
        [False, True]
    ]


def test_what_comes_again_later_changes_only_what_it_repeats() -> None:
    parts = [segment(THERE, bytes([n] * 10), seq=101 + 10 * n, flags=DATA) for n in range(20)]
    found, capture = openings_of([*handshake(), *parts, parts[15]])
    assert said(found, capture) == bytes(n for n in range(ROOM) for _ in range(10))
    assert marks_of(found) == set()
    found, _ = openings_of([*handshake(), *parts, parts[3]])
    assert found.rivals.tolist() == [[1, 0]]


def test_a_half_seen_connection_begins_where_it_is_first_seen() -> None:
    frames = [segment(THERE, b"ab", seq=7_000, flags=DATA), segment(THERE, b"c", seq=7_002)]
    found, capture = openings_of(frames)
    assert said(found, capture) == b"abc"[: found.count[0, 0] + 1]
    datagrams = [build.ethernet(build.ipv4(build.udp(bytes([n])), 17)) for n in range(3)]
    found, capture = openings_of(datagrams)
    assert said(found, capture) == bytes(range(3))
    assert not found.odd.any()


@given(
    st.lists(st.binary(min_size=1, max_size=9), min_size=1, max_size=ROOM),
    st.integers(0, 2**32 - 1),
)
def test_any_cut_in_order_is_read_across_the_wrap(parts: list[bytes], start: int) -> None:
    frames, at = handshake(seq=start), start + 1
    for part in parts:
        frames.append(segment(THERE, part, seq=at % 2**32, flags=DATA))
        at += len(part)
    found, capture = openings_of(frames)
    assert said(found, capture) == b"".join(parts)
    assert not found.odd[0, 0]


def test_machine_code_finds_the_same(shared) -> None:
    both = interpreted(KERNELS), compiled(KERNELS)
    for path in sorted((shared / "captures/netns-lab").rglob("*.pcap"))[:12]:
        packets = decode_source(Source(path.name, path.read_bytes()), ProblemList(), interpreted())
        ours, theirs = (gather_openings(connect(packets, engine), engine) for engine in both)
        for name in ("count", "first_row", "begin_seq", "rivals", "rival_offset", "odd"):
            assert np.array_equal(getattr(ours, name), getattr(theirs, name)), name
        noted = np.arange(ROOM) < ours.count[..., None]
        assert np.array_equal(ours.rows[noted], theirs.rows[noted])

"""What holds for every capture: in stretches, fragments or pieces, it stays the same capture."""

from __future__ import annotations

import io
import itertools
import random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.capture import build
from tests.fuzz import mutate
from tests.fuzz.compare import check, decoded, unequal
from tests.fuzz.strategies import captures, frames
from workbench.capture import formats
from workbench.capture.engine import Engine, interpreted
from workbench.capture.fragments import Datagrams
from workbench.capture.problems import ProblemList
from workbench.capture.reader import stream_source
from workbench.capture.sources import open_source

SIDE_BY_SIDE = Engine(compiled=True, functions=interpreted().functions)
"""The kernels as they are, on arrays: what makes stretches side by side, without a compiler."""
SLOW = settings(
    max_examples=settings.default.max_examples * 2 // 5 if settings.default else 40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


def with_small_stretches(
    monkeypatch: pytest.MonkeyPatch, block: int, read: int, threads: int
) -> None:
    monkeypatch.setenv("WORKBENCH_THREADS", str(threads))
    monkeypatch.setattr(formats, "MAX_RECORD", 2048)
    monkeypatch.setattr("workbench.capture.scan.READ", read)
    monkeypatch.setattr("workbench.capture.scan.BLOCK", block)
    monkeypatch.setattr("workbench.capture.scan.ROWS", block // 16 + 1)
    monkeypatch.setattr("workbench.capture.scan.ADDRESSED_ROWS", block // 36 + 1)
    for module in ("pcap", "pcapng"):
        monkeypatch.setattr(f"workbench.capture.{module}.BLOCK", read)


def same_side_by_side(raw: bytes, block: int, read: int, threads: int) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(formats, "MAX_RECORD", 2048)
        expected = build.read(raw, interpreted())
        with_small_stretches(monkeypatch, block, read, threads)
        found = build.read(raw, SIDE_BY_SIDE)
    one, other = decoded(expected, interpreted()), decoded(found, interpreted())
    one["texts"], other["texts"] = texts(expected), texts(found)
    # Which addresses there are besides those in the table is nobody's business.
    names = set(unequal(one, other)) - {"addresses", "source", "destination"}
    assert names == set()
    check(found, len(raw))


def texts(packets) -> list[tuple[str, str]]:
    every = [*packets.addresses.texts, ""]
    columns = (packets.columns[name].tolist() for name in ("source", "destination"))
    return [(every[one], every[other]) for one, other in zip(*columns, strict=True)]


sizes = st.integers(200, 9000)


@SLOW
@given(seed=st.integers(0, 10**6), block=sizes, read=sizes, threads=st.integers(1, 4))
def test_stretches_side_by_side_are_one_capture(seed, block, read, threads) -> None:
    rng = random.Random(seed)
    number = rng.randrange(20, 200)
    chosen = [build.tcp4(rng.randbytes(rng.randrange(60)), seq=at) for at in range(number)]
    raw = build.pcap(chosen, snap=rng.choice([0, 65535]), nano=rng.random() < 0.5)
    if rng.random() < 0.5:
        raw = mutate.mutated(raw, rng)
        if raw[:20] != build.pcap(chosen, nano=raw[0] == 0x4D)[:20] or len(raw) < 40:
            return
    same_side_by_side(raw, block, read, threads)


@SLOW
@given(raw=captures(most=20), block=sizes, read=sizes, threads=st.integers(1, 3))
def test_any_capture_is_the_same_in_stretches_of_any_size(raw, block, read, threads) -> None:
    if raw[:4] == b"\n\r\r\n":
        threads = 1
    same_side_by_side(raw, block, read, threads)


@SLOW
@given(raw=captures(most=20), rows=st.integers(1, 9))
def test_pieces_of_any_size_are_the_whole(raw, rows) -> None:
    whole, problems = build.read(raw, interpreted()), ProblemList()
    pieces = list(stream_source(open_source(io.BytesIO(raw), problems), problems, rows=rows))
    assert [text for piece in pieces for text in texts(piece)] == texts(whole)
    for name in set(whole.columns) - {"source", "destination"}:
        joined = [piece.columns[name] for piece in pieces] or [whole.columns[name]]
        assert np.array_equal(np.concatenate(joined), whole.columns[name]), name
    found = sum((piece.problems.counts for piece in pieces), start=type(problems.counts)())
    assert found == whole.problems.counts
    payloads = [piece.payload(row) for piece in pieces for row in range(len(piece))]
    assert payloads == [whole.payload(row) for row in range(len(whole))]


# Fragments.


@st.composite
def fragmentations(draw: st.DrawFn, size: int) -> list[tuple[int, int]]:
    """Draw pieces of a datagram, in any order, some of them twice, some over each other."""
    cuts = draw(st.sets(st.integers(1, max(1, (size - 1) // 8)), max_size=8))
    edges = [0, *(8 * cut for cut in sorted(cuts) if 8 * cut < size), size]
    pieces = list(itertools.pairwise(edges))
    more = [
        (draw(st.sampled_from([start for start, _ in pieces])), draw(st.sampled_from(edges[1:])))
        for _ in range(draw(st.integers(0, 3)))
    ]
    every = pieces + [(start, end) for start, end in more if start < end]
    return draw(st.permutations(every))


def fragment(
    version: int, protocol: int, data: bytes, start: int, more: bool, unfragmentable: int
) -> bytes:
    if version == 4:
        field = start // 8 | (0x2000 if more else 0)
        packet = build.ipv4(
            data, protocol, identification=9, fragment=field, options=b"\x01" * 4 * unfragmentable
        )
        return build.ethernet(packet, tags=[5])
    head = build.fragment_header(protocol, start, more=more, identification=9)
    first = 44
    for _ in range(unfragmentable):
        head, first = bytes([first, 0]) + bytes(6) + head, 60
    return build.ethernet(build.ipv6(head + data, first), 0x86DD, tags=[5])


@pytest.mark.parametrize("version", [4, 6])
@given(data=st.data(), body=st.binary(min_size=20, max_size=200), before=st.integers(0, 2))
def test_any_fragmentation_gives_the_datagram(version, data, body, before) -> None:
    ends = ("10.0.0.1", "10.0.0.2") if version == 4 else ("fd00::1", "fd00::2")
    protocol = data.draw(st.sampled_from((6, 17)))
    make = build.tcp if protocol == 6 else build.udp
    datagram = make(body, *ends)
    parts = data.draw(fragmentations(len(datagram)))
    chosen = [
        fragment(version, protocol, datagram[start:end], start, end < len(datagram), before)
        for start, end in parts
        if (start, end) != (0, len(datagram))
    ]
    covered: set[int] = set()
    complete = None
    for number, (start, end) in enumerate(p for p in parts if p != (0, len(datagram))):
        covered |= set(range(start, end))
        if len(covered) == len(datagram):
            complete = number
            break
    packets = build.read(build.pcap(chosen))
    check(packets, packets.sources[0].size)
    if complete is None:
        assert packets.datagrams.rows.tolist() == []
        return
    assert packets.datagrams.rows.tolist()[0] == complete
    assert packets.payload(complete) == body
    assert packets.columns["checksum"][complete] == 1
    assert packets.columns["protocol"][complete] == protocol


@given(st.lists(frames(), max_size=8), st.data())
def test_a_selection_keeps_frames_bytes_and_datagrams(chosen, data) -> None:
    packets = build.read(build.pcap(chosen))
    rows = data.draw(st.lists(st.integers(0, max(0, len(packets) - 1)), max_size=6))
    if not len(packets):
        return
    taken = packets.take(rows)
    assert taken.frame_numbers().tolist() == [row + 1 for row in rows]
    assert [taken.data(row) for row in range(len(taken))] == [chosen[row] for row in rows]
    assert [taken.payload(row) for row in range(len(taken))] == [
        packets.payload(row) for row in rows
    ]
    assert isinstance(taken.datagrams, Datagrams)

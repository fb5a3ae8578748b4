"""Bytes put together: every policy, every order."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.traffic.talk import part
from workbench.errors import ParameterError
from workbench.traffic import reassembly
from workbench.traffic.reassembly import POLICIES, Piece, reassemble

policies = st.sampled_from(list(POLICIES))


@st.composite
def segmentations(draw: st.DrawFn) -> tuple[bytes, list[Piece]]:
    """Return a stream and pieces that cover it, in any order, some of them again and longer."""
    data = draw(st.binary(min_size=1, max_size=200))
    cuts = sorted(draw(st.sets(st.integers(1, len(data)), max_size=12)) | {0, len(data)})
    spans = list(itertools.pairwise(cuts))
    for _ in range(draw(st.integers(0, 8))):
        begin = draw(st.integers(0, len(data) - 1))
        spans.append((begin, draw(st.integers(begin + 1, len(data)))))
    order = draw(st.permutations(spans))
    return data, [Piece(begin, data[begin:end], at) for at, (begin, end) in enumerate(order)]


@given(segmentations(), policies)
def test_any_segmentation_order_and_duplication_gives_the_stream(
    made: tuple[bytes, list[Piece]], policy: str
) -> None:
    data, pieces = made
    found = reassemble(pieces, policy)
    assert found.data == data
    assert found.complete
    assert found.conflicts == ()
    assert found.repeated == sum(len(piece.data) for piece in pieces) - len(data)


@given(segmentations(), policies, st.data())
def test_what_is_missing_is_a_gap(
    made: tuple[bytes, list[Piece]], policy: str, draw: st.DataObject
) -> None:
    data, pieces = made
    kept = draw.draw(st.lists(st.sampled_from(pieces), max_size=6))
    found = reassemble(kept, policy)
    seen = {at for piece in kept for at in range(piece.offset, piece.offset + len(piece.data))}
    assert {at for one in found.ranges for at in range(one.begin, one.end)} == seen
    top = max(seen, default=-1) + 1
    assert {at for gap in found.gaps for at in range(*gap)} == set(range(top)) - seen
    for offset, stretch in found.stretches():
        assert data[offset : offset + len(stretch)] == stretch
        assert all(
            data[begin : begin + len(cut)] == cut
            for begin, cut, _, _ in found.sourced(offset, stretch)
        )


def model(pieces: list[Piece], policy: str) -> dict[int, int]:
    """Return the frame of each byte, byte by byte: the policy between the one held and the new."""
    held: dict[int, Piece] = {}
    ready = 0
    for piece in pieces:
        end = piece.offset + len(piece.data)
        for at in range(max(piece.offset, 0), end):
            old = held.get(at)
            if old is None:
                held[at] = piece
            elif at >= ready:
                old_end = old.offset + len(old.data)
                wins = {
                    "first": False,
                    "last": True,
                    "bsd": piece.offset < old.offset,
                    "linux": (piece.offset, -end) < (old.offset, -old_end),
                    "windows": piece.offset < old.offset and end > old_end,
                    "solaris": end > old_end or (end == old_end and piece.offset <= old.offset),
                }[policy]
                held[at] = piece if wins else old
        while ready in held:
            ready += 1
    return {at: piece.frame for at, piece in held.items()}


@st.composite
def overlapping(draw: st.DrawFn) -> list[Piece]:
    """Return pieces whose bytes tell who brought them."""
    spans = draw(st.lists(st.tuples(st.integers(-5, 30), st.integers(1, 15)), max_size=12))
    return [Piece(begin, bytes([65 + at]) * size, at) for at, (begin, size) in enumerate(spans)]


@settings(max_examples=300)
@given(overlapping(), policies)
def test_overlaps_are_decided_as_byte_by_byte(pieces: list[Piece], policy: str) -> None:
    found = reassemble(pieces, policy)
    frames = {at: one.frame for one in found.ranges for at in range(one.begin, one.end)}
    assert frames == model(pieces, policy)
    for offset, stretch in found.stretches():
        assert all(byte == 65 + frames[offset + at] for at, byte in enumerate(stretch))


@given(overlapping(), policies)
def test_conflicts_are_kept(pieces: list[Piece], policy: str) -> None:
    found = reassemble(pieces, policy)
    assert found.disputed == len(found.conflicts)
    for one in found.conflicts:
        assert one.kept == bytes([65 + one.kept_frame]) * (one.end - one.begin)
        assert one.dropped == bytes([65 + one.dropped_frame]) * (one.end - one.begin)


def worked() -> list[Piece]:
    """Return a request in three parts sent backwards, one with a byte of junk in front."""
    return [Piece(134, part(134, 517)), Piece(1, b"\0" + part(2, 134)), Piece(0, part(0, 2))]


@pytest.mark.parametrize("policy", POLICIES)
def test_the_worked_example_of_disorder_with_an_overlap(policy: str) -> None:
    junk = policy in ("first", "windows", "solaris")
    wanted = part(0, 1) + b"\0" + part(2, 517) if junk else part(0, 517)
    assert reassemble(worked(), policy).data == wanted


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [("first", b"_AAAA"), ("last", b"_BBBB"), ("bsd", b"_AAAA"), ("linux", b"_AAAA"),
     ("windows", b"_AAAA"), ("solaris", b"_BBBB")],
)  # fmt: skip
def test_two_that_wait_with_the_same_range(policy: str, wanted: bytes) -> None:
    found = reassemble([Piece(1, b"AAAA"), Piece(1, b"BBBB"), Piece(0, b"_")], policy)
    assert found.data == wanted


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [("first", b"_BAAAAB"), ("last", b"_BBBBBB"), ("bsd", b"_BBBBBB"), ("linux", b"_BBBBBB"),
     ("windows", b"_BBBBBB"), ("solaris", b"_BBBBBB")],
)  # fmt: skip
def test_one_that_covers_another_that_waits(policy: str, wanted: bytes) -> None:
    found = reassemble([Piece(2, b"AAAA"), Piece(1, b"BBBBBB"), Piece(0, b"_")], policy)
    assert found.data == wanted


@pytest.mark.parametrize("policy", POLICIES)
def test_what_was_delivered_stays(policy: str) -> None:
    found = reassemble([Piece(0, b"AAAA", 1), Piece(0, b"BBBBBB", 2)], policy)
    assert found.data == b"AAAABB"
    assert [(one.kept_frame, one.dropped_frame) for one in found.conflicts] == [(1, 2)]


def test_what_lies_before_the_beginning_is_cut_off() -> None:
    found = reassemble([Piece(-4, b"junkreal"), Piece(-9, b"early")])
    assert (found.data, found.early) == (b"real", 9)
    assert reassemble([Piece(5, b"later")], start=5).data == b"later"


def test_memory_is_bounded() -> None:
    pieces = (Piece(at * 100, bytes(100)) for at in itertools.count())
    found = reassemble(pieces, max_bytes=10_000)
    assert found.truncated
    assert not found.complete
    assert len(found) <= 10_000


def test_conflicts_beyond_a_thousand_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reassembly, "MAX_CONFLICTS", 3)
    found = reassemble([Piece(0, b"A"), *[Piece(0, b"B")] * 9])
    assert (len(found.conflicts), found.disputed) == (3, 9)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ParameterError, match="first, last, linux, bsd, windows, solaris"):
        reassemble([], "plan9")
    with pytest.raises(ParameterError, match="max_bytes"):
        reassemble([], max_bytes=0)

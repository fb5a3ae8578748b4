"""Bytes put together: every policy, every order, and what is meant to be delivered."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.capture import build
from tests.traffic.talk import ACK, MD5, PSH, RST, SYN, SYN_OPTIONS, URG, Talk, part
from workbench.errors import ParameterError
from workbench.traffic import streams
from workbench.traffic.segments import classify
from workbench.traffic.streams import POLICIES, Piece, genuine_stream, naive_stream, reassemble

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
    monkeypatch.setattr(streams, "MAX_CONFLICTS", 3)
    found = reassemble([Piece(0, b"A"), *[Piece(0, b"B")] * 9])
    assert (len(found.conflicts), found.disputed) == (3, 9)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ParameterError, match="first, last, linux, bsd, windows, solaris"):
        reassemble([], "plan9")
    with pytest.raises(ParameterError, match="max_bytes"):
        reassemble([], max_bytes=0)
    conversation = Talk().handshake().conversation()
    with pytest.raises(ParameterError, match="drop, inline"):
        genuine_stream(conversation, classify(conversation), 0, urgent="keep")


# From packets


def genuine(talk: Talk, direction: int = 0, **options: str) -> bytes:
    conversation = talk.conversation()
    return genuine_stream(conversation, classify(conversation), direction, **options).data  # type: ignore[arg-type]


@given(segmentations(), st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_a_conversation_gives_its_stream_across_any_wrap(
    made: tuple[bytes, list[Piece]], isn: int
) -> None:
    data, pieces = made
    talk = Talk(isn=isn).handshake()
    for piece in pieces:
        talk.send(0, piece.data, at=piece.offset)
    assert genuine(talk) == data
    assert naive_stream(talk.conversation(), 0).data == data


FAKES = [
    {"ttl": 3}, {"bad": True}, {"options": MD5}, {"flags": PSH}, {"at": -10_000, "ack": -66_000},
]  # fmt: skip


@pytest.mark.parametrize("mark", FAKES)
def test_fakes_are_left_out_of_what_is_meant(mark: dict[str, object]) -> None:
    talk = Talk().handshake().send(0, bytes(680), **mark)  # type: ignore[arg-type]
    talk.send(0, part(3, 500), at=3).send(0, part(0, 3)).send(1, b"reply", ack=500)
    assert genuine(talk) == part(0, 500)
    assert genuine(talk, 1) == b"reply"
    deceived = naive_stream(talk.conversation(), 0).data
    assert (deceived == part(0, 500)) == ("at" in mark)


def test_linux_semantics_for_what_is_meant() -> None:
    talk = Talk().handshake().send(0, part(134, 500), at=134)
    assert genuine(talk.send(0, b"\0" + part(2, 134), at=1).send(0, part(0, 2))) == part(0, 500)


def test_doubtful_packets_fill_only_holes() -> None:
    talk = Talk().handshake().send(0, part(0, 1), ttl=1).send(0, part(1, 99), at=1)
    found = genuine_stream(conversation := talk.conversation(), classify(conversation), 0)
    assert found.data == part(0, 99)
    assert found.frames(0, 2) == (4, 5)


def test_urgent_bytes_are_left_out_or_kept() -> None:
    talk = Talk().handshake().send(0, b"\x16a", flags=PSH | ACK | URG, urgent=2)
    talk.send(0, part(0, 20), at=2)
    assert genuine(talk) == b"\x16" + part(0, 20)
    assert genuine(talk, urgent="inline") == b"\x16a" + part(0, 20)
    far = Talk().handshake().send(0, part(0, 9), flags=PSH | ACK | URG, urgent=4000)
    assert genuine(far) == part(0, 9)


def test_keep_alives_and_resets_bring_nothing() -> None:
    talk = Talk().handshake().send(0, part(0, 9)).send(1, ack=9)
    talk.send(0, b"\0", at=8, ms=900).send(0, b"why", at=9, flags=RST)
    assert genuine(talk) == part(0, 9)


def test_fast_open_and_ignored_data_in_a_syn() -> None:
    cookie = b"\x22\x0a" + bytes(8) + b"\x01\x01"
    fast = Talk().send(0, part(0, 16), flags=SYN, options=cookie).send(1, flags=SYN | ACK, ack=16)
    assert genuine(fast.send(0, part(16, 99), at=16)) == part(0, 99)
    ignored = Talk().send(0, bytes(16), flags=SYN, options=SYN_OPTIONS).send(1, flags=SYN | ACK)
    assert genuine(ignored.send(0, part(0, 99))) == part(0, 99)


def test_without_a_handshake_earlier_bytes_are_kept() -> None:
    talk = Talk().send(0, part(50, 99), at=50).send(1, ack=99).send(0, part(0, 50), ms=300)
    found = genuine_stream(conversation := talk.conversation(), classify(conversation), 0)
    assert (found.start, found.data) == (-50, part(0, 99))


def test_datagrams_follow_each_other() -> None:
    talk = Talk().raw(build.udp4(b"one"), 0).raw(build.udp4(b"two"), 1)
    assert genuine(talk) == b"onetwo"


def test_fragments_count_once() -> None:
    segment = build.tcp(part(0, 100), seq=1001, ack=5001, flags=ACK)
    first = build.ethernet(build.ipv4(segment[:40], 6, identification=7, fragment=0x2000))
    second = build.ethernet(build.ipv4(segment[40:], 6, identification=7, fragment=5))
    assert genuine(Talk().handshake().raw(second, 30).raw(first, 31)) == part(0, 100)


def test_what_the_snap_length_cut_off_is_a_gap() -> None:
    talk = Talk().handshake().send(0, part(0, 100), cut=60).send(0, part(100, 150), at=100)
    found = genuine_stream(conversation := talk.conversation(), classify(conversation), 0)
    assert (found.data, found.gaps) == (part(0, 40), ((40, 100),))
    assert found.islands == ((100, part(100, 150)),)

"""Frames, numbers of variable length, and the CRYPTO stream."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.traffic.messages import quic_making, vectors
from workbench.traffic.messages import quic_frames
from workbench.traffic.messages.quic_frames import CryptoStream, read_frames, varint


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("c2197c5eff14e88c", 151288809941952652),
        ("9d7f3e7d", 494878333),
        ("7bbd", 15293),
        ("25", 37),
        ("4025", 37),
    ],
)
def test_numbers_are_those_of_rfc_9000(raw, value) -> None:
    data = bytes.fromhex(raw)
    assert varint(data, 0) == (value, len(data))
    if len(data) > 1:
        assert varint(data[:-1], 0) == (-1, len(data) - 1)


@given(st.integers(0, (1 << 62) - 1), st.binary(max_size=3))
def test_numbers_come_back(value, more) -> None:
    raw = quic_making.varint(value)
    assert varint(more + raw + more, len(more)) == (value, len(more) + len(raw))


def test_frames_of_the_rfc_are_read() -> None:
    client, server = (
        read_frames(vectors.CLIENT_FRAMES + bytes(917)),
        read_frames(vectors.SERVER_FRAMES),
    )
    assert (client.types, server.types) == ((6, 0), (2, 6))
    assert (client.crypto[0].offset, len(client.crypto[0].data)) == (0, 0xF1)
    assert len(server.crypto[0].data) == 0x5A
    assert client.problems == server.problems == ()


def test_all_frames_of_an_initial_are_walked() -> None:
    acknowledged = b"\3" + bytes([5, 0, 1, 0, 1, 1]) + bytes([7, 8, 9])
    closed = b"\x1c" + quic_making.varint(0x128) + b"\6\4no\xff!"
    found = read_frames(b"\0\0\1" + acknowledged + quic_making.crypto(3, b"ab") + b"\0" + closed)
    assert found.types == (0, 1, 3, 6, 0, 0x1C)
    assert [(piece.offset, piece.data) for piece in found.crypto] == [(3, b"ab")]
    assert (found.close_code, found.close_reason) == (0x128, "no\\xff!")
    assert found.problems == ()
    application = read_frames(b"\x1d\2\1x")
    assert (application.close_code, application.close_reason) == (2, "x")


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        (b"\x08\0", "frame of type 8 may not be in an Initial packet"),
        (b"\6\0\5ab", "CRYPTO frame cut after 2 bytes"),
        (b"\2\0\0\5\0", "ACK frame cut"),
        (b"\2\0", "ACK frame cut"),
        (b"\x1c\0\0\5a", "CONNECTION_CLOSE frame cut"),
    ],
)
def test_what_ends_the_reading_is_noted(payload, problem) -> None:
    assert read_frames(payload).problems == (problem,)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_an_exception(payload) -> None:
    found = read_frames(payload)
    assert sum(len(piece.data) for piece in found.crypto) <= len(payload)
    assert len(found.types) <= len(payload)


@given(st.binary(min_size=1, max_size=200), st.data())
def test_pieces_in_any_order_and_overlap_give_the_stream(message, data) -> None:
    ends = st.integers(0, len(message))
    spans = data.draw(st.lists(st.tuples(ends, ends).map(sorted), max_size=10))
    steps = [(at, at + 7) for at in range(0, len(message), 7)]
    stream = CryptoStream()
    for start, end in data.draw(st.permutations([*map(tuple, spans), *steps])):
        stream.add(start, message[start:end])
    assert stream.data == message
    assert (stream.waiting, stream.problems) == (0, ())


def test_a_gap_holds_back_what_is_behind_it() -> None:
    stream = CryptoStream()
    stream.add(5, b"world")
    assert (stream.data, stream.waiting) == (b"", 5)
    assert stream.problems == ("5 bytes wait behind a gap at byte 0",)
    stream.add(0, b"hello")
    assert stream.data == b"helloworld"
    assert not stream.waiting


def test_the_first_copy_stays_and_another_is_noted() -> None:
    stream = CryptoStream()
    stream.add(0, b"abc")
    stream.add(1, b"xcd")
    assert stream.data == b"abcd"
    assert stream.problems == ("1 bytes sent again with another content",)


def test_memory_is_bounded() -> None:
    stream = CryptoStream()
    stream.add((1 << 62) - 1, b"far away")
    stream.add(quic_frames.LONGEST_STREAM - 2, b"abcd")
    stream.add(-1, b"cut")
    assert stream.waiting == 2
    assert stream.problems[-1] == "13 bytes beyond the limit of 65536 left out"

"""Compressed streams: whole ones come back whole, others as far as they go."""

from __future__ import annotations

import gzip
import lzma
import random
import struct
import zlib
from collections.abc import Callable

import lz4.frame
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from workbench.capture.compression import OUTPUT, Compression, decompressed, sniff

PACK: dict[Compression, Callable[[bytes], bytes]] = {
    Compression.GZIP: gzip.compress,
    Compression.XZ: lzma.compress,
    Compression.ZSTD: zstandard.ZstdCompressor(write_checksum=True).compress,
    Compression.LZ4: lz4.frame.compress,
}
BROKEN = (zlib.error, lzma.LZMAError, RuntimeError, ValueError)
EVERY = pytest.mark.parametrize("kind", list(Compression), ids=lambda kind: kind.value)
DATA = random.Random(1).randbytes(3000) * 40


def in_chunks(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def unpack(data: bytes, kind: Compression, size: int = 1 << 20) -> bytes:
    return b"".join(decompressed(in_chunks(data, size), kind))


def far_as_it_goes(data: bytes, kind: Compression) -> tuple[bytes, type[BaseException] | None]:
    """Return what came out before the error, and the error's class."""
    parts: list[bytes] = []
    try:
        parts.extend(decompressed([data], kind))
    except (EOFError, *BROKEN) as error:
        return b"".join(parts), type(error)
    return b"".join(parts), None


@EVERY
@given(members=st.lists(st.binary(max_size=300), min_size=1, max_size=4), size=st.integers(1, 64))
def test_several_members_come_back_as_one_stream(kind, members, size) -> None:
    packed = b"".join(PACK[kind](member) for member in members)
    assert unpack(packed, kind, size) == b"".join(members)


@EVERY
def test_long_streams_come_back_in_bounded_parts(kind) -> None:
    data = bytes(5 * OUTPUT + 17)
    parts = list(decompressed([PACK[kind](data)], kind))
    assert b"".join(parts) == data
    most = OUTPUT if kind is not Compression.ZSTD else 128 << 20
    assert max(map(len, parts)) <= most


@EVERY
@pytest.mark.parametrize("left_out", [1, 5, 100])
def test_what_a_cut_stream_still_holds_is_given_before_the_error(kind, left_out) -> None:
    found, error = far_as_it_goes(PACK[kind](DATA)[:-left_out], kind)
    assert error is EOFError
    assert DATA.startswith(found)
    found, error = far_as_it_goes(PACK[kind](DATA) * 2 + PACK[kind](DATA)[:-left_out], kind)
    assert error is EOFError
    assert found.startswith(DATA * 2)
    assert (DATA * 3).startswith(found)


@pytest.mark.parametrize("kind", [Compression.GZIP, Compression.XZ])
def test_a_cut_trailer_costs_no_data(kind) -> None:
    assert far_as_it_goes(PACK[kind](DATA)[:-1], kind) == (DATA, EOFError)


@EVERY
def test_a_broken_stream_raises_what_is_documented(kind) -> None:
    packed = bytearray(PACK[kind](random.Random(2).randbytes(5000)))
    middle = len(packed) // 2
    packed[middle : middle + 8] = bytes(byte ^ 0xFF for byte in packed[middle : middle + 8])
    packed[-12:] = b"\xff" * 12
    _, error = far_as_it_goes(bytes(packed), kind)
    assert error is not None
    assert issubclass(error, (EOFError, *BROKEN))


@EVERY
def test_rubbish_behind_a_member_does_not_hide_it(kind) -> None:
    found, error = far_as_it_goes(PACK[kind](DATA) + b"rubbish!" * 4, kind)
    assert found == DATA
    assert error is not None


@pytest.mark.parametrize("kind", [Compression.GZIP, Compression.XZ])
@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_zeros_behind_and_between_members_are_padding(kind, size) -> None:
    packed = PACK[kind](b"one") + bytes(8) + PACK[kind](b"two") + bytes(1000)
    assert unpack(packed, kind, size) == b"onetwo"


def test_a_stream_that_asks_for_absurd_memory_is_refused() -> None:
    header = b"\x28\xb5\x2f\xfd" + bytes([0b00_0_0_0_0_00, 0b11111_000])
    with pytest.raises(ValueError, match="memory"):
        unpack(header + bytes(32), Compression.ZSTD)
    huge = lzma.LZMACompressor(
        filters=[{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 512 << 20}]
    )
    with pytest.raises(lzma.LZMAError, match="Memory"):
        unpack(huge.compress(b"x") + huge.flush(), Compression.XZ)


@EVERY
def test_a_compression_is_told_by_its_first_bytes(kind) -> None:
    packed = PACK[kind](b"x")
    assert sniff(packed) is kind
    assert sniff(packed[:1]) is None


def test_a_skippable_frame_in_front_is_zstd() -> None:
    frame = struct.pack("<II", 0x184D2A53, 4) + b"meta"
    assert sniff(frame) is Compression.ZSTD
    assert unpack(frame + zstandard.compress(b"data"), Compression.ZSTD) == b"data"


@pytest.mark.parametrize("head", [b"", b"\xd4\xc3\xb2\xa1", b"\x0a\x0d\x0d\x0a", b"PK\x03\x04"])
def test_what_is_not_compressed_is_nothing(head) -> None:
    assert sniff(head) is None

"""Undo gzip, zstd, xz and lz4, in bounded memory."""

from __future__ import annotations

import enum
import lzma
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

OUTPUT = 1 << 20
"""Most bytes unpacked at once, however little input made them."""
SLICE = 1 << 12
"""Bytes that go in at once: what a broken slice would still give is lost with it, and four bytes of
zstd can unpack to 128 KiB (RFC 8878, 3.1.1.2)."""
SALVAGED = 256
"""Bytes of a broken gzip slice that are tried at once."""
MEMORY = 256 << 20
"""Most memory an xz or zstd stream may ask for its dictionary."""
BROKEN = (zlib.error, lzma.LZMAError, RuntimeError, ValueError, OSError)
"""What the decompressors raise for a broken stream."""


class Compression(enum.Enum):
    """A compressed container, by what its first bytes say."""

    GZIP = "gzip"
    ZSTD = "zstd"
    XZ = "xz"
    LZ4 = "lz4"


MAGIC = {
    b"\x1f\x8b": Compression.GZIP,
    b"\x28\xb5\x2f\xfd": Compression.ZSTD,
    b"\xfd7zXZ\x00": Compression.XZ,
    b"\x04\x22\x4d\x18": Compression.LZ4,
}


def sniff(head: bytes) -> Compression | None:
    r"""Tell the compression of a file from its first bytes.

    Examples
    --------
    >>> sniff(b"\x1f\x8b\x08\x00")
    <Compression.GZIP: 'gzip'>
    >>> sniff(b"\xd4\xc3\xb2\xa1") is None
    True
    """
    for magic, compression in MAGIC.items():
        if head.startswith(magic):
            return compression
    if len(head) >= 8 and 0x50 <= head[0] <= 0x5F and head[1:4] == b"\x2a\x4d\x18":
        return Compression.ZSTD  # a skippable frame in front
    return None


def decompressed(chunks: Iterable[bytes], compression: Compression) -> Iterator[bytes]:
    """Unpack a stream of one or several members.

    Parameters
    ----------
    chunks
        Compressed bytes.
    compression
        What they are.

    Yields
    ------
    bytes
        At most one MiB at a time, at most 128 MiB with zstd.

    Raises
    ------
    EOFError
        When the stream ends inside a member; what came before was given.
    zlib.error, lzma.LZMAError, RuntimeError, ValueError
        When it is broken.
    """
    slices = (
        chunk[start : start + SLICE] for chunk in chunks for start in range(0, len(chunk), SLICE)
    )
    if compression is Compression.GZIP:
        return _gzip(slices)
    if compression is Compression.XZ:
        return _xz(slices)
    if compression is Compression.ZSTD:
        return _zstd(slices)
    return _lz4(slices)


def _gzip(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Members follow each other; zeros behind the last one are padding (RFC 1952, 2.2)."""
    inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
    begun = False
    for chunk in chunks:
        rest = chunk
        while rest:
            if not begun:
                rest = rest.lstrip(b"\0")
                if not rest:
                    break
                inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
                begun = True
            before = inflate.copy()
            try:
                out = inflate.decompress(rest, OUTPUT)
            except zlib.error:
                yield from _until_broken(before, rest)
                raise
            if out:
                yield out
            rest = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
            if inflate.eof:
                begun = False
        while begun and (out := inflate.decompress(b"", OUTPUT)):
            yield out
    if begun:
        raise EOFError


def _until_broken(inflate: Any, data: bytes) -> Iterator[bytes]:
    """Yield what a broken part still unpacks to: zlib keeps nothing of a call that fails."""
    for start in range(0, len(data), SALVAGED):
        before = inflate.copy()
        try:
            yield inflate.decompress(data[start : start + SALVAGED])
        except zlib.error:
            with suppress(zlib.error):
                for byte in data[start : start + SALVAGED]:
                    yield before.decompress(bytes([byte]))
            return


def _xz(chunks: Iterable[bytes]) -> Iterator[bytes]:
    unpack: lzma.LZMADecompressor | None = None
    for chunk in chunks:
        rest = chunk
        while rest:
            if unpack is None:
                rest = rest.lstrip(b"\0")
                if not rest:
                    break
                unpack = lzma.LZMADecompressor(memlimit=MEMORY)
            yield unpack.decompress(rest, OUTPUT)
            rest = b""
            while not unpack.eof and not unpack.needs_input:
                yield unpack.decompress(b"", OUTPUT)
            if unpack.eof:
                rest = unpack.unused_data
                unpack = None
    if unpack is not None:
        raise EOFError


def _zstd(chunks: Iterable[bytes]) -> Iterator[bytes]:
    import zstandard

    context = zstandard.ZstdDecompressor(max_window_size=MEMORY)
    unpack = None
    for chunk in chunks:
        rest = chunk
        while rest:
            unpack = unpack or context.decompressobj()
            try:
                yield unpack.decompress(rest)
            except zstandard.ZstdError as error:
                raise ValueError(str(error)) from error
            rest = unpack.unused_data if unpack.eof else b""
            unpack = None if unpack.eof else unpack
    if unpack is not None:
        raise EOFError


def _lz4(chunks: Iterable[bytes]) -> Iterator[bytes]:
    import lz4.frame

    unpack: lz4.frame.LZ4FrameDecompressor | None = None
    for chunk in chunks:
        rest = chunk
        while rest:
            if unpack is None:
                unpack = lz4.frame.LZ4FrameDecompressor()
            yield unpack.decompress(rest, OUTPUT)
            rest = b""
            while not unpack.eof and not unpack.needs_input:
                out = unpack.decompress(b"", OUTPUT)
                if not out:
                    break
                yield out
            if unpack.eof:
                rest = unpack.unused_data or b""
                unpack = None
    if unpack is not None:
        raise EOFError

"""Loads and sums that every kernel uses.

They index `buf` one byte at a time, so that the interpreted run raises on an access outside the
buffer and the compiled run can be checked for one. The compiled engine replaces `word_sum`.
"""

from __future__ import annotations

from workbench.capture.kernels.types import Buffer, Column

signed = int
"""Makes a number read from an array signed. Compiled it is numba's int64: there, an unsigned number
in a sum with a signed one would make a float."""

unsigned = int
"""Makes a position unsigned. Compiled it is numba's uint64: no negative positions are looked
for."""


def pointer(array: Column) -> Column:
    """Return what indexes an array.

    Compiled, it is a bare pointer: arrays handed from function to function are counted, and
    negative positions in them are looked for, at a cost several times that of decoding.
    """
    return array


def prefetch(buf: Column, at: int) -> None:
    """Ask the processor for the cache line at a position; interpreted, nothing happens."""


def u8(buf: Buffer, at: int) -> int:
    """Read a byte."""
    return signed(buf[at])


def be16(buf: Buffer, at: int) -> int:
    """Read a big-endian 16-bit number."""
    return (signed(buf[at]) << 8) | signed(buf[at + 1])


def be32(buf: Buffer, at: int) -> int:
    """Read a big-endian 32-bit number."""
    return (be16(buf, at) << 16) | be16(buf, at + 2)


def le16(buf: Buffer, at: int) -> int:
    """Read a little-endian 16-bit number."""
    return (signed(buf[at + 1]) << 8) | signed(buf[at])


def le32(buf: Buffer, at: int) -> int:
    """Read a little-endian 32-bit number."""
    return (le16(buf, at + 2) << 16) | le16(buf, at)


def load32(buf: Buffer, at: int, big: int) -> int:
    """Read a 32-bit number in the byte order of a file: `big` is 1 or 0."""
    if big:
        return be32(buf, at)
    return le32(buf, at)


def load16(buf: Buffer, at: int, big: int) -> int:
    """Read a 16-bit number in the byte order of a file: `big` is 1 or 0."""
    if big:
        return be16(buf, at)
    return le16(buf, at)


def word_sum(buf: Buffer, start: int, stop: int) -> int:
    r"""Sum big-endian 16-bit words modulo 65535, an odd last byte padded with zero (RFC 1071).

    Parameters
    ----------
    buf
        Bytes.
    start, stop
        Range of bytes; both inside `buf`.

    Returns
    -------
    int
        The ones' complement sum, with 65535 written as 0.

    Examples
    --------
    >>> word_sum(b"\x00\x01\xf2\x03", 0, 4)
    61956
    """
    total = int.from_bytes(buf[start:stop], "big")
    if (stop - start) & 1:
        total <<= 8
    return total % 65535


def word_sum_loop(buf: Buffer, start: int, stop: int) -> int:
    """Do the same as `word_sum` one byte at a time, for the compiler."""
    total = 0
    at = start
    while at + 1 < stop:
        total += be16(buf, at)
        at += 2
    if at < stop:
        total += signed(buf[at]) << 8
    return total % 65535

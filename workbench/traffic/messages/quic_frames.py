"""Frames of QUIC Initial packets, and the CRYPTO stream they carry (RFC 9000, 12.4 and 19)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from workbench.traffic.messages.fields import kept, shown

PADDING, PING, ACK, ACK_ECN, CRYPTO, CLOSE, CLOSE_BY_APPLICATION = 0, 1, 2, 3, 6, 0x1C, 0x1D
_ZEROS = re.compile(rb"\0+")
LONGEST_STREAM = 65_536
"""Bytes kept of a CRYPTO stream; a hello with every list full would still be cut at twice that."""


@dataclass(frozen=True, slots=True)
class CryptoPiece:
    """What one CRYPTO frame carries.

    Parameters
    ----------
    offset : int
        In the CRYPTO stream.
    data : bytes
        Handshake bytes.
    """

    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Frames:
    """What a packet carries.

    Parameters
    ----------
    types : tuple of int
        Frame types in order, runs of padding as one.
    crypto : tuple of CryptoPiece
        In the order sent.
    close_code : int
        Error code of a CONNECTION_CLOSE frame; -1 without one. 0x100 and more are TLS alerts.
    close_reason : str
        Its text.
    problems : tuple of str
        Why reading ended early.
    """

    types: tuple[int, ...]
    crypto: tuple[CryptoPiece, ...]
    close_code: int
    close_reason: str
    problems: tuple[str, ...]


def varint(data: bytes, at: int) -> tuple[int, int]:
    """Read a number of variable length (RFC 9000, 16).

    Parameters
    ----------
    data : bytes
        Where it stands.
    at : int
        Its first byte.

    Returns
    -------
    tuple of int
        The number, and where reading goes on; -1 and the end of `data` where it is cut.

    Examples
    --------
    >>> varint(bytes.fromhex("7bbd"), 0), varint(bytes.fromhex("25"), 0), varint(b"", 0)
    ((15293, 2), (37, 1), (-1, 0))
    """
    if at >= len(data):
        return -1, len(data)
    first = data[at]
    end = at + (1 << (first >> 6))
    if end > len(data):
        return -1, len(data)
    return int.from_bytes(data[at:end], "big") & (1 << (8 * (end - at) - 2)) - 1, end


def read_frames(payload: bytes) -> Frames:
    """Read the frames of an opened Initial packet.

    Parameters
    ----------
    payload : bytes
        As decrypted.

    Returns
    -------
    Frames
        Up to the first frame that may not be in an Initial packet, or is cut.

    Examples
    --------
    >>> read_frames(bytes.fromhex("01 06 00 02 abcd 0000")).types
    (1, 6, 0)
    """
    types: list[int] = []
    crypto: list[CryptoPiece] = []
    problems: list[str] = []
    code, reason = -1, ""
    at, size = 0, len(payload)
    while at < size and not problems:
        kind = payload[at]
        types.append(kind)
        if kind == PADDING:
            run = _ZEROS.match(payload, at)
            at = run.end() if run else at + 1
        elif kind == PING:
            at += 1
        elif kind in {ACK, ACK_ECN}:
            at = _acknowledged(payload, at, problems)
        elif kind == CRYPTO:
            offset, at = varint(payload, at + 1)
            length, at = varint(payload, at)
            data = payload[at : at + max(length, 0)]
            if offset >= 0 and data:
                crypto.append(CryptoPiece(offset, data))
            if len(data) != length:
                problems.append(f"CRYPTO frame cut after {len(data)} bytes")
            at += len(data)
        elif kind in {CLOSE, CLOSE_BY_APPLICATION}:
            code, reason, at = _closed(payload, at, problems)
        else:
            problems.append(f"frame of type {kind} may not be in an Initial packet")
    return Frames(tuple(types), tuple(crypto), code, reason, kept(problems))


def _acknowledged(payload: bytes, at: int, problems: list[str]) -> int:
    """Return where an ACK frame ends (RFC 9000, 19.3)."""
    kind = payload[at]
    at += 1
    count = 0
    for index in range(4):
        value, at = varint(payload, at)
        if index == 2:
            count = value
    left = 2 * count + (3 if kind == ACK_ECN else 0)
    while left > 0 and at < len(payload):
        value, at = varint(payload, at)
        left -= 1
    if left > 0 or count < 0:
        problems.append("ACK frame cut")
    return at


def _closed(payload: bytes, at: int, problems: list[str]) -> tuple[int, str, int]:
    """Return code and reason of a CONNECTION_CLOSE frame, and where it ends (RFC 9000, 19.19)."""
    code, after = varint(payload, at + 1)
    if payload[at] == CLOSE:
        _, after = varint(payload, after)
    length, after = varint(payload, after)
    text = payload[after : after + max(length, 0)]
    if len(text) != length:
        problems.append("CONNECTION_CLOSE frame cut")
    return code, shown(text), after + len(text)


class CryptoStream:
    """Handshake bytes of one direction, put together from CRYPTO frames in any order.

    The first copy of a byte stays; a later one that differs is noted. At most `LONGEST_STREAM`
    bytes are kept.
    """

    def __init__(self) -> None:
        self._data = bytearray()
        self._held = bytearray()
        self._whole = 0
        self._beyond = 0
        self._differing = 0

    def add(self, offset: int, data: bytes) -> None:
        """Take what a CRYPTO frame carries.

        Parameters
        ----------
        offset : int
            In the stream.
        data : bytes
            Handshake bytes.
        """
        piece = data[: max(LONGEST_STREAM - offset, 0)] if offset >= 0 else b""
        self._beyond += len(data) - len(piece)
        end = offset + len(piece)
        if not piece:
            return
        if end > len(self._data):
            grow = bytes(end - len(self._data))
            self._data += grow
            self._held += grow
        held = self._held[offset:end]
        if any(held):
            old = self._data[offset:end]
            merged = bytes(a if kept_ else b for a, b, kept_ in zip(old, piece, held, strict=True))
            self._differing += sum(a != b for a, b in zip(merged, piece, strict=True))
            piece = merged
        self._data[offset:end] = piece
        self._held[offset:end] = b"\1" * len(piece)
        if offset <= self._whole:
            gap = self._held.find(0, self._whole)
            self._whole = gap if gap >= 0 else len(self._held)

    @property
    def data(self) -> bytes:
        """Bytes from the beginning to the first gap."""
        return bytes(self._data[: self._whole])

    @property
    def waiting(self) -> int:
        """Bytes that are there behind a gap."""
        return self._held.count(1) - self._whole

    @property
    def problems(self) -> tuple[str, ...]:
        """What contradicts itself, is missing, or was left out."""
        found = []
        if self.waiting:
            found.append(f"{self.waiting} bytes wait behind a gap at byte {self._whole}")
        if self._differing:
            found.append(f"{self._differing} bytes sent again with another content")
        if self._beyond:
            found.append(f"{self._beyond} bytes beyond the limit of {LONGEST_STREAM} left out")
        return tuple(found)

"""TLS records of a stream, and the handshake bytes they carry with their places in the stream.

A handshake message may be spread over any number of records, and a record over any number of
segments (RFC 8446, 5.1). Tools that split a hello on purpose use that: what is asked for here is
therefore always both, the joined bytes and where each of them lies in the stream.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from workbench.traffic.messages.fields import kept

CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA, HEARTBEAT = 20, 21, 22, 23, 24
RECORD_TYPES = {
    CHANGE_CIPHER_SPEC: "change cipher spec",
    ALERT: "alert",
    HANDSHAKE: "handshake",
    APPLICATION_DATA: "application data",
    HEARTBEAT: "heartbeat",
}
HEADER = 5
"""Bytes of a record header: type, version, length."""
LONGEST = 16_384 + 2_048
"""Bytes that a record may hold at most: a ciphertext of TLS 1.2 (RFC 5246, 6.2.3)."""


@dataclass(frozen=True, slots=True)
class Record:
    """One TLS record.

    Parameters
    ----------
    type : int
        Content type (`RECORD_TYPES`).
    version : int
        As its header says, 0x0301 to 0x0303 in practice.
    offset : int
        Of its header, in bytes from the beginning of the stream.
    length : int
        Bytes of content that the header announces.
    complete : bool
        Whether all of them are there.
    """

    type: int
    version: int
    offset: int
    length: int
    complete: bool

    @property
    def body(self) -> int:
        """Offset of the first byte of content."""
        return self.offset + HEADER

    @property
    def end(self) -> int:
        """Offset one past the last byte, as announced."""
        return self.offset + HEADER + self.length


@dataclass(frozen=True, slots=True)
class Joined:
    """Handshake bytes of several records, and where each of them lies in the stream.

    Parameters
    ----------
    data : bytes
        The contents one after the other.
    starts : tuple of int
        Offset in `data` of each piece, rising, the first 0.
    places : tuple of int
        Offset in the stream of each piece.
    rest : int
        Bytes that the last record still announces and that are not there.
    empty : int
        Handshake records without content among those joined.
    """

    data: bytes
    starts: tuple[int, ...]
    places: tuple[int, ...]
    rest: int = 0
    empty: int = 0

    def place(self, offset: int) -> int:
        """Return where a byte of `data` lies in the stream.

        Parameters
        ----------
        offset : int
            In `data`; one beyond its end counts on in the last record.

        Returns
        -------
        int
            Offset in the stream; -1 for an offset below 0, or where nothing was joined.

        Examples
        --------
        >>> stream = bytes.fromhex("1603010002 0100 1603010002 0002")
        >>> joined = read_records(stream).handshake()
        >>> [joined.place(offset) for offset in range(4)]
        [5, 6, 12, 13]
        """
        return place(self.starts, self.places, offset)


def place(starts: tuple[int, ...], places: tuple[int, ...], offset: int) -> int:
    """Return where the byte at `offset` of joined pieces lies (see `Joined.place`).

    Parameters
    ----------
    starts, places : tuple of int
        Beginning of each piece in the joined bytes, and in the stream.
    offset : int
        In the joined bytes.

    Returns
    -------
    int
    """
    if offset < 0 or not starts:
        return -1
    piece = bisect_right(starts, offset) - 1
    return places[piece] + offset - starts[piece]


@dataclass(frozen=True, slots=True)
class Records:
    """The TLS records at the beginning of a stream.

    Parameters
    ----------
    data : bytes
        The stream that was read.
    records : tuple of Record
        In order; only the last can be incomplete.
    end : int
        Offset of the first byte that belongs to no record: the length of `data` where all do.
    problems : tuple of str
        Why reading ended early, and what is odd.
    """

    data: bytes
    records: tuple[Record, ...]
    end: int
    problems: tuple[str, ...]

    def handshake(self) -> Joined:
        """Return the handshake bytes in the clear: up to what is no handshake record.

        Records before the first handshake record are passed over.

        Returns
        -------
        Joined
        """
        return join_handshake(self.data, iter(self.records))


def is_record(data: bytes, offset: int = 0) -> bool:
    """Return whether a plausible record header begins at `offset`.

    Type, major version 3 and the length are looked at, three bytes at least.

    Examples
    --------
    >>> is_record(bytes.fromhex("1603010200")), is_record(b"GET / HTTP/1.1")
    (True, False)
    """
    head = data[offset : offset + HEADER]
    if len(head) < 3 or head[0] not in RECORD_TYPES or head[1] != 3 or head[2] > 4:
        return False
    return len(head) < HEADER or int.from_bytes(head[3:5], "big") <= LONGEST


def walk_records(data: bytes, offset: int = 0) -> Iterator[Record]:
    """Yield the records from `offset` on, until the bytes end or are no record.

    Parameters
    ----------
    data : bytes
        A stream from its beginning.
    offset : int
        Where the first record begins.

    Yields
    ------
    Record
    """
    size = len(data)
    while offset + HEADER <= size and is_record(data, offset):
        length = int.from_bytes(data[offset + 3 : offset + 5], "big")
        version = int.from_bytes(data[offset + 1 : offset + 3], "big")
        end = offset + HEADER + length
        yield Record(data[offset], version, offset, length, end <= size)
        offset = end


def read_records(data: bytes) -> Records:
    """Read the TLS records at the beginning of a stream.

    Parameters
    ----------
    data : bytes
        A stream from its beginning; it may end anywhere.

    Returns
    -------
    Records
        None of them where the stream is no TLS.

    Examples
    --------
    >>> found = read_records(bytes.fromhex("15030300020228 1403"))
    >>> [(record.type, record.length) for record in found.records], found.end, found.problems
    ([(21, 2)], 7, ('record header cut after 2 bytes, at byte 7',))
    """
    records = tuple(walk_records(data))
    end = min(records[-1].end, len(data)) if records else 0
    problems = []
    if records and not records[-1].complete:
        present = len(data) - records[-1].body
        problems.append(f"record cut after {present} of {records[-1].length} bytes of content")
    elif end < len(data):
        left = len(data) - end
        header_cut = left < HEADER and (left < 3 or is_record(data, end))
        what = f"record header cut after {left} bytes" if header_cut else "no TLS record"
        problems.append(f"{what}, at byte {end}")
    empty = sum(record.length == 0 and record.type != APPLICATION_DATA for record in records)
    if empty:
        problems.append(f"{empty} records without content (RFC 8446, 5.1, forbids them)")
    return Records(data, records, end, kept(problems))


def join_handshake(data: bytes, records: Iterator[Record], *, one: bool = False) -> Joined:
    """Join the contents of handshake records.

    Parameters
    ----------
    data : bytes
        The stream.
    records : iterator of Record
        Its records. Those before the first handshake record are passed over; the first of another
        type behind it ends the joining.
    one : bool
        Whether to stop at the record that completes the first handshake message.

    Returns
    -------
    Joined
    """
    pieces: list[bytes] = []
    starts: list[int] = []
    places: list[int] = []
    total = rest = wanted = empty = 0
    for record in records:
        if record.type != HANDSHAKE:
            if pieces:
                break
            continue
        piece = data[record.body : record.end]
        if piece or not record.complete:
            pieces.append(piece)
            starts.append(total)
            places.append(record.body)
        empty += record.length == 0
        total += len(piece)
        rest = record.length - len(piece)
        if one and total >= 4:
            wanted = wanted or 4 + int.from_bytes(b"".join(pieces)[1:4], "big")
            if total >= wanted:
                break
    return Joined(b"".join(pieces), tuple(starts), tuple(places), rest, empty)

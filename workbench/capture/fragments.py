"""IP fragments put together: the packet that completes a datagram gets its transport columns."""

from __future__ import annotations

import bisect
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from workbench.capture import links
from workbench.capture.addresses import merge_tables
from workbench.capture.assembly import decode_into
from workbench.capture.engine import Engine
from workbench.capture.formats import Block
from workbench.capture.kernels.types import COLUMN_DTYPES, Columns, Index, empty_columns
from workbench.capture.store import AddressTable, new_address_table
from workbench.settings import settings

if TYPE_CHECKING:
    from workbench.capture.packets import Packets

Array = np.ndarray[Any, Any]

OFFSET = 0x1FFF
MORE_FRAGMENTS = 0x2000
TIMEOUT_NS = 60_000_000_000
"""How long fragments wait for each other (RFC 8200, 4.5); IPv4 hosts wait 15 to 120 s."""
MAX_DATAGRAM = 65_535
MAX_PIECES = 8_192
KEPT = ("encapsulation", "fragment", "problem", "ttl", "ip_checksum")
PIECE_BYTES = 400
"""Memory of a fragment beside its payload, counted so that many small ones are bounded too."""


Part: TypeAlias = tuple[bytes, bytes, int, bool, bytes]
"""A fragment: key, IP header without fragmentation, offset in bytes, more to come, payload."""


@dataclass(frozen=True)
class Datagrams:
    """Reassembled IP datagrams, each with the row that completed it.

    Attributes
    ----------
    rows
        int64, sorted.
    starts
        int64, where each begins in `data`; one more entry than `rows`.
    data
        The datagrams, one behind the other, each with an IP header in front.
    """

    rows: Array
    starts: Array
    data: bytes

    @classmethod
    def none(cls) -> Datagrams:
        """Return no datagrams."""
        return cls(np.empty(0, "i8"), np.zeros(1, "i8"), b"")

    @classmethod
    def join(cls, found: dict[int, bytes]) -> Datagrams:
        """Return datagrams by row."""
        rows = sorted(found)
        starts = np.cumsum([0, *(len(found[row]) for row in rows)], dtype="i8")
        return cls(np.array(rows, "i8"), starts, b"".join(found[row] for row in rows))

    def of(self, row: int) -> bytes | None:
        """Return the datagram that a row completed, None if it completed none."""
        at = int(np.searchsorted(self.rows, row))
        if at == len(self.rows) or self.rows[at] != row:
            return None
        return self.data[self.starts[at] : self.starts[at + 1]]

    def among(self, rows: Array) -> Array:
        """Return for each row, as bool, whether it completed a datagram."""
        at = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
        found: Array = self.rows[at] == rows if len(self.rows) else np.zeros(len(rows), bool)
        return found

    def take(self, chosen: Array) -> Datagrams:
        """Return the datagrams of chosen rows, by their new numbers."""
        if not len(self.rows):
            return self
        return Datagrams.join(
            {
                new: whole
                for new, old in enumerate(chosen.tolist())
                if (whole := self.of(old)) is not None
            }
        )


@dataclass
class _Pending:
    """Fragments of one datagram so far."""

    since_ns: int
    pieces: list[tuple[int, bytes]] = field(default_factory=list)
    covered: list[tuple[int, int]] = field(default_factory=list)
    header: bytes = b""
    total: int = -1
    held: int = 0
    useless: bool = False

    def add(self, offset: int, more: bool, data: bytes) -> None:
        """Take a fragment; contradictions make the datagram useless (RFC 5722)."""
        if offset + len(data) > MAX_DATAGRAM or len(self.pieces) >= MAX_PIECES:
            self.useless = True
        if not more:
            if self.total not in (-1, offset + len(data)):
                self.useless = True
            self.total = offset + len(data)
        self.pieces.append((offset, data))
        self.held += len(data) + PIECE_BYTES
        self._cover(offset, offset + len(data))

    def _cover(self, start: int, end: int) -> None:
        """Join a stretch with those already covered: sorted, apart from each other."""
        first = bisect.bisect_left(self.covered, (start, start))
        if first and self.covered[first - 1][1] >= start:
            first -= 1
        last = first
        while last < len(self.covered) and self.covered[last][0] <= end:
            start = min(start, self.covered[last][0])
            end = max(end, self.covered[last][1])
            last += 1
        self.covered[first:last] = [(start, end)]

    def whole(self) -> bytes | None:
        """Return the datagram's payload once complete; where two overlap, the earlier wins."""
        if self.useless or self.total < 0 or not self.header:
            return None
        start, end = self.covered[0]
        if start > 0 or end < self.total or self._length() > MAX_DATAGRAM:
            return None
        payload = bytearray(self.total)
        for offset, data in reversed(self.pieces):
            end = min(offset + len(data), self.total)
            if offset < end:
                payload[offset:end] = data[: end - offset]
        return bytes(payload)

    def _length(self) -> int:
        """Return the length that the datagram's IP header has to state."""
        before = len(self.header) if self.header[0] >> 4 == 4 else len(self.header) - 48
        return before + self.total


class Reassembler:
    """Puts fragments together over consecutive pieces of a capture, in bounded memory.

    Parameters
    ----------
    engine
        How the completed datagram is decoded.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._pending: OrderedDict[bytes, _Pending] = OrderedDict()
        self._held = 0
        self._limit = settings().max_reassembly_bytes

    def complete(self, packets: Packets) -> Packets:
        """Return the packets with the columns of completed datagrams filled in, in place."""
        fragment = packets.columns["fragment"]
        rows = np.flatnonzero(fragment & (OFFSET | MORE_FRAGMENTS))
        if not len(rows):
            return packets
        wanted = ("network_at", "ip_version", "fragment", "time")
        facts = zip(*(packets.columns[name][rows].tolist() for name in wanted), strict=True)
        found: dict[int, bytes] = {}
        for row, (start, version, field_value, time_ns) in zip(rows.tolist(), facts, strict=True):
            part = _split(packets.data(row), start, version, field_value)
            whole = None if part is None else self._take(part, time_ns)
            if whole is not None:
                found[row] = whole
        if not found:
            return packets
        datagrams = Datagrams.join(found)
        decoded, table = self._decode(datagrams)
        addresses, mappings = merge_tables([_table_of(packets.addresses), table])
        columns = packets.columns
        old, new = mappings
        for name in ("source", "destination"):
            values, inner = columns[name], getattr(decoded, name)
            if len(addresses) > len(packets.addresses):  # else the codes stay what they are
                values[:] = np.where(values >= 0, old[np.maximum(values, 0)], -1)
            inner[:] = np.where(inner >= 0, new[np.maximum(inner, 0)], -1)
        self._overwrite(columns, decoded, datagrams.rows)
        return replace(packets, addresses=addresses, datagrams=datagrams)

    @staticmethod
    def _overwrite(columns: dict[str, Array], decoded: Columns, rows: Array) -> None:
        """Write decoded columns of datagrams over those of the fragments that completed them."""
        kept = {name: columns[name][rows] for name in KEPT}
        for name in COLUMN_DTYPES:
            columns[name][rows] = getattr(decoded, name)
        inner = decoded.encapsulation
        columns["encapsulation"][rows] = np.where(inner == 0, kept["encapsulation"], inner)
        columns["fragment"][rows] = kept["fragment"]
        columns["problem"][rows] = np.where(kept["problem"] == 0, decoded.problem, kept["problem"])
        outer = decoded.network_at == 0
        for name in ("ttl", "ip_checksum"):
            columns[name][rows] = np.where(outer, kept[name], columns[name][rows])

    def _decode(self, datagrams: Datagrams) -> tuple[Columns, Any]:
        """Decode whole datagrams as raw IP packets."""
        count = len(datagrams.rows)
        sizes = np.diff(datagrams.starts).astype("u4")
        index = Index(
            datagrams.starts[:-1], sizes, sizes, np.zeros(count, "i8"), np.zeros(count, "u2")
        )
        columns, table = empty_columns(count), new_address_table(count)
        block = Block(self._engine.buffer(datagrams.data), 0, index, count, 1)
        decode_into(self._engine, block, np.array([links.RAW], "i4"), columns, 0, table)
        return columns, table

    def _take(self, part: Part, now: int) -> bytes | None:
        """Add a fragment captured at `now`, in nanoseconds; return a datagram it completes."""
        key, header, offset, more, payload = part
        pending = self._pending.get(key)
        if pending is not None and abs(now - pending.since_ns) > TIMEOUT_NS:
            self._drop(key)
            pending = None
        if pending is None:
            pending = self._pending[key] = _Pending(now)
        pending.add(offset, more, payload)
        self._held += len(payload) + PIECE_BYTES
        if offset == 0:
            pending.header = header
        whole = pending.whole()
        if whole is not None:
            first = pending.header
            self._drop(key)
            return _with_length(first, whole)
        while self._held > self._limit and self._pending:
            self._drop(next(iter(self._pending)))
        return None

    def _drop(self, key: bytes) -> None:
        self._held -= self._pending.pop(key).held


def _table_of(addresses: Any) -> Any:
    keys = np.ascontiguousarray(addresses.keys).reshape(-1)
    return AddressTable(np.empty(0, "i4"), keys, np.array([len(addresses)], "i8"))


def _split(data: bytes, start: int, version: int, fragment: int) -> Part | None:
    """Take a fragment apart; None when not all of it was captured."""
    offset, more = (fragment & OFFSET) * 8, bool(fragment & MORE_FRAGMENTS)
    if version == 4:
        header_size = (data[start] & 15) * 4
        end = start + int.from_bytes(data[start + 2 : start + 4], "big")
        at = start + header_size
        header = bytearray(data[start:at])
        key = header[12:20] + header[4:6] + header[9:10]
    elif version == 6:
        end = start + 40 + int.from_bytes(data[start + 4 : start + 6], "big")
        found = _fragment_header(data, start)
        if found is None:
            return None
        at = found + 8
        header = bytearray(data[start:at])
        header[-6:-4] = b"\0\0"
        key = header[8:40] + data[found + 4 : found + 8]
    else:
        return None
    if not at < end <= len(data):
        return None
    return bytes(key), bytes(header), offset, more, data[at:end]


def _fragment_header(data: bytes, start: int) -> int | None:
    """Return where the last fragment header of an IPv6 packet is, the one that the decoder read."""
    protocol, at = data[start + 6], start + 40
    found = None
    while protocol in (0, 43, 44, 60, 135, 139, 140) and at + 8 <= len(data):
        size = (data[at + 1] + 1) * 8
        if protocol == 44:
            found, size = at, 8
            if int.from_bytes(data[at + 2 : at + 4], "big") >> 3:
                break
        protocol, at = data[at], at + size
    return found


def _with_length(header: bytes, payload: bytes) -> bytes:
    """Put an IP header with the right length, and no fragmentation, in front of a payload."""
    whole = bytearray(header + payload)
    if header[0] >> 4 == 4:
        whole[2:4] = len(whole).to_bytes(2, "big")
        whole[6:8] = b"\0\0"
        whole[10:12] = b"\0\0"
        total = sum(int.from_bytes(whole[at : at + 2], "big") for at in range(0, len(header), 2))
        while total >> 16:
            total = (total & 0xFFFF) + (total >> 16)
        whole[10:12] = (~total & 0xFFFF).to_bytes(2, "big")
    else:
        length = len(whole) - 40
        whole[4:6] = (length if length <= MAX_DATAGRAM else 0).to_bytes(2, "big")
    return bytes(whole)

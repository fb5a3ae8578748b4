"""IP addresses as dictionary codes: merging tables, sorting, writing them as text."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.capture.store import AddressTable

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray[Any, Any]

PIECE = 1 << 18
"""Rows that are given new codes at once."""
MANY = 5_000
"""From so many IPv4 addresses on they are written as text in one pass."""


@dataclass(frozen=True)
class Addresses:
    """The distinct addresses of a capture, in numeric order, IPv4 first.

    Attributes
    ----------
    keys
        int64, shape (n, 4): 32-bit words, the version in the high half of the first.
    """

    keys: Array

    def __len__(self) -> int:
        return len(self.keys)

    @cached_property
    def texts(self) -> list[str]:
        """Addresses as text, in the order of the codes."""
        return [_text(row) for row in self.keys.tolist()]

    def index(self) -> pd.Index[Any]:
        """Return the addresses as the categories of a column."""
        import pandas as pd

        fours = int(np.searchsorted(self.keys[:, 0], 5 << 32)) if len(self.keys) else 0
        if fours < MANY:
            return pd.Index(self.texts, dtype="str")
        import pyarrow as pa

        written = _ipv4_texts(self.keys[:fours, 3])
        rest = pa.array([_text(row) for row in self.keys[fours:].tolist()], pa.large_string())
        every = pa.chunked_array([written, rest]).combine_chunks()
        joined: pd.Index[Any] = pd.Index(every.to_pandas(), dtype="str")
        return joined

    def code_of(self, address: str) -> int:
        """Return the code of an address written as text, -1 if the capture does not have it.

        Raises
        ------
        ValueError
            When it is no address.
        """
        wanted = key_of(address)
        found = np.flatnonzero((self.keys == wanted).all(axis=1))
        return int(found[0]) if len(found) else -1


def key_of(address: str) -> Array:
    """Return the key of an address written as text: int64, shape (4,)."""
    parsed = ipaddress.ip_address(address)
    packed = parsed.packed.rjust(16, b"\0")
    words = np.frombuffer(packed, ">u4").astype("i8")
    words[0] |= parsed.version << 32
    return words


def _text(words: Sequence[int]) -> str:
    if words[0] >> 32 == 4:
        return socket.inet_ntoa(int(words[3]).to_bytes(4, "big"))
    packed = b"".join((int(word) & 0xFFFFFFFF).to_bytes(4, "big") for word in words)
    return socket.inet_ntop(socket.AF_INET6, packed)


def _ipv4_texts(values: Array) -> Any:
    """Write IPv4 addresses as an Arrow string array, a whole column of octets at a time."""
    import pyarrow as pa
    import pyarrow.compute as pc

    octets = pa.array([str(number) for number in range(256)], pa.large_string())
    parts = [octets.take(pa.array((values >> shift) & 0xFF)) for shift in (24, 16, 8, 0)]
    return pc.binary_join_element_wise(*parts, pa.scalar(".", pa.large_string()))


def without_unused(
    columns: dict[str, Array], addresses: Addresses
) -> tuple[dict[str, Array], Addresses]:
    """Leave out the addresses that no packet has.

    Parameters
    ----------
    columns
        Packet columns; `source` and `destination` are codes, -1 for none.
    addresses
        What the codes mean.

    Returns
    -------
    columns : dict of str to ndarray
        The same arrays, with new codes.
    addresses : Addresses
        Those in use, in the same order.
    """
    names = ("source", "destination")
    # Piece by piece: whole columns of places would take more memory than the packets.
    pieces = [slice(at, at + PIECE) for at in range(0, len(columns["source"]), PIECE)]
    used = np.zeros(len(addresses) + 1, bool)
    for name in names:
        for piece in pieces:
            used[columns[name][piece]] = True
    if used[:-1].all():
        return columns, addresses
    renumbered = np.append(np.cumsum(used[:-1], dtype="i4") - 1, -1).astype("i4")
    for name in names:
        for piece in pieces:
            columns[name][piece] = renumbered[columns[name][piece]]
    return columns, Addresses(addresses.keys[used[:-1]])


def merge_tables(tables: Sequence[AddressTable]) -> tuple[Addresses, list[Array]]:
    """Merge address tables into one, sorted.

    Parameters
    ----------
    tables
        Tables whose codes are in use.

    Returns
    -------
    addresses : Addresses
    mappings : list of ndarray of int32
        For each table, the new code of each old one.
    """
    keys = [table.keys[: 4 * int(table.state[0])].reshape(-1, 4) for table in tables]
    every = np.concatenate(keys) if keys else np.empty((0, 4), "i8")
    order = np.lexsort(every.T[::-1])
    ordered = every[order]
    new = np.ones(len(ordered), bool)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    codes = np.empty(len(every), "i4")
    codes[order] = np.cumsum(new) - 1
    ends = np.cumsum([len(part) for part in keys])[:-1]
    return Addresses(ordered[new]), np.split(codes, ends) if keys else []

"""Real packets many times over: other addresses and times in each replica, all else as it was.

Both addresses of a packet are XORed with a number that differs from replica to replica, in their
last three bytes. IP, TCP, UDP and ICMPv6 checksums follow by the difference alone (RFC 1624): a
right one stays right, a wrong one wrong, and one that was left to the network card looks left to it
still, but for the one in 65,536 of those that chance makes right.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

WINDOW_US = 600_000_000
"""Each replica lies in a window of its own, one behind the other."""
FIRST_SECOND = 1_700_000_000
RECORD = 16
FILE_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1)


@dataclass(frozen=True)
class Template:
    """Packets to replicate, and the places where a replica differs.

    Attributes
    ----------
    data
        uint8, little-endian pcap records, one behind the other.
    starts
        int64, where each record begins, and where the last one ends.
    capture
        int32, number of the capture that each record is from.
    time_us
        int64, time since the capture's first packet, in microseconds, less than a window.
    address_ends
        int64, shape (packets with IP, 2): positions behind source and destination address.
    sums
        int64, shape (packets with IP, 2): positions of the header's and the transport checksum, -1
        where there is none to keep.
    sign
        int64, same shape: what a checksum changes by when the words it covers grow by one.
    zero
        int64, same shape: what is written where a checksum becomes 0 modulo 65535.
    """

    data: Array
    starts: Array
    capture: Array
    time_us: Array
    address_ends: Array
    sums: Array
    sign: Array
    zero: Array

    def __len__(self) -> int:
        return len(self.capture)

    @property
    def mean_length(self) -> float:
        """Mean captured length in bytes."""
        return len(self.data) / max(len(self), 1) - RECORD


def mask_of(number: int) -> int:
    """Return what the addresses of a replica are XORed with: 24 bits, 0 for the first replica.

    Consecutive numbers are spread, lest two hosts of one network change places.
    """
    return number * 0x9E3779B1 & 0xFFFFFF


def write_replicas(template: Template, path: Path, packets: int) -> None:
    """Write a pcap file of so many packets; the last replica ends where the number is reached."""
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(FILE_HEADER)
        for records in replicas(template, packets):
            file.write(records)
    part.replace(path)


def replicas(template: Template, packets: int) -> Iterator[bytes]:
    """Yield replicas as pcap records in order of time."""
    number = 0
    while packets > 0:
        data = changed(template, number)
        order = timed(template, data, number)[:packets]
        view = data.data
        begins, ends = template.starts[order].tolist(), template.starts[order + 1].tolist()
        yield b"".join([view[begin:end] for begin, end in zip(begins, ends, strict=True)])
        packets -= len(order)
        number += 1


def changed(template: Template, number: int) -> Array:
    """Return the records with the addresses of a replica, and checksums to match."""
    data = template.data.copy()
    mask = mask_of(number)
    if mask == 0:
        return data
    before = _address_sums(data, template.address_ends)
    last_three = template.address_ends[..., None] - np.array([3, 2, 1])
    data[last_three] ^= np.array([mask >> 16, mask >> 8 & 0xFF, mask & 0xFF], "u1")
    growth = _address_sums(data, template.address_ends) - before
    for kind in range(template.sums.shape[1]):
        rows = np.flatnonzero(template.sums[:, kind] >= 0)
        at = template.sums[rows, kind]
        stored = _words(data, at) + template.sign[rows, kind] * growth[rows]
        stored %= 65_535
        stored = np.where(stored == 0, template.zero[rows, kind], stored)
        data[at], data[at + 1] = stored >> 8, stored & 0xFF
    return data


def timed(template: Template, data: Array, number: int) -> Array:
    """Write the times of a replica into its records; return their order.

    Each capture begins at a moment of its own, so its packets lie between those of others.
    """
    spans = np.zeros(int(template.capture.max()) + 1, "i8")
    np.maximum.at(spans, template.capture, template.time_us)
    begins = np.random.default_rng(number).integers(0, WINDOW_US - spans)
    time_us = begins[template.capture] + template.time_us
    seconds = FIRST_SECOND + number * (WINDOW_US // 1_000_000) + time_us // 1_000_000
    both = np.stack([seconds, time_us % 1_000_000], axis=1).astype("<u4").view("u1")
    data[template.starts[:-1, None] + np.arange(8)] = both
    return np.argsort(time_us, kind="stable")


def _address_sums(data: Array, ends: Array) -> Array:
    """Sum the last two 16-bit words of both addresses of each packet."""
    words = _words(data, ends - 4) + _words(data, ends - 2)
    return np.asarray(words.sum(axis=1))


def _words(data: Array, at: Array) -> Array:
    return np.asarray((data[at].astype("i8") << 8) | data[at + 1])

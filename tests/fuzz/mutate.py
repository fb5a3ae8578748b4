"""Captures with something broken in them: bytes, lengths, pieces taken out, doubled or mixed."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SUFFIXES = (".pcap", ".pcapng", ".cap", ".ntar", ".dmp", ".trace", ".gz")
TELLING = (0, 1, 2, 4, 6, 8, 16, 20, 40, 41, 43, 44, 45, 47, 58, 60, 64, 69, 96, 127, 128, 255)
"""Bytes that mean something to somebody."""
LARGEST = 64 << 10


def corpus() -> list[Path]:
    """Return captures to begin with: those with known answers if they are there, else our own."""
    shared = ROOT.parent / "shared" / "captures"
    folder = shared if shared.is_dir() else ROOT / "data"
    found = [path for path in folder.rglob("*") if path.name.endswith(SUFFIXES)]
    return sorted(path for path in found if path.stat().st_size <= LARGEST)


def _flip(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.randint(1, 8)):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _tell(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.randint(1, 8)):
        data[rng.randrange(len(data))] = rng.choice(TELLING)


def _number(data: bytearray, rng: random.Random) -> None:
    """Write a number that lengths should not have, in either byte order."""
    width = rng.choice((2, 4, 8))
    at = rng.randrange(max(1, len(data) - width))
    value = rng.choice((0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 2**63, 2**64 - 1))
    value = (value + rng.randint(-2, 2)) % 2 ** (8 * width)
    data[at : at + width] = value.to_bytes(width, rng.choice(("little", "big")))


def _cut(data: bytearray, rng: random.Random) -> None:
    del data[rng.randrange(len(data)) :]


def _remove(data: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(data))
    del data[at : at + rng.randint(1, 200)]


def _double(data: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(data))
    data[at:at] = data[at : at + rng.randint(1, 400)]


def _noise(data: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(data))
    data[at:at] = rng.randbytes(rng.randint(1, 100))


def _zeros(data: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(data))
    size = min(rng.randint(1, 100), len(data) - at)
    data[at : at + size] = bytes(size)


def _move(data: bytearray, rng: random.Random) -> None:
    """Copy a stretch over another one."""
    size = rng.randint(1, min(200, len(data)))
    source, target = (rng.randrange(len(data) - size + 1) for _ in range(2))
    data[target : target + size] = data[source : source + size]


WAYS: Sequence[Callable[[bytearray, random.Random], None]] = (
    _flip, _flip, _tell, _tell, _number, _number, _cut, _remove, _double, _noise, _zeros, _move,
)  # fmt: skip


def mutated(data: bytes, rng: random.Random, other: bytes = b"") -> bytes:
    """Return a capture with one to four things broken; a stretch of another may be put in."""
    broken = bytearray(data)
    if other and rng.random() < 0.1:
        at, begin = rng.randrange(len(broken) + 1), rng.randrange(len(other))
        broken[at:at] = other[begin : begin + rng.randint(1, 2000)]
    for _ in range(rng.randint(1, 4)):
        if broken:
            rng.choice(WAYS)(broken, rng)
    return bytes(broken)

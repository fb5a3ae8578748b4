"""Dictionary coding of IP addresses while packets are decoded.

A table is three arrays: `slots` (int32, a power of two long, code + 1 or 0), `keys` (int64, four
32-bit words an address, the IP version above the first) and `state` (int64: count, the four seeds
of the hash, the length of `slots` less one). Seeds are random for each process, so that a capture
cannot be made to collide. The caller keeps room: at most two new addresses a packet.
"""

from __future__ import annotations

from workbench.capture.kernels.primitives import be32, signed
from workbench.capture.kernels.types import Buffer, Column

WORD = 0xFFFFFFFF
IPV4_WORD = 4 << 32
MASK = 5


def home(state: Column, w0: int, w1: int, w2: int, w3: int) -> int:
    """Return the slot where the search for an address begins."""
    mixed = w3 * state[4]
    if w0 != IPV4_WORD:
        mixed = mixed ^ ((w0 & WORD) * state[1]) ^ (w1 * state[2]) ^ (w2 * state[3])
    return signed((mixed ^ (mixed >> 31) ^ (mixed >> 17)) & state[MASK])


def intern_v4(slots: Column, keys: Column, state: Column, w3: int) -> int:
    """Return the code of an IPv4 address, a new one if it was not seen before."""
    slot = home(state, IPV4_WORD, 0, 0, w3)
    while slots[slot] != 0:
        code = signed(slots[slot]) - 1
        if keys[code * 4 + 3] == w3 and keys[code * 4] == IPV4_WORD:
            return code
        slot = (slot + 1) & state[MASK]
    return add(slots, keys, state, slot, IPV4_WORD, 0, 0, w3)


def intern_v6(slots: Column, keys: Column, state: Column, buf: Buffer, at: int) -> int:
    """Return the code of the IPv6 address at `at`, a new one if it was not seen before."""
    w0 = (6 << 32) | be32(buf, at)
    w1, w2, w3 = be32(buf, at + 4), be32(buf, at + 8), be32(buf, at + 12)
    slot = home(state, w0, w1, w2, w3)
    while slots[slot] != 0:
        code = signed(slots[slot]) - 1
        key = code * 4
        if keys[key + 3] == w3 and keys[key] == w0 and keys[key + 1] == w1 and keys[key + 2] == w2:
            return code
        slot = (slot + 1) & state[MASK]
    return add(slots, keys, state, slot, w0, w1, w2, w3)


def add(
    slots: Column, keys: Column, state: Column, slot: int, w0: int, w1: int, w2: int, w3: int
) -> int:
    """Put a new address into an empty slot; return its code."""
    code = signed(state[0])
    state[0] = code + 1
    slots[slot] = code + 1
    keys[code * 4] = w0
    keys[code * 4 + 1] = w1
    keys[code * 4 + 2] = w2
    keys[code * 4 + 3] = w3
    return code


def rehash(slots: Column, keys: Column, state: Column) -> int:
    """Fill empty `slots` from `keys`; return how many addresses there are."""
    for code in range(state[0]):
        at = code * 4
        slot = home(state, keys[at], keys[at + 1], keys[at + 2], keys[at + 3])
        while slots[slot] != 0:
            slot = (slot + 1) & state[MASK]
        slots[slot] = code + 1
    return signed(state[0])


def remap(values: Column, first: int, last: int, mapping: Column) -> int:
    """Replace codes by `mapping`, leaving -1; return the number of rows."""
    for row in range(first, last):
        code = values[row]
        if code >= 0:
            values[row] = mapping[code]
    return last - first

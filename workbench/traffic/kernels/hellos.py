"""ClientHellos of many connections: the name, and what tells one program's hellos from another's.

What is simple is answered here; what is not is left to `workbench.traffic.messages.hello`.
"""

from __future__ import annotations

from typing import NamedTuple

from workbench.capture.kernels.primitives import be16, signed, u8
from workbench.capture.kernels.types import Buffer, Column

UNKNOWN = 0
TLS = 1
HTTP = 2
DNS = 3
QUIC = 4

DONE = 0
INCOMPLETE = 1
INTRICATE = 2

SERVER_NAME = 0
KEY_SHARE = 51
PRE_SHARED_KEY = 41
TICKET = 35
PADDING = 21
COOKIE = 44
ENCRYPTED_HELLO = 0xFE0D
GREASE = 0x0A0A
LOW_HALF = 0xFFFFFFFF


class Asked(NamedTuple):
    """What is found out about each: kind, state, request length (-1: not known), where the name is.

    `family` is the same number for hellos that differ only in what every connection draws anew.
    `name_size` is 0 without a name; a DNS name is written as text to `names`, all others too.
    """

    kind: Column
    state: Column
    length: Column
    name_start: Column
    name_size: Column
    family: Column


def look_at_hello(
    data: Buffer,
    start: int,
    end: int,
    number: int,
    seed: int,
    asked: Asked,
    names: Column,
    used: int,
) -> int:
    """Read a ClientHello that lies in one record (RFC 8446, 4.1.2 and 5.1)."""
    if end - start < 6:
        asked.kind[number] = TLS
        asked.state[number] = INCOMPLETE
        return used
    if data[start + 5] != 1:
        return used
    asked.kind[number] = TLS
    if end - start < 9:
        asked.state[number] = INCOMPLETE
        return used
    record = be16(data, start + 3)
    length = u8(data, start + 6) << 16 | be16(data, start + 7)
    asked.length[number] = 5 + record
    if record != 4 + length:
        asked.state[number] = INTRICATE
        return used
    if start + 5 + record > end:
        asked.state[number] = INCOMPLETE
        return used
    return read_hello(data, start + 9, start + 9 + length, number, seed, asked, names, used)


def read_hello(
    data: Buffer,
    at: int,
    end: int,
    number: int,
    seed: int,
    asked: Asked,
    names: Column,
    used: int,
) -> int:
    """Read the fields of a whole ClientHello; what contradicts itself is intricate."""
    asked.state[number] = INTRICATE
    if at + 35 > end:
        return used
    family = stir(data, at, at + 2, seed)
    at += 34
    at += 1 + u8(data, at)
    if at + 2 > end:
        return used
    ciphers = be16(data, at)
    if at + 2 + ciphers + 1 > end:
        return used
    family = stir_pairs(data, at + 2, at + 2 + ciphers, family)
    at += 2 + ciphers
    compressions = 1 + u8(data, at)
    if at + compressions > end:
        return used
    family = stir(data, at, at + compressions, family)
    at += compressions
    if at == end:
        asked.state[number] = DONE
        asked.family[number] = family
        return used
    if at + 2 > end or at + 2 + be16(data, at) != end:
        return used
    return read_extensions(data, at + 2, end, number, family, asked, names, used)


def read_extensions(
    data: Buffer,
    at: int,
    end: int,
    number: int,
    family: int,
    asked: Asked,
    names: Column,
    used: int,
) -> int:
    """Walk the extensions for the name, and for what makes the family."""
    named = 0
    while at < end:
        if at + 4 > end or at + 4 + be16(data, at + 2) > end:
            return used
        kind, size = be16(data, at), be16(data, at + 2)
        at += 4
        family = stir_number(plain(kind), family)
        if kind == SERVER_NAME:
            if named != 0 or size < 5 or data[at + 2] != 0 or 5 + be16(data, at + 3) != size:
                return used
            named = at + 5
            asked.name_size[number] = size - 5
        else:
            family = stir_extension(data, at, at + size, kind, family)
        at += size
    asked.state[number] = DONE
    asked.family[number] = family
    if named != 0:
        return write(data, named, signed(asked.name_size[number]), names, used)
    return used


def stir_extension(data: Buffer, at: int, end: int, kind: int, family: int) -> int:
    """Mix in the part of an extension that does not change from one connection to the next."""
    size = end - at
    if kind in (PRE_SHARED_KEY, TICKET, PADDING, COOKIE) or plain(kind) == GREASE:
        return stir_number(1 if size else 0, family)
    if kind == ENCRYPTED_HELLO:
        return stir(data, at, min(at + 1, end), family)
    if kind != KEY_SHARE:
        return stir_pairs(data, at, end, family) if size & 1 == 0 else stir(data, at, end, family)
    at += 2
    while at + 4 <= end:
        family = stir_number(plain(be16(data, at)), family)
        family = stir_number(be16(data, at + 2), family)
        at += 4 + be16(data, at + 2)
    return family


def plain(number: int) -> int:
    """Return one number for all that GREASE draws from (RFC 8701)."""
    if number & 0x0F0F == 0x0A0A and number >> 8 == number & 0xFF:
        return GREASE
    return number


def stir_number(number: int, family: int) -> int:
    """Mix a number into a family: FNV-1a, folded to what a signed number holds."""
    mixed = (family ^ number) & LOW_HALF
    return signed((mixed * 0x01000193 ^ family >> 29) & 0x1FFFFFFFFFFFFF)


def stir(data: Buffer, at: int, end: int, family: int) -> int:
    """Mix bytes into a family."""
    for place in range(at, end):
        family = stir_number(u8(data, place), family)
    return family


def stir_pairs(data: Buffer, at: int, end: int, family: int) -> int:
    """Mix pairs of bytes into a family, all of GREASE alike."""
    for place in range(at, end - 1, 2):
        family = stir_number(plain(be16(data, place)), family)
    return family


def write(data: Buffer, at: int, size: int, names: Column, used: int) -> int:
    """Copy a name; return the end of the names."""
    for place in range(size):
        names[used + place] = data[at + place]
    return used + size

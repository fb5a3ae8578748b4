"""What the first bytes of many connections ask for: kind, name, length.

Each message is looked at once, in place. What is simple (a ClientHello in one record, an HTTP/1
head, a DNS query) is answered here; what is not is left to `workbench.traffic.messages`, which
reads everything and is what this is tested against. Positions are of one buffer that holds all
messages, one after the other.
"""

from __future__ import annotations

from typing import NamedTuple

from workbench.capture.kernels.primitives import be16, be32, pointer, signed, u8
from workbench.capture.kernels.types import Buffer, Column
from workbench.traffic.kernels.hellos import (
    DNS,
    DONE,
    HTTP,
    INCOMPLETE,
    INTRICATE,
    QUIC,
    UNKNOWN,
    Asked,
    look_at_hello,
    write,
)

HEAD_BYTES = 16_384
"""Longest HTTP head that is looked through."""
LABELS = 128
LONGEST_NAME = 253
"""Bytes of a DNS name as text (RFC 1035, 2.3.4)."""


class Messages(NamedTuple):
    """First bytes of connections: where they are in the buffer, and what carries them."""

    start: Column
    size: Column
    protocol: Column
    port: Column


def look(
    data: Buffer,
    messages: Messages,
    first: int,
    last: int,
    seed: int,
    asked: Asked,
    names: Column,
) -> int:
    """Find out what each message asks for.

    Parameters
    ----------
    data
        All messages.
    messages
        Where they are.
    first, last
        Range of messages.
    seed
        Start of the family numbers, random for each process.
    asked
        Output.
    names
        Output, uint8, as long as `data`: the names, one after the other.

    Returns
    -------
    int
        Bytes written to `names`.
    """
    used = 0
    data, names = pointer(data), pointer(names)
    for number in range(first, last):
        start = signed(messages.start[number])
        end = start + signed(messages.size[number])
        asked.kind[number] = UNKNOWN
        asked.state[number] = DONE
        asked.length[number] = -1
        asked.name_start[number] = used
        asked.name_size[number] = 0
        asked.family[number] = 0
        if messages.protocol[number] == 17:
            used = look_at_datagram(data, start, end, messages, number, asked, names, used)
        elif end - start >= 1:
            used = look_at_stream(data, start, end, messages, number, seed, asked, names, used)
    return used


def look_at_stream(
    data: Buffer,
    start: int,
    end: int,
    messages: Messages,
    number: int,
    seed: int,
    asked: Asked,
    names: Column,
    used: int,
) -> int:
    """Tell TLS from HTTP from the rest by the first bytes; return the end of the names."""
    first = u8(data, start)
    if first == 22:
        if end - start >= 2 and data[start + 1] != 3:
            return used
        return look_at_hello(data, start, end, number, seed, asked, names, used)
    if 65 <= first <= 90 or first == 13 or first == 10:
        return look_at_head(data, start, end, number, asked, names, used)
    if messages.port[number] == 53 and end - start >= 2:
        asked.kind[number] = DNS
        asked.state[number] = INTRICATE
    return used


# HTTP/1


def look_at_head(
    data: Buffer, start: int, end: int, number: int, asked: Asked, names: Column, used: int
) -> int:
    """Read the head of an HTTP/1 request as far as its end (RFC 9112, 2.1 and 3)."""
    at = start
    while at < end and at < start + 4 and (data[at] == 13 or data[at] == 10):
        at += 1
    method = at
    while at < end and 65 <= data[at] <= 90 and at - method < 12:
        at += 1
    if at == end:
        asked.state[number] = INCOMPLETE
        return used
    if at == method or data[at] != 32:
        return used
    asked.kind[number] = HTTP
    if at + 1 < end and data[at + 1] != 47:
        asked.state[number] = INTRICATE
        return used
    limit = min(end, start + HEAD_BYTES)
    lines = 0
    while at < limit:
        if data[at] != 10:
            at += 1
            continue
        if lines == 0 and not ends_with_version(data, method, at):
            asked.state[number] = INTRICATE
            return used
        lines += 1
        at += 1
        if at < limit and (data[at] == 10 or (data[at] == 13 and at + 1 < limit)):
            over = data[at] == 10 or data[at + 1] == 10
            if over:
                asked.length[number] = at + (1 if data[at] == 10 else 2) - start
                return used + signed(asked.name_size[number])
        if not is_host(data, at, limit):
            continue
        known = asked.name_size[number] != 0
        if known or not name_host(data, at + 5, limit, number, asked, names, used):
            asked.name_size[number] = 0
            asked.state[number] = INTRICATE
            return used
    asked.state[number] = INCOMPLETE if limit == end else INTRICATE
    asked.name_size[number] = 0
    return used


def ends_with_version(data: Buffer, start: int, at: int) -> bool:
    """Tell whether a request line that ends at a line feed ends with ``HTTP/1.`` and a digit."""
    if at - start < 12 or data[at - 1] != 13 or be32(data, at - 9) != 0x48545450:
        return False
    return bool(data[at - 5] == 47 and data[at - 4] == 49 and data[at - 3] == 46)


def is_host(data: Buffer, at: int, end: int) -> bool:
    """Tell whether a line begins with ``host:``, in any case."""
    if at + 5 > end or data[at + 4] != 58:
        return False
    found = (
        (signed(data[at]) | 32) << 24
        | (signed(data[at + 1]) | 32) << 16
        | (signed(data[at + 2]) | 32) << 8
        | (signed(data[at + 3]) | 32)
    )
    return found == 0x686F7374


def name_host(
    data: Buffer, at: int, end: int, number: int, asked: Asked, names: Column, used: int
) -> bool:
    """Note the value of a Host line without its port; tell whether it is an ordinary name."""
    while at < end and data[at] == 32:
        at += 1
    last = at
    while last < end and is_plain(u8(data, last)):
        last += 1
    stop = last
    if stop < end and data[stop] == 58:
        stop += 1
        while stop < end and 48 <= data[stop] <= 57:
            stop += 1
    ended = stop + 1 < end and data[stop] == 13 and data[stop + 1] == 10
    if not ended or last == at or data[last - 1] == 46:
        return False
    asked.name_size[number] = last - at
    write(data, at, last - at, names, used)
    return True


def is_plain(value: int) -> bool:
    """Tell whether a byte may stand in an ordinary host name in lower case, dots included."""
    letter = 97 <= value <= 122 or 48 <= value <= 57
    return letter or value == 45 or value == 46 or value == 95


# Datagrams


def look_at_datagram(
    data: Buffer,
    start: int,
    end: int,
    messages: Messages,
    number: int,
    asked: Asked,
    names: Column,
    used: int,
) -> int:
    """Tell DNS from QUIC from the rest."""
    size = end - start
    asked.length[number] = size
    port = messages.port[number]
    if port == 53 or port == 5353 or port == 5355:
        if size >= 12:
            asked.kind[number] = DNS
            return look_at_query(data, start, end, number, asked, names, used)
        return used
    if size >= 7 and data[start] & 0x80:
        asked.kind[number] = QUIC
        asked.state[number] = INTRICATE
    return used


def look_at_query(
    data: Buffer, start: int, end: int, number: int, asked: Asked, names: Column, used: int
) -> int:
    """Read the first name of a DNS query (RFC 1035, 4.1); a response asks for nothing."""
    if data[start + 2] & 0x80 or be16(data, start + 4) == 0:
        return used
    at, to = start + 12, used
    for _ in range(LABELS):
        if at >= end:
            asked.state[number] = INTRICATE
            return used
        size = u8(data, at)
        if size == 0 and to > used and at + 5 <= end:
            asked.name_size[number] = to - 1 - used
            return to - 1
        if size == 0 or size > 63 or at + 1 + size > end or to - used + size > LONGEST_NAME:
            asked.state[number] = INTRICATE
            return used
        for place in range(at + 1, at + 1 + size):
            value = u8(data, place)
            if value == 46 or not (is_plain(value) or 65 <= value <= 90):
                asked.state[number] = INTRICATE
                return used
        write(data, at + 1, size, names, to)
        names[to + size] = 46
        to += size + 1
        at += 1 + size
    asked.state[number] = INTRICATE
    return used

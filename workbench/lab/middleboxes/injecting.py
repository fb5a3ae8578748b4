"""What middleboxes of ours send themselves: RSTs, a block page, a false answer to a query."""

from __future__ import annotations

import socket
from random import Random

from workbench.lab.middleboxes.packets import (
    ACK,
    FIN,
    PSH,
    RST,
    Seen,
    datagram,
    reversed_,
    segment,
)
from workbench.lab.middleboxes.settings import Setting

STEP_BYTES = 1460
PAGE = b"<html><head><title>Blocked</title></head><body>Access is restricted.</body></html>\n"
STUB = b"http://blocked.example/"
RESPONSE_BITS, NAME_POINTER, LIFETIME_S = 0x8180, b"\xc0\x0c", 300


def resets(seen: Seen, setting: Setting, random: Random) -> tuple[bytes, ...]:
    """Return the RSTs about a client's packet.

    Several to one end differ by 1460 in their sequence numbers, as those of injectors that guess
    how far the other side has got.

    Parameters
    ----------
    seen : Seen
        The client's packet.
    setting : Setting
        Their TTL and number, and whether the server gets some.
    random : Random
        Gives IP identifications.

    Returns
    -------
    tuple of bytes
        Packets; those to the client first.

    Examples
    --------
    >>> seen = Seen(bytes(4), bytes(4), 6, 64, (1, 443), b"hello", seq=7, ack=9)
    >>> len(resets(seen, Setting(count=3, both_ends=True), Random(1)))
    6
    """
    back = reversed_(seen)
    return tuple(
        [
            segment(
                back, RST | ACK, ttl=setting.ttl, seq=seen.ack + step * STEP_BYTES,
                ack=seen.following, identification=_identification(random),
            )
            for step in range(setting.count)
        ]
        + [
            segment(
                seen, RST | ACK if step else RST, ttl=setting.ttl,
                seq=seen.following + step * STEP_BYTES if step else seen.seq,
                ack=seen.ack if step else 0, identification=_identification(random),
            )
            for step in range(setting.count if setting.both_ends else 0)
        ]
    )  # fmt: skip


def block_page(seen: Seen, setting: Setting, random: Random) -> tuple[bytes, ...]:
    """Return the answer in the server's place, its end, and an RST for the server.

    Parameters
    ----------
    seen : Seen
        The client's request.
    setting : Setting
        Status of the answer and TTL.
    random : Random
        Gives IP identifications.

    Returns
    -------
    tuple of bytes
        Packets.
    """
    moved = 300 <= setting.status < 400
    line = b"HTTP/1.1 %d %s\r\n" % (setting.status, b"Found" if moved else b"Forbidden")
    where = b"Location: " + STUB + b"\r\n" if moved else b""
    body = b"" if moved else PAGE
    head = line + where + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    back, answer = reversed_(seen), head + body
    page = segment(
        back, PSH | ACK | FIN, ttl=setting.ttl, seq=seen.ack, ack=seen.following, window=64,
        identification=_identification(random), payload=answer,
    )  # fmt: skip
    end = segment(
        seen, RST | ACK, ttl=setting.ttl, seq=seen.seq, ack=seen.ack,
        identification=_identification(random),
    )  # fmt: skip
    return (page, end)


def false_answer(seen: Seen, setting: Setting, random: Random) -> tuple[bytes, ...]:
    """Return the answer to a query with an address that is not the server's.

    Parameters
    ----------
    seen : Seen
        The client's query.
    setting : Setting
        The address, and the TTL of the packet.
    random : Random
        Gives the IP identification.

    Returns
    -------
    tuple of bytes
        One packet; nothing for a query that is cut short.
    """
    query = seen.payload
    end = query.find(b"\0", 12) + 5
    if end < 17 or end > len(query):
        return ()
    head = query[:2] + RESPONSE_BITS.to_bytes(2, "big") + bytes([0, 1, 0, 1, 0, 0, 0, 0])
    # A query for an IPv6 address gets the record of an IPv4 address too: injectors care little.
    record = NAME_POINTER + bytes([0, 1, 0, 1]) + LIFETIME_S.to_bytes(4, "big") + bytes([0, 4])
    answer = head + query[12:end] + record + socket.inet_aton(setting.address)
    return (
        datagram(reversed_(seen), answer, ttl=setting.ttl, identification=_identification(random)),
    )


def _identification(random: Random) -> int:
    # The kernel fills in a zero.
    return random.randint(1, 0xFFFF)

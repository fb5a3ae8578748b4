"""Hellos of DTLS, the TLS of datagrams (RFC 6347, 4): WebRTC, VPNs.

A hello may come in fragments, and is sent again with a cookie when the server asks for one. What
follows the record and fragment headers is a TLS hello with that cookie in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workbench.traffic.messages.hello import ClientHello, hello_of_handshake
from workbench.traffic.messages.quic_frames import CryptoStream
from workbench.traffic.messages.records import HANDSHAKE
from workbench.traffic.messages.server import ServerHello, server_hello_of_handshake

RECORD_HEADER = 13
FRAGMENT_HEADER = 12
VERSIONS = frozenset({0xFEFF, 0xFEFD, 0xFEFC, 0x0100})
"""Versions in a record's header; the last is that of OpenSSL before there was a standard."""
CLIENT_HELLO, SERVER_HELLO = 1, 2
MOST_FRAGMENTS = 64
"""Fragments of one message that are looked at."""


def is_dtls(datagram: bytes) -> bool:
    """Return whether a datagram begins with a whole handshake record of DTLS.

    Examples
    --------
    >>> is_dtls(bytes.fromhex("16 feff 0000 000000000000 000c") + bytes(12))
    True
    """
    if len(datagram) < RECORD_HEADER + FRAGMENT_HEADER or datagram[0] != HANDSHAKE:
        return False
    length = datagram[11] << 8 | datagram[12]
    fits = FRAGMENT_HEADER <= length <= len(datagram) - RECORD_HEADER
    return fits and (datagram[1] << 8 | datagram[2]) in VERSIONS


def dtls_client_hello(datagrams: Iterable[bytes]) -> ClientHello | None:
    """Read the last ClientHello in a client's first datagrams: the one with the cookie, if any.

    Parameters
    ----------
    datagrams : iterable of bytes
        UDP payloads of a client in the order sent.

    Returns
    -------
    ClientHello or None
        Its offsets count in the message as it would be without cookie and fragment headers.
    """
    message = _joined(datagrams, CLIENT_HELLO)
    return hello_of_handshake(_without_cookie(message)) if message else None


def dtls_server_hello(datagrams: Iterable[bytes]) -> ServerHello | None:
    """Read the ServerHello in a server's first datagrams.

    Parameters
    ----------
    datagrams : iterable of bytes
        UDP payloads of a server in the order sent.

    Returns
    -------
    ServerHello or None
        Its length counts in the message as it would be without fragment headers.
    """
    message = _joined(datagrams, SERVER_HELLO)
    return server_hello_of_handshake(message) if message else None


def _fragments(datagrams: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the handshake fragments in the clear, each with its header."""
    for datagram in datagrams:
        at = 0
        while at + RECORD_HEADER <= len(datagram):
            end = at + RECORD_HEADER + (datagram[at + 11] << 8 | datagram[at + 12])
            version, epoch = datagram[at + 1 : at + 3], datagram[at + 3 : at + 5]
            if int.from_bytes(version, "big") not in VERSIONS:
                break
            inside = at + RECORD_HEADER
            while (
                datagram[at] == HANDSHAKE and epoch == b"\0\0" and inside + FRAGMENT_HEADER <= end
            ):
                size = int.from_bytes(datagram[inside + 9 : inside + 12], "big")
                stop = inside + FRAGMENT_HEADER + size
                yield datagram[inside : min(stop, end)]
                inside = stop
            at = end


def _joined(datagrams: Iterable[bytes], kind: int) -> bytes:
    """Return the last message of a kind as TLS would send it, whole if one of them is."""
    messages: dict[bytes, tuple[bytes, CryptoStream]] = {}
    for number, fragment in enumerate(_fragments(datagrams)):
        if number >= MOST_FRAGMENTS:
            break
        if len(fragment) >= FRAGMENT_HEADER and fragment[0] == kind:
            key = fragment[1:6]
            _, stream = messages.setdefault(key, (fragment[:4], CryptoStream()))
            stream.add(int.from_bytes(fragment[6:9], "big"), fragment[FRAGMENT_HEADER:])
    found = [head + stream.data for head, stream in messages.values()]
    whole = [text for text in found if len(text) == 4 + int.from_bytes(text[1:4], "big")]
    return (whole or found or [b""])[-1]


def _without_cookie(message: bytes) -> bytes:
    """Return a ClientHello of DTLS as TLS has it: the cookie is the list behind the session id."""
    at = 39 + (message[38] if len(message) > 38 else 0)
    end = at + 1 + (message[at] if len(message) > at else 0)
    length = int.from_bytes(message[1:4], "big") - (end - at)
    if len(message) <= at or length < 0:
        return message
    return message[:1] + length.to_bytes(3, "big") + message[4:at] + message[end:]

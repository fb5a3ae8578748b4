"""Which name a middlebox of ours finds in bytes, and the streams that it puts together."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from workbench.lab.middleboxes.packets import ACK, SYN, TCP, Seen
from workbench.traffic.messages.dns import dns_message
from workbench.traffic.messages.hello import client_hello
from workbench.traffic.messages.http import http_request
from workbench.traffic.messages.quic import quic_initial

State = TypeVar("State")
Key = tuple[bytes, bytes, int, int, int]
MOST_FLOWS, MOST_STREAM_BYTES, MOST_PIECES = 4096, 16384, 64
HANDSHAKE, HELLO = 0x16, 0x01
LONG_HEADER, VERSION_1 = 0x80, b"\x00\x00\x00\x01"
TYPE_BITS = 0x30
ADDRESS_TYPES = {1, 28, 255}


def begins_hello(payload: bytes) -> bool:
    """Return whether bytes begin with a TLS record that begins with a ClientHello.

    Parameters
    ----------
    payload : bytes
        Of a packet or a stream.

    Returns
    -------
    bool
        As far as six bytes tell (RFC 8446, 4 and 5.1).

    Examples
    --------
    >>> begins_hello(bytes.fromhex("160301020001")), begins_hello(b"GET / ")
    (True, False)
    """
    return len(payload) > 5 and payload[0] == HANDSHAKE and payload[5] == HELLO


def name_in(payload: bytes) -> str:
    r"""Return the name in a ClientHello or a request of HTTP/1 at the beginning of bytes.

    Parameters
    ----------
    payload : bytes
        Of a packet or a stream.

    Returns
    -------
    str
        The whole name; empty where it is not there, or not whole.

    Examples
    --------
    >>> name_in(b"GET / HTTP/1.1\r\nHost: x.com\r\n\r\n")
    'x.com'
    """
    if begins_hello(payload):
        hello = client_hello(payload)
        return (hello.server_name or "") if hello else ""
    request = http_request(payload)
    return (request.host or "").partition(":")[0] if request else ""


def may_begin_request(data: bytes) -> bool:
    r"""Return whether bytes can be the beginning of a ClientHello or of a request of HTTP/1.

    Parameters
    ----------
    data : bytes
        The beginning of a stream; one byte may be all of it.

    Returns
    -------
    bool
        Whether more bytes could make a request of it.

    Examples
    --------
    >>> may_begin_request(b"\x16\x03"), may_begin_request(bytes(4))
    (True, False)
    """
    if data[:1] == bytes([HANDSHAKE]):
        return data[1:2] in {b"", b"\x03"} and data[5:6] in {b"", bytes([HELLO])}
    return data[:8].split(b" ")[0].isalpha()


def name_in_query(payload: bytes) -> str:
    """Return the name that a DNS query asks an address for.

    Parameters
    ----------
    payload : bytes
        A datagram.

    Returns
    -------
    str
        The name; empty where the datagram is no such query.
    """
    message = dns_message(payload)
    if message is None or message.response or not message.questions:
        return ""
    question = message.questions[0]
    return question.name.rstrip(".") if question.type in ADDRESS_TYPES else ""


def name_in_initial(payload: bytes) -> str:
    """Return the name in the ClientHello of one QUIC Initial.

    Parameters
    ----------
    payload : bytes
        A datagram.

    Returns
    -------
    str
        The name; empty where it is not in this datagram.
    """
    initial = quic_initial(payload) if is_initial(payload) else None
    hello = initial.hello if initial else None
    return (hello.server_name or "") if hello else ""


def is_initial(payload: bytes) -> bool:
    """Return whether a datagram begins with a QUIC Initial of version 1 (RFC 9000, 17.2.2).

    Parameters
    ----------
    payload : bytes
        The datagram.

    Returns
    -------
    bool
        As far as five bytes tell.

    Examples
    --------
    >>> is_initial(bytes.fromhex("c000000001")), is_initial(b"")
    (True, False)
    """
    return (
        payload[1:5] == VERSION_1 and bool(payload[0] & LONG_HEADER) and not payload[0] & TYPE_BITS
    )


class Flows(Generic[State]):
    """What is remembered of flows, both directions together, the oldest forgotten first.

    Parameters
    ----------
    new : callable
        Makes the state of a new flow.
    """

    def __init__(self, new: Callable[[], State]) -> None:
        self._new = new
        self._known: OrderedDict[Key, State] = OrderedDict()

    def of(self, seen: Seen) -> tuple[State, bool]:
        """Return the state of a packet's flow.

        Parameters
        ----------
        seen : Seen
            The packet; a SYN begins the flow anew.

        Returns
        -------
        tuple
            The state, and whether the packet comes from the client, which has the higher port.
        """
        up = seen.ports[0] >= seen.ports[1]
        key = seen.flow if up else seen.back
        opening = up and seen.protocol == TCP and seen.flags & (SYN | ACK) == SYN
        if opening or key not in self._known:
            self._known[key] = self._new()
        self._known.move_to_end(key)
        while len(self._known) > MOST_FLOWS:
            self._known.popitem(last=False)
        return self._known[key], up


class Stream:
    """One direction's bytes, in order; of bytes that come twice the first copy stays."""

    def __init__(self) -> None:
        self._first: int | None = None
        self._pieces: dict[int, bytes] = {}
        self.data = b""

    def feed(self, seen: Seen) -> bytes:
        """Take a segment.

        Parameters
        ----------
        seen : Seen
            A segment of the direction.

        Returns
        -------
        bytes
            All bytes from the beginning on that lie without a gap.
        """
        if seen.flags & SYN:
            self._first = (seen.seq + 1) & 0xFFFFFFFF
        if not seen.payload:
            return self.data
        if self._first is None:
            self._first = seen.seq
        offset = (seen.seq - self._first + (1 << 31)) % (1 << 32) - (1 << 31)
        if 0 <= offset < MOST_STREAM_BYTES and len(self._pieces) < MOST_PIECES:
            self._pieces.setdefault(offset, seen.payload)
        self._join()
        return self.data

    def _join(self) -> None:
        for offset in sorted(self._pieces):
            if offset > len(self.data):
                break
            piece = self._pieces.pop(offset)
            self.data += piece[len(self.data) - offset :]
        self.data = self.data[:MOST_STREAM_BYTES]

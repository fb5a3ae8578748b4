"""Messages as rows: what a stream or a datagram holds, a line each, for tables and views."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from workbench.traffic.messages.dns import DnsMessage, dns_message, dns_stream
from workbench.traffic.messages.fields import shortened
from workbench.traffic.messages.hello import LONGEST_HELLO, ClientHello, client_hello
from workbench.traffic.messages.http import (
    HttpRequest,
    HttpResponse,
    http_requests,
    http_response,
)
from workbench.traffic.messages.kinds import Transport, request_kind
from workbench.traffic.messages.quic import QuicPacket, quic_initial, quic_packets, version_text
from workbench.traffic.messages.records import (
    ALERT,
    HANDSHAKE,
    RECORD_TYPES,
    Joined,
    Record,
    Records,
    read_records,
)
from workbench.traffic.messages.server import alert, server_hello_of_handshake
from workbench.traffic.messages.tls_names import HANDSHAKES, group_name, version_name

MessageKind = Literal["tls", "http", "dns", "quic"]
MOST_ROWS = 1000
"""Rows given of one stream unless more are asked for."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message, fit for a row of a table.

    Parameters
    ----------
    kind : str
        "tls", "http", "dns" or "quic".
    name : str
        What it is called: "ClientHello", "request", "query", "initial" ...
    summary : str
        What it says, in a line of printable text.
    offset, length : int
        First byte in the stream or datagram, and bytes; those announced where it is cut.
    complete : bool
        Whether all of it is there.
    problems : tuple of str
        What is odd.
    """

    kind: MessageKind
    name: str
    summary: str
    offset: int
    length: int
    complete: bool
    problems: tuple[str, ...] = ()


def list_messages(
    data: bytes, transport: Transport = "tcp", limit: int = MOST_ROWS
) -> tuple[Message, ...]:
    r"""List the messages of a stream, or of one datagram.

    Parameters
    ----------
    data : bytes
        The stream of one direction from its beginning, or a UDP payload.
    transport : {"tcp", "udp"}
        What carried it.
    limit : int
        Stop after this many.

    Returns
    -------
    tuple of Message
        In the order of their offsets; empty where nothing is known.

    Examples
    --------
    >>> [row] = list_messages(b"GET /a HTTP/1.1\r\nHost: x.org\r\n\r\n")
    >>> row.name, row.summary, row.length
    ('request', 'GET x.org /a', 32)
    """
    return tuple(islice(_rows(data, transport, limit), limit))


def _rows(data: bytes, transport: Transport, limit: int) -> Iterator[Message]:
    """Yield the rows of whatever `data` is."""
    kind = request_kind(data, transport)
    if transport == "udp":
        message = dns_message(data) if kind == "dns" else None
        if message is not None:
            yield dns_row(message)
        elif kind == "quic":
            yield from _quic_rows(data)
    elif kind == "http":
        yield from map(request_row, http_requests(data, limit))
    elif kind == "dns":
        yield from map(dns_row, dns_stream(data))
    elif (response := http_response(data)) is not None:
        yield response_row(response)
    elif (records := read_records(data)).records:
        yield from _record_rows(records)


def request_row(request: HttpRequest) -> Message:
    """Return the row of an HTTP request.

    Parameters
    ----------
    request : HttpRequest
        What was read.

    Returns
    -------
    Message
    """
    words = (request.method, request.server_name, request.target)
    return Message(
        "http", "request", shortened(" ".join(filter(None, words))), request.method_offset,
        request.length, request.complete, request.problems,
    )  # fmt: skip


def response_row(response: HttpResponse) -> Message:
    """Return the row of an HTTP response.

    Parameters
    ----------
    response : HttpResponse
        What was read.

    Returns
    -------
    Message
    """
    to = f"to {response.location}" if response.location else ""
    words = (str(response.status), response.reason, to)
    length = response.body_offset + max(response.content_length, 0)
    return Message(
        "http", "response", shortened(" ".join(filter(None, words))), 0, length,
        response.complete, response.problems,
    )  # fmt: skip


def dns_row(message: DnsMessage) -> Message:
    """Return the row of a DNS message.

    Parameters
    ----------
    message : DnsMessage
        What was read.

    Returns
    -------
    Message
    """
    asked = " ".join(f"{question.type_name} {question.name}" for question in message.questions[:4])
    words = [asked]
    if message.response:
        words.append(message.rcode_name)
        words += [f"{answer.type_name} {answer.value}" for answer in message.answers[:8]]
    name = "response" if message.response else "query"
    return Message(
        "dns", name, shortened(" ".join(words)), message.offset, message.length,
        message.complete, message.problems,
    )  # fmt: skip


def hello_summary(hello: ClientHello) -> str:
    """Return what a ClientHello asks for, in a line.

    Parameters
    ----------
    hello : ClientHello
        What was read.

    Returns
    -------
    str
    """
    words = [hello.server_name or "no name", version_name(hello.highest_version), *hello.alpn[:4]]
    if hello.post_quantum:
        words.append("post-quantum")
    if hello.ech:
        words.append(f"ECH {hello.ech}")
    return shortened(", ".join(words))


def _record_rows(records: Records) -> Iterator[Message]:
    """Yield the handshake messages in the clear, then the records behind them."""
    joined = records.handshake()
    last = 0
    for message in _handshake_rows(records.data, joined):
        last = message.offset + message.length
        yield message
    for record in records.records:
        if record.type != HANDSHAKE or record.offset >= last:
            yield _record_row(records.data, record)


def _handshake_rows(data: bytes, joined: Joined) -> Iterator[Message]:
    """Yield one row for each handshake message."""
    at, size = 0, len(joined.data)
    while at < size:
        kind = joined.data[at]
        end = at + 4 + int.from_bytes(joined.data[at + 1 : at + 4], "big")
        complete = at + 4 <= size and end <= size
        if kind not in HANDSHAKES:
            return
        offset = joined.place(at)
        length = joined.place(min(end, size) - 1) + 1 - offset + max(end - size, 0)
        message = joined.data[at:end]
        summary, problems = _handshake_summary(data, message, kind, first=at == 0)
        yield Message("tls", HANDSHAKES[kind], summary, offset, length, complete, problems)
        at = end


def _handshake_summary(
    data: bytes, message: bytes, kind: int, *, first: bool
) -> tuple[str, tuple[str, ...]]:
    """Return what a handshake message says, and its problems."""
    if kind == 1 and first and (hello := client_hello(data)) is not None:
        return hello_summary(hello), hello.problems
    if kind == 2 and (reply := server_hello_of_handshake(message)) is not None:
        words = [version_name(reply.version), f"cipher 0x{max(reply.cipher, 0):04x}"]
        words += [group_name(reply.group)] * (reply.group >= 0) + [reply.alpn] * bool(reply.alpn)
        words += ["asks for another hello"] * reply.retry
        return ", ".join(words), reply.problems
    return "", ()


def _record_row(data: bytes, record: Record) -> Message:
    """Return the row of a record behind the first flight.

    A second hello, asked for by a retry, comes behind a change of cipher specification.
    """
    name = RECORD_TYPES[record.type]
    summary = f"{record.length:,} bytes"
    if record.type == ALERT and (found := alert(data[record.offset : record.end])) is not None:
        summary = found.name
    if record.type == HANDSHAKE:
        name = "encrypted handshake"
        again = client_hello(data[record.offset : record.offset + LONGEST_HELLO])
        if again is not None and again.complete and not again.problems:
            name, summary = "ClientHello", hello_summary(again)
    return Message("tls", name, summary, record.offset, record.end - record.offset, record.complete)


def _quic_rows(datagram: bytes) -> Iterator[Message]:
    """Yield one row for each packet of a datagram; a client's first Initial is opened."""
    opened = quic_initial(datagram)
    for packet in quic_packets(datagram):
        hello = None
        if opened is not None and opened.packet == packet:
            hello = opened.hello
        summary = _packet_summary(packet) + (f", {hello_summary(hello)}" if hello else "")
        yield Message(
            "quic", packet.type, shortened(summary), packet.offset, packet.end - packet.offset,
            packet.complete, packet.problems,
        )  # fmt: skip


def _packet_summary(packet: QuicPacket) -> str:
    """Return what is readable of a QUIC packet, in a line."""
    if packet.type == "short":
        return "protected"
    if packet.versions:
        return "offers " + ", ".join(map(version_text, packet.versions[:8]))
    ids = f"{packet.scid.hex() or '-'} to {packet.dcid.hex() or '-'}"
    return f"{version_text(packet.version)}, {ids}"

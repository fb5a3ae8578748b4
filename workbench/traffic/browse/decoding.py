"""What a payload says, field by field, with the bytes that say it: for views that point at bytes.

Everything is read by `workbench.traffic.messages`; here it is only listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from workbench.traffic.messages.dns import DnsMessage, dns_message, dns_stream
from workbench.traffic.messages.hello import ClientHello, client_hello
from workbench.traffic.messages.http import http_request, http_response
from workbench.traffic.messages.kinds import Transport
from workbench.traffic.messages.rows import Message, list_messages
from workbench.traffic.messages.tls_names import group_name, version_name

MOST_FIELDS = 120
MOST_BYTES = 65_536
_MESSAGES = 20


@dataclass(frozen=True, slots=True)
class Field:
    """A decoded part of a message.

    Parameters
    ----------
    name, value : str
        What it is called, and what it says.
    start, end : int
        Bytes of the payload that it was read from, the end excluded; -1 where that is not known.
    """

    name: str
    value: str
    start: int = -1
    end: int = -1


def decode(payload: bytes, transport: Transport = "tcp") -> tuple[Field, ...]:
    r"""Return what a payload says, as far as it is a message that begins with its first byte.

    Parameters
    ----------
    payload : bytes
        What one packet, or a stream from its beginning, carries.
    transport : {"tcp", "udp"}
        What carried it.

    Returns
    -------
    tuple of Field
        Messages in their order, the fields of each behind it; empty where nothing is known.

    Examples
    --------
    >>> fields = decode(b"GET /a HTTP/1.1\r\nHost: x.org\r\n\r\n")
    >>> [(field.name, field.value) for field in fields][:2]
    [('HTTP request', 'GET x.org /a'), ('Host', 'x.org')]
    """
    data = payload[:MOST_BYTES]
    return tuple(islice(_fields(data, transport), MOST_FIELDS))


def _fields(data: bytes, transport: Transport) -> Iterator[Field]:
    """Yield the fields of each message."""
    for message in list_messages(data, transport, _MESSAGES):
        end = min(message.offset + message.length, len(data))
        title = f"{message.kind.upper()} {message.name}"
        whole = "" if message.complete else " (cut short)"
        yield Field(title, f"{message.summary}{whole}", message.offset, max(end, message.offset))
        yield from _details(data, message, transport)
        yield from (Field("odd", problem) for problem in message.problems)


def _details(data: bytes, message: Message, transport: Transport) -> Iterable[Field]:
    """Return what a message says in detail."""
    if message.kind == "http":
        return _headers(data, message)
    if message.kind == "dns":
        found = [dns_message(data)] if transport == "udp" else dns_stream(data)
        here = [each for each in found if each is not None and each.offset == message.offset]
        return _records(here[0]) if here else ()
    if message.name == "ClientHello" and (hello := client_hello(data)) is not None:
        return _hello(hello)
    return ()


def _headers(data: bytes, message: Message) -> Iterable[Field]:
    """Return the header lines of an HTTP message."""
    at = message.offset
    head = http_request(data, at) if message.name == "request" else http_response(data, at)
    if head is None:
        return ()
    return [Field(name, value, *_found(data, at, value)) for name, value in head.headers]


def _found(data: bytes, start: int, value: str) -> tuple[int, int]:
    """Return where a text of ASCII stands behind a place, as far as the blank line."""
    if not value or not value.isascii():
        return -1, -1
    at = data.find(value.encode(), start)
    return (at, at + len(value)) if at >= 0 else (-1, -1)


def _records(message: DnsMessage) -> Iterable[Field]:
    """Return questions and answers of a DNS message."""
    yield Field("id", f"0x{message.id:04x}", message.offset, message.offset + 2)
    for question in message.questions:
        yield Field("question", f"{question.type_name} {question.name}")
    for answer in message.answers:
        words = f"{answer.name} {answer.type_name} {answer.value}, {answer.ttl_s} s"
        yield Field(answer.section, words)


def _hello(hello: ClientHello) -> Iterator[Field]:
    """Return what a ClientHello offers."""
    if hello.server_name:
        start = hello.name_offset
        yield Field("server name", hello.server_name, start, start + hello.name_length)
    versions = ", ".join(map(version_name, hello.supported_versions)) or version_name(hello.version)
    yield Field("versions", versions)
    if hello.alpn:
        yield Field("ALPN", ", ".join(hello.alpn))
    yield Field("groups", ", ".join(map(group_name, hello.groups[:20])))
    shares = [f"{group_name(group)} ({length} B)" for group, length in hello.key_shares[:20]]
    yield Field("key shares", ", ".join(shares))
    yield Field("cipher suites", " ".join(f"{suite:04x}" for suite in hello.cipher_suites[:60]))
    if hello.ech:
        yield Field("encrypted hello", hello.ech)

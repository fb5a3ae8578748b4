"""What a client asks for, read from the first bytes that it sends.

In: the beginning of a stream, or the first datagrams. Out: one `Request`. Nothing here knows
packets; which bytes are genuine has been decided by whoever hands them over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from workbench.traffic.messages.dns import DnsMessage, dns_message, dns_stream
from workbench.traffic.messages.fingerprints import ja3, ja4
from workbench.traffic.messages.hello import ClientHello, client_hello
from workbench.traffic.messages.http import http_request
from workbench.traffic.messages.kinds import request_kind
from workbench.traffic.messages.quic import is_quic
from workbench.traffic.messages.quic_exchange import QuicExchange
from workbench.traffic.messages.tls_names import VERSIONS

NAMED_DATAGRAMS = frozenset({53, 5353, 5355})
"""Ports of DNS, mDNS and LLMNR."""


@dataclass(frozen=True, slots=True)
class Request:
    """The first message of a client.

    Attributes
    ----------
    kind : str
        As `workbench.traffic.messages.kinds.request_kind` says it; empty for none.
    length : int
        Bytes of the request in its stream, -1 where that is not known.
    server_name : str
        Name that is asked for: the server name of a ClientHello, the Host of an HTTP request, the
        first name of a DNS query. Escaped as by `workbench.traffic.messages.fields.shown`.
    hello : ClientHello or None
        The ClientHello, of TLS or QUIC.
    complete : bool
        Whether the message ends within what was there.
    first_name : str
        Of datagrams: the name that the first one shows by itself.
    """

    kind: str = ""
    length: int = -1
    server_name: str = ""
    hello: ClientHello | None = None
    complete: bool = False
    first_name: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """What a ClientHello says of the program that sent it.

    Attributes
    ----------
    alpn : str
        Protocols offered, with commas between, in their order.
    tls_version : str
        Highest version offered, such as ``TLS 1.3``.
    ja3, ja4 : str
        Fingerprints.
    ech : str
        How encrypted hellos are used, empty for not at all.
    post_quantum : bool
        Whether a key share has a post-quantum part.
    """

    TEXTS: ClassVar = ("alpn", "tls_version", "ja3", "ja4", "ech")
    alpn: str = ""
    tls_version: str = ""
    ja3: str = ""
    ja4: str = ""
    ech: str = ""
    post_quantum: bool = False


NO_FAMILY = Family()


def read_stream(data: bytes, port: int) -> Request:
    r"""Read the request that a TCP stream begins with.

    Parameters
    ----------
    data : bytes
        The stream of a client from its beginning, as far as it is known.
    port : int
        Port of the server: DNS is told by it.

    Returns
    -------
    Request
        With an empty kind for no bytes, and the kind alone for what is not read further.

    Examples
    --------
    >>> request = read_stream(b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n", 80)
    >>> request.kind, request.server_name, request.length
    ('http', 'example.org', 37)
    """
    if not data:
        return Request()
    if data[0] == 22 and (hello := client_hello(data)) is not None:
        length = hello.length if hello.length > 0 else -1
        return Request("tls", length, hello.server_name, hello, hello.complete)
    if port == 53 and (messages := dns_stream(data)):
        return _dns(messages[0], len(data))
    kind = request_kind(data)
    if kind == "http" and (head := http_request(data)) is not None:
        length = head.head_length if head.complete else -1
        return Request("http", length, head.server_name, None, head.complete)
    return Request(kind)


def read_datagrams(datagrams: Sequence[bytes], port: int, answers: Sequence[bytes] = ()) -> Request:
    """Read the request in the first datagrams of a client.

    Parameters
    ----------
    datagrams : sequence of bytes
        In the order in which they were sent.
    port : int
        Port of the server: DNS and its kin are told by it.
    answers : sequence of bytes, optional
        First datagrams of the server: they tell a genuine QUIC Initial from a fake one.

    Returns
    -------
    Request
        As of `read_stream`; a QUIC hello may lie in several datagrams.

    Examples
    --------
    >>> query = bytes.fromhex("1234 0100 0001 0000 0000 0000 01 61 03 6f7267 00 0001 0001")
    >>> read_datagrams([query], 53).server_name
    'a.org'
    """
    if not datagrams:
        return Request()
    first = datagrams[0]
    if port in NAMED_DATAGRAMS and (message := dns_message(first)) is not None:
        return _dns(message, len(first))
    if any(is_quic(datagram) for datagram in datagrams):
        return _quic(datagrams, answers)
    return Request(request_kind(first, "udp"), len(first))


def _quic(datagrams: Sequence[bytes], answers: Sequence[bytes]) -> Request:
    """Read the hello of the connection that the server answered."""
    exchange = QuicExchange()
    exchange.add(datagrams[0], client=True)
    hello = exchange.hello
    first_name = "" if hello is None else hello.server_name
    for datagram in datagrams[1:]:
        exchange.add(datagram, client=True)
    for datagram in answers if len(datagrams) > 1 else ():
        exchange.add(datagram, client=False)
    hello = exchange.hello
    if hello is None:
        return Request("quic", len(datagrams[0]))
    return Request(
        "quic", hello.length, hello.server_name, hello, hello.complete, first_name=first_name
    )


def _dns(message: DnsMessage, length: int) -> Request:
    """Return the request that a query makes; a response asks for nothing."""
    name = "" if message.response else message.server_name
    return Request("dns", length, name, None, message.complete, first_name=name)


def family_of(request: Request) -> Family:
    """Return what a request's ClientHello says of the program that sent it.

    Parameters
    ----------
    request : Request
        Any; one without a ClientHello has none.

    Returns
    -------
    Family
    """
    hello = request.hello
    if hello is None or not hello.complete:
        return NO_FAMILY
    version = VERSIONS.get(hello.highest_version, f"0x{hello.highest_version:04x}")
    return Family(
        alpn=",".join(hello.alpn),
        tls_version=version,
        ja3=ja3(hello),
        ja4=ja4(hello, "q" if request.kind == "quic" else "t"),
        ech=hello.ech,
        post_quantum=hello.post_quantum,
    )

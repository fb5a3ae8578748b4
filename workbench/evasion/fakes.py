"""What fakes hold: the payload of a tool's own, a captured hello, zeros, or bytes.

In: the bytes of a fake. Out: a `Payload`. Sizes and names are those of the tools' sources
(domain reference 2.3, 5.4).
"""

from __future__ import annotations

import hashlib

from workbench.evasion.seen import Seen
from workbench.evasion.values import Payload, Protocol
from workbench.traffic.messages.hello import ClientHello, client_hello
from workbench.traffic.messages.http import http_request

ZAPRET_HELLO = 680 - len("www.microsoft.com")
"""Bytes of zapret's own hello without the name in it."""
ZAPRET_NAME = "www.microsoft.com"
RANDOM_ENDS = (".com", ".org", ".net", ".edu", ".gov", ".biz")
HTTP_NAME = "www.iana.org"
QUIC_LENGTH, QUIC_FIRST = 620, 0x40
ZEROS = {"unknown": 256, "unknown-udp": 64, "syndata": 16}
SHORT = 64
"""Longest payload that is told by its bytes."""
OWN_NAMES = {"www.w3.org": "goodbyedpi", "www.google.com": "youtubeunblock",
             "www.wikipedia.org": "byedpi"}  # fmt: skip
"""Names in the hellos that tools bring along, where the hello has 517 bytes."""
OWN_LENGTH = 517


def payload_of(fake: Seen, protocol: Protocol = "tls", session: bytes = b"") -> Payload:
    """Return what a fake holds.

    Parameters
    ----------
    fake : Seen
        The fake.
    protocol : str
        Protocol of the request that it stands in for.
    session : bytes
        The request's own session id, by which a fake is known that copies it.

    Returns
    -------
    Payload
        ``default`` for what zapret brings along, else a hello, zeros or bytes as they are.

    Examples
    --------
    >>> str(payload_of(Seen(1, 0, 0, 4, data=bytes(4))))
    'tls 0x00000000'
    """
    data = fake.data
    if len(data) < fake.length:
        return Payload("bytes", protocol, length=fake.length, data=data[:SHORT])
    if len(data) == QUIC_LENGTH and data[0] == QUIC_FIRST and not any(data[1:]):
        return Payload(protocol="quic")
    if not any(data) and len(data) == ZEROS.get(protocol):
        return Payload(protocol=protocol)
    hello = client_hello(data) if data[:1] == b"\x16" and len(data) > SHORT else None
    if hello is not None:
        return _hello(hello, data, session)
    if protocol == "http" and _own_http(data):
        return Payload(protocol="http")
    if len(data) <= SHORT:
        return Payload("bytes", protocol, data=data)
    if not any(data):
        return Payload("zeros", protocol, length=len(data))
    digest = hashlib.sha256(data).hexdigest()
    return Payload("bytes", protocol, length=len(data), digest=digest, data=data)


def _own_http(data: bytes) -> bool:
    """Tell whether it is the request that zapret brings along."""
    request = http_request(data)
    return request is not None and request.server_name == HTTP_NAME


def _hello(hello: ClientHello, data: bytes, session: bytes) -> Payload:
    """Describe a ClientHello."""
    name = hello.server_name
    if len(data) - len(name) == ZAPRET_HELLO and hello.complete:
        own = name == ZAPRET_NAME or _random_name(name)
        mods = {"rnd", "dupsid"} if session and hello.session_id == session else {"rnd"}
        plain = own and (name == ZAPRET_NAME or "dupsid" in mods or not session)
        if plain and name != ZAPRET_NAME:
            return Payload(protocol="tls")
        return Payload(protocol="tls", sni="" if own else name, mods=frozenset(mods))
    digest = hashlib.sha256(data).hexdigest()
    return Payload("hello", "tls", sni=name, length=len(data), digest=digest)


def _random_name(name: str) -> bool:
    """Tell whether a name may be one that zapret draws: letters and digits, then a usual end."""
    head, dot, end = name.rpartition(".")
    return f"{dot}{end}" in RANDOM_ENDS and head.isalnum() and len(name) == len(ZAPRET_NAME)

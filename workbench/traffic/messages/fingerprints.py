"""Fingerprints of TLS clients and servers: JA3, JA3S, JA4.

Sources: JA3 and JA3S, github.com/salesforce/ja3, README; JA4, github.com/FoxIO-LLC/ja4,
technical_details/JA4.md (both read 2026). GREASE counts nowhere. "Highest version" is the highest
number, as described there, also for DTLS, whose numbers fall. A hello that is not whole has no
fingerprint: the one of its beginning would be another client's.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import md5, sha256
from typing import Literal

from workbench.traffic.messages.fields import without_grease
from workbench.traffic.messages.hello import ClientHello
from workbench.traffic.messages.server import ServerHello
from workbench.traffic.messages.tls_names import ALPN, SERVER_NAME

Transport = Literal["t", "q", "d"]
"""TLS over TCP, QUIC, DTLS."""

_VERSIONS = {
    0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10", 0x0300: "s3", 0x0002: "s2",
    0xFEFF: "d1", 0xFEFD: "d2", 0xFEFC: "d3",
}  # fmt: skip
_NOTHING = "000000000000"


def ja3_text(hello: ClientHello) -> str:
    """Return the text whose MD5 sum is the JA3 fingerprint of a client.

    Parameters
    ----------
    hello : ClientHello
        What the client sent.

    Returns
    -------
    str
        Version, cipher suites, extensions, groups and point formats in the order sent, in decimal;
        empty for a hello that is not whole.
    """
    if not hello.complete:
        return ""
    lists = (
        without_grease(hello.cipher_suites),
        without_grease(tuple([kind for kind, _ in hello.extensions])),
        without_grease(hello.groups),
        hello.point_formats,
    )
    return ",".join([str(hello.version), *("-".join(map(str, values)) for values in lists)])


def ja3(hello: ClientHello) -> str:
    """Return the JA3 fingerprint of a client: 32 hexadecimal digits, or nothing.

    Parameters
    ----------
    hello : ClientHello
        What the client sent.

    Returns
    -------
    str
        Empty for a hello that is not whole.
    """
    return _md5(ja3_text(hello))


def ja3s_text(hello: ServerHello) -> str:
    """Return the text whose MD5 sum is JA3S: version, cipher and extensions of a server.

    Parameters
    ----------
    hello : ServerHello
        What the server sent.

    Returns
    -------
    str
        Empty for a hello that is not whole.
    """
    if not hello.complete:
        return ""
    kinds = without_grease(tuple([kind for kind, _ in hello.extensions]))
    return f"{hello.legacy_version},{hello.cipher},{'-'.join(map(str, kinds))}"


def ja3s(hello: ServerHello) -> str:
    """Return the JA3S fingerprint of a server: 32 hexadecimal digits, or nothing.

    Parameters
    ----------
    hello : ServerHello
        What the server sent.

    Returns
    -------
    str
        Empty for a hello that is not whole.
    """
    return _md5(ja3s_text(hello))


def ja4(hello: ClientHello, transport: Transport = "t") -> str:
    """Return the JA4 fingerprint of a client.

    Parameters
    ----------
    hello : ClientHello
        What the client sent.
    transport : {"t", "q", "d"}
        TLS over TCP, QUIC, or DTLS.

    Returns
    -------
    str
        36 characters; empty for a hello that is not whole.
    """
    if not hello.complete:
        return ""
    ciphers, extensions = _ja4_lists(hello)
    return f"{_ja4_a(hello, transport)}_{_sha(ciphers)}_{_sha(extensions)}"


def ja4_raw(hello: ClientHello, transport: Transport = "t") -> str:
    """Return the JA4 fingerprint with its lists written out ("JA4_r"), for reading and comparing.

    Parameters
    ----------
    hello : ClientHello
        What the client sent.
    transport : {"t", "q", "d"}
        TLS over TCP, QUIC, or DTLS.

    Returns
    -------
    str
        Empty for a hello that is not whole.
    """
    if not hello.complete:
        return ""
    return "_".join([_ja4_a(hello, transport), *_ja4_lists(hello)])


def alpn_mark(protocol: bytes) -> str:
    """Return the two characters that stand for a protocol in JA4.

    Parameters
    ----------
    protocol : bytes
        First ALPN name as sent; empty for none.

    Returns
    -------
    str
        Its first and last character, or the first and last hexadecimal digit of its bytes where one
        of the two is no ASCII letter or digit.

    Examples
    --------
    >>> alpn_mark(b"http/1.1"), alpn_mark(b"h"), alpn_mark(b""), alpn_mark(bytes.fromhex("30ab"))
    ('h1', 'hh', '00', '3b')
    """
    if not protocol:
        return "00"
    ends = protocol[:1] + protocol[-1:]
    if ends.isalnum():
        return ends.decode("ascii")
    digits = protocol.hex()
    return digits[0] + digits[-1]


def _ja4_a(hello: ClientHello, transport: Transport) -> str:
    """Return the readable part: transport, version, name, counts, protocol."""
    version = _VERSIONS.get(hello.highest_version, "00")
    kinds = [kind for kind, _ in hello.extensions]
    named = "d" if SERVER_NAME in kinds else "i"
    ciphers = min(len(without_grease(hello.cipher_suites)), 99)
    extensions = min(len(without_grease(tuple(kinds))), 99)
    mark = alpn_mark(hello.first_protocol)
    return f"{transport}{version}{named}{ciphers:02d}{extensions:02d}{mark}"


def _ja4_lists(hello: ClientHello) -> tuple[str, str]:
    """Return the two lists that JA4 hashes: sorted suites; sorted extensions and the signatures."""
    left = {ALPN, SERVER_NAME}
    kinds = without_grease(tuple([kind for kind, _ in hello.extensions if kind not in left]))
    text = _hexadecimal(tuple(sorted(kinds)))
    signatures = without_grease(hello.signature_algorithms)
    if signatures and text:
        text = f"{text}_{_hexadecimal(signatures)}"
    return _hexadecimal(tuple(sorted(without_grease(hello.cipher_suites)))), text


@lru_cache(maxsize=1024)
def _hexadecimal(values: tuple[int, ...]) -> str:
    """Return numbers of two bytes as JA4 writes them."""
    return ",".join([f"{value:04x}" for value in values])


@lru_cache(maxsize=1024)
def _sha(text: str) -> str:
    """Return the first twelve digits of a SHA-256 sum, zeros for nothing."""
    return sha256(text.encode("ascii")).hexdigest()[:12] if text else _NOTHING


def _md5(text: str) -> str:
    """Return an MD5 sum, nothing for nothing."""
    return md5(text.encode("ascii"), usedforsecurity=False).hexdigest() if text else ""

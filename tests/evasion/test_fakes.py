"""What fakes hold."""

from __future__ import annotations

from tests.evasion.compose.stage import HELLO
from workbench.evasion.compose.drawing import dice
from workbench.evasion.compose.hellos import SHAPES, hello
from workbench.evasion.compose.payloads import HTTP_FAKES, QUIC_FAKE
from workbench.evasion.fakes import payload_of
from workbench.evasion.seen import Seen
from workbench.evasion.values import Payload


def of(data: bytes, protocol: str = "tls", session: bytes = b"", length: int = 0) -> Payload:
    fake = Seen(1, 0, 0, length or len(data), data=data)
    return payload_of(fake, protocol, session)  # type: ignore[arg-type]


def test_what_zapret_brings_along() -> None:
    assert of(QUIC_FAKE, "quic") == Payload(protocol="quic")
    assert of(bytes(256), "unknown") == Payload(protocol="unknown")
    assert of(bytes(16), "syndata") == Payload(protocol="syndata")
    assert of(HTTP_FAKES["nfqws"], "http") == Payload(protocol="http")


def test_a_captured_hello_keeps_its_name_and_digest() -> None:
    found = of(HELLO)
    assert (found.kind, found.sni, found.length) == ("hello", "www.example.com", 517)
    assert len(found.digest) == 64
    other = of(hello(SHAPES["byedpi"], dice(1)))
    assert other.sni == "www.wikipedia.org"


def test_bytes_zeros_and_what_was_cut() -> None:
    assert of(bytes(4)) == Payload("bytes", "tls", data=bytes(4))
    assert of(bytes(100)) == Payload("zeros", "tls", length=100)
    assert of(b"ab" * 50).digest
    assert of(b"\x16\x03", length=680) == Payload("bytes", "tls", length=680, data=b"\x16\x03")

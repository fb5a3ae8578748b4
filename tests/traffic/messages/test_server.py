"""ServerHellos and alerts."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.tls.handshake import TLSServerHello

from tests.traffic.messages import samples
from workbench.traffic.messages import server
from workbench.traffic.messages.server import alert, server_hello

VERSION_13 = samples.extension(43, b"\3\4")
SHARE = samples.extension(51, samples.list16(0x1D) + samples.counted(bytes(32)))


def test_a_server_hello_of_tls_13_names_what_was_chosen() -> None:
    stream = samples.record(samples.server(VERSION_13, SHARE, session=b"12345678"))
    hello = server_hello(stream + samples.record(b"\x14", 20))
    assert hello is not None
    assert (hello.complete, hello.problems, hello.retry) == (True, (), False)
    assert (hello.version, hello.legacy_version) == (0x304, 0x303)
    assert (hello.cipher, hello.compression, hello.group) == (0x1301, 0, 29)
    assert (hello.session_id, hello.length) == (b"12345678", len(stream))


def test_a_server_hello_is_read_as_scapy_reads_it() -> None:
    message = samples.server(samples.alpn(b"h2"), samples.extension(23, b""), cipher=0xC02F)
    hello, theirs = server_hello(samples.record(message)), TLSServerHello(message)
    assert hello is not None
    assert (hello.version, hello.cipher) == (theirs.version, theirs.cipher)
    assert [kind for kind, _ in hello.extensions] == [ext.type for ext in theirs.ext]
    assert hello.alpn == "h2"
    assert hello.group == -1


def test_the_retry_request_is_known_by_its_random() -> None:
    assert hashlib.sha256(b"HelloRetryRequest").digest() == server.RETRY_RANDOM
    asked = samples.extension(51, b"\x11\xec")
    message = samples.server(VERSION_13, asked, random=server.RETRY_RANDOM)
    hello = server_hello(samples.record(message))
    assert hello is not None
    assert hello.retry
    assert hello.group == 0x11EC


def test_a_hello_without_extensions_is_whole() -> None:
    head = samples.list16(0x0301) + bytes(32) + b"\0" + samples.list16(5) + b"\0"
    hello = server_hello(samples.record(samples.handshake(2, head)))
    assert hello is not None
    assert (hello.complete, hello.version, hello.cipher, hello.problems) == (True, 0x301, 5, ())


@given(samples.cuts, st.data())
def test_any_split_and_cut_gives_what_is_there(cuts, data) -> None:
    message = samples.server(VERSION_13, SHARE)
    stream = samples.records(message, cuts)
    whole = server_hello(stream)
    assert whole is not None
    assert (whole.complete, whole.cipher, whole.length) == (True, 0x1301, len(stream))
    cut = data.draw(st.integers(0, len(stream) - 1))
    part = server_hello(stream[:cut])
    if part is not None:
        assert not part.complete
        assert part.problems
        assert part.cipher in {-1, 0x1301}


@given(st.binary(max_size=120))
def test_any_bytes_are_read_without_an_exception(data) -> None:
    for stream in (data, samples.record(b"\2" + data), samples.record(samples.handshake(2, data))):
        hello = server_hello(stream)
        assert hello is None or hello.length <= len(stream)
        found = alert(stream)
        assert found is None or stream[found.offset] == 21


def test_contradicting_lengths_are_noted() -> None:
    message = bytearray(samples.server(VERSION_13))
    message[40 + 3 - 1 + 1] += 1
    hello = server_hello(samples.record(bytes(message)))
    assert hello is not None
    assert hello.problems


def test_alerts_are_found_behind_other_records() -> None:
    stream = samples.record(b"hello") + samples.record(b"\1\x70", 21)
    found = alert(stream)
    assert found == server.Alert(10, 1, 112, "warning unrecognized_name")
    assert alert(samples.record(b"hello")) is None


def test_encrypted_cut_and_unknown_alerts_are_told_apart() -> None:
    encrypted = alert(samples.record(bytes(26), 21))
    assert encrypted is not None
    assert encrypted.name == "encrypted alert"
    cut = alert(samples.record(b"\2\x28", 21)[:-1])
    assert cut is not None
    assert cut.name == "cut alert"
    unknown = alert(samples.record(b"\7\xc8", 21))
    assert unknown is not None
    assert unknown.name == "7 alert 200"

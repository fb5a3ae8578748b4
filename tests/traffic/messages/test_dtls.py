"""Hellos of DTLS: in one datagram, in fragments, with a cookie, hostile."""

from __future__ import annotations

from itertools import pairwise

import dpkt
from hypothesis import given
from hypothesis import strategies as st

from tests.traffic.messages import samples
from workbench.traffic.messages import dtls
from workbench.traffic.messages.fingerprints import ja4
from workbench.traffic.messages.hello import hello_of_handshake

HELLO = samples.hello(version=0xFEFD)
SERVER = samples.server(samples.extension(23, b""), cipher=0xC02B)


def with_cookie(cookie: bytes) -> bytes:
    """Return the body of the hello with a cookie behind the session id."""
    body = HELLO[4:]
    at = 35 + body[34]
    return body[:at] + samples.counted(cookie, 1) + body[at:]


def fragment(kind: int, body: bytes, start: int, end: int, sequence: int = 0) -> bytes:
    sizes = samples.counted(body, 3)[:3], start.to_bytes(3, "big"), (end - start).to_bytes(3, "big")
    head = bytes([kind]) + sizes[0] + sequence.to_bytes(2, "big") + sizes[1] + sizes[2]
    return head + body[start:end]


def record(content: bytes, kind: int = 22, epoch: int = 0) -> bytes:
    return bytes([kind]) + b"\xfe\xff" + samples.list16(epoch) + bytes(6) + samples.counted(content)


def test_a_hello_is_read_without_its_cookie() -> None:
    for cookie in (b"", b"cookie of a server"):
        body = with_cookie(cookie)
        datagram = record(fragment(1, body, 0, len(body)))
        assert dtls.is_dtls(datagram)
        assert dtls.dtls_client_hello([datagram]) == hello_of_handshake(HELLO)
        theirs = dpkt.ssl.TLSRecord(datagram[:1] + b"\3\3" + datagram[11:])
        assert theirs.length == len(datagram) - 13
    found = dtls.dtls_client_hello([record(fragment(1, with_cookie(b""), 0, len(HELLO)))])
    assert found is not None
    assert (found.version, found.server_name, found.problems) == (0xFEFD, samples.NAME, ())
    assert ja4(found, "d").startswith("d13d0308h2_")


@given(st.lists(st.integers(1, len(HELLO) - 4), max_size=6), st.randoms(use_true_random=False))
def test_fragments_are_joined_in_any_order(cuts, random) -> None:
    body = with_cookie(b"c")
    edges = sorted({0, *cuts, len(body)})
    pieces = [fragment(1, body, a, b) for a, b in pairwise(edges)]
    random.shuffle(pieces)
    assert dtls.dtls_client_hello(map(record, pieces)) == hello_of_handshake(HELLO)
    together = record(b"".join(pieces))
    assert dtls.dtls_client_hello([together]) == hello_of_handshake(HELLO)


def test_the_hello_that_was_sent_again_counts() -> None:
    first, again = with_cookie(b""), with_cookie(b"cookie")
    changed = again.replace(samples.NAME.encode(), b"www.example.net")
    datagrams = [
        record(fragment(1, first, 0, len(first))),
        record(fragment(1, changed, 0, len(changed), sequence=1)),
        record(b"encrypted", epoch=1),
    ]
    found = dtls.dtls_client_hello(datagrams)
    assert found is not None
    assert found.server_name == "www.example.net"
    cut = [datagrams[0], record(fragment(1, changed, 0, 60, sequence=1))]
    whole = dtls.dtls_client_hello(cut)
    assert whole is not None
    assert whole.server_name == samples.NAME


def test_the_servers_hello_is_found_behind_others() -> None:
    body = SERVER[4:]
    datagram = record(b"\2\x28", kind=21) + record(fragment(2, body, 0, len(body)))
    found = dtls.dtls_server_hello([datagram])
    assert found is not None
    assert (found.cipher, found.complete) == (0xC02B, True)
    assert dtls.dtls_client_hello([datagram]) is None


def test_what_is_no_dtls_is_none() -> None:
    assert not dtls.is_dtls(samples.record(HELLO))
    assert not dtls.is_dtls(b"\x16\xfe\xff" + bytes(30))
    assert dtls.dtls_client_hello([b"", b"\x16", samples.record(HELLO)]) is None
    assert dtls.dtls_server_hello([]) is None


@given(st.lists(st.binary(max_size=80), max_size=4))
def test_any_bytes_are_read_without_an_exception(parts) -> None:
    body = with_cookie(b"c")
    datagrams = [*parts, *(record(fragment(1, body[:20] + part, 0, 99)) for part in parts)]
    for datagram in [*datagrams, *map(record, parts)]:
        dtls.is_dtls(datagram)
    found = dtls.dtls_client_hello(datagrams)
    assert found is None or found.name_offset < 200
    dtls.dtls_server_hello(datagrams)

"""What the first bytes are: known beginnings, cut ones, and what must stay unknown."""

from __future__ import annotations

import dnslib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.traffic.messages import samples, vectors
from workbench.traffic.messages import kinds
from workbench.traffic.messages.kinds import request_kind

QUERY = bytes(dnslib.DNSRecord.question("example.com").pack())
STREAMS = {
    "tls": samples.record(samples.hello()),
    "http": b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "http2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "ssh": b"SSH-2.0-OpenSSH_9.2\r\n",
    "dns": samples.counted(QUERY),
    "socks": b"\5\2\0\2",
    "smtp": b"EHLO mail.example.com\r\n",
    "smb": b"\0\0\0\x54\xfeSMB" + bytes(80),
    "rdp": bytes.fromhex("030000130ee000000000000100080003000000"),
    "bittorrent": b"\x13BitTorrent protocol" + bytes(48),
    "ssl2": bytes.fromhex("802e 01 0002 0015 0000 0010") + bytes(37),
}
DATAGRAMS = {
    "quic": vectors.CLIENT_1,
    "dns": QUERY,
    "dtls": b"\x16\xfe\xfd" + bytes(8) + b"\0\x10" + bytes(16),
    "stun": bytes.fromhex("000100002112a442") + bytes(12),
    "wireguard": b"\1\0\0\0" + bytes(144),
    "bittorrent": b"d1:ad2:id20:" + bytes(20),
}


@pytest.mark.parametrize("kind", STREAMS)
def test_streams_are_known_by_their_beginning(kind) -> None:
    assert request_kind(STREAMS[kind]) == kind


@pytest.mark.parametrize("kind", DATAGRAMS)
def test_datagrams_are_known(kind) -> None:
    assert request_kind(DATAGRAMS[kind], "udp") == kind


@given(st.sampled_from(sorted(STREAMS)), st.integers(0, 30))
def test_a_cut_beginning_is_never_taken_for_another_kind(kind, cut) -> None:
    assert request_kind(STREAMS[kind][:cut]) in {kind, "unknown"}


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\x16", b"\x16\x03", b"GE", bytes(100), b"220 mail ESMTP\r\n", b"SIP/2.0 200 OK\r\n",
        samples.record(samples.server()), samples.record(b"x", 23), b"\5\1", b"hello world\r\n",
    ],
)  # fmt: skip
def test_in_doubt_nothing_is_claimed_of_a_stream(data) -> None:
    assert request_kind(data) == "unknown"


@pytest.mark.parametrize(
    "data", [b"\x40" + bytes(619), bytes(64), b"\x16\xfe\xfd", STREAMS["http"]]
)
def test_in_doubt_nothing_is_claimed_of_a_datagram(data) -> None:
    assert request_kind(data, "udp") == "unknown"


def test_three_bytes_of_a_split_hello_are_enough() -> None:
    assert request_kind(STREAMS["tls"][:3]) == "tls"
    assert request_kind(STREAMS["tls"][:5]) == "tls"


def test_older_quic_of_google_is_known_by_its_header() -> None:
    assert request_kind(b"\x0dABCDEFGHQ043\1" + bytes(30), "udp") == "quic"
    assert request_kind(b"\x0dABCDEFGHX043\1" + bytes(30), "udp") == "unknown"


def test_socks_4_is_known_by_its_form() -> None:
    assert request_kind(b"\4\1\x01\xbb\xc0\0\2\1user\0") == "socks"


@given(st.binary(max_size=80), st.sampled_from(["tcp", "udp"]))
def test_any_bytes_have_one_of_the_kinds(data, transport) -> None:
    assert request_kind(data, transport) in kinds.KINDS

"""Reading and making packets, checked against another implementation."""

from __future__ import annotations

import socket
import struct

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.lab.middleboxes.packets import (
    ACK,
    FIN,
    RST,
    SYN,
    TCP,
    UDP,
    Seen,
    datagram,
    read,
    reversed_,
    segment,
)

FOUR = (bytes([10, 77, 1, 1]), bytes([10, 77, 5, 11]))
SIX = (
    socket.inet_pton(socket.AF_INET6, "fd77:1::1"),
    socket.inet_pton(socket.AF_INET6, "fd77:5::11"),
)


def payload_of(data: bytes, *, extensions: bool = False) -> bytes:
    seen = read(data, extensions=extensions)
    assert seen is not None
    return seen.payload


def sum_is_right(data: bytes) -> bool:
    """Return whether the transport's checksum is, by another implementation."""
    head = 20 if data[0] >> 4 == 4 else 40
    body, ends = data[head:], data[12:20] if head == 20 else data[8:40]
    protocol = data[9] if head == 20 else data[6]
    return bool(dpkt.in_cksum(ends + struct.pack(">HH", protocol, len(body)) + body) == 0)


@pytest.mark.parametrize("ends", [FOUR, SIX])
@given(payload=st.binary(max_size=200), seq=st.integers(0, (1 << 32) - 1), flags=st.integers(0, 63))
def test_what_is_made_is_read_again_and_by_others(ends, payload, seq, flags) -> None:
    like = Seen(ends[0], ends[1], TCP, 64, (40000, 443), b"")
    data = segment(
        like, flags, ttl=63, seq=seq, ack=9, window=77, identification=5, payload=payload
    )
    seen = read(data)
    assert seen == Seen(ends[0], ends[1], TCP, 63, (40000, 443), payload, seq, 9, flags, 77)
    other = (dpkt.ip.IP if len(ends[0]) == 4 else dpkt.ip6.IP6)(data)
    assert other.data.data == payload
    assert sum_is_right(data)


@pytest.mark.parametrize("ends", [FOUR, SIX])
def test_datagrams_are_made_and_read(ends) -> None:
    like = Seen(ends[0], ends[1], UDP, 64, (5353, 53), b"")
    data = datagram(like, b"query", ttl=9, identification=3)
    seen = read(data)
    assert seen is not None
    assert sum_is_right(data)
    assert seen == Seen(ends[0], ends[1], UDP, 9, (5353, 53), b"query")
    assert seen.text().endswith(":53 udp")
    assert reversed_(seen).flow == seen.back


@given(data=st.binary(max_size=120), extensions=st.booleans())
def test_no_bytes_do_harm(data, extensions) -> None:
    seen = read(data, extensions=extensions)
    assert seen is None or len(seen.payload) < len(data)


def test_what_is_cut_or_a_fragment_is_not_read() -> None:
    data = segment(Seen(*FOUR, TCP, 64, (1, 2), b""), ACK, ttl=64, seq=1, payload=b"abc")
    assert read(data[:39]) is None
    fragment = data[:6] + b"\x20\x00" + data[8:]
    assert read(fragment) is None
    assert read(data[:9] + b"\x01" + data[10:]) is None
    # Padding of the link is not payload.
    assert payload_of(data + bytes(6)) == b"abc"


def test_extension_headers_are_passed_over_only_when_asked() -> None:
    inner = segment(Seen(*SIX, TCP, 64, (1, 2), b""), ACK, ttl=64, seq=1, payload=b"abc")
    hop_by_hop = bytes([6, 0, 1, 4, 0, 0, 0, 0])
    length = (len(inner) - 40 + 8).to_bytes(2, "big")
    data = inner[:4] + length + b"\x00" + inner[7:40] + hop_by_hop + inner[40:]
    assert read(data) is None
    assert payload_of(data, extensions=True) == b"abc"
    endless = data[:40] + bytes([0, 0, 1, 4, 0, 0, 0, 0]) * 50
    assert read(endless[:4] + (400).to_bytes(2, "big") + endless[6:], extensions=True) is None


def test_sequence_numbers_count_flags_and_wrap() -> None:
    seen = Seen(*FOUR, TCP, 64, (1, 2), b"abc", seq=(1 << 32) - 2, flags=SYN | FIN)
    assert seen.following == 3
    assert Seen(*FOUR, TCP, 64, (1, 2), b"", seq=7, flags=RST).following == 7

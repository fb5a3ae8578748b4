"""Addresses and checksums are found where they are, and not where they mean something else."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.benchmarks.headers import spots_of

MACS = b"\x02" * 12
UDP = struct.pack(">HHHH", 1, 2, 8, 0x1234)
TCP = struct.pack(">HHIIHHHH", 1, 2, 3, 4, 0x5010, 5, 0x1234, 0)


def ipv4(protocol: int, payload: bytes, fragment: int = 0) -> bytes:
    total = 20 + len(payload)
    head = struct.pack(">BBHHHBBH", 0x45, 0, total, 1, fragment, 64, protocol, 0)
    return head + bytes(range(8)) + payload


def ipv6(following: int, payload: bytes) -> bytes:
    return struct.pack(">IHBB", 6 << 28, len(payload), following, 64) + bytes(range(32)) + payload


def test_plain_ipv4() -> None:
    spots = spots_of(MACS + b"\x08\x00" + ipv4(6, TCP))
    assert spots == (4, 6, 14 + 16, 14 + 20, 14 + 10, 14 + 20 + 16)


def test_plain_ipv6() -> None:
    spots = spots_of(MACS + b"\x86\xdd" + ipv6(17, UDP))
    assert spots == (6, 17, 14 + 24, 14 + 40, -1, 14 + 40 + 6)


@pytest.mark.parametrize(
    ("between", "size"),
    [
        (b"\x81\x00\x00\x05\x08\x00", 4),
        (b"\x88\xa8\x00\x05\x81\x00\x00\x06\x08\x00", 8),
        (b"\x88\x64\x11\x00\x00\x01\x00\x2a\x00\x21", 8),
        (b"\x88\x47\x00\x01\x00\x40\x00\x02\x01\x40", 8),
    ],
    ids=["vlan", "two tags", "pppoe", "mpls"],
)
def test_what_lies_between_ethernet_and_ip(between: bytes, size: int) -> None:
    spots = spots_of(MACS + between + ipv4(6, TCP))
    assert spots is not None
    assert spots.source_end == 14 + size + 16


def test_a_later_fragment_has_no_transport_checksum() -> None:
    spots = spots_of(MACS + b"\x08\x00" + ipv4(6, TCP, fragment=5))
    assert spots is not None
    assert spots.transport_sum == -1


def test_a_udp_checksum_of_zero_is_none() -> None:
    spots = spots_of(MACS + b"\x08\x00" + ipv4(17, UDP[:6] + b"\0\0"))
    assert spots is not None
    assert spots.transport_sum == -1


@pytest.mark.parametrize("extension", [43, 60], ids=["routing", "home address"])
def test_addresses_that_checksums_do_not_cover_are_left_alone(extension: int) -> None:
    header = bytes([17, 0]) + bytes(6)
    assert spots_of(MACS + b"\x86\xdd" + ipv6(extension, header + UDP)) is None


def test_a_first_fragment_of_ipv6_has_a_checksum() -> None:
    header = bytes([17, 0, 0, 1]) + bytes(4)
    spots = spots_of(MACS + b"\x86\xdd" + ipv6(44, header + UDP))
    assert spots is not None
    assert spots.transport_sum == 14 + 40 + 8 + 6


@given(
    st.binary(max_size=100), st.sampled_from([b"\x08\x00", b"\x86\xdd", b"\x88\x47", b"\x88\x64"])
)
def test_every_position_is_inside_the_frame(rest: bytes, kind: bytes) -> None:
    frame = MACS + kind + rest
    spots = spots_of(frame)
    if spots is not None:
        assert all(position <= len(frame) for position in spots[2:4])
        assert all(position + 2 <= len(frame) for position in spots[4:])

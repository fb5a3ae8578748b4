"""IPv4 and IPv6 headers: their lengths, their chains, and what a transport checksum covers."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture import build
from workbench.capture import codes
from workbench.capture.kernels import fields, layers, network

UDP = build.udp(b"payload")
ADDRESS = build.packed("2001:db8::7")


class Read:
    """What decoding a header returned and wrote."""

    def __init__(self, data: bytes, *, at: int = 0, wire: int | None = None) -> None:
        self.values = [0] * fields.COUNT
        end = at + len(data)
        wire_end = end if wire is None else at + wire
        decode = network.ipv6 if data[:1] and data[0] >> 4 == 6 else network.ipv4
        found = decode(b"?" * at + data, 0, at, end, wire_end, self.values)
        self.protocol, self.start, self.end, self.wire_end, self.destination, self.problem = found

    def __getitem__(self, name: str) -> int:
        return int(self.values[getattr(fields, name.upper())])


def extension(following: int, data: bytes = bytes(6), length: int | None = None) -> bytes:
    """Return an extension header; `length` in units of 8 bytes, less one."""
    assert (len(data) + 2) % 8 == 0
    units = (len(data) + 2) // 8 - 1 if length is None else length
    return bytes([following, units]) + data


def routing(following: int, kind: int, left: int, *addresses: bytes) -> bytes:
    return extension(following, bytes([kind, left]) + bytes(4) + b"".join(addresses))


def test_an_ipv4_header() -> None:
    data = build.ipv4(UDP, 17, ttl=9, fragment=0x4000, options=b"\x01" * 8)
    found = Read(data, at=14)
    assert (found.protocol, found.start, found.end, found.problem) == (17, 42, 57, codes.OK)
    assert (found["source"], found["destination"], found.destination) == (26, 30, 30)
    assert (found["ttl"], found["ip_version"], found["network_at"]) == (9, 4, 14)
    assert (found["fragment"], found["ip_checksum"]) == (0x4000, codes.GOOD)


@given(error=st.integers(1, 0xFFFE))
def test_an_ipv4_checksum_that_is_off_is_bad(error: int) -> None:
    data = build.ipv4(UDP, 17)
    stored = (struct.unpack_from(">H", data, 10)[0] + error) % 0xFFFF
    changed = data[:10] + struct.pack(">H", stored) + data[12:]
    assert Read(changed)["ip_checksum"] == codes.BAD


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (build.ipv4(UDP, 17)[:19], codes.BAD_IP_LENGTH),
        (b"\x55" + build.ipv4(UDP, 17)[1:], codes.BAD_IP_VERSION),
        (b"\x44" + build.ipv4(UDP, 17)[1:], codes.BAD_IP_HEADER_LENGTH),
        (b"\x40" + build.ipv4(UDP, 17)[1:], codes.BAD_IP_HEADER_LENGTH),
        (build.ipv4(UDP, 17, length=19), codes.BAD_IP_LENGTH),
        (build.ipv4(UDP, 17, options=bytes(8), length=27), codes.BAD_IP_LENGTH),
        (build.ipv6(UDP, 17)[:39], codes.BAD_IP_LENGTH),
        (build.ipv6(extension(17)[:7], 0), codes.BAD_EXTENSION_HEADER),
        (build.ipv6(extension(17, length=1), 0), codes.BAD_EXTENSION_HEADER),
        (build.ipv6(UDP + bytes(8), 60, length=4), codes.BAD_EXTENSION_HEADER),
    ],
)
def test_a_header_that_cannot_be_ends_decoding(data: bytes, problem: int) -> None:
    found = Read(data)
    assert (found.protocol, found.problem) == (-1, problem)


@pytest.mark.parametrize(
    "data",
    [
        build.ipv4(UDP, 17)[:12],
        build.ipv4(UDP, 17, options=bytes(8))[:24],
        build.ipv6(UDP, 17)[:39],
        build.ipv6(extension(17) + UDP, 0)[:47],
    ],
)
def test_a_header_that_the_capture_cuts_off_is_truncated(data: bytes) -> None:
    found = Read(data, wire=200)
    assert (found.protocol, found.problem) == (-1, codes.TRUNCATED)


def test_a_cut_header_is_read_as_far_as_it_goes() -> None:
    found = Read(build.ipv4(UDP, 17, ttl=7, options=bytes(8))[:24], wire=43)
    assert (found["ttl"], found["protocol"], found["ip_checksum"]) == (7, 17, codes.UNVERIFIED)


@pytest.mark.parametrize(
    ("packet", "head"),
    [
        (lambda length: build.ipv4(UDP, 17, length=length), 20),
        (lambda length: build.ipv6(UDP, 17, length=length), 40),
    ],
    ids=["IPv4", "IPv6"],
)
def test_the_length_in_the_header_and_the_frame(packet, head: int) -> None:
    counted = 20 if head == 20 else 0
    no_length = Read(packet(0))
    assert (no_length.end, no_length.problem) == (head + len(UDP), codes.OK)
    too_long = Read(packet(counted + len(UDP) + 1))
    assert (too_long.end, too_long.problem) == (head + len(UDP), codes.IP_LENGTH_EXCEEDS_FRAME)
    assert too_long.protocol == 17
    padded = Read(packet(counted + len(UDP)) + bytes(6))
    assert (padded.end, padded.wire_end, padded.problem) == (head + 15, head + 15, codes.OK)
    cut = Read(packet(counted + len(UDP))[:-4], wire=head + len(UDP))
    assert (cut.end, cut.wire_end, cut.problem) == (head + 11, head + 15, codes.OK)


def test_an_ipv6_header() -> None:
    found = Read(build.ipv6(UDP, 17, hops=3), at=14)
    assert (found.protocol, found.start, found.end, found.problem) == (17, 54, 69, codes.OK)
    assert (found["source"], found["destination"], found.destination) == (22, 38, 38)
    assert (found["ttl"], found["ip_version"], found["network_at"]) == (3, 6, 14)
    assert (found["protocol"], found["ip_checksum"]) == (17, codes.NOT_APPLICABLE)


def test_an_inner_header_forgets_the_outer_transport() -> None:
    values = [7] * fields.COUNT
    data = build.ipv4(UDP, 17)
    network.ipv4(data, 0, 0, len(data), len(data), values)
    for place in ("SOURCE_PORT", "DESTINATION_PORT", "SEQ", "ACK", "TCP_FLAGS", "WINDOW"):
        assert values[getattr(fields, place)] == 0
    assert values[fields.CHECKSUM] == codes.NOT_APPLICABLE


CHAIN = st.lists(st.tuples(st.sampled_from([0, 60, 135, 139, 140]), st.integers(0, 4)), max_size=12)


@given(chain=CHAIN, last=st.sampled_from([6, 17, 58, 50]))
def test_a_chain_of_extension_headers_is_passed(chain: list[tuple[int, int]], last: int) -> None:
    kinds = [kind for kind, _ in chain] + [last]
    headers = b"".join(
        extension(following, bytes(6 + 8 * units))
        for (_, units), following in zip(chain, kinds[1:], strict=True)
    )
    found = Read(build.ipv6(headers + UDP, kinds[0]))
    assert (found.protocol, found["protocol"]) == (last, last)
    assert (found.start, found.problem) == (40 + len(headers), codes.OK)


def test_as_many_extension_headers_as_fit_are_passed() -> None:
    many = 5000
    headers = extension(60) * (many - 1) + extension(17)
    found = Read(build.ipv6(headers + UDP, 60))
    assert (found.protocol, found.start) == (17, 40 + 8 * many)
    endless = build.ipv6(extension(60) * (layers.MAX_EXTENSIONS + 1) + UDP, 60, length=0)
    assert Read(endless).problem == codes.BAD_EXTENSION_HEADER


@pytest.mark.parametrize("kind", [135, 139, 140])
def test_a_message_in_an_extension_header_is_the_protocol(kind: int) -> None:
    found = Read(build.ipv6(extension(59), kind))
    assert (found.protocol, found["protocol"], found.problem) == (-1, kind, codes.OK)


def test_fragments() -> None:
    first = build.fragment_header(17, 0, more=True, identification=9)
    found = Read(build.ipv6(first + UDP, 44))
    assert (found.protocol, found.start, found["fragment"]) == (17, 48, 0x2000)
    later = build.fragment_header(60, 1480, more=False, identification=9)
    found = Read(build.ipv6(later + b"\xff" * 16, 44))
    assert (found.protocol, found.start, found["fragment"]) == (60, 48, 1480 // 8)


@pytest.mark.parametrize(
    ("header", "at"),
    [
        (routing(17, 0, 2, bytes(16), ADDRESS), 40 + 24),
        (routing(17, 0, 0, bytes(16), ADDRESS), 24),
        (routing(17, 2, 1, ADDRESS), 40 + 8),
        (routing(17, 4, 1, ADDRESS, bytes(16)), 40 + 8),
        (routing(17, 3, 1, ADDRESS), 24),
        (routing(17, 0, 1), 24),
    ],
)
def test_the_destination_behind_a_routing_header(header: bytes, at: int) -> None:
    data = build.ipv6(header + UDP, 43)
    found = Read(data)
    assert found.destination == at
    assert (data[at : at + 16] == ADDRESS) == (at > 24)
    assert found["destination"] == 24


def test_a_routing_header_that_is_cut_off_names_no_destination() -> None:
    header = routing(17, 0, 1, ADDRESS)
    assert network.routed_destination(header, 0, 24, 23, 99) == 99
    assert network.routed_destination(header, 0, 24, 24, 99) == 8


@pytest.mark.parametrize(
    ("options", "at"),
    [
        (b"\xc9\x10" + ADDRESS + bytes(4), 4),
        (b"\x01\x02\0\0" + b"\xc9\x10" + ADDRESS, 8),
        (b"\0\0\0\0\xc9\x10" + ADDRESS, 8),
        (b"\xc9\x0f" + ADDRESS + bytes(4), None),
        (b"\x01\xff" + ADDRESS + bytes(4), None),
        (b"\x01\x04" + bytes(4), None),
    ],
)
def test_the_home_address_stands_for_the_source(options: bytes, at: int | None) -> None:
    header = extension(17, options)
    found = Read(build.ipv6(header + UDP, 60))
    assert found["checked_source"] == (8 if at is None else 40 + at)
    assert found["source"] == 8


@pytest.mark.parametrize(
    ("units", "size", "found"),
    [(4, 24, (6, 24)), (1, 12, (6, 12)), (0, 24, (-1, 0)), (4, 23, (-1, 0)), (4, 11, (-1, 0))],
)
def test_authentication_headers(units: int, size: int, found: tuple[int, int]) -> None:
    data = bytes([6, units, 0, 0]) + bytes(20)
    assert network.authentication_header(data, 0, size) == found


@given(
    source=st.ip_addresses(v=4),
    destination=st.ip_addresses(v=4),
    length=st.integers(0, 65535),
    protocol=st.integers(0, 255),
)
def test_the_pseudo_header_of_ipv4(source, destination, length: int, protocol: int) -> None:
    pseudo = build.pseudo(str(source), str(destination), protocol, length)
    found = network.pseudo_header(pseudo, 0, 4, 4, protocol, length)
    assert found == (0xFFFF - build.internet_sum(pseudo)) % 65535


@given(
    source=st.ip_addresses(v=6),
    destination=st.ip_addresses(v=6),
    length=st.integers(0, 2**32 - 1),
    protocol=st.integers(0, 255),
)
def test_the_pseudo_header_of_ipv6(source, destination, length: int, protocol: int) -> None:
    pseudo = build.pseudo(str(source), str(destination), protocol, length)
    apart = pseudo[:16] + b"????????" + pseudo[16:]
    found = network.pseudo_header(apart, 0, 6, 24, protocol, length)
    assert found == (0xFFFF - build.internet_sum(pseudo)) % 65535


def test_both_zeros_of_a_stored_sum_are_one_number() -> None:
    assert network.stored_sum(b"\0\0", 0) == network.stored_sum(b"\xff\xff", 0) == 0
    assert network.stored_sum(b"?\xff\xfe", 1) == 0xFFFE


@given(data=st.binary(max_size=150), version=st.sampled_from([4, 6]), more=st.integers(0, 50))
def test_no_header_makes_a_load_past_the_end(data: bytes, version: int, more: int) -> None:
    if data:
        data = bytes([version << 4 | data[0] & 15]) + data[1:]
    found = Read(data, wire=len(data) + more)
    assert found.end <= len(data)
    assert found.wire_end <= len(data) + more

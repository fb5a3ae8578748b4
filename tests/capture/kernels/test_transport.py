"""TCP, UDP and ICMP headers, and what their checksums are worth."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture import build
from workbench.capture import codes
from workbench.capture.kernels import fields, layers
from workbench.capture.kernels.transport import transport, verdict

FOUR = ("10.0.0.1", "10.0.0.2")
SIX = ("fd00::1", "fd00::2")


class Read:
    """What decoding a segment behind its addresses returned and wrote."""

    def __init__(
        self,
        segment: bytes,
        protocol: int,
        addresses: tuple[str, str] = FOUR,
        *,
        wire: int | None = None,
        fragment: int = 0,
    ) -> None:
        head = b"".join(map(build.packed, addresses))
        self.at = len(head)
        self.values = [0] * fields.COUNT
        self.values[fields.FRAGMENT] = fragment
        self.values[fields.PROTOCOL] = protocol
        end = self.at + len(segment)
        wire_end = end if wire is None else self.at + wire
        found = transport(
            head + segment, 0, 0, self.at, end, wire_end, self.at // 2,
            4 if addresses == FOUR else 6, protocol, self.values,
        )  # fmt: skip
        self.layer, self.next, self.kind, self.code, self.problem = found

    def __getitem__(self, name: str) -> int:
        return int(self.values[getattr(fields, name.upper())])

    @property
    def payload(self) -> tuple[int, int]:
        return self["payload_at"] - self.at, self["payload_length"]


@pytest.mark.parametrize(
    ("total", "pseudo", "stored", "found"),
    [
        (0, 5, 9, codes.GOOD),
        (65535 * 3, 5, 9, codes.GOOD),
        (7, 5, 5, codes.PARTIAL),
        (7, 65535 + 5, 5, codes.PARTIAL),
        (7, 5, 6, codes.BAD),
    ],
)
def test_verdicts(total: int, pseudo: int, stored: int, found: int) -> None:
    assert verdict(total, pseudo, stored) == found


@given(
    payload=st.binary(max_size=40),
    seq=st.integers(0, 2**32 - 1),
    ack=st.integers(0, 2**32 - 1),
    flags=st.integers(0, 0xFFF),
    window=st.integers(0, 65535),
    words=st.integers(0, 10),
    addresses=st.sampled_from([FOUR, SIX]),
)
def test_a_tcp_header(payload, seq, ack, flags, window, words, addresses) -> None:
    fixed = {"seq": seq, "ack": ack, "flags": flags, "window": window}
    found = Read(build.tcp(payload, *addresses, options=b"\1" * 4 * words, **fixed), 6, addresses)
    assert (found["source_port"], found["destination_port"]) == (40000, 443)
    assert (found["seq"], found["ack"]) == (seq, ack)
    assert (found["tcp_flags"], found["window"]) == (flags, window)
    assert (found["checksum"], found.problem, found.layer) == (codes.GOOD, codes.OK, layers.STOP)
    assert found.payload == (20 + 4 * words, len(payload))


def left_to_the_card(length: int, protocol: int, addresses: tuple[str, str]) -> int:
    """Return what a host stores when its network card is to finish the checksum."""
    return build.internet_sum(build.pseudo(*addresses, protocol, length)) ^ 0xFFFF


@pytest.mark.parametrize("addresses", [FOUR, SIX], ids=["IPv4", "IPv6"])
def test_checksums_of_tcp(addresses: tuple[str, str]) -> None:
    partial = left_to_the_card(25, 6, addresses)
    wrong = build.tcp(b"hello", *addresses, checksum=partial ^ 1)
    assert Read(wrong, 6, addresses)["checksum"] == codes.BAD
    left = build.tcp(b"hello", *addresses, checksum=partial)
    assert Read(left, 6, addresses)["checksum"] == codes.PARTIAL
    right = build.tcp(b"hello", *addresses)
    assert Read(right[:-1], 6, addresses, wire=25)["checksum"] == codes.UNVERIFIED
    assert Read(right, 6, addresses, fragment=0x2000)["checksum"] == codes.UNVERIFIED
    assert Read(right, 6, addresses, fragment=0x4000)["checksum"] == codes.GOOD


@pytest.mark.parametrize("addresses", [FOUR, SIX], ids=["IPv4", "IPv6"])
def test_checksums_of_udp(addresses: tuple[str, str]) -> None:
    partial = left_to_the_card(13, 17, addresses)
    left = build.udp(b"hello", *addresses, checksum=partial)
    assert Read(left, 17, addresses)["checksum"] == codes.PARTIAL
    wrong = build.udp(b"hello", *addresses, checksum=partial ^ 1)
    assert Read(wrong, 17, addresses)["checksum"] == codes.BAD
    right = build.udp(b"hello", *addresses)
    assert Read(right, 17, addresses)["checksum"] == codes.GOOD
    assert Read(right[:-1], 17, addresses, wire=13)["checksum"] == codes.UNVERIFIED
    assert Read(right, 17, addresses, fragment=0x2000)["checksum"] == codes.UNVERIFIED


def test_only_ipv4_allows_udp_without_a_checksum() -> None:
    none = build.udp(b"hello", *FOUR, checksum=0)
    assert Read(none, 17, FOUR)["checksum"] == codes.UNVERIFIED
    assert Read(none, 17, SIX)["checksum"] == codes.BAD


@pytest.mark.parametrize("words", [0, 4, 7])
def test_a_tcp_data_offset_that_cannot_be(words: int) -> None:
    found = Read(build.tcp(b"hello", words=words), 6)
    assert found.problem == codes.BAD_TCP_HEADER_LENGTH
    assert found.payload == (25, 0)
    assert (found["seq"], found["checksum"]) == (1, codes.GOOD)


def test_tcp_options_that_the_capture_cuts_off_are_no_problem() -> None:
    segment = build.tcp(b"hello", options=b"\1" * 20)
    found = Read(segment[:22], 6, wire=len(segment))
    assert (found.problem, found.payload) == (codes.OK, (40, 5))


@pytest.mark.parametrize(("protocol", "size"), [(6, 20), (17, 8)])
@pytest.mark.parametrize("kept", [0, 3, 4, 7, 19])
def test_a_transport_header_that_does_not_end(protocol: int, size: int, kept: int) -> None:
    kept = min(kept, size - 1)
    segment = (build.tcp() if protocol == 6 else build.udp())[:kept]
    assert Read(segment, protocol, wire=size).problem == codes.TRUNCATED
    assert Read(segment, protocol).problem == codes.TRANSPORT_TOO_SHORT
    assert Read(segment, protocol, fragment=0x2000).problem == codes.OK
    assert Read(segment, protocol)["source_port"] == (40000 if kept >= 4 else 0)


@pytest.mark.parametrize("length", [1, 7, 14, 65535])
def test_a_udp_length_that_cannot_be(length: int) -> None:
    found = Read(build.udp(b"hello", length=length), 17)
    assert found.problem == codes.BAD_UDP_LENGTH
    assert (found.payload, found["checksum"]) == ((8, 5), codes.UNVERIFIED)


def test_a_udp_length_below_that_of_the_packet_leaves_the_rest_out() -> None:
    found = Read(build.udp(b"hello") + b"padding", 17)
    assert (found.problem, found.payload) == (codes.OK, (8, 5))
    assert found["checksum"] == codes.GOOD


def test_a_udp_length_of_zero_is_that_of_the_packet() -> None:
    found = Read(build.udp(b"hello", length=0), 17)
    assert (found.problem, found.payload) == (codes.OK, (8, 5))


def test_the_first_fragment_of_a_datagram_says_more_than_it_holds() -> None:
    found = Read(build.udp(b"hello", length=3000), 17, fragment=0x2000)
    assert (found.problem, found.payload) == (codes.OK, (8, 5))


def test_a_tunnel_is_looked_for_only_in_a_whole_datagram() -> None:
    inside = bytes.fromhex("0800000000012300") + build.ethernet(build.ipv4(build.udp(), 17))
    datagram = build.udp(inside, ports=(50000, 4789))
    found = Read(datagram, 17)
    assert (found.layer, found.next - found.at) == (layers.ETHERNET, 16)
    assert found.code == codes.VXLAN
    assert Read(datagram, 17, fragment=0x2000).layer == layers.STOP
    assert Read(build.udp(inside, ports=(50000, 4789), length=7), 17).layer == layers.STOP


def test_the_length_field_of_udp_lite_is_its_coverage() -> None:
    found = Read(build.udp(b"hello", length=8), 136)
    assert (found.problem, found.payload) == (codes.OK, (8, 5))
    assert found["checksum"] == codes.UNVERIFIED


def icmp(addresses: tuple[str, str], kind: int, error: int = 0) -> bytes:
    message = struct.pack(">BBHHH", kind, 0, 0, 1, 1) + b"ping"
    pseudo = build.pseudo(*addresses, 58, len(message)) if addresses == SIX else b""
    stored = (build.internet_sum(pseudo + message) + error) % 0xFFFF
    return message[:2] + struct.pack(">H", stored) + message[4:]


@pytest.mark.parametrize(
    ("addresses", "protocol", "kind"), [(FOUR, 1, 8), (SIX, 58, 128)], ids=["ICMP", "ICMPv6"]
)
def test_checksums_of_icmp(addresses: tuple[str, str], protocol: int, kind: int) -> None:
    right = icmp(addresses, kind)
    assert Read(right, protocol, addresses)["checksum"] == codes.GOOD
    assert Read(icmp(addresses, kind, 1), protocol, addresses)["checksum"] == codes.BAD
    assert Read(right[:-1], protocol, addresses, wire=12)["checksum"] == codes.UNVERIFIED
    assert Read(right[:3], protocol, addresses)["checksum"] == codes.UNVERIFIED
    assert Read(right, protocol, addresses, fragment=0x2000)["checksum"] == codes.UNVERIFIED


@pytest.mark.parametrize("protocol", [6, 17, 1, 4, 47, 132])
def test_later_fragments_have_no_header(protocol: int) -> None:
    found = Read(build.tcp(b"hello"), protocol, fragment=185)
    assert (found.layer, found.problem) == (layers.STOP, codes.OK)
    assert (found["source_port"], found["checksum"]) == (0, codes.NOT_APPLICABLE)


@pytest.mark.parametrize(
    ("protocol", "addresses", "layer", "code"),
    [
        (4, FOUR, layers.IPV4, codes.IPIP),
        (4, SIX, layers.IPV4, codes.FOUR_IN_SIX),
        (41, FOUR, layers.IPV6, codes.SIX_IN_FOUR),
        (41, SIX, layers.IPV6, codes.SIX_IN_SIX),
        (47, FOUR, layers.GRE, 0),
        (97, FOUR, layers.ETHERIP, 0),
        (137, FOUR, layers.MPLS, 0),
        (50, FOUR, layers.STOP, 0),
    ],
)
def test_protocols_that_carry_a_packet(protocol, addresses, layer, code) -> None:
    found = Read(bytes(40), protocol, addresses)
    assert (found.layer, found.next, found.code) == (layer, found.at, code)
    assert Read(bytes(40), protocol, addresses, fragment=0x2000).layer == layers.STOP


@pytest.mark.parametrize(("protocol", "head"), [(132, 12), (33, None)], ids=["SCTP", "DCCP"])
def test_ports_of_other_transports(protocol: int, head: int | None) -> None:
    found = Read(struct.pack(">HH", 5000, 6000) + bytes(26), protocol)
    assert (found["source_port"], found["destination_port"]) == (5000, 6000)
    assert found["checksum"] == codes.UNVERIFIED
    if head:
        assert found.payload == (head, 30 - head)


@pytest.mark.parametrize(
    ("protocol", "segment"), [(6, build.tcp(b"hello")), (17, build.udp(b"hello"))]
)
def test_what_an_authentication_header_protects(protocol: int, segment: bytes) -> None:
    header = bytes([protocol, 4, 0, 0]) + bytes(20)
    found = Read(header + segment, 51)
    assert (found.layer, found.code, found.problem) == (layers.STOP, codes.AH, codes.OK)
    assert (found["protocol"], found["source_port"]) == (protocol, 40000)
    assert found["checksum"] == codes.GOOD
    assert found["transport_at"] == found.at + 24
    assert found.payload == (24 + len(segment) - 5, 5)
    assert Read(header[:20], 51).problem == codes.TRUNCATED


@given(
    segment=st.binary(max_size=80),
    protocol=st.sampled_from([1, 6, 17, 33, 51, 58, 132, 136]),
    addresses=st.sampled_from([FOUR, SIX]),
    more=st.integers(0, 30),
    fragment=st.sampled_from([0, 0x2000, 0x4000]),
)
def test_no_segment_makes_a_load_past_its_end(segment, protocol, addresses, more, fragment) -> None:
    found = Read(segment, protocol, addresses, wire=len(segment) + more, fragment=fragment)
    assert 0 <= found["payload_length"] <= len(segment) + more
    if found["payload_length"]:
        assert sum(found.payload) <= len(segment) + more

"""QUIC datagrams: headers, coalesced packets, Initials opened, hostile bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.traffic.messages import quic_making, samples, vectors
from tests.traffic.messages.quic_making import crypto, handshake_packet, initial
from workbench.traffic.messages import quic
from workbench.traffic.messages.quic import quic_initial, quic_packets
from workbench.traffic.messages.quic_keys import VERSION_2

ids = st.binary(max_size=20)
versions = st.sampled_from([1, VERSION_2, 0xFF00001D])


@pytest.mark.parametrize("datagram", [vectors.CLIENT_1, vectors.CLIENT_2])
def test_the_hello_of_the_rfcs_is_read(datagram) -> None:
    found = quic_initial(datagram)
    assert found is not None
    assert found.hello is not None
    assert found.number == 2
    assert found.hello.complete
    assert (found.hello.server_name, found.hello.alpn) == ("example.com", ("alpn",))
    assert found.hello.problems == ()
    assert found.packet.dcid == vectors.CONNECTION_ID


@pytest.mark.parametrize("datagram", [vectors.SERVER_1, vectors.SERVER_2])
def test_the_answer_of_the_rfcs_needs_the_clients_id(datagram) -> None:
    found = quic_initial(datagram, vectors.CONNECTION_ID, client=False)
    assert found is not None
    assert found.packet.scid == bytes.fromhex("f067a5502a4262b5")
    assert found.frames.crypto[0].data[0] == 2
    assert found.hello is None
    assert quic_initial(datagram) is None


@given(versions, ids, ids, st.binary(max_size=70), st.binary(max_size=30))
def test_initials_and_what_is_coalesced_with_them_are_told_apart(
    version, dcid, scid, token, body
) -> None:
    first = initial(crypto(0, samples.hello()), dcid, scid=scid, version=version, token=token)
    second = handshake_packet(dcid, body + bytes(20), version)
    datagram = first + second + b"\x40short"
    packets = quic_packets(datagram)
    assert [packet.type for packet in packets] == ["initial", "handshake", "short"]
    assert [packet.offset for packet in packets] == [0, len(first), len(first) + len(second)]
    assert packets[-1].end == len(datagram)
    assert (packets[0].version, packets[0].dcid, packets[0].scid) == (version, dcid, scid)
    assert packets[0].token == token
    found = quic_initial(datagram)
    assert found is not None
    assert found.hello is not None
    assert found.hello.server_name == samples.NAME


def test_zeros_behind_a_packet_are_padding() -> None:
    assert len(quic_packets(initial(b"\1") + bytes(100))) == 1


@pytest.mark.parametrize(("retry", "version"), [(vectors.RETRY_1, 1), (vectors.RETRY_2, VERSION_2)])
def test_a_retry_has_a_token(retry, version) -> None:
    [packet] = quic_packets(retry)
    assert (packet.type, packet.version, packet.token) == ("retry", version, b"token")
    assert packet.problems == ()
    assert quic_packets(retry[:-10])[0].problems == ("retry without token or tag",)


def test_version_negotiation_lists_versions() -> None:
    datagram = b"\xc5\0\0\0\0\1a\2bc" + bytes.fromhex("1a2a3a4a 00000001 6b3343cf")
    [packet] = quic_packets(datagram)
    assert (packet.type, packet.dcid, packet.scid) == ("version negotiation", b"a", b"bc")
    assert packet.versions == (0x1A2A3A4A, 1, VERSION_2)
    assert quic_packets(datagram[:-1])[0].problems == ("list of versions cut",)


def test_other_versions_show_what_all_versions_share() -> None:
    [packet] = quic_packets(b"\xc0\x0a\x1a\x2a\x3a" + b"\x30" + bytes(48) + b"\1x" + b"rest")
    assert (packet.type, packet.version) == ("unknown", 0x0A1A2A3A)
    assert (len(packet.dcid), packet.scid) == (48, b"x")
    assert not quic.can_open(packet.version)


@pytest.mark.parametrize(
    ("datagram", "problem"),
    [
        (vectors.CLIENT_1[:600], "packet cut after 582 of 1182 bytes"),
        (vectors.CLIENT_1[:9], "header cut"),
        (b"\xc0\0\0\0\1\0\0\x05ab", "token cut"),
        (b"\x80\0\0\0\1\0\0\0\x14" + bytes(20), "fixed bit is 0"),
        (b"\xc0\0\0\0\1\0\0\0\1a", "packet of 1 bytes is too short to be protected"),
        (
            b"\xc0\0\0\0\1\x15" + bytes(21) + b"\0\0\x14" + bytes(20),
            "connection id longer than 20 bytes",
        ),
    ],
)
def test_what_is_cut_or_breaks_the_rules_is_noted(datagram, problem) -> None:
    assert quic_packets(datagram)[0].problems == (problem,)
    assert quic_initial(datagram) is None


@given(st.binary(max_size=120))
def test_any_bytes_are_read_without_an_exception(data) -> None:
    for datagram in (
        data,
        b"\xc0\0\0\0\1" + data,
        b"\xd0\x6b\x33\x43\xcf" + data,
        vectors.CLIENT_1 + data,
    ):
        packets = quic_packets(datagram)
        edges = [packet.offset for packet in packets] + [packet.end for packet in packets[-1:]]
        assert edges == sorted(set(edges))
        assert not edges or edges[-1] <= len(datagram)
        quic.is_quic(datagram)
    assert quic_initial(b"\xc0\0\0\0\1" + data) is None


@given(st.integers(0, 1199), st.integers(1, 255))
def test_any_changed_byte_is_noticed(place, change) -> None:
    changed = bytearray(vectors.CLIENT_1)
    changed[place] ^= change
    assert quic_initial(bytes(changed)) is None


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("c3 00000001 08 8394c8f03e515708 00 00", True),
        ("d3 6b3343cf 00 00 00", True),
        ("c0 ff00001d 00 00 00", True),
        ("80 00000000 00 00 00000001", True),
        ("80 00000000 00 00 000001", False),
        ("83 00000001 00 00 00", False),
        ("c3 12345678 00 00 00", False),
        ("c3 00000001 08 8394", False),
        ("43 00000001 00 00 00", False),
    ],
)
def test_quic_is_told_by_bits_and_version(start, expected) -> None:
    assert quic.is_quic(bytes.fromhex(start)) is expected


def test_versions_have_names() -> None:
    names = {
        1: "v1",
        VERSION_2: "v2",
        0xFF00001B: "draft 27",
        0x54303531: "T051",
        0xFACEB002: "0xfaceb002",
    }
    assert {version: quic.version_text(version) for version in names} == names
    assert not quic.version_known(0x51FFFFFF)
    assert quic_making.varint(15293).hex() == "7bbd"

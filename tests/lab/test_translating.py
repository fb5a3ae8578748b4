"""What a kernel sends is read back exactly, and anything else is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.evasion.compose import PathFacts, compose
from workbench.evasion.parsing import parse
from workbench.evasion.strategy import NONE
from workbench.lab.translating import read_packet

REQUEST = b"GET / HTTP/1.1\r\nHost: a.org\r\n\r\n"
PATHS = (PathFacts(), PathFacts(client="fd77:1::1", server="fd77:5::11"))


@pytest.mark.parametrize("path", PATHS, ids=["IPv4", "IPv6"])
@pytest.mark.parametrize("request_", [REQUEST, b"\xc3" + bytes(1199)], ids=["tcp", "udp"])
def test_packets_of_a_kernel_are_read_back(path, request_) -> None:
    sent = compose(NONE, request_, path)
    read = [read_packet(one.datagram()) for one in sent]
    for before, after in zip(sent, read, strict=True):
        assert after is not None
        assert after.datagram() == before.datagram()
        assert (after.role, after.seq, after.payload) == (before.role, before.seq, before.payload)


def refused(sent) -> bool:
    return all(read_packet(one.datagram()) is None for one in sent)


def test_what_the_composer_cannot_say_is_left_alone() -> None:
    command = "nfqws --dpi-desync=ipfrag2 --dpi-desync-any-protocol=1"
    fragments = [one for one in compose(parse(command), REQUEST) if one.fragment]
    assert len(fragments) == 2
    assert refused(fragments)
    plain = compose(NONE, REQUEST)[-1]
    assert refused([plain.but(checksum_xor=1), plain.but(header_sum=1), plain.but(protocol=255)])
    six = compose(NONE, REQUEST, PATHS[1])[-1]
    assert refused([six.but(extensions=(0,)), six.but(extensions=(44,))])
    with_options = bytearray(plain.datagram())
    with_options[0] = 0x46
    assert read_packet(bytes(with_options)) is None


@given(st.binary(max_size=120), st.integers(0, 2), st.integers(0, 119), st.integers(0, 255))
def test_hostile_bytes_raise_nothing(data, kind, at, value) -> None:
    if kind:
        whole = bytearray(compose(NONE, REQUEST, PATHS[kind - 1])[-1].datagram())
        whole[at % len(whole)] = value
        data = bytes(whole[: len(whole) - len(data) % 40])
    packet = read_packet(data)
    assert packet is None or packet.datagram() == data

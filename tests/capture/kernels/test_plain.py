"""The short way writes what the long way writes, or declines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture import build
from workbench.capture import codes, links
from workbench.capture.kernels import fields
from workbench.capture.kernels.decode import clear_row, code_addresses, decode_frame
from workbench.capture.kernels.plain import TUNNEL_PORTS, plain_frame

BEFORE = 6
NOT_WRITTEN = {fields.CHECKED_SOURCE}


class Way:
    """A row and an address table of its own."""

    def __init__(self, data: bytes, wire: int | None = None) -> None:
        self.data = b"?" * BEFORE + data
        self.captured = len(data)
        self.wire = self.captured if wire is None else wire
        self.row = [77] * fields.COUNT
        self.table: tuple[list[int], ...] = ([0] * 16, [0] * 64, [0, 3, 5, 7, 11, 15])

    def short(self) -> bool:
        return plain_frame(self.data, BEFORE, self.captured, self.wire, self.row, *self.table)

    def long(self) -> int:
        clear_row(self.row)
        link = links.ETHERNET
        found = decode_frame(self.data, BEFORE, self.captured, self.wire, link, self.row)
        code_addresses(self.data, self.row, *self.table)
        return found

    def written(self) -> list[int]:
        return [value for place, value in enumerate(self.row) if place not in NOT_WRITTEN]


def agree(data: bytes, wire: int | None = None) -> bool:
    """Check that both ways agree where the short one is taken; tell whether it is."""
    short, long = Way(data, wire), Way(data, wire)
    if not short.short():
        return False
    assert long.long() == codes.OK
    assert short.written() == long.written()
    assert short.table == long.table
    return True


@st.composite
def plain_frames(draw) -> bytes:
    """Draw frames that most packets of a network look like."""
    version = draw(st.sampled_from([4, 6]))
    ends = str(draw(st.ip_addresses(v=version))), str(draw(st.ip_addresses(v=version)))
    payload = draw(st.binary(min_size=20, max_size=60))
    checksum = draw(st.sampled_from([None, None, 1, 0xFFFF]))
    ports = draw(st.tuples(st.integers(0, 1000), st.integers(0, 1000)))
    if draw(st.booleans()):
        protocol = 6
        options = b"\1" * 4 * draw(st.integers(0, 10))
        flags, seq = draw(st.integers(0, 0xFFF)), draw(st.integers(0, 2**32 - 1))
        inside = build.tcp(
            payload, *ends, ports=ports, options=options, flags=flags, seq=seq, checksum=checksum
        )
    else:
        protocol = 17
        inside = build.udp(payload, *ends, ports=ports, checksum=checksum)
    if version == 6:
        return build.ethernet(build.ipv6(inside, protocol, *ends), 0x86DD)
    fragment = draw(st.sampled_from([0, 0x4000]))
    header = draw(st.sampled_from([None, 0x1234]))
    packet = build.ipv4(inside, protocol, *ends, fragment=fragment, checksum=header)
    return build.ethernet(packet)


@given(frame=plain_frames(), padding=st.integers(0, 8))
def test_plain_frames_take_the_short_way(frame: bytes, padding: int) -> None:
    assert agree(frame + bytes(padding))


@given(frame=plain_frames(), kept=st.integers(74, 150))
def test_so_do_those_that_are_cut_off_behind_their_headers(frame: bytes, kept: int) -> None:
    assert agree(frame[:kept], len(frame))


@given(
    frame=plain_frames(),
    changes=st.lists(st.tuples(st.integers(12, 61), st.integers(0, 255)), max_size=3),
    kept=st.integers(0, 200),
)
def test_the_short_way_is_never_another_way(frame: bytes, changes, kept: int) -> None:
    changed = bytearray(frame)
    for place, value in changes:
        changed[place] = value
    agree(bytes(changed)[:kept], len(changed))


PAYLOAD = bytes(30)
TCP, UDP = build.tcp(PAYLOAD), build.udp(PAYLOAD)
UNUSUAL = {
    "a tag": build.ethernet(build.ipv4(TCP, 6), tags=[5]),
    "IPv4 options": build.ethernet(build.ipv4(TCP, 6, options=bytes(4))),
    "a first fragment": build.ethernet(build.ipv4(TCP, 6, fragment=0x2000)),
    "a later fragment": build.ethernet(build.ipv4(TCP, 6, fragment=1)),
    "no IPv4 length": build.ethernet(build.ipv4(TCP, 6, length=0)),
    "an IPv4 length beyond the frame": build.ethernet(build.ipv4(TCP, 6, length=500)),
    "another protocol": build.ethernet(build.ipv4(TCP, 132)),
    "an extension header": build.ethernet(build.ipv6(b"\x06" + bytes(7) + TCP, 0), 0x86DD),
    "IPv4 under the type of IPv6": build.ethernet(build.ipv4(TCP + PAYLOAD, 6), 0x86DD),
    "an IPv6 length beyond the frame": build.ethernet(build.ipv6(TCP, 6, length=500), 0x86DD),
    "a TCP header too short": build.ethernet(build.ipv4(build.tcp(PAYLOAD, words=4), 6)),
    "a TCP header too long": build.ethernet(build.ipv4(build.tcp(words=6) , 6)),
    "a UDP length too short": build.ethernet(build.ipv4(build.udp(PAYLOAD, length=20), 17)),
    "no UDP checksum": build.ethernet(build.ipv4(build.udp(PAYLOAD, checksum=0), 17)),
    "ARP": build.ethernet(bytes(60), 0x0806),
    "little": build.udp4(b"hello"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNUSUAL)
def test_what_is_unusual_is_declined(name: str) -> None:
    assert not Way(UNUSUAL[name]).short()


@pytest.mark.parametrize("port", TUNNEL_PORTS)
def test_datagrams_that_may_be_tunnels_are_declined(port: int) -> None:
    for ports in ((port, 9), (9, port)):
        assert not Way(build.udp4(PAYLOAD, ports=ports)).short()
        assert Way(build.tcp4(PAYLOAD, ports=ports)).short()

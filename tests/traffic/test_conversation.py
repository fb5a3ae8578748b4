"""The packets of one connection as arrays."""

from __future__ import annotations

import pytest

from tests.capture import build
from tests.traffic.talk import ACK, SYN, Talk, part, sack, stamp
from workbench.capture.packets import Packets
from workbench.errors import ParameterError
from workbench.traffic import conversation as module
from workbench.traffic.connections import find_connections
from workbench.traffic.conversation import Conversations


def both() -> Packets:
    talk = Talk().handshake().send(0, part(0, 10))
    other = [build.udp4(b"ask"), build.udp4(b"more")]
    for number, frame in enumerate(other):
        talk.raw(frame, 30 + number)
    return build.read(talk.capture())


def test_each_connection_has_its_own_packets() -> None:
    every = Conversations(find_connections(both()))
    assert [len(one) for one in every] == [4, 2]
    tcp, udp = every
    assert tcp.frame.tolist() == [1, 2, 3, 4]
    assert tcp.direction.tolist() == [0, 1, 0, 0]
    assert tcp.payload(3) == part(0, 10)
    assert udp.protocol == 17
    assert udp.offset.tolist() == [0, 3]


def test_a_connection_that_is_not_there_is_refused() -> None:
    every = Conversations(find_connections(both()))
    for number in (-1, 2):
        with pytest.raises(ParameterError, match="from 0 to 1"):
            every[number]


def test_packets_of_no_connection_belong_to_none() -> None:
    frame = build.ethernet(b"\x00" * 40, 0x0806)
    talk = Talk().raw(frame, 0).send(0, part(0, 3)).raw(frame, 9)
    assert talk.conversation().frame.tolist() == [2]


def test_large_captures_are_decoded_connection_by_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "WHOLE", 0)
    talk = Talk().handshake().send(0, part(0, 10), options=stamp(77))
    packets = build.read(talk.capture())
    found = Conversations(find_connections(packets))[0]
    assert found.ts_value.tolist() == [-1, -1, -1, 77]
    assert not packets.extra


def test_offsets_and_acknowledgements_of_both_sides() -> None:
    talk = Talk(isn=2**32 - 5).handshake().send(0, part(0, 10)).send(1, b"reply", ack=10)
    found = talk.send(0, ack=5, at=10).conversation()
    assert found.offset.tolist() == [0, 0, 0, 0, 0, 10]
    assert found.ack_offset.tolist() == [0, 0, 0, 0, 10, 5]
    assert (found.isn(0), found.isn(1)) == (2**32 - 5, 5000)


def test_without_a_handshake_there_is_no_initial_number() -> None:
    assert Talk().send(0, part(0, 5)).conversation().isn(0) == -1


def test_data_in_a_syn_begin_at_offset_0() -> None:
    found = Talk().send(0, b"early", flags=SYN).conversation()
    assert (found.offset[0], found.length[0], found.payload(0)) == (0, 5, b"early")


def test_sack_blocks_are_offsets_of_the_other_side() -> None:
    talk = Talk().handshake().send(0, part(5, 10), at=5)
    options = stamp(1) + sack(1006, 1011)[2:] + b"\x01\x01"
    found = talk.send(1, options=options).conversation()
    assert found.sacked(4) == [(5, 10)]
    assert found.sacked(3) == []


def test_a_snap_length_leaves_the_stated_length() -> None:
    talk = Talk().send(0, part(0, 100), cut=60)
    found = talk.conversation()
    assert (found.length[0], found.captured[0], len(found.payload(0))) == (100, 40, 40)


def test_fragments_are_pieces_but_for_the_one_that_completes() -> None:
    segment = build.tcp(part(0, 100), seq=1001, ack=5001, flags=ACK)
    first = build.ethernet(build.ipv4(segment[:40], 6, identification=7, fragment=0x2000))
    second = build.ethernet(build.ipv4(segment[40:], 6, identification=7, fragment=5))
    found = Talk().raw(first, 0).raw(second, 1).conversation()
    assert found.piece.tolist() == [True, False]
    assert found.length.tolist() == [0, 100]
    assert [found.payload(0), found.payload(1)] == [b"", part(0, 100)]


def test_ipv6_extension_headers_are_measured() -> None:
    segment = build.tcp(part(0, 9), "fd00::1", "fd00::2")
    plain = build.ethernet(build.ipv6(segment, 6), 0x86DD)
    hop = b"\x06\x00\x01\x04\x00\x00\x00\x00" + segment
    longer = build.ethernet(build.ipv6(hop, 0), 0x86DD)
    found = Talk().raw(plain, 0).raw(longer, 1).conversation()
    assert found.extension.tolist() == [0, 8]
    assert found.header.tolist() == [20, 20]

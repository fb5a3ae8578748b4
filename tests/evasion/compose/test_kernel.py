"""What a Linux kernel puts into its packets."""

from __future__ import annotations

from tests.evasion.compose.stage import HELLO, LONG, PATH, PATH6, relative
from workbench.evasion.compose.headers import walk_options
from workbench.evasion.compose.kernel import Kernel


def stamps(packet) -> tuple[int, int]:
    body = dict(walk_options(packet.options))[8]
    return int.from_bytes(body[:4], "big"), int.from_bytes(body[4:], "big")


def test_identifications_count_up() -> None:
    kernel = Kernel(PATH.but(ip_id=0xFFFF))
    sent = [kernel.syn(), kernel.handshake(), *kernel.write(HELLO)]
    assert [packet.ip_id for packet in sent] == [0xFFFF, 0, 1]
    assert Kernel(PATH6).syn().ip_id == 0


def test_a_long_write_is_cut_at_the_segment_size() -> None:
    kernel = Kernel(PATH)
    first, second = kernel.write(LONG)
    assert (first.length, second.length) == (1448, 552)
    assert (first.flags, second.flags) == (0x10, 0x18)
    assert relative(second.seq, PATH.client_isn) == 1449
    assert (first.offset, second.offset, kernel.offset) == (0, 1448, 2000)


def test_the_clock_follows_the_pauses() -> None:
    kernel = Kernel(PATH)
    syn = kernel.syn()
    kernel.handshake()
    kernel.wait(40_000_000)
    (data,) = kernel.write(b"x")
    assert stamps(syn) == (PATH.client_clock, 0)
    assert stamps(data)[0] - PATH.client_clock == 100
    assert stamps(data)[1] - PATH.server_clock == 30
    assert data.pause_ns == 40_000_000


def test_windows_are_scaled_and_rounded_up() -> None:
    kernel = Kernel(PATH)
    assert (kernel.syn().window, kernel.handshake().window) == (64240, 63)


def test_without_timestamps_data_has_no_options() -> None:
    kernel = Kernel(PATH.but(timestamps=False))
    assert 8 not in kernel.syn().option_layout
    assert next(iter(kernel.write(b"x"))).options == b""


def test_a_lowered_mss_is_at_least_88() -> None:
    kernel = Kernel(PATH, mss=10)
    assert dict(walk_options(kernel.syn().options))[2] == b"\0\x58"
    assert [packet.length for packet in kernel.write(bytes(160))] == [76, 76, 8]


def test_an_urgent_byte_takes_a_number() -> None:
    kernel = Kernel(PATH)
    one = kernel.urgent(b"\x16a")
    (rest,) = kernel.write(b"\x03")
    assert (one.flags, one.urgent, kernel.shift) == (0x38, 2, 1)
    assert relative(rest.seq, PATH.client_isn) == 3


def test_a_repetition_has_a_new_time_and_identification() -> None:
    kernel = Kernel(PATH)
    (first,) = kernel.write(b"abc")
    kernel.wait(200_000_000)
    again = kernel.again(first, b"abc")
    assert again.seq == first.seq
    assert again.ip_id == first.ip_id + 1
    assert stamps(again)[0] - stamps(first)[0] == 200
    assert again.role == "retransmission"


def test_time_goes_forward_only() -> None:
    kernel = Kernel(PATH)
    kernel.wait(5_000_000)
    kernel.at(1_000_000)
    assert kernel.clock == PATH.client_clock + 5
    kernel.at(9_000_000)
    assert kernel.clock == PATH.client_clock + 9


def test_a_packet_can_be_taken_back() -> None:
    kernel = Kernel(PATH)
    (first,) = kernel.write(b"x")
    kernel.take_back()
    (second,) = kernel.write(b"y")
    assert (first.ip_id, first.seq) == (second.ip_id, second.seq)


def test_a_datagram_has_no_tcp() -> None:
    packet = Kernel(PATH).datagram(b"abc")
    assert (packet.protocol, packet.options, packet.seq, packet.window) == (17, b"", 0, 0)


def test_an_acknowledgement_names_the_servers_stream() -> None:
    assert relative(Kernel(PATH).acknowledge(2800).ack, PATH.server_isn) == 2801

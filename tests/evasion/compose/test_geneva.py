"""Geneva's way of sending."""

from __future__ import annotations

import pytest

from tests.evasion.compose.stage import HELLO, PATH, reassembled, relative, volley
from workbench.errors import ParameterError
from workbench.evasion.compose import compose
from workbench.evasion.compose.drawing import dice
from workbench.evasion.compose.geneva import tampered
from workbench.evasion.compose.kernel import Kernel
from workbench.evasion.compose.packet import Ends, Sent
from workbench.evasion.strategy import (
    Fake,
    Fooling,
    Opening,
    Position,
    Split,
    Strategy,
    Tamper,
    Ttl,
)

PACKET = Sent(
    Ends.of("192.0.2.1", 1, "192.0.2.2", 2), payload=bytes(range(40)), options=bytes(12), flags=0x18
)


def sent(**parts):
    return compose(Strategy(tool="geneva", **parts), HELLO)


def test_a_copy_before_the_request() -> None:
    copy, original = volley(sent(phase1=(Fake(fooling=Fooling.of("badsum")),)))
    assert copy.payload == original.payload == HELLO
    assert copy.ip_id == original.ip_id
    assert copy.option_layout == (1, 1, 8)
    assert not copy.checksum_good


def test_a_reset_behind_an_ack() -> None:
    made = sent(phase1=(Fake("rst", at="ack", after=True, ttl=Ttl.fixed(3)),))
    assert [(one.flags, one.ttl) for one in made] == [(2, 64), (0x10, 64), (4, 3), (0x18, 64)]


def test_a_syn_ack_before_the_syn() -> None:
    made = sent(phase0=(Opening("synack", Ttl.fixed(4)),))
    assert [(one.flags, one.ttl) for one in made[:2]] == [(0x12, 4), (2, 64)]
    assert made[0].options == made[1].options


@pytest.mark.parametrize(
    ("kind", "lengths"), [("multisplit", [8, 509]), ("multidisorder", [509, 8])]
)
def test_two_parts(kind, lengths) -> None:
    made = volley(sent(phase2=Split(kind, (Position("", 8),))))
    assert [one.length for one in made] == lengths
    assert {one.ip_id for one in made} == {0x4000}
    assert reassembled(made) == HELLO


def test_fooling() -> None:
    kinds = Fooling(frozenset({"badack", "ts", "md5sig", "datanoack"}), badack_increment=-100)
    copy = volley(sent(phase1=(Fake(fooling=kinds),)))[0]
    assert relative(copy.ack, PATH.server_isn) == -99
    assert copy.option_layout == (1, 1, 8, 19)
    assert copy.flags == 8
    drawn = Fooling(frozenset({"randseq", "badack"}), badack_increment=0)
    first, second = (
        volley(compose(Strategy(tool="geneva", phase1=(Fake(fooling=drawn),)), HELLO, seed=seed))[0]
        for seed in (1, 2)
    )
    assert (first.seq, first.ack) != (second.seq, second.ack)


@pytest.mark.parametrize(
    ("field", "value", "name", "found"),
    [
        ("TCP:window", "7", "window", 7), ("TCP:seq", "5", "seq", 5),
        ("TCP:urgptr", "9", "urgent", 9),
        ("IP:ttl", "3", "ttl", 3), ("IP:id", "4", "ip_id", 4), ("TCP:flags", "FRA", "flags", 0x15),
        ("TCP:load", "hi", "payload", b"hi"),
    ],
)  # fmt: skip
def test_fields_are_written_over(field, value, name, found) -> None:
    protocol, field_name = field.split(":")
    one = tampered(PACKET, Tamper(protocol, field_name, "replace", value), dice(1))
    assert getattr(one, name) == found
    assert one.checksum_good


def test_fields_are_added_to_and_corrupted() -> None:
    assert (
        tampered(PACKET.but(window=5), Tamper("TCP", "window", "add", "-7"), dice(1)).window
        == 65534
    )
    drawn = {tampered(PACKET, Tamper("TCP", "seq", "corrupt"), dice(n)).seq for n in range(5)}
    assert len(drawn) == 5


@pytest.mark.parametrize(
    ("words", "options", "payload"), [("10", 20, 32), ("5", 0, 52), ("8", 12, 40)]
)
def test_a_header_length_moves_the_payload(words, options, payload) -> None:
    one = tampered(PACKET, Tamper("TCP", "dataofs", "replace", words), dice(1))
    assert (len(one.options), one.length) == (options, payload)
    assert one.options + one.payload == PACKET.options + PACKET.payload


def test_a_total_length_cuts_and_keeps_the_checksum() -> None:
    one = tampered(PACKET, Tamper("IP", "len", "replace", "64"), dice(1))
    assert len(one.datagram()) == 64
    assert one.transport()[16:18] == PACKET.transport()[16:18]
    assert not one.checksum_good


@pytest.mark.parametrize("tamper", [Tamper("TCP", "odd"), Tamper("TCP", "window", "replace", "x")])
def test_what_is_not_understood_is_refused(tamper) -> None:
    with pytest.raises(ParameterError):
        tampered(PACKET, tamper, dice(1))


def test_a_program_is_refused() -> None:
    with pytest.raises(ParameterError, match="program"):
        sent(program="[TCP:flags:PA]-drop-|")


def test_a_small_window_of_the_server() -> None:
    from workbench.evasion.strategy import Window

    made = volley(sent(window=Window("inbound", 10)))
    assert [one.length for one in made] == [10, 507]
    assert made[1].pause_ns >= PATH.rtt_ns
    assert Kernel(PATH).offset == 0

"""A kernel packet queue: its messages byte by byte, and the kernel's own."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import ParameterError
from workbench.lab.queue import Queue, Queued, attribute, attributes, messages, read_packet


def packet_message(number=9, data=b"\x45", mark=0):
    header = struct.pack("!IHB", number, 0x0800, 4)
    body = bytes(4) + attribute(1, header) + attribute(10, data)
    return body + (attribute(3, struct.pack("!I", mark)) if mark else b"")


def test_a_packet_is_read_with_number_hook_and_mark() -> None:
    assert read_packet(packet_message(7, b"abc", 0x40000000)) == Queued(7, b"abc", 4, 0x40000000)
    assert read_packet(packet_message()) == Queued(9, b"\x45", 4, 0)


@given(st.dictionaries(st.integers(1, 0x3FFF), st.binary(max_size=50), max_size=6))
def test_attributes_are_read_as_they_are_written(values) -> None:
    data = b"".join(attribute(kind, value) for kind, value in values.items())
    assert attributes(data) == values
    assert len(data) % 4 == 0


@given(st.binary(max_size=200))
def test_no_bytes_do_harm(data) -> None:
    attributes(data)
    read_packet(data)
    assert sum(len(body) for _, body in messages(data)) <= len(data)


def test_a_length_that_cannot_be_true_ends_the_reading() -> None:
    whole = attribute(1, b"abcd")
    assert attributes(whole + b"\xff\xff\x02\x00") == {1: b"abcd"}
    assert attributes(whole + b"\x00\x00\x02\x00") == {1: b"abcd"}
    message = struct.pack("=IHHII", 20, 3, 0, 0, 0) + b"body"
    assert list(messages(message * 2 + message[:17])) == [(3, b"body")] * 2


@pytest.mark.parametrize("number", [-1, 1 << 16])
def test_a_number_that_is_none_is_refused(number) -> None:
    with pytest.raises(ParameterError, match="number"):
        Queue(number)


def test_packets_are_dropped_replaced_and_let_pass(within) -> None:
    found = within("queueing")
    assert found["got"] == ["one", "SIX"]
    assert "packet queue 7 was refused" in found["refused"]

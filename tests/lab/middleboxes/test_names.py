"""Which names middleboxes find, and how they put streams together."""

from __future__ import annotations

from itertools import permutations

import dnslib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.lab.middleboxes import names
from workbench.lab.middleboxes.packets import ACK, SYN, TCP, UDP, Seen

CLIENT, SERVER = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])


def seen(payload, *, seq=1, flags=ACK, ports=(40000, 443), protocol=TCP):
    ends = (CLIENT, SERVER) if ports[0] > ports[1] else (SERVER, CLIENT)
    return Seen(*ends, protocol, 64, ports, payload, seq, 1, flags)


@pytest.mark.parametrize(
    "query",
    [dnslib.DNSRecord.question("x.com"), dnslib.DNSRecord.question("X.com", "AAAA")],
)
def test_a_query_for_an_address_has_a_name(query) -> None:
    assert names.name_in_query(query.pack()).lower() == "x.com"


def test_other_messages_have_none() -> None:
    question = dnslib.DNSRecord.question("x.com")
    assert names.name_in_query(question.reply().pack()) == ""
    assert names.name_in_query(dnslib.DNSRecord.question("x.com", "TXT").pack()) == ""
    assert names.name_in_query(b"") == ""


def test_a_request_is_found_at_the_beginning_only() -> None:
    text = b"GET / HTTP/1.1\r\nHost: x.com:80\r\n\r\n"
    assert names.name_in(text) == "x.com"
    assert names.name_in(bytes(3) + text) == ""


@given(st.binary(max_size=300))
def test_no_bytes_do_harm(data) -> None:
    for find in (names.name_in, names.name_in_query, names.name_in_initial):
        assert isinstance(find(data), str)
    assert names.may_begin_request(data) in {True, False}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_stream_is_the_same_in_every_order(order) -> None:
    stream = names.Stream()
    stream.feed(seen(b"", seq=0, flags=SYN))
    parts = [(1, b"abc"), (4, b"def"), (7, b"ghi")]
    for index in order:
        at, data = parts[index]
        stream.feed(seen(data, seq=at))
    assert stream.data == b"abcdefghi"


def test_first_copies_stay_and_far_or_old_ones_are_left_out() -> None:
    stream = names.Stream()
    stream.feed(seen(b"", seq=(1 << 32) - 2, flags=SYN))
    stream.feed(seen(b"ab", seq=(1 << 32) - 1))
    assert stream.feed(seen(b"XYc", seq=(1 << 32) - 1)) == b"abc"
    assert stream.feed(seen(b"cd", seq=1)) == b"abcd"
    assert stream.feed(seen(b"old", seq=(1 << 32) - 10000)) == b"abcd"
    assert stream.feed(seen(b"far", seq=1 << 20)) == b"abcd"
    for number in range(1000):
        stream.feed(seen(b"x", seq=10 + 2 * number))
    assert len(stream._pieces) <= names.MOST_PIECES


def test_flows_have_two_directions_and_begin_anew() -> None:
    flows: names.Flows[list[int]] = names.Flows(list)
    state, up = flows.of(seen(b"", flags=SYN))
    state.append(1)
    assert up
    assert flows.of(seen(b"", ports=(443, 40000))) == ([1], False)
    assert flows.of(seen(b"", flags=SYN)) == ([], True)
    assert flows.of(seen(b"", protocol=UDP)) == ([], True)
    for port in range(names.MOST_FLOWS + 10):
        flows.of(seen(b"", ports=(1000 + port, 443)))
    assert len(flows._known) == names.MOST_FLOWS

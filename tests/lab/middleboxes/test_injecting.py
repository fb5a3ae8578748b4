"""What middleboxes send themselves."""

from __future__ import annotations

from random import Random

import dnslib
import pytest

from workbench.lab.middleboxes.injecting import block_page, false_answer, resets
from workbench.lab.middleboxes.packets import ACK, FIN, RST, TCP, UDP, Seen, read
from workbench.lab.middleboxes.settings import Setting

ENDS = (bytes([10, 77, 1, 1]), bytes([10, 77, 5, 11]))
REQUEST = Seen(*ENDS, TCP, 62, (40000, 80), b"GET /", seq=100, ack=200, flags=ACK)


def taken(data: bytes) -> Seen:
    seen = read(data)
    assert seen is not None
    return seen


def test_resets_carry_the_numbers_that_each_end_expects() -> None:
    made = resets(REQUEST, Setting(ttl=47, count=3, both_ends=True), Random(1))
    seen = [taken(data) for data in made]
    assert [one.seq for one in seen] == [200, 1660, 3120, 100, 1565, 3025]
    assert [one.ack for one in seen[:3]] == [105] * 3
    assert [one.flags for one in seen] == [RST | ACK] * 3 + [RST, RST | ACK, RST | ACK]
    assert {one.ttl for one in seen} == {47}
    assert all(int.from_bytes(data[4:6], "big") for data in made)


@pytest.mark.parametrize(("status", "word"), [(403, b"restricted"), (302, b"Location: http://")])
def test_a_page_answers_the_client_and_ends_the_server(status, word) -> None:
    page, end = (taken(data) for data in block_page(REQUEST, Setting(status=status), Random(1)))
    assert (page.seq, page.ack, bool(page.flags & FIN)) == (200, 105, True)
    assert b"HTTP/1.1 %d " % status in page.payload
    assert word in page.payload
    assert (end.source, end.flags) == (ENDS[0], RST | ACK)


def test_a_false_answer_is_a_right_message() -> None:
    query = dnslib.DNSRecord.question("x.com").pack()
    asked = Seen(*ENDS, UDP, 62, (5353, 53), query)
    (made,) = false_answer(asked, Setting(address="10.10.34.35"), Random(1))
    answer = dnslib.DNSRecord.parse(taken(made).payload)
    assert answer.header.id == dnslib.DNSRecord.parse(query).header.id
    assert str(answer.a.rdata) == "10.10.34.35"


@pytest.mark.parametrize("query", [b"", bytes(12), b"\xff" * 40, bytes(12) + b"\x03abc"])
def test_a_query_that_is_cut_gets_no_answer(query) -> None:
    assert false_answer(Seen(*ENDS, UDP, 62, (5353, 53), query), Setting(), Random(1)) == ()

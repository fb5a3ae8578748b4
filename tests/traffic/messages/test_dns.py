"""DNS messages, against dnslib, cut anywhere, hostile."""

from __future__ import annotations

import dnslib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.traffic.messages import samples
from workbench.traffic.messages import dns
from workbench.traffic.messages.dns import dns_message, dns_stream, is_dns

kinds = st.sampled_from(["A", "AAAA", "CNAME", "TXT"])
VALUES = {
    "A": dnslib.A("192.0.2.1"),
    "AAAA": dnslib.AAAA("2001:db8::1"),
    "CNAME": dnslib.CNAME("c.example.com"),
    "TXT": dnslib.TXT("text"),
}
SHOWN = {"A": "192.0.2.1", "AAAA": "2001:db8::1", "CNAME": "c.example.com", "TXT": '"text"'}


@st.composite
def responses(draw):
    """Draw a response with dnslib's own record of it."""
    # An id of its own would be taken from the random module.
    record = dnslib.DNSRecord(dnslib.DNSHeader(id=draw(st.integers(0, 65_535))))
    record.add_question(dnslib.DNSQuestion(draw(samples.names), getattr(dnslib.QTYPE, draw(kinds))))
    record.header.qr, record.header.aa = 1, draw(st.integers(0, 1))
    record.header.rcode = draw(st.integers(0, 10))
    for name, kind in draw(st.lists(st.tuples(samples.names, kinds), max_size=4)):
        number = getattr(dnslib.QTYPE, kind)
        record.add_answer(dnslib.RR(name, number, rdata=VALUES[kind], ttl=77))
    return record


@given(responses())
def test_messages_are_read_as_dnslib_wrote_them(record) -> None:
    data = bytes(record.pack())
    message = dns_message(data)
    assert message is not None
    assert message.problems == ()
    assert (message.id, message.response, message.rcode) == (
        record.header.id,
        True,
        record.header.rcode,
    )
    assert message.authoritative == bool(record.header.aa)
    assert message.server_name == str(record.q.qname).rstrip(".")
    assert message.questions[0].type_name == dnslib.QTYPE[record.q.qtype]
    assert [(a.name, a.type, a.ttl_s, a.value) for a in message.answers] == [
        (str(rr.rname).rstrip("."), rr.rtype, rr.ttl, SHOWN[dnslib.QTYPE[rr.rtype]])
        for rr in record.rr
    ]
    assert message.addresses == tuple(
        SHOWN[dnslib.QTYPE[rr.rtype]] for rr in record.rr if rr.rtype in {1, 28}
    )
    assert (message.length, message.complete) == (len(data), True)
    assert is_dns(data)


@given(responses(), st.data())
def test_a_cut_keeps_the_records_before_it(record, data) -> None:
    raw = bytes(record.pack())
    cut = data.draw(st.integers(12, len(raw) - 1))
    whole, part = dns_message(raw), dns_message(raw[:cut])
    assert whole is not None
    assert part is not None
    assert not part.complete
    assert part.problems
    assert part.questions == whole.questions[: len(part.questions)]
    assert part.answers == whole.answers[: len(part.answers)]


def test_sections_flags_and_edns_are_told_apart() -> None:
    record = dnslib.DNSRecord.question("a.org")
    record.header.qr = record.header.tc = record.header.ad = record.header.cd = 1
    record.add_auth(dnslib.RR("a.org", dnslib.QTYPE.NS, rdata=dnslib.NS("ns.a.org")))
    record.add_ar(dnslib.RR("ns.a.org", rdata=dnslib.A("192.0.2.9")))
    record.add_ar(dnslib.EDNS0(udp_len=1232, ext_rcode=1))
    message = dns_message(bytes(record.pack()))
    assert message is not None
    assert [(a.section, a.type_name) for a in message.answers] == [
        ("authority", "NS"),
        ("additional", "A"),
    ]
    assert (message.udp_size, message.rcode, message.rcode_name) == (1232, 16, "RCODE16")
    assert all([message.truncated, message.authentic, message.checking_disabled, message.complete])
    assert message.addresses == ()
    assert not message.recursion_available


def test_a_query_has_its_name_at_its_offset() -> None:
    data = dnslib.DNSRecord.question("blocked.example", "HTTPS").pack()
    message = dns_message(data)
    assert message is not None
    [question] = message.questions
    assert (question.name, question.type_name, question.offset) == ("blocked.example", "HTTPS", 12)
    assert (message.response, message.recursion_desired, message.udp_size) == (False, True, -1)


@given(st.lists(responses(), max_size=4), st.binary(max_size=1))
def test_a_stream_holds_messages_behind_their_lengths(records, rest) -> None:
    stream = b"".join(samples.counted(bytes(record.pack())) for record in records)
    found = dns_stream(stream + rest)
    assert [message.id for message in found] == [record.header.id for record in records]
    for message in found:
        assert int.from_bytes(stream[message.offset - 2 : message.offset], "big") == message.length


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(64),
        bytes(620),
        b"GET / HTTP/1.1\r\nHost: a.org\r\n\r\n",
        bytes.fromhex("1234 0140 0001 0000 0000 0000 01 61 00 0001 0001"),
        bytes.fromhex("1234 0100 0000 0001 0000 0000 01 61 00 0001 0001"),
        bytes.fromhex("1234 0100 0001 0000 0000 0000 01 61 00 0001 0009"),
        bytes.fromhex("1234 0100 0001 0000 0000 0000 01 61 00 0000 0001"),
        bytes.fromhex("1234 1900 0001 0000 0000 0000 01 61 00 0001 0001"),
    ],
)
def test_what_is_no_message_is_not_taken_for_one(data) -> None:
    assert not is_dns(data)


def test_bytes_behind_a_message_are_noted() -> None:
    message = dns_message(dnslib.DNSRecord.question("a.org").pack() + b"more")
    assert message is not None
    assert message.problems == ("4 bytes behind the last record",)
    assert dns_message(bytes(11)) is None


@given(st.binary(max_size=120))
def test_any_bytes_are_read_without_an_exception(data) -> None:
    is_dns(data)
    message = dns_message(data)
    assert (message is None) == (len(data) < dns.HEADER)
    for found in dns_stream(data):
        assert found.offset + found.length <= len(data)


def test_the_worst_message_costs_work_in_proportion_to_its_bytes() -> None:
    chain = b"".join((0xC000 | max(at - 2, 0)).to_bytes(2, "big") for at in range(12, 16_000, 2))
    record = b"\xfe\x70" + bytes(8) + b"\0\0"
    message = dns_message(b"\0\1\x80\0\0\0\xff\xff\0\0\0\0" + chain + record * 4000)
    assert message is not None
    assert not message.complete

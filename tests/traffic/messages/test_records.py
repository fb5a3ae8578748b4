"""TLS records, whole, cut, hostile, and the map from handshake bytes to the stream."""

from __future__ import annotations

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.traffic.messages import samples
from workbench.traffic.messages import records
from workbench.traffic.messages.records import read_records

kinds = st.sampled_from(sorted(records.RECORD_TYPES))
versions = st.sampled_from([0x0300, 0x0301, 0x0302, 0x0303])
streams = st.lists(st.tuples(kinds, versions, st.binary(min_size=1, max_size=40)), max_size=8)


def joined_by_dpkt(parts) -> bytes:
    return b"".join(samples.record(body, kind, version) for kind, version, body in parts)


@given(streams)
def test_records_are_found_as_dpkt_finds_them(parts) -> None:
    stream = joined_by_dpkt(parts)
    found = read_records(stream)
    theirs, used = dpkt.ssl.tls_multi_factory(stream) if stream else ([], 0)
    assert [(r.type, r.version, r.length) for r in found.records] == [
        (record.type, record.version, record.length) for record in theirs
    ]
    assert found.end == used == len(stream)
    assert found.problems == ()


@given(streams, st.data())
def test_a_cut_keeps_all_records_before_it(parts, data) -> None:
    stream = joined_by_dpkt(parts)
    cut = data.draw(st.integers(0, len(stream)))
    whole = [r for r in read_records(stream).records if r.end <= cut]
    found = read_records(stream[:cut])
    assert [record for record in found.records if record.complete] == whole
    assert len(found.records) - len(whole) <= 1
    # Nothing is missing without a reason.
    assert bool(found.problems) == (cut not in {0, *(record.end for record in whole)})


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_an_exception(data) -> None:
    found = read_records(data)
    assert found.end <= len(data)
    assert sum(record.length for record in found.records if record.complete) <= len(data)


@pytest.mark.parametrize(
    ("data", "plausible"),
    [
        ("160301", True),
        ("1603", False),
        ("1603014801", False),
        ("1603014800", True),
        ("190301", False),
        ("160201", False),
        ("160305", False),
        ("0000", False),
    ],
)
def test_a_header_is_believed_only_as_far_as_it_can_be_true(data, plausible) -> None:
    assert records.is_record(bytes.fromhex(data)) is plausible


def test_reasons_name_what_is_missing_and_where() -> None:
    body = samples.record(b"abcd", 23)
    assert read_records(body[:-1]).problems == ("record cut after 3 of 4 bytes of content",)
    assert read_records(body + b"\x16\x03").problems == (
        "record header cut after 2 bytes, at byte 9",
    )
    assert read_records(body + b"GET / HTTP").problems == ("no TLS record, at byte 9",)
    assert read_records(samples.record(b"")).problems == (
        "1 records without content (RFC 8446, 5.1, forbids them)",
    )
    assert read_records(b"GET / HTTP/1.1").records == ()


@given(st.binary(min_size=1, max_size=60), samples.cuts)
def test_every_handshake_byte_has_its_place_in_the_stream(message, cuts) -> None:
    stream = samples.records(message, cuts)
    joined = read_records(stream).handshake()
    assert joined.data == message
    places = [joined.place(offset) for offset in range(len(message))]
    assert bytes(stream[place] for place in places) == message
    assert places == samples.wire_offsets(message, cuts)


def test_joining_passes_over_what_comes_before_and_ends_at_what_comes_between() -> None:
    one, other = samples.record(b"ab"), samples.record(b"\1", 20)
    stream = other + one + samples.record(b"") + one + other + one
    joined = read_records(stream).handshake()
    assert joined.data == b"abab"
    assert joined.empty == 1
    assert joined.place(2) == stream.index(one, 12) + 5


def test_a_place_outside_is_none() -> None:
    assert read_records(b"").handshake().place(0) == -1
    joined = read_records(samples.record(b"abc")[:6]).handshake()
    assert (joined.place(-1), joined.place(0), joined.place(2), joined.rest) == (-1, 5, 7, 2)


def test_joining_stops_at_the_end_of_the_first_message() -> None:
    message = samples.handshake(1, b"12345678")
    stream = samples.records(message, (1, 2, 6)) + samples.record(b"further")
    joined = records.join_handshake(stream, records.walk_records(stream), one=True)
    assert joined.data == message

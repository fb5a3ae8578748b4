"""Positions: from an expression to an offset, and the way back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.evasion.compose.stage import FACTS, HELLO, INITIAL, LONG, PAGE
from workbench.evasion.compose.drawing import dice
from workbench.evasion.compose.hellos import SHAPES, hello
from workbench.evasion.compose.records import split_records
from workbench.evasion.markers import (
    Request,
    expressions,
    find_host_header,
    place_of,
    rank,
    request_facts,
    resolve,
    resolve_all,
    resolve_first,
    second_label,
)  # fmt: skip
from workbench.evasion.strategy import Position

PAGE_FACTS = request_facts(PAGE)


def at(text: str) -> Position:
    return Position.parse(text)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("host", 127), ("endhost", 142), ("sld", 131), ("midsld", 134), ("endsld", 138),
        ("sniext", 122), ("sniext+1", 123), ("host+1", 128), ("midsld-2", 132), ("endhost-1", 141),
        ("2", 2), ("-10", 507), ("method", None), ("0", None), ("517", None), ("-517", None),
        ("600", None), ("midhost", 134), ("middle", 258), ("end", None), ("end-1", 516),
        ("tls:host", 127), ("http:host", None),
    ],
)  # fmt: skip
def test_a_position_in_a_hello(text, place) -> None:
    assert resolve(at(text), FACTS) == place


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("method", None), ("method+2", 2), ("host", 22), ("endhost", 37), ("sld", 26),
        ("midsld", 29), ("sniext", None), ("http:1", 1), ("extlen", None),
    ],
)  # fmt: skip
def test_a_position_in_a_page_request(text, place) -> None:
    assert resolve(at(text), PAGE_FACTS) == place


def test_the_middle_of_one_letter_is_behind_it() -> None:
    facts = request_facts(hello(SHAPES["byedpi"], dice(1), "x.com"))
    start, _ = facts.host or (0, 0)
    assert resolve(at("midsld"), facts) == start + 1
    assert facts.labels == (start, start + 1)


def test_a_single_label_has_no_second() -> None:
    facts = request_facts(hello(SHAPES["byedpi"], dice(1), "localhost"))
    assert facts.labels is None
    assert resolve(at("sld"), facts) is None
    assert facts.host
    assert resolve(at("host"), facts) == facts.host[0]


def test_a_name_over_two_records_is_found_in_the_stream() -> None:
    cut = split_records(HELLO, [134])
    facts = request_facts(cut)
    assert facts.host == (127, 147)
    assert facts.labels == (131, 143)
    assert cut[134:139].hex() == "160301017f"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (HELLO, "tls"), (LONG, "tls"), (PAGE, "http"), (INITIAL, "quic"), (b"", "unknown"),
        (b"\x16\x03\x01", "unknown"), (b"SSH-2.0-x\r\n", "unknown"), (b"\r\n" + PAGE, "http"),
        (b"\x16\x03\x01\x00\x05\x02\x00\x00\x01\x00", "unknown"), (b"G\0T / HTTP/1.1", "unknown"),
    ],
)  # fmt: skip
def test_the_kind_of_a_request(data, kind) -> None:
    assert request_facts(data).kind == kind
    assert request_facts(data).length == len(data)


def test_line_ends_before_a_method_are_passed_over() -> None:
    facts = request_facts(b"\r\n" + PAGE)
    assert facts.method == 2
    assert resolve(at("method"), facts) == 2


def test_a_host_header_has_any_case_and_blank() -> None:
    assert find_host_header(b"GET / HTTP/1.1\r\nhoSt:x.com\r\n\r\n") == 16
    assert find_host_header(b"GET / HTTP/1.1\r\n\r\nHost: body\r\n") is None
    assert request_facts(b"GET / HTTP/1.1\r\nhost:x.com\r\n\r\n").host == (21, 26)


@pytest.mark.parametrize(
    ("name", "label"),
    [(b"x.com", (0, 1)), (b"www.example.co.uk", (12, 14)), (b"com", None), (b"", None)],
)
def test_the_second_label(name, label) -> None:
    assert second_label(name) == label


def test_all_positions_sorted_and_once() -> None:
    every = "1,sniext+1,host+1,midsld-2,midsld,midsld+2,endhost-1,method,134"
    places = resolve_all([at(text) for text in every.split(",")], FACTS)
    assert places == (1, 123, 128, 132, 134, 136, 141)


def test_the_first_marker_then_the_first_number_then_one() -> None:
    assert resolve_first([at("3"), at("method"), at("host")], FACTS) == 127
    assert resolve_first([at("600"), at("3"), at("method")], FACTS) == 3
    assert resolve_first([], FACTS) == 1


def test_random_places_need_dice() -> None:
    assert resolve(at("random"), FACTS) is None
    assert resolve(at("randhost"), FACTS) is None
    assert place_of(at("random"), FACTS, dice(1)) in range(517)
    assert place_of(at("randhost"), FACTS, dice(1)) in range(127, 142)


@given(st.integers(1, 516))
def test_every_expression_means_its_offset(offset) -> None:
    found = expressions(offset, FACTS)
    assert at(str(offset)) in found
    assert all(resolve(one, FACTS) == offset for one in found)
    assert len(set(found)) == len(found)


def test_nothing_means_an_offset_outside() -> None:
    assert expressions(0, FACTS) == expressions(517, FACTS) == ()


def test_small_numbers_come_before_distant_markers() -> None:
    assert [str(one) for one in expressions(2, PAGE_FACTS)][:2] == ["2", "method+2"]
    assert str(expressions(127, FACTS)[0]) == "host"
    assert str(expressions(134, FACTS)[0]) == "midsld"


def test_several_requests_decide() -> None:
    other = Request("tls", 600, (153, 158), (153, 154), 148)
    best = rank([(FACTS, [134]), (other, [154])])
    assert str(best[0].position) == "midsld"
    assert (best[0].support, best[0].against, best[0].distinct) == (2, 0, 2)
    fixed = rank([(FACTS, [3]), (other, [3])])
    assert str(fixed[0].position) == "3"
    assert fixed[0].distinct == 1


def test_a_reading_that_was_not_cut_counts_against() -> None:
    other = Request("tls", 600, (153, 158), (153, 154), 148)
    readings = {str(one.position): one for one in rank([(FACTS, [127]), (other, [2])])}
    assert readings["host"].against == 1
    assert readings["host"].support == 1


@given(st.binary(max_size=300))
def test_any_bytes_have_facts(data) -> None:
    facts = request_facts(data)
    for name in ("host", "endhost", "midsld", "sniext", "method", "2", "-2"):
        place = resolve(at(name), facts)
        assert place is None or 0 < place < facts.length


@given(st.integers(0, 516), st.integers(0, 255))
def test_a_changed_byte_is_no_harm(index, byte) -> None:
    changed = HELLO[:index] + bytes([byte]) + HELLO[index + 1 :]
    facts = request_facts(changed)
    assert facts.host is None or facts.host[0] <= facts.host[1]

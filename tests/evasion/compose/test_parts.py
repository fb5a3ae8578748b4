"""Send orders of zapret's second phase, every variant of each (domain reference 2.6)."""

from __future__ import annotations

import pytest

from tests.evasion.compose.stage import (
    FACTS,
    HELLO,
    LONG,
    PAGE,
    PATH,
    reassembled,
    relative,
    volley,
    words,
)  # fmt: skip
from workbench.evasion.compose import compose
from workbench.evasion.compose.scene import play
from workbench.evasion.phases import SplitKind
from workbench.evasion.strategy import (
    Fake,
    Fooling,
    Payload,
    Position,
    Split,
    Strategy,
    Ttl,
)  # fmt: skip

TTL3 = Ttl.fixed(3)


def composed(kind: SplitKind, *places: str, request: bytes = HELLO, fake: bool = False, **more):
    positions = tuple(Position.parse(place) for place in places)
    mode = more.pop("ip_id_mode", "")
    split = Split(kind, positions, ttl=more.pop("ttl", TTL3), **more)
    first = (Fake(ttl=TTL3),) if fake else ()
    strategy = Strategy(phase1=first, phase2=split, tool="nfqws", ip_id_mode=mode)
    return compose(strategy, request, PATH)


@pytest.mark.parametrize(
    ("kind", "variant", "order"),
    [
        ("fakedsplit", 0, "f1 R1 f1 f2 R2 f2"),
        ("fakedsplit", 1, "R1 f1 f2 R2 f2"),
        ("fakedsplit", 2, "R1 f2 R2 f2"),
        ("fakedsplit", 3, "R1 f2 R2"),
        ("fakeddisorder", 0, "f2 R2 f2 f1 R1 f1"),
        ("fakeddisorder", 1, "R2 f2 f1 R1 f1"),
        ("fakeddisorder", 2, "R2 f1 R1 f1"),
        ("fakeddisorder", 3, "R2 f1 R1"),
        ("multisplit", 0, "R1 R2"),
        ("multidisorder", 0, "R2 R1"),
        ("hostfakesplit", 0, "R1 f2 R2 f2 R3"),
        ("hostfakesplit", 1, "R1 f2 R3 R2"),
    ],
)
@pytest.mark.parametrize("request_bytes", [HELLO, PAGE])
def test_the_order_of_every_variant(kind, variant, order, request_bytes) -> None:
    sent = composed(kind, "3", altorder=variant, request=request_bytes)
    assert words(sent) == order
    assert words(composed(kind, "3", altorder=variant, fake=True)) == f"F {order}"
    assert reassembled(sent) == request_bytes


@pytest.mark.parametrize(
    ("added", "first", "second"),
    [(0, "f1 R1 f1", "f3 R3 f3"), (8, "f1 R1 f1", "R3 f3"), (16, "f1 R1 f1", "R3")],
)
def test_a_packet_without_a_cut_has_variants_of_its_own(added, first, second) -> None:
    sent = composed("fakedsplit", "3", altorder=added, request=LONG)
    assert words(sent) == f"{first} f2 R2 f2 {second}"
    assert volley(sent)[-1].length == 552
    assert reassembled(sent) == LONG
    backwards = composed("fakeddisorder", "3", altorder=added, request=LONG)
    assert words(backwards) == f"f2 R2 f2 {first} {second}"


def test_repeats_multiply_the_fakes_alone() -> None:
    sent = composed("fakeddisorder", "3", repeats=2)
    assert words(sent) == "f2 f2 R2 f2 f2 f1 f1 R1 f1 f1"
    assert [packet.ip_id - 0x4000 for packet in volley(sent)] == [0, 0, 1, 2, 2, 3, 3, 4, 5, 5]


def test_shadows_have_range_and_pattern_of_their_part() -> None:
    pattern = Payload("bytes", data=b"0123456789")
    sent = volley(composed("fakedsplit", "13", pattern=pattern))
    first, second = (packet for packet in (sent[0], sent[3]))
    assert first.payload == b"0123456789012"
    assert second.payload[:8] == b"34567890"
    assert (second.length, second.offset) == (504, 13)
    assert {packet.ttl for packet in sent if not packet.genuine} == {3}
    assert {packet.ttl for packet in sent if packet.genuine} == {64}


def test_a_pattern_goes_on_in_the_second_packet() -> None:
    pattern = Payload("bytes", data=b"0123456789")
    sent = volley(composed("fakedsplit", "13", pattern=pattern, request=LONG))
    assert sent[-1].payload[:2] == b"89"


@pytest.mark.parametrize(
    ("kind", "place", "overlap", "rows"),
    [
        ("multisplit", "10", 1, [(0, 11), (11, 507)]),
        ("multidisorder", "10", 3, [(8, 510), (1, 10)]),
        ("multidisorder", "10", 10, [(11, 507), (1, 10)]),
        ("fakedsplit", "10", 4, [(-3, 14), (11, 507)]),
        ("fakeddisorder", "10", 4, [(7, 511), (1, 10)]),
        ("fakeddisorder", "10", 10, [(11, 507), (1, 10)]),
        ("multisplit", "10", 1500, [(1, 10), (11, 507)]),
    ],
)
def test_overlaps(kind, place, overlap, rows) -> None:
    sent = volley(composed(kind, place, seqovl=Position("", overlap), altorder=3))
    genuine = [packet for packet in sent if packet.genuine]
    found = [(relative(packet.seq, PATH.client_isn), packet.length) for packet in genuine]
    assert found == rows
    assert reassembled(sent) == HELLO


def test_an_overlap_may_reach_to_a_marker_in_reverse_only() -> None:
    at = Position.parse("midsld-1")
    sent = volley(composed("multidisorder", "midsld", seqovl=at))
    assert sent[0].overlap == 133
    assert (
        play(
            Strategy(phase2=Split("multidisorder", (Position("midsld"),), seqovl=at)), HELLO
        ).delivered
        == HELLO
    )
    assert volley(composed("multisplit", "midsld", seqovl=at))[0].overlap == 0


def test_an_overlap_has_its_pattern() -> None:
    pattern = Payload("bytes", data=b"\x16\x03")
    sent = composed("multisplit", "1", seqovl=Position("", 5), seqovl_pattern=pattern)
    assert volley(sent)[0].payload == b"\x16\x03\x16\x03\x16" + HELLO[:1]


def test_the_name_is_shadowed_by_a_template() -> None:
    sent = volley(composed("hostfakesplit", host_fake="google.com"))
    assert sent[1].payload[-11:] == b".google.com"
    assert len(sent[1].payload) == 15
    assert [packet.length for packet in sent] == [127, 15, 15, 15, 375]


def test_the_genuine_name_may_be_cut() -> None:
    sent = composed("hostfakesplit", midhost=Position("midsld"))
    assert words(sent) == "R1 f2 R2 R3 f2 R4"
    assert [packet.ip_id - 0x4000 for packet in volley(sent)] == list(range(6))
    swapped = composed("hostfakesplit", midhost=Position("midsld"), altorder=1)
    assert words(swapped) == "R1 f2 R4 R2 R3"
    assert [packet.ip_id - 0x4000 for packet in volley(swapped)] == [0, 1, 4, 2, 3]
    outside = composed("hostfakesplit", midhost=Position("", 3))
    assert words(outside) == "R1 f2 R2 f2 R3"


def test_a_group_shares_its_identification() -> None:
    sent = volley(composed("fakeddisorder", "3", ip_id_mode="seqgroup"))
    assert [packet.ip_id - 0x4000 for packet in sent] == [0, 0, 0, 1, 1, 1]
    named = volley(composed("hostfakesplit", ip_id_mode="seqgroup"))
    assert [packet.ip_id - 0x4000 for packet in named] == [0, 1, 1, 1, 2]


def test_reversed_parts_count_down() -> None:
    sent = volley(composed("multidisorder", "1", "midsld", "300"))
    assert [packet.ip_id - 0x4000 for packet in sent] == [3, 2, 1, 0]
    assert {
        packet.ip_id for packet in volley(composed("multidisorder", "1", ip_id_mode="zero"))
    } == {0}


@pytest.mark.parametrize("kind", ["multisplit", "multidisorder", "hostfakesplit"])
def test_what_does_not_resolve_leaves_the_packet_whole(kind) -> None:
    strategy = Strategy(phase2=Split(kind, (Position("method"),)))
    no_name = PAGE.replace(b"Host: www.example.com\r\n", b"")
    request_bytes = no_name if kind == "hostfakesplit" else HELLO
    sent = volley(compose(strategy, request_bytes))
    assert [packet.role for packet in sent] == ["original"]


def test_shadows_are_fooled_and_parts_are_not() -> None:
    sent = volley(composed("fakedsplit", "3", fooling=Fooling.of("badsum", "md5sig"), ttl=Ttl()))
    for packet in sent:
        assert packet.checksum_good == packet.genuine
        assert (19 in packet.option_layout) != packet.genuine
        assert packet.ttl == 64


def test_the_scene_has_its_facts() -> None:
    assert FACTS.length == len(HELLO)

"""What makes fakes unacceptable, with exact numbers."""

from __future__ import annotations

import pytest

from workbench.evasion.fooling import common, fooling_of, layout_names, ttl_of
from workbench.evasion.seen import Seen
from workbench.evasion.values import Fooling

MODEL = Seen(9, 0, 0, 517, timestamp=1_000_000, layout=0x227)


def fake(**values: object) -> Seen:
    usual = {"offset": 0, "timestamp": 1_000_000, "layout": 0x227}
    return Seen(1, 0, length=680, **(usual | values))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "shift", "expected"),
    [
        (fake(), 0, Fooling()),
        (fake(checksum=77, hard=True), 0, Fooling.of("badsum")),
        (fake(checksum=0x100, hard=True), 0, Fooling(frozenset({"badsum"}), checksum="+1")),
        (fake(checksum=0xFFFF, hard=True), 0, Fooling(frozenset({"badsum"}), checksum="-1")),
        (fake(ack_shift=-66_000, hard=True), -10_000, Fooling.of("badseq")),
        (fake(ack_shift=-66_000, hard=True), 0, Fooling(frozenset({"badseq"}), badseq_increment=0)),
        (fake(md5=True, hard=True), 0, Fooling.of("md5sig")),
        (fake(timestamp=400_023, hard=True), 0, Fooling.of("ts")),
        (fake(timestamp=900_000, hard=True), 0, Fooling(frozenset({"ts"}), ts_increment=-100_000)),
        (fake(flags=8), 0, Fooling.of("datanoack")),
        (fake(flags=25), 0, Fooling(frozenset({"flags"}), flags_set=1)),
        (fake(flags=16), 0, Fooling(frozenset({"flags"}), flags_unset=8)),
        (fake(headers=(0,)), 0, Fooling.of("hopbyhop")),
        (fake(headers=(0, 0)), 0, Fooling.of("hopbyhop2")),
        (fake(hard=True, offset=-680), -680, Fooling.of("pastseq")),
        (fake(hard=True, offset=1 << 20), 1 << 20, Fooling.of("randseq")),
    ],
)
def test_marks(one: Seen, shift: int, expected: Fooling) -> None:
    assert fooling_of(one, MODEL, shift).plain() == expected.plain()


def test_a_clock_that_goes_on_is_no_fooling() -> None:
    assert not fooling_of(fake(timestamp=1_000_900), MODEL)
    assert not fooling_of(fake(timestamp=-1), MODEL)


def test_the_flag_that_a_joined_frame_has_is_not_missing() -> None:
    assert not fooling_of(fake(flags=16), Seen(9, 0, 0, 2000))


def test_the_timestamp_moved_to_the_front() -> None:
    model = Seen(9, 0, 0, 9, layout=0x2267)
    assert fooling_of(Seen(1, 0, 0, 9, layout=0x7226), model).kinds == {"tsup"}
    assert not fooling_of(Seen(1, 0, 0, 9, layout=-1), model).kinds


def test_headers_that_all_packets_have_are_no_fooling() -> None:
    model = Seen(9, 0, 0, 517, headers=(0,))
    assert not fooling_of(Seen(1, 0, 0, 9, headers=(0,)), model)


def test_the_most_frequent_wins_and_others_are_counted() -> None:
    usual, odd = Fooling.of("badsum"), Fooling.of("ts")
    assert common([usual, odd, usual]) == (usual, 1)
    assert common([]) == (Fooling(), 0)
    assert str(ttl_of([Seen(1, 0, 0, 1, ttl=3), Seen(2, 0, 0, 1, ttl=3), Seen(3, 0, 0, 1)])) == "3"
    assert str(ttl_of([])) == "same"


def test_layouts_read_in_the_order_sent() -> None:
    assert layout_names(0x722) == ("ts", "nop", "nop")
    assert layout_names(0) == ()

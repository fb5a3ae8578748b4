"""Which packets are meant, and the request that they carry."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.evasion.compose.stage import HELLO, PAGE
from tests.evasion.sequences import packets
from workbench.evasion.genuine import FAKE, GENUINE, OTHER, asked, settle, without_urgent
from workbench.evasion.seen import Seen

LATER = 30_000_000


def marks(sent: list[Seen], reached: int | None = None) -> str:
    return "".join(what[0] for what in settle(sent, reached))


def test_zeros_lose_against_anything_else() -> None:
    sent = packets("4:514=zeros 4:514=0200010001fc 4:514=zeros 1:3=zeros 1:3=160301 1:3=zeros")
    assert marks(sent) == "fgffgf"


def test_an_unmarked_hello_before_the_parts_is_the_fake() -> None:
    assert marks(packets("1:680=CH:fake 1:2=1603 3:515=010200010001")) == "fgg"


def test_what_ends_behind_the_senders_own_numbers_is_the_fake() -> None:
    true, other = Seen(1, 0, 0, 4, data=b"real"), Seen(2, LATER, 0, 6, data=b"faked!", beyond=True)
    assert settle([true, other]) == [GENUINE, FAKE]


def test_a_piece_that_died_is_genuine_and_a_low_copy_sent_at_once_is_not() -> None:
    dead = Seen(1, 0, 0, 1, data=b"\x16", ttl=1)
    rest = Seen(2, 9, 1, 3, data=b"abc")
    again = Seen(3, LATER, 0, 1, data=b"\x16")
    assert settle([dead, rest, again]) == [GENUINE] * 3
    assert settle([dead, Seen(3, 50, 0, 1, data=b"\x16"), rest]) == [FAKE, GENUINE, GENUINE]


def test_low_data_that_nobody_acknowledges_is_no_request() -> None:
    sent = packets("1:680[ttl3]=CH:only")
    assert marks(sent) == "g"
    assert marks(sent, reached=0) == "f"
    assert marks(sent, reached=680) == "g"


def test_a_wrong_checksum_on_what_arrived_was_spoilt_by_the_recording() -> None:
    sent = packets("1:97[badsum]=http")
    assert marks(sent, reached=97) == "g"
    assert marks(sent, reached=0) == "f"
    assert marks(packets("1:97[badsum]=http 1:97=http"), reached=97) == "fg"


def test_a_signed_piece_fills_a_hole_that_nothing_else_fills() -> None:
    assert marks(packets("1:1[md5]=16 2:516=030102000100")) == "gg"
    assert marks(packets("1:517[md5]=CH:fake 1:517=CH:real")) == "fg"


def test_resets_and_syns_are_neither() -> None:
    assert settle(packets("0:16[S]=zeros 1:0[R] 1:4=16030100")) == [OTHER, OTHER, GENUINE]


def test_the_urgent_byte_is_taken_out_and_the_rest_moves_down() -> None:
    sent, place, byte = without_urgent(packets("1:2[PAU]=1661 3:516=030102000100"))
    assert (place, byte) == (1, 0x61)
    assert [(one.offset, one.length) for one in sent] == [(0, 1), (1, 516)]
    assert without_urgent(packets("1:2=1661"))[1] == -1


def test_the_request_ends_by_its_own_word() -> None:
    sent = [Seen(1, 0, 0, 517, data=HELLO), Seen(2, 9, 517, 4, data=b"more")]
    request = asked(sent, settle(sent))
    assert (request.kind, request.length, request.complete) == ("tls", 517, True)
    cut = asked(sent[:1], [FAKE])
    assert cut.length == 0
    page = [Seen(1, 0, 0, len(PAGE), data=PAGE)]
    assert asked(page, settle(page)).kind == "http"


def test_of_two_overlapping_parts_the_one_further_left_is_believed() -> None:
    sent = [Seen(1, 0, 1, 516, data=b"\0" + HELLO[2:]), Seen(2, 9, 0, 2, data=HELLO[:2])]
    assert asked(sent, settle(sent)).data == HELLO


@given(st.lists(st.tuples(st.integers(-50, 50), st.binary(max_size=6), st.integers(0, 4),
                          st.booleans()), max_size=24))  # fmt: skip
def test_anything_gets_a_standing(given_: list[tuple[int, bytes, int, bool]]) -> None:
    sent = [
        Seen(at, at * 7, offset, len(data), data=data, ttl=ttl, hard=hard)
        for at, (offset, data, ttl, hard) in enumerate(given_)
    ]
    standing = settle(sent, 10)
    assert len(standing) == len(sent)
    assert set(standing) <= {GENUINE, FAKE, OTHER}
    assert asked(sent, standing).length >= 0

"""Tools that own the socket."""

from __future__ import annotations

import pytest

from tests.evasion.compose.stage import (
    HELLO,
    LONG,
    PAGE,
    PATH,
    parsed,
    reassembled,
    relative,
    volley,
)  # fmt: skip
from workbench.evasion.compose import compose
from workbench.evasion.compose.scene import play
from workbench.evasion.parsing import parse


def sent(command: str, request: bytes = HELLO, path=PATH):
    return volley(compose(parse(command), request, path))


def rows(made) -> list[tuple[int, int, int]]:
    return [(relative(one.seq, PATH.client_isn), one.length, one.ttl) for one in made]


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("ciadpi -s1+s", [(1, 128, 64), (129, 389, 64)]),
        ("ciadpi -d1", [(1, 1, 1), (2, 516, 64), (1, 1, 64)]),
        (
            "ciadpi -d1:3:5",
            [(1, 1, 1), (2, 5, 64), (7, 5, 1), (12, 506, 64), (1, 1, 64), (7, 5, 64)],
        ),
        ("ciadpi -s2+s -d5+s", [(1, 129, 64), (130, 3, 1), (133, 385, 64), (130, 3, 64)]),
        ("ciadpi -o1", [(1, 2, 64), (3, 516, 64)]),
        ("ciadpi -q1", [(1, 2, 1), (3, 516, 64), (1, 2, 64)]),
        ("ciadpi -f-1 -t3", [(1, 516, 3), (517, 1, 64), (1, 516, 64)]),
        ("ciadpi -r1+s", [(1, 522, 64)]),
        ("tpws --split-pos=1,midsld", [(1, 1, 64), (2, 133, 64), (135, 383, 64)]),
        (
            "tpws --split-pos=1,midsld --disorder",
            [(1, 1, 1), (2, 133, 64), (135, 383, 64), (1, 1, 64)],
        ),
        ("tpws --split-pos=midsld --oob", [(1, 135, 64), (136, 383, 64)]),
        ("tpws --tlsrec=sniext+1 --split-pos=1,200", [(1, 1, 64), (2, 204, 64), (206, 317, 64)]),
        ("spoof-dpi -window-size 100", [(1 + 100 * i, 100 if i < 5 else 17, 64) for i in range(6)]),
    ],
)  # fmt: skip
def test_what_leaves_the_socket(command, found) -> None:
    assert rows(sent(command)) == found
    assert play(parse(command), HELLO).delivered[-1:] == HELLO[-1:]


def test_pieces_beyond_the_first_window_wait() -> None:
    made = sent("spoof-dpi -window-size 3")
    assert len(made) == 11
    assert made[10].length == 487
    assert made[10].pause_ns >= PATH.rtt_ns


def test_a_long_piece_is_cut_by_the_kernel() -> None:
    made = sent("ciadpi -s1", LONG)
    assert [one.length for one in made] == [1, 1448, 551]
    assert reassembled(made) == LONG


def test_lost_neighbours_are_repeated_together() -> None:
    made = sent("ciadpi -d1 -f1+s -t3")
    assert rows(made)[-1] == (1, 128, 64)
    assert made[-1].payload == HELLO[:128]
    assert made[-1].role == "retransmission"


def test_an_urgent_byte_is_no_part_of_the_request() -> None:
    one, rest = sent("ciadpi -o1 -e b")
    assert one.payload == HELLO[:1] + b"b"
    assert (one.flags, one.urgent) == (0x38, 2)
    assert (rest.offset, rest.payload) == (1, HELLO[1:])
    assert play(parse("ciadpi -o1"), HELLO).delivered == HELLO
    assert play(parse("ciadpi -q1"), HELLO).delivered == HELLO


def test_a_fake_with_the_md5_option() -> None:
    made = sent("ciadpi -f1 -S -t64")
    assert made[0].option_layout == (1, 1, 19, 1, 1, 8)
    assert made[2].option_layout == (1, 1, 8)


def test_a_fake_with_another_name() -> None:
    fake = sent("ciadpi -f-1 -nwww.google.com")[0]
    assert parsed(fake.payload + b"\0").server_name == "www.google.com"
    assert fake.ttl == 8


def test_a_fake_of_a_page_request() -> None:
    fake = sent("ciadpi -f-1", PAGE)[0]
    assert fake.payload.startswith(b"GET / HTTP/1.1\r\nHost: www.wikipedia.org")


def test_a_version_byte() -> None:
    assert sent("ciadpi -m2")[0].payload[:3] == b"\x16\x03\x02"


def test_windows_repeats_all_from_the_first_loss() -> None:
    made = sent("ciadpi -d1", path=PATH.but(windows=True))
    assert rows(made)[-1] == (1, 517, 64)


def test_greentunnel_is_joined_by_the_kernel() -> None:
    made = sent("gt")
    assert [one.length for one in made] == [100, 417]

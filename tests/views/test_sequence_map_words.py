"""What a sequence map says in words."""

from __future__ import annotations

from dataclasses import replace

from tests.views.pictures import sequence_map
from workbench.evasion.sequence_values import Bar, SequenceMap
from workbench.views.sequence_map_words import (
    COLUMNS,
    bar_text,
    map_caption,
    map_table,
    rows_of,
    signed,
    what_is,
)

MAP = sequence_map()
BARS = {bar.token: bar for bar in MAP.bars}
PART = Bar(6, 30, "P1", "part", 0, 517, ttl=64, part=1)


def test_a_bar_says_what_it_is_its_ttl_and_its_checksum() -> None:
    assert bar_text(BARS["P2"], MAP) == "part 2 of 2 · ttl 64 · good checksum"
    assert bar_text(BARS["f2"], MAP) == "shadow of P2 · ttl 3 · bad checksum · badseq · x.com"
    assert bar_text(BARS["S"], MAP).startswith("at the handshake, x.com")
    assert bar_text(BARS["P1"], MAP).endswith("200 B of filling first")
    assert bar_text(PART, replace(MAP, parts=1)).startswith("the whole request")


def test_odd_numbers_are_said_usual_ones_are_not() -> None:
    odd = replace(BARS["F"], moved=-20_000)
    assert "badseq −20,000" in bar_text(odd, MAP)
    assert "−10,000" not in bar_text(BARS["F"], MAP)
    plain = replace(BARS["F"], fooling=(), checksum="good", moved=5)
    assert "sequence +5" in bar_text(plain, MAP)
    assert signed(-1_234) == "−1,234"


def test_words_fit_a_narrow_screen_but_for_names() -> None:
    long = replace(BARS["F"], payload="hello for " + "n" * 250)
    assert len(bar_text(long, MAP)) < 85
    assert max(len(bar_text(bar, MAP)) for bar in MAP.bars) < 64


def test_genuine_packets_that_die_are_said_to() -> None:
    dying = replace(PART, low=True, ttl=1)
    assert "ttl 1, dies on the way" in bar_text(dying, MAP)
    assert what_is(replace(PART, kind="retransmission"), MAP) == "part 1 again"
    assert what_is(replace(PART, kind="retransmission", part=0), MAP) == "request again"


def test_what_comes_again_takes_one_row() -> None:
    rows, hidden = rows_of(MAP)
    assert (len(rows), hidden) == (8, 0)
    assert rows[-1].text == "sent again after 250 ms: R"
    volleys = [replace(PART, since_ns=at * 10**9, volley=at + 1, kind="retransmission")
               for at in range(12)]  # fmt: skip
    rows, _ = rows_of(SequenceMap("tls", 517, (PART, *volleys[1:]), parts=1))
    assert [row.token for row in rows] == ["P1", "R", "R", "R", "R", "…"]
    assert rows[-1].text == "7 more times, the last after 11 s"


def test_a_piece_let_die_shows_its_second_coming() -> None:
    again = replace(PART, kind="retransmission", token="R1", volley=2)
    rows, _ = rows_of(SequenceMap("tls", 517, (replace(PART, low=True, ttl=1), again), parts=2))
    assert [row.text for row in rows] == [
        "part 1 of 2 · ttl 1, dies on the way · good checksum",
        "part 1 again · ttl 64 · good checksum",
    ]


def test_the_caption_is_a_conclusion() -> None:
    said = map_caption(MAP)
    assert said.startswith("For a request of 517 bytes the client sent 7 packets: 2 genuine parts,")
    assert "the last one first, and 3 fakes." in said
    assert "diamond" in said
    assert "sent again 1 time" in said
    whole = SequenceMap("http", 60, (PART,), parts=1)
    only = "For a request of 60 bytes the client sent 1 packet: the whole request once."
    assert map_caption(whole) == only
    assert "nothing" in map_caption(SequenceMap())
    unseen = replace(whole, unseen=((0, 3),), left_out=5)
    assert "Bytes 0 to 3 never came past" in map_caption(unseen)
    assert map_caption(unseen).endswith("5 more packets are not drawn.")


def test_the_table_has_a_row_for_each_packet() -> None:
    table = map_table(MAP)
    assert list(table.columns) == [column.name for column in COLUMNS]
    assert len(table) == 8
    assert table["place"].tolist()[:3] == ["there", "−10,000 bytes", "−10,000 bytes"]
    assert len(map_table(SequenceMap())) == 0

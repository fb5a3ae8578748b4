"""A strategy in sentences."""

from __future__ import annotations

import pytest

from workbench.evasion.confounders import NOTES, Confounder
from workbench.evasion.parsing import parse
from workbench.evasion.strategy import NONE, Evidence, Strategy, Token
from workbench.traffic.focus import Choice
from workbench.traffic.vantage import PLACES, Vantage
from workbench.views.strategy_words import (
    field_words,
    how_sure,
    strategy_cards,
    strategy_subtitle,
    strategy_title,
    unseen,
)

CLIENT = Vantage("client", ("ttl",), ("ttl: client (1 connections)",))


def row(strategy: Strategy, **more: object) -> dict[str, object]:
    """Return a row of the strategies table."""
    cells = {"connection": 3, "client": "10.0.0.1:1", "server": "10.0.0.2:443", "ttl": 3,
             "server_name": "x.com", "strategy": strategy.text, "autottl": "", "split_pos": "3",
             "fooling": "badseq,badsum", "repeats": 1, "seqovl": "", "order": None}  # fmt: skip
    return {**cells, "descriptor": strategy, **more}


def known(**evidence: Evidence) -> Strategy:
    """Return a strategy with evidence."""
    given = {path.replace("__", "."): one for path, one in evidence.items()}
    first = parse("nfqws --dpi-desync=fake --dpi-desync-ttl=3")
    return Strategy(phase1=first.phase1, evidence=given)


def test_the_headline_names_server_and_strategy() -> None:
    assert strategy_title(row(known())) == "x.com: fake"
    assert "without a strategy" in strategy_title(row(NONE))
    assert strategy_title(row(NONE, server_name="")).startswith("10.0.0.2:443: ")
    said = strategy_subtitle("a.pcap", row(NONE), Choice(3, "it is there"))
    assert said == "a.pcap · connection 3, 10.0.0.1:1 to 10.0.0.2:443 · chosen because it is there"


def test_three_cards_answer_three_questions() -> None:
    cards = strategy_cards(row(known(phase1=Evidence((4, 5, 6), (), 3))), (), CLIENT)
    did, sure, blind = cards
    assert did.lines[0] == "In short: ttl 3; split 3; fooling badseq, badsum."
    assert did.lines[1].startswith("fake: Sends packets with another payload")
    assert (sure.tone, blind.tone) == ("good", "plain")
    assert "Captured at the client" in blind.lines[0]


def test_doubt_has_another_tone() -> None:
    doubtful = known(phase1=Evidence((4,), (), 1, 1))
    assert strategy_cards(row(doubtful), (), CLIENT)[1].tone == "warn"
    clouded = strategy_cards(row(known()), (Confounder("offload", NOTES["offload"]),), CLIENT)
    assert clouded[2].tone == "warn"
    assert clouded[2].lines[-1].startswith("offload: checksums of the client")


def test_the_weakest_value_and_its_rivals_are_named() -> None:
    lines = how_sure(known(
        phase1=Evidence((4, 5, 6), (), 3),
        phase1__ttl=Evidence((4,), ("auto -1", "b", "c", "d", "e", "f"), 1),
    ))  # fmt: skip
    assert lines[0] == (
        "Confidence 0.67: the weakest value, the TTL of the fakes before the request, has "
        "1 observation for it and 0 against."
    )
    assert lines[1].endswith("may also be read as auto -1 or b or c or d and 2 more.")
    assert how_sure(known(phase1=Evidence((4,), (), 1)))[-1].startswith("No other reading")


def test_what_is_not_explained_and_not_the_clients_is_said() -> None:
    strategy = Strategy(phase1=known().phase1, unexplained=(Token("f2", (7,), "no order has it"),),
                        others=("server-window",))  # fmt: skip
    assert "Not explained: f2 in frame 7; no order has it." in how_sure(strategy)
    assert how_sure(strategy)[-1] == "Not the client's doing: server-window."
    assert how_sure(NONE)[0].startswith("No packet contradicts another")


@pytest.mark.parametrize("place", PLACES)
def test_every_place_says_what_it_hides(place: str) -> None:
    said = unseen((), Vantage(place, (), ()))
    assert len(said) == 1
    assert "sight" in said[0] or "not" in said[0]


def test_paths_without_words_stay_paths() -> None:
    assert field_words("phase2.positions") == "the place of the cuts"
    assert field_words("sockets.pieces.0") == "the end of a piece (no. 1)"
    assert field_words("phase9.x") == "phase9.x"

"""Everything that the page is told."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import workbench as wb
from tests.capture.build import pcap
from tests.hostile import ATTACKS, hostile_text
from workbench.widgets.desk import PAGE_ROWS, Desk


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk(wb.read("data/ordinary.pcapng"))


def ask(desk: Desk, what: str, **more: Any) -> dict[str, Any]:
    """Return an answer as the page gets it."""
    answer: dict[str, Any] = json.loads(
        json.dumps(desk.answer({"ask": what, **more}), allow_nan=False)
    )
    return answer


def test_first_of_all_the_capture(desk: Desk) -> None:
    hello = ask(desk, "hello")
    assert (hello["name"], hello["packets"], hello["connections"]) == ("ordinary.pcapng", 625, 31)
    assert hello["shown"][0] == "connection"
    assert set(hello["shown"]) <= {column["name"] for column in hello["columns"]}
    assert hello["facets"]["proto"] == {"udp": 18, "tcp": 13}
    assert hello["roles"]["client"]["colour"] == "blue"
    assert hello["span"] == "11.4 s"


def test_rows_are_a_window_of_what_matches(desk: Desk) -> None:
    answer = ask(desk, "rows", search="tcp", sort="packets", descending=True, first=2, count=3)
    assert (answer["matched"], answer["total"], answer["first"]) == (13, 31, 2)
    assert len(answer["cells"]) == len(answer["connections"]) == 3
    at = answer["columns"].index("packets")
    packets = [int(cells[at].replace(",", "")) for cells in answer["cells"]]
    assert packets == sorted(packets, reverse=True)


def test_columns_can_be_chosen(desk: Desk) -> None:
    answer = ask(desk, "rows", columns=["server_end", "nonsense", "packets"], count=1)
    assert answer["columns"] == ["server_end", "packets"]
    assert answer["cells"] == [["10.77.2.53:53", "2"]]


def test_a_connection_is_found_among_the_rows(desk: Desk) -> None:
    assert ask(desk, "rows", find=16)["place"] == 16
    assert ask(desk, "rows", search="udp", find=1)["place"] == -1
    around = ask(desk, "rows", find=16, count=5, around=True)
    assert (around["first"], around["place"]) == (15, 16)
    assert 16 in around["connections"]


def test_time_narrows_down(desk: Desk) -> None:
    line = ask(desk, "timeline", connection=1)
    assert sum(line["packets"].values()) == 625
    assert not line["zoomed"]
    (bin_of_it,) = line["mine"]
    part = ask(desk, "part", first=bin_of_it, last=bin_of_it, connection=1)
    assert part["frame"] == 19
    assert 1 in ask(desk, "rows", part=part["part"])["connections"]
    assert ask(desk, "part", first=0, last=0, connection=1)["frame"] is None
    closer = ask(desk, "timeline", zoom=part["part"], search="udp")
    assert closer["zoomed"]
    assert closer["picture"]["x"]["low"] > 0
    assert ask(desk, "mine", connection=1)["mine"] == line["mine"]


def test_one_answer_draws_a_connection(desk: Desk) -> None:
    answer = ask(desk, "connection", connection=1)
    assert answer["packet"]["frame"] == answer["start"] == 22
    assert answer["rungs"]["rows"][answer["rungs"]["place"]]["frame"] == 22
    assert answer["packet"]["moment_ns"] > 0
    assert ask(desk, "connection", connection=1, frame=24)["packet"]["frame"] == 24
    assert ask(desk, "connection", connection=1, frame=1)["packet"]["frame"] == 22


def test_packets_and_rungs(desk: Desk) -> None:
    assert ask(desk, "packet", connection=1, frame=24)["views"]
    rungs = ask(desk, "rungs", connection=1, which="data", first=1, count=2, frame=26)
    assert [row["frame"] for row in rungs["rows"]] == [24, 26]
    assert rungs["place"] == 2


def test_connections_with_packets_that_meet_a_filter(desk: Desk) -> None:
    answer = ask(desk, "rows", search='with:"flags rst"')
    assert answer["matched"] == ask(desk, "rows", search="flag:rst")["matched"] > 0
    assert "filter" in ask(desk, "rows", search='with:"nonsense here"')["error"]


def test_the_opening_answers_what_every_page_asks_first(desk: Desk) -> None:
    assert set(desk.opening()) == {"hello", "timeline", "rows"}
    opening = desk.opening(16)
    assert opening["rows"]["place"] == 16
    assert len(opening["rows"]["cells"]) <= PAGE_ROWS
    assert opening["connection"]["connection"] == 16


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({}, "hello, timeline"),
        ({"ask": "nonsense"}, "ask"),
        ({"ask": "rows", "search": "nme:x"}, "Did you mean name"),
        ({"ask": "rows", "search": 5}, "search"),
        ({"ask": "rows", "sort": "nme"}, "no column"),
        ({"ask": "rows", "count": 10**6}, "count"),
        ({"ask": "rows", "part": "x"}, "stretch"),
        ({"ask": "timeline", "zoom": "5:1"}, "stretch"),
        ({"ask": "connection"}, "connection"),
        ({"ask": "connection", "connection": 99}, "from 0 to 30"),
        ({"ask": "rungs", "connection": 1, "which": "odd"}, "all, data, unusual"),
        ({"ask": "packet", "connection": 1, "frame": "x"}, "frame"),
    ],
)
def test_what_cannot_be_answered_is_said(desk: Desk, question: dict[str, Any], said: str) -> None:
    answer = desk.answer(question)
    assert set(answer) == {"error"}
    assert said in answer["error"]


def test_a_capture_without_packets() -> None:
    desk = Desk(wb.read(io.BytesIO(pcap([])), cache=False))
    assert ask(desk, "hello")["connections"] == 0
    assert ask(desk, "rows")["cells"] == []
    assert ask(desk, "timeline")["bins"] == 0
    assert "connection" in ask(desk, "connection", connection=0)["error"]


def test_only_the_last_connections_are_kept(desk: Desk) -> None:
    for number in range(12):
        desk.closeup(number)
    assert len(desk._closeups) == 6
    assert desk.closeup(11) is desk.closeup(11)


@given(
    st.dictionaries(
        st.sampled_from(["ask", "search", "part", "zoom", "sort", "first", "connection", "frame"]),
        st.one_of(
            st.sampled_from(["hello", "rows", "timeline", "part", "connection", "packet", "0:9"]),
            st.sampled_from(ATTACKS), hostile_text, st.integers(-9, 99), st.none(),
        ),
    )
)  # fmt: skip
def test_any_question_has_an_answer(desk: Desk, question: dict[str, Any]) -> None:
    answer = desk.answer(question)
    assert json.dumps(answer, allow_nan=False)

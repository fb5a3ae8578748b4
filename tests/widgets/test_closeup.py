"""One connection, walked through."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import workbench as wb
from tests.frames import START_NS
from workbench.widgets import closeup as module
from workbench.widgets.closeup import Closeup


@pytest.fixture(scope="module")
def capture() -> wb.Capture:
    return wb.read("data/ordinary.pcapng")


def close(capture: wb.Capture, connection: int, **options) -> Closeup:
    """Return one connection of a capture."""
    row = capture.connections.iloc[connection]
    return Closeup(capture.select(connection=connection), row, **options)


def test_what_there_is_to_know_at_once(capture: wb.Capture) -> None:
    about = close(capture, 1).about()
    assert json.loads(json.dumps(about, allow_nan=False)) == about
    assert about["title"] == "Connection 1"
    assert "TCP from 10.77.1.2:52168 to 10.77.2.10:80" in about["words"]
    assert about["counts"] == {"all": 12, "data": 4, "unusual": 0}
    assert about["start"] == 22
    chart = about["charts"]["server"]
    assert chart["unit_ns"] == 1_000_000
    frames = [
        frame for mark in chart["picture"]["marks"] for frame in mark["details"].get("frame", [])
    ]
    assert frames == ["24", "27"]


def test_a_side_that_was_silent_has_no_chart(capture: wb.Capture) -> None:
    silent = int((capture.connections["payload_server"] == 0).to_numpy().argmax())
    assert close(capture, silent).about()["charts"]["server"] is None


def test_rungs_come_in_windows(capture: wb.Capture) -> None:
    one = close(capture, 1)
    window = one.rungs("all", 2, 3)
    assert (window["total"], window["first"]) == (12, 2)
    assert [row["frame"] for row in window["rows"]] == [21, 22, 23]
    assert window["rows"][1]["label"] == "PSH ACK · 84 B"
    assert [row["frame"] for row in one.rungs("data", 0, 99)["rows"]] == [22, 24, 26, 27]
    assert one.rungs("unusual", 0, 99)["rows"] == []
    assert one.rungs("all", 99, 9)["rows"] == []


def test_frames_have_a_place(capture: wb.Capture) -> None:
    one = close(capture, 1)
    assert one.place(24) == 5
    assert one.place(24, "data") == 1
    assert one.place(25, "data") == 2
    assert one.place(9_999) == 11
    assert one.place(24, "unusual") == -1


def test_a_packet_and_its_payload(capture: wb.Capture) -> None:
    packet = close(capture, 1).packet(22)
    facts = dict(packet["facts"])
    assert facts["what"] == "PSH ACK · 84 B"
    assert facts["sent by"] == "client"
    assert packet["captured"] == packet["length"] == 84
    assert [view["kind"] for view in packet["views"]] == ["message", "text", "hex"]
    assert packet["views"][0]["rows"][1][:2] == ("Host", "www.example.org")
    bare = close(capture, 1).packet(19)
    assert (bare["views"], bare["length"]) == ([], 0)


def test_the_next_packet_is_meant_where_there_is_no_such_frame(capture: wb.Capture) -> None:
    assert close(capture, 1).packet(0)["frame"] == 19


def test_a_moment_leads_to_a_frame(capture: wb.Capture) -> None:
    one = close(capture, 1)
    start = one.packets["time"].iloc[0].value
    assert one.frame_from(start, 1) == 19
    assert one.frame_from(start + 1, 10**9) == 20
    assert one.frame_from(START_NS, 1) is None


def test_standings_are_told_where_they_are_known(
    capture: wb.Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    segments = pd.DataFrame(
        {"frame": [22], "kind": ["shadow"], "standing": ["fake"], "reasons": ["ttl"]}
    )
    judged = close(capture, 1, judge=lambda _: segments)
    assert [row["note"] for row in judged.rungs("unusual", 0, 9)["rows"]] == ["fake, shadow"]
    facts = dict(judged.packet(22)["facts"])
    assert (facts["segment"], facts["standing"], facts["because of"]) == ("shadow", "fake", "ttl")
    assert "standing" not in dict(judged.packet(24)["facts"])
    monkeypatch.setattr(module, "MOST_JUDGED", 3)
    assert close(capture, 1, judge=lambda _: segments).about()["counts"]["unusual"] == 0

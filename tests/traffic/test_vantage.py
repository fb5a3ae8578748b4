"""Where a capture was made."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.traffic.talk import ACK, SYN, SYN_OPTIONS, Talk, part
from tests.traffic.test_offload import partial
from tests.traffic.truth import cases, read
from workbench.traffic.vantage import PLACES, Vantage, infer_vantage


def seen(talk: Talk) -> Vantage:
    return infer_vantage(talk.conversations())


def shaken(ttl: int, server_ttl: int, there: float, back: float) -> Talk:
    talk = Talk(ttl=ttl, server_ttl=server_ttl).send(0, flags=SYN, ms=0)
    return talk.send(1, flags=SYN | ACK, ms=there).send(0, ms=there + back)


@pytest.mark.parametrize(
    ("ttl", "server_ttl", "there", "back", "place"),
    [
        (64, 52, 60, 0.1, "client"),
        (52, 64, 0.1, 60, "server"),
        (63, 53, 59, 1, "router"),
        (58, 57, 30, 30, "middle"),
        (128, 128, 60, 0.1, "client"),
        (64, 64, 0.1, 60, "server"),
        (64, 52, 0.1, 60, "unknown"),
        (64, 64, 0.1, 0.1, "unknown"),
        (20, 20, 0.1, 0.1, "unknown"),
    ],
)
def test_handshakes(ttl: int, server_ttl: int, there: float, back: float, place: str) -> None:
    assert seen(shaken(ttl, server_ttl, there, back)).place == place


def test_rules_and_distances_are_named() -> None:
    found = seen(shaken(64, 52, 60, 0.1))
    assert found.rules == ("ttl", "round-trip")
    assert found.evidence == ("round-trip: client (1 connection)", "ttl: client (1 connection)")
    assert (found.client_hops, found.server_hops) == (0, 12)


def test_unfinished_checksums_decide_where_ttls_cannot() -> None:
    talk = Talk(server_ttl=64).send(0, flags=SYN, checksum=partial(32), options=SYN_OPTIONS)
    talk.send(1, flags=SYN | ACK).send(0, checksum=partial(20))
    found = seen(talk)
    assert (found.place, found.rules) == ("client", ("offload",))


def test_without_a_handshake_nothing_is_known() -> None:
    found = seen(Talk().send(0, part(0, 9)))
    assert found == Vantage("unknown", (), ())
    assert found.place in PLACES


def test_files_of_the_lab(shared: Path) -> None:
    with (shared / "captures/expected/lab_labels.csv").open() as handle:
        rows = list(csv.DictReader(handle))
    answers = [(row["side"], seen_in(shared / "captures" / row["file"])) for row in rows]
    assert {place for side, place in answers if place != side} <= {"unknown"}
    assert sum(place == side for side, place in answers) >= 25


def seen_in(path: Path) -> str:
    return infer_vantage(read(path)).place


POSSIBLE = {"client": {"client"}, "pre-dpi": {"router", "middle"}, "post-dpi": {"middle"},
            "server": {"server"}}  # fmt: skip


def test_four_vantages(shared: Path) -> None:
    known, total = 0, 0
    for case in cases(shared):
        if case["vantage"] == "all" or int(case["packets"]) < 3 or "quic" in case["proto"]:
            continue
        place = seen_in(shared / "captures/desync" / case["file"])
        assert place in POSSIBLE[case["vantage"]] | {"unknown"}, case["file"]
        known, total = known + (place != "unknown"), total + 1
    assert total > 1600
    assert known > 0.98 * total

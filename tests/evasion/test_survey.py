"""All connections of a capture, and what lies beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.evasion.compose.stage import HELLO
from tests.evasion.sequences import played
from workbench.api.reading import read
from workbench.evasion.compose.capture import packets_of
from workbench.evasion.compose.path import PathFacts
from workbench.evasion.compose.scene import play
from workbench.evasion.parsing.commands import parse
from workbench.evasion.survey import survey
from workbench.traffic.connections import find_connections

FAKE = parse("nfqws --dpi-desync=fake --dpi-desync-ttl=3")


def test_numbers_are_those_of_the_capture() -> None:
    scenes = [
        play(
            FAKE if at % 3 == 2 else parse("nfqws"),
            HELLO,
            PathFacts(client_port=40_000 + at),
            seed=at,
        )
        for at in range(9)
    ]
    connections = find_connections(packets_of(scenes))
    found = list(survey(connections))
    assert [one.number for one in found] == [2, 5, 8]
    assert {one.strategy.text for one in found} == {"fake"}
    assert [one.strategy for one in survey(connections, screened=False)] == [
        one.strategy for one in found]  # fmt: skip


def test_no_connections_and_ordinary_ones() -> None:
    assert list(survey(played("nfqws"))) == []


@pytest.mark.parametrize(("name", "text"), [("nfs037-client.pcap", "syndata"),
                                            ("nfs145-client.pcap", "udplen")])  # fmt: skip
def test_stray_packets_name_the_tool(shared: Path, name: str, text: str) -> None:
    path = shared / "captures/desync/nfqws" / name
    (one,) = survey(read(path, cache=False)._connections)
    assert (one.strategy.text, one.strategy.tool) == (text, "nfqws")


def test_a_lone_fragment_beside_the_whole(shared: Path) -> None:
    path = shared / "captures/desync/youtubeUnblock/yus009-client.pcap"
    (one,) = survey(read(path, cache=False)._connections)
    assert one.strategy.text == "ipfrag2"
    assert one.strategy.evidence["phase2"].against == 1

"""A strategy as tables of a page."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings

import workbench as wb
from tests.evasion.made import anything
from tests.hostile import ATTACKS
from tests.views.pictures import sequence_map
from tests.views.strategies import CANON, capture_of
from tests.views.test_tables import read
from workbench.evasion.parsing import parse
from workbench.evasion.sequence_map import sequence_map as map_of
from workbench.evasion.sequence_values import SequenceMap
from workbench.evasion.strategy import NONE, Evidence, Strategy
from workbench.views import strategy_tables as tables

ALLOWED = {"details", "summary", "code", "pre", "ul", "li", "p"}


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory):
    """Return a capture of two strategies."""
    path = capture_of(tmp_path_factory.mktemp("made"), CANON, "nfqws")
    return wb.read(path, cache=False)


def packets(capture, drawn: SequenceMap | None = None):
    """Return the packet table of the first connection."""
    chosen = capture.select(connection=0).table(list(tables.PACKET_COLUMNS))
    map_ = map_of(capture.conversation(0)) if drawn is None else drawn
    return tables.packet_table(capture.segments(0), chosen, map_)


def test_every_bar_leads_to_the_row_of_its_packet(capture) -> None:
    drawn = map_of(capture.conversation(0))
    links = re.findall(r'href="#(frame-\d+)"', tables.map_links(drawn).html)
    assert len(links) == len(drawn.bars) == 7
    rows = re.findall(r'<tr id="(frame-\d+)">', packets(capture).html)
    assert set(links) <= set(rows)
    assert len(set(rows)) == len(rows)
    assert tables.map_links(SequenceMap()).html == ""


def test_packets_have_kind_standing_and_reasons(capture) -> None:
    text = packets(capture).text
    fake = next(line for line in text.splitlines() if " f2 " in line)
    for word in ("client", "PSH ACK", "3 to 517", "fake", "low-ttl"):
        assert word in fake
    assert "workbench explore shows them" in text
    assert "server" in text.splitlines()[-2]


def test_a_map_without_bars_still_has_its_packets(capture) -> None:
    assert "<tr id=" in packets(capture, SequenceMap()).html


def test_the_figure_has_its_numbers() -> None:
    shown = tables.map_figure(sequence_map())
    assert shown.picture.items > 10
    assert "−10,000 bytes" in shown.data.html


def test_evidence_says_value_frames_and_rivals(capture) -> None:
    strategy = capture.strategies()["descriptor"][0]
    lines = tables.evidence_table(strategy).text.splitlines()
    line = next(line for line in lines if line.startswith("phase2.positions"))
    assert line.split()[1] == "3"
    assert "-514" in line
    assert "none" in tables.evidence_table(NONE).text
    long = Strategy(evidence={"tool": Evidence(tuple(range(1, 40)), ("a",) * 20, 3)})
    assert tables.evidence_table(long).text.count("…") == 2


@pytest.mark.parametrize(
    ("command", "path", "text"),
    [
        (CANON, "phase1", "fake"),
        (CANON, "phase2.positions", "3"),
        (CANON, "phase2.ttl", "3"),
        (CANON, "phase7.ttl", ""),
        ("nfqws --dpi-desync=fake --dpi-desync-fooling=badseq,md5sig", "phase1.fooling",
         "badseq,md5sig"),
        ("ciadpi --disorder 1 --split 4", "sockets.pieces.1", "split 4"),
        ("ciadpi --disorder 1 --split 4", "sockets.pieces.9", ""),
        ("ciadpi --tlsrec 1+s", "tls_records", "tls:host+1"),
        (CANON, "tool", "nfqws"),
    ],
)  # fmt: skip
def test_the_value_that_evidence_is_about(command: str, path: str, text: str) -> None:
    assert tables.value_text(parse(command), path) == text


def test_commands_say_what_they_cannot_express() -> None:
    shown = tables.commands(parse(CANON))
    seen = read(shown.html)
    first, *others = [given for tag, given in seen.tags if tag == "details"]
    assert "open" in first
    assert not [given for given in others if "open" in given]
    assert "nfqws" in seen.words[0]
    assert "says all of it" in shown.html
    assert "is not representable in tpws" in shown.html
    command = next(line for line in shown.text.splitlines() if line.startswith("nfqws: "))
    assert parse(command.removeprefix("nfqws: ")) == parse(CANON)
    assert "nothing" in tables.commands(NONE).text


@pytest.mark.parametrize("attack", [one for one in ATTACKS if one.isascii() and len(one) < 64])
def test_hostile_names_in_commands_are_text(attack: str) -> None:
    strategy = Strategy(phase1=parse(f"nfqws {CANON[6:]}").phase1, program=attack)
    seen = read(tables.commands(strategy).html)
    assert {tag for tag, _ in seen.tags} <= ALLOWED


@settings(max_examples=40, deadline=None)
@given(anything)
def test_any_descriptor_makes_inert_tables(strategy: Strategy) -> None:
    tags = {tag for tag, _ in read(tables.commands(strategy).html).tags}
    assert tags <= ALLOWED
    evidence = {tag for tag, _ in read(tables.evidence_table(strategy).html).tags}
    assert evidence <= {"div", "table", "caption", "thead", "tbody", "tr", "th", "td", "p"}


def test_other_connections_are_listed_or_counted(capture) -> None:
    table = capture.strategies()
    assert "1 more connection without any strategy." in tables.others_table(table, 0).text
    other = tables.others_table(table, 1).text
    assert "fake,fakeddisorder" in other
    assert tables.others_table(pd.concat([table.head(1)]), 0).text.endswith("none.")


def test_a_recording_reads_the_same(shared: Path) -> None:
    found = wb.read(shared / "captures" / "desync" / "recon-vs-zapret" / "r001-client.pcap")
    assert "fake" in packets(found).text

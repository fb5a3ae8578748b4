"""The sequence map: every packet of a request, where it lies or pretends to lie."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from tests.evasion.compose.stage import HELLO, INITIAL, PAGE
from tests.evasion.made import nfqws
from tests.evasion.sequences import conversation
from workbench.errors import ParameterError
from workbench.evasion.compose.capture import View, packets_of
from workbench.evasion.compose.scene import Script, play
from workbench.evasion.parsing import parse
from workbench.evasion.recognise import recognise
from workbench.evasion.sequence_map import MOST_BARS, SequenceMap, sequence_map
from workbench.traffic.connections import find_connections
from workbench.traffic.conversation import Conversations
from workbench.traffic.segments import classify

CANON = "nfqws --dpi-desync=fake,fakeddisorder --dpi-desync-ttl=3 --dpi-desync-split-pos=3"


def drawn(command: str, request: bytes = HELLO, **more) -> SequenceMap:
    """Return the map of a composed connection."""
    spoken = conversation(command, request, **more)
    return sequence_map(spoken, strategy=recognise(spoken))


def told(found: SequenceMap) -> list[tuple[str, int, int]]:
    """Return tokens with their ranges."""
    return [(bar.token, bar.start, bar.end) for bar in found.bars]


def test_parts_fakes_and_shadows_in_the_order_sent() -> None:
    found = drawn(CANON)
    assert told(found)[1:] == [
        ("f2", 3, 517), ("P2", 3, 517), ("f2", 3, 517), ("f1", 0, 3), ("P1", 0, 3), ("f1", 0, 3),
    ]  # fmt: skip
    assert found.bars[0].kind == "fake"
    assert [bar.genuine for bar in found.bars] == [False, False, True, False, False, True, False]
    assert {bar.ttl for bar in found.bars if not bar.genuine} == {3}
    assert {(bar.ttl, bar.low) for bar in found.bars if bar.genuine} == {(64, False)}
    assert (found.kind, found.length, found.parts) == ("tls", 517, 2)
    assert [(cut.offset, cut.label, cut.natural) for cut in found.cuts] == [(3, "3", False)]


def test_a_moved_fake_is_drawn_where_it_pretends_to_lie() -> None:
    found = drawn(f"{CANON} --dpi-desync-fooling=badseq,badsum")
    fakes = [bar for bar in found.bars if not bar.genuine]
    assert {bar.moved for bar in fakes} == {-10_000}
    assert {bar.start for bar in fakes} == {0, 3}
    assert {bar.fooling for bar in fakes} == {("badseq", "badsum")}
    assert {bar.checksum for bar in fakes} == {"bad"}
    assert {bar.checksum for bar in found.bars if bar.genuine} == {"good"}


def test_an_overlap_hangs_over_on_the_left() -> None:
    command = "nfqws --dpi-desync=multisplit --dpi-desync-split-pos=2 --dpi-desync-split-seqovl=336"
    first, second = drawn(command).bars
    assert (first.start, first.end, first.filling) == (-336, 2, 336)
    assert (second.start, second.end, second.filling) == (2, 517, 0)


def test_markers_are_places_of_the_stream() -> None:
    found = drawn("nfqws")
    assert found.name == "www.example.com"
    assert found.host == (127, 142)
    assert dict(found.markers) == {
        "sniext": 122, "host": 127, "sld": 131, "midsld": 134, "endsld": 138, "endhost": 142,
    }  # fmt: skip
    assert told(found) == [("P1", 0, 517)]
    page = drawn("nfqws", PAGE)
    assert (page.kind, page.name, page.host) == ("http", "www.example.com", (22, 37))


def test_cuts_take_the_readings_of_the_strategy() -> None:
    found = drawn("nfqws --dpi-desync=multisplit --dpi-desync-split-pos=midsld,endhost")
    assert [(cut.offset, cut.label) for cut in found.cuts] == [(134, "midsld"), (142, "endhost")]
    other = sequence_map(
        conversation("nfqws --dpi-desync=multisplit --dpi-desync-split-pos=134"),
        strategy=parse("nfqws --dpi-desync=multisplit --dpi-desync-split-pos=134"),
    )
    assert [cut.label for cut in other.cuts] == ["134"]


def test_records_move_the_name_and_are_marked() -> None:
    found = drawn("ciadpi --tlsrec 1+s")
    markers = dict(found.markers)
    assert found.length == 522
    assert "record 2" in markers
    assert found.name == "www.example.com"


def test_what_comes_again_is_another_volley() -> None:
    script = Script(silent=True, repetitions=2)
    packets = packets_of(play(parse(CANON), HELLO, script=script))
    found = sequence_map(Conversations(find_connections(packets))[0])
    assert found.volleys == 3
    assert [bar.volley for bar in found.bars] == sorted(bar.volley for bar in found.bars)
    again = [bar for bar in found.bars if bar.volley == 2]
    assert {bar.kind for bar in again if bar.genuine} == {"retransmission"}
    assert any(bar.kind == "shadow" for bar in again)
    assert again[0].since_ns > found.bars[0].since_ns == 0


def test_behind_the_fakes_only_the_parts_are_left() -> None:
    near = drawn(CANON, view=View("server"))
    assert {bar.kind for bar in near.bars} == {"part"}
    assert near.steps > 0
    assert {bar.ttl for bar in near.bars} == {64}


def test_datagrams_have_maps_too() -> None:
    found = drawn("nfqws --dpi-desync=fake --dpi-desync-repeats=2 --dpi-desync-ttl=4", INITIAL)
    assert [(bar.token, bar.ttl) for bar in found.bars] == [("F", 4), ("F", 4), ("P1", 64)]
    assert (found.length, found.bars[-1].end) == (1200, 1200)


def test_fakes_say_what_they_hold() -> None:
    command = "nfqws --dpi-desync=fake,hostfakesplit --dpi-desync-ttl=3 --dpi-desync-fake-tls=0x00"
    assert drawn(command).bars[0].payload == "zeros"
    shadows = [bar.payload for bar in drawn(command).bars if bar.kind == "shadow"]
    assert shadows
    assert all(text.startswith("the text ") for text in shadows)


def test_known_segments_change_nothing_and_many_bars_are_counted() -> None:
    spoken = conversation(CANON)
    assert sequence_map(spoken, classify(spoken)) == sequence_map(spoken)
    many = drawn("nfqws --dpi-desync=fake --dpi-desync-ttl=3 --dpi-desync-repeats=400")
    assert len(many.bars) == MOST_BARS
    assert many.left_out == 401 - MOST_BARS


def test_nothing_asked_nothing_drawn() -> None:
    capture = wb.read("data/refused.pcap")
    table = capture.connections
    silent = table[(table["protocol"] == "tcp") & (table["payload_client"] == 0)]["connection"]
    assert len(silent)
    assert sequence_map(capture.conversation(int(silent.iloc[0]))).bars == ()


@settings(max_examples=25, deadline=None)
@given(nfqws(), st.integers(0, 3))
def test_any_strategy_has_a_bounded_map(strategy, repetitions) -> None:
    try:
        scene = play(strategy, HELLO, script=Script(repetitions=repetitions))
    except ParameterError:
        return
    for spoken in Conversations(find_connections(packets_of(scene))):
        found = sequence_map(spoken, strategy=strategy)
        assert len(found.bars) <= MOST_BARS
        frames = [bar.frame for bar in found.bars]
        assert len(set(frames)) == len(frames)
        for bar in found.bars:
            assert bar.start <= bar.end
            assert 0 <= bar.part <= found.parts
            assert bar.genuine or bar.end <= 65_535 + found.length
            assert bar.since_ns >= 0


@pytest.mark.parametrize(
    ("name", "tokens", "moved"),
    [
        ("recon-vs-zapret/r001-client.pcap", "F f2 P2 f2 f1 P1 f1", -10_000),
        ("byedpi/bys022-client.pcap", "f1 P2 P1", 0),
        ("nfqws/nfs057-client.pcap", "P1 P2", 0),
        ("tpws/tps013-client.pcap", "P1 P2", 0),
    ],
)
def test_recordings_of_real_tools(shared: Path, name: str, tokens: str, moved: int) -> None:
    capture = wb.read(shared / "captures" / "desync" / name)
    found = sequence_map(capture.conversation(0), strategy=capture.strategies()["descriptor"][0])
    first = [bar for bar in found.bars if bar.volley == 1]
    assert " ".join(bar.token for bar in first) == tokens
    assert {bar.moved for bar in first if not bar.genuine} <= {moved}
    assert found.host is not None


def test_every_recording_at_its_client_is_told_whole(shared: Path) -> None:
    for path in sorted((shared / "captures" / "desync" / "byedpi").glob("*-client.pcap"))[::4]:
        capture = wb.read(path, cache=False)
        for row in capture.strategies().to_dict("records"):
            found = sequence_map(capture.conversation(row["connection"]),
                                 strategy=row["descriptor"])  # fmt: skip
            covered = sorted((max(b.start, 0), b.end) for b in found.bars if b.genuine)
            reached = 0
            for start, end in covered:
                assert start <= reached, path.name
                reached = max(reached, end)
            assert reached >= found.length, path.name

"""Names against tshark's, and machine code against the parsers."""

from __future__ import annotations

import io
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import workbench as wb
from tests.capture import build
from tests.traffic.messages import samples
from tests.traffic.test_connections import ACK, PSH, THERE, expected_flows, handshake, segment
from workbench.capture.engine import compiled, interpreted
from workbench.capture.problems import ProblemList
from workbench.capture.reader import decode_source
from workbench.capture.sources import Source
from workbench.errors import WorkbenchError
from workbench.traffic.connections import KERNELS, connect
from workbench.traffic.names import Names, read_names

DATA = PSH | ACK
FOLDERS = (
    "PcapPlusPlus",
    "arkime",
    "desync/nfqws",
    "dpkt",
    "nDPI",
    "netns-lab",
    "suricata-verify",
    "zeek",
)


def texts(names: Names, column: str) -> list[str]:
    places, known = names.texts[column]
    return [known[place] for place in places.tolist()]


def hello(name: str) -> bytes:
    return samples.records(samples.hello(name=name))


@cache
def explained() -> dict[tuple[str, int], str]:
    listed = tomllib.loads(Path(__file__).with_name("disagreements.toml").read_text())
    return {
        (file, stream): entry["reason"]
        for entry in listed["name"]
        for file, streams in entry["places"].items()
        for stream in streams
    }


def captures(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if (
            path.suffix in {".pcap", ".pcapng", ".cap", ".trace"}
            and path.stat().st_size < 3_000_000
        ):
            yield path


@pytest.mark.parametrize("folder", FOLDERS)
def test_machine_code_reads_what_the_parsers_read(shared: Path, folder: str) -> None:
    for path in captures(shared / "captures" / folder):
        try:
            packets = decode_source(
                Source(path.name, path.read_bytes()), ProblemList(), interpreted()
            )
        except WorkbenchError:
            continue
        connections = connect(packets, interpreted(KERNELS))
        ours = read_names(connections, interpreted(KERNELS))
        theirs = read_names(connections, compiled(KERNELS))
        for column in Names.TEXTS:
            assert texts(ours, column) == texts(theirs, column), (path.name, column)
        assert np.array_equal(ours.length, theirs.length), path.name
        assert np.array_equal(ours.post_quantum, theirs.post_quantum), path.name


def test_names_are_those_that_tshark_saw(shared: Path) -> None:
    seen, wrong = 0, {}
    for file, flows in expected_flows(shared).items():
        named = {int(flow["first_frame"]): flow for flow in flows if flow["sni"]}
        if not named:
            continue
        table = wb.read(shared / "captures" / file).connections.set_index("first_frame")
        for frame, flow in named.items():
            row = table.loc[frame]
            seen += 1
            wanted = set(flow["sni"].lower().split("|"))
            if str(row["server_name"]).lower() not in wanted:
                wrong[file, int(flow["stream"])] = (row["server_name"], flow["sni"])
    assert seen > 150
    assert wrong.keys() == explained().keys(), {
        place: wrong.get(place) for place in wrong.keys() ^ explained().keys()
    }


def names_of(frames: list[bytes]) -> tuple[str, str]:
    row = wb.read(io.BytesIO(build.pcap(frames))).connections.iloc[0]
    return row["server_name"], row["first_name"]


def test_the_first_packet_may_name_another_than_the_request() -> None:
    genuine, fake = hello("blocked.example"), hello("harmless.example")
    frames = [
        *handshake(),
        segment(THERE, fake, seq=101, ack=501, flags=DATA, ttl=3),
        segment(THERE, genuine, seq=101, ack=501, flags=DATA),
    ]
    assert names_of(frames) == ("blocked.example", "harmless.example")


@pytest.mark.parametrize("cut", [1, 5, 60, 120])
def test_a_name_is_read_over_segments_in_any_order(cut: int) -> None:
    request = hello("split.example")
    parts = [
        segment(THERE, request[:cut], seq=101, flags=DATA),
        segment(THERE, request[cut:], seq=101 + cut, flags=DATA),
    ]
    for order in (parts, parts[::-1]):
        assert names_of([*handshake(), *order])[0] == "split.example"


def test_padding_that_counts_as_payload_hides_no_name() -> None:
    frames = [
        *handshake(),
        segment(THERE, bytes(2), seq=101, flags=ACK),
        segment(THERE, b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", seq=101, flags=DATA),
    ]
    assert names_of(frames) == ("a.example", "")


def test_nothing_said_asks_for_nothing() -> None:
    row = wb.read(io.BytesIO(build.pcap(handshake()))).connections.iloc[0]
    assert (row["request_kind"], row["server_name"], row["request_length"]) == ("", "", -1)
    assert len(wb.read(io.BytesIO(build.pcap([]))).connections) == 0

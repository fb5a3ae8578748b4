"""Connections against those that tshark found, and rule by rule."""

from __future__ import annotations

import csv
import io
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import workbench as wb
from tests.capture import build
from workbench.capture.engine import compiled
from workbench.errors import CaptureError
from workbench.traffic import connections, tables

SYN, ACK, FIN, RST, PSH = 2, 16, 1, 4, 8
THERE = {"source": "10.0.0.1", "destination": "10.0.0.2", "ports": (40000, 443)}
BACK = {"source": "10.0.0.2", "destination": "10.0.0.1", "ports": (443, 40000)}


def segment(way: dict[str, Any], payload: bytes = b"", ttl: int = 64, **fields: Any) -> bytes:
    tcp = build.tcp(payload, **way, **fields)
    return build.ethernet(build.ipv4(tcp, 6, way["source"], way["destination"], ttl=ttl))


def handshake(seq: int = 100, back: int = 500) -> list[bytes]:
    return [
        segment(THERE, seq=seq, flags=SYN),
        segment(BACK, seq=back, ack=(seq + 1) % 2**32, flags=SYN | ACK, ttl=57),
        segment(THERE, seq=(seq + 1) % 2**32, ack=back + 1, flags=ACK),
    ]


def capture_of(frames: list[bytes], step_ns: int = 1_000_000) -> wb.Capture:
    return wb.read(io.BytesIO(build.pcap(frames, nano=True, step_ns=step_ns)))


def only(frames: list[bytes], **options: Any) -> Any:
    table = capture_of(frames, **options).connections
    assert len(table) == 1
    return table.iloc[0]


# Against tshark


def expected_flows(shared: Path) -> dict[str, list[dict[str, str]]]:
    flows = defaultdict(list)
    with (shared / "captures/expected/flows.csv").open() as handle:
        for row in csv.DictReader(handle):
            flows[row["file"]].append(row)
    return flows


def explained() -> dict[tuple[str, str, int], str]:
    listed = tomllib.loads(Path(__file__).with_name("disagreements.toml").read_text())
    return {
        (check, file, stream): entry["reason"]
        for entry in listed["flow"]
        for check in entry["checks"]
        for file, streams in entry["places"].items()
        for stream in streams
    }


def compare(capture: wb.Capture, flows: list[dict[str, str]]) -> set[tuple[str, int]]:
    """Name what differs: check and stream."""
    table, packets = capture.connections, capture.table(["connection", "checksum"])
    wrong = packets[packets["checksum"].isin(["bad", "partial"])]
    bad = wrong["connection"].value_counts()
    rows: list[Any] = list(table.itertuples())
    ours = {int(row.first_frame): row for row in rows}
    differing = set()
    for flow in flows:
        stream = int(flow["stream"])
        row = ours.get(int(flow["first_frame"]))
        if row is None or row.protocol != flow["proto"]:
            differing.add(("connection", stream))
            continue
        forward = (str(row.client), row.client_port) == (flow["src"], int(flow["sport"]))
        side = "client" if forward else "server"
        pairs: dict[str, tuple[Any, Any]] = {
            "packets": (row.packets, flow["packets"]),
            "packets_forward": (getattr(row, f"packets_{side}"), flow["packets_fwd"]),
            "first_time": (row.first_time.value, flow["first_ts_ns"]),
        }
        if flow["proto"] == "tcp":
            pairs |= {
                "payload": (getattr(row, f"payload_{side}"), flow["payload_fwd"]),
                "syn": (row.syn, flow["syn"]),
                "synack": (row.synack, flow["synack"]),
                "fin": (row.fin, flow["fin"]),
                "rst": (
                    row.rst_client + row.rst_server,
                    int(flow["rst_fwd"]) + int(flow["rst_rev"]),
                ),
                "late": (
                    row.retransmissions_client
                    + row.retransmissions_server
                    + row.out_of_order_client
                    + row.out_of_order_server,
                    int(flow["retransmission"]) + int(flow["out_of_order"]),
                ),
                "bad_checksums": (bad.get(row.connection, 0), flow["bad_checksum"]),
            }
        # A packet without a time has none; tshark leaves the field empty.
        differing |= {
            (name, stream)
            for name, (mine, theirs) in pairs.items()
            if theirs != "" and int(mine) != int(theirs)
        }
    return differing


def test_connections_are_those_that_tshark_found(shared: Path) -> None:
    reasons, found, compared = explained(), set(), 0
    for file, flows in expected_flows(shared).items():
        try:
            capture = wb.read(shared / "captures" / file, cache=False)
        except CaptureError:
            continue
        compared += len(flows)
        found |= {(check, file, stream) for check, stream in compare(capture, flows)}
    assert compared > 3000
    assert sorted(found - set(reasons)) == []
    assert sorted(set(reasons) - found) == [], "listed, and does not occur"


# Rule by rule


def test_whoever_sent_the_syn_is_the_client_even_if_it_comes_late() -> None:
    frames = handshake()
    row = only([frames[1], frames[0], frames[2]])
    assert (row.client, row.client_port, row.client_rule) == ("10.0.0.1", 40000, "syn")
    assert (row.ttl_client, row.ttl_server) == (64, 57)


def test_without_a_syn_the_answer_to_it_tells_the_client() -> None:
    row = only(handshake()[1:])
    assert (row.client, row.client_rule) == ("10.0.0.1", "syn-ack")


def test_without_a_handshake_the_service_port_tells_the_client() -> None:
    row = only([segment(BACK, b"data", flags=ACK)])
    assert (row.client, row.client_rule, row.packets_server) == ("10.0.0.1", "port", 1)


def test_where_ports_tell_nothing_the_first_packet_does() -> None:
    way = {"source": "10.0.0.2", "destination": "10.0.0.1", "ports": (50000, 40000)}
    row = only([segment(way, b"data", flags=ACK)])
    assert (row.client, row.client_rule) == ("10.0.0.2", "first-packet")


def test_counts_of_both_directions() -> None:
    row = only(
        [
            *handshake(),
            segment(THERE, b"hello", seq=101, ack=501, flags=PSH | ACK),
            segment(BACK, b"x" * 100, seq=501, ack=106, flags=PSH | ACK),
            segment(BACK, seq=601, ack=106, flags=FIN | ACK),
            segment(THERE, seq=106, ack=602, flags=RST | ACK),
        ]
    )
    assert (row.packets, row.packets_client, row.packets_server) == (7, 4, 3)
    assert (row.payload_client, row.payload_server) == (5, 100)
    assert (row.syn, row.synack, row.fin, row.rst_client, row.rst_server) == (1, 1, 1, 1, 0)
    assert row.flags_client == SYN | ACK | PSH | RST
    assert row.handshake_rtt_ns == 2_000_000
    assert row.duration_ns == 6_000_000
    assert (row.first_frame, row.last_frame) == (1, 7)


def test_a_handshake_that_is_not_whole_has_no_round_trip() -> None:
    assert only(handshake()[:2]).handshake_rtt_ns == -1


def test_a_syn_with_another_number_begins_a_new_connection() -> None:
    table = capture_of([*handshake(100), *handshake(9000)]).connections
    assert table["packets"].tolist() == [3, 3]


def test_a_syn_sent_again_does_not() -> None:
    row = only([handshake()[0], *handshake()])
    assert (row.syn, row.retransmissions_client) == (2, 1)


def test_syns_that_cross_each_other_are_one_connection() -> None:
    row = only(
        [
            segment(THERE, seq=100, flags=SYN),
            segment(BACK, seq=700, flags=SYN),
            segment(THERE, seq=100, ack=701, flags=SYN | ACK),
        ]
    )
    assert (row.client, row.syn, row.synack) == ("10.0.0.1", 2, 1)


def data(seq: int, size: int) -> bytes:
    return segment(THERE, bytes(size), seq=seq, ack=501, flags=ACK)


def test_a_segment_sent_again_is_a_retransmission() -> None:
    row = only([*handshake(), data(101, 10), data(111, 10), data(101, 10)])
    assert (row.retransmissions_client, row.out_of_order_client) == (1, 0)


def test_a_segment_that_soon_fills_a_gap_is_out_of_order() -> None:
    row = only([*handshake(), data(101, 10), data(121, 10), data(111, 10)])
    assert (row.retransmissions_client, row.out_of_order_client) == (0, 1)


def test_one_that_fills_it_late_is_a_retransmission() -> None:
    frames = [*handshake(), data(101, 10), data(121, 10), data(111, 10)]
    row = only(frames, step_ns=10_000_000)
    assert (row.retransmissions_client, row.out_of_order_client) == (1, 0)


def test_sequence_numbers_wrap() -> None:
    top = 2**32 - 5
    frames = [data(top, 10), data(5, 10), data(top, 10)]
    assert only(frames).retransmissions_client == 1


def test_probes_that_keep_a_connection_alive_are_nothing() -> None:
    row = only([*handshake(), data(101, 10), data(110, 1)])
    assert row.retransmissions_client == 0


def test_acknowledgements_that_repeat_and_windows_that_close() -> None:
    ack = segment(BACK, seq=501, ack=111, flags=ACK)
    shut = segment(BACK, seq=501, ack=111, flags=ACK, window=0)
    row = only([*handshake(), data(101, 10), ack, ack, ack, shut])
    assert (row.duplicate_acks, row.zero_windows) == (2, 1)


def test_packets_without_ports_belong_to_no_connection() -> None:
    arp = build.ethernet(bytes(28), 0x0806)
    icmp = build.ethernet(build.ipv4(b"\x08\x00\xf7\xff\x00\x00\x00\x00", 1))
    capture = capture_of([arp, icmp])
    assert len(capture.connections) == 0
    assert capture.packets["connection"].tolist() == [-1, -1]
    assert capture.packets["direction"].tolist() == [-1, -1]


def test_the_bytes_of_a_fragmented_datagram_count_once() -> None:
    datagram = build.udp(b"q" * 64)
    pieces = [datagram[:40], datagram[40:]]
    frames = [
        build.ethernet(build.ipv4(pieces[0], 17, identification=7, fragment=0x2000)),
        build.ethernet(build.ipv4(pieces[1], 17, identification=7, fragment=5)),
    ]
    row = only(frames)
    assert row.payload_client == 64


def test_an_empty_capture_has_an_empty_table() -> None:
    table = capture_of([]).connections
    assert list(table.columns) == list(tables.COLUMNS)
    assert len(table) == 0


@pytest.fixture(scope="module")
def machine_code() -> Any:
    return compiled(connections.KERNELS)


STEPS = st.lists(
    st.tuples(
        st.booleans(),
        st.integers(0, 5),
        st.sampled_from([SYN, SYN | ACK, ACK, FIN | ACK, RST, PSH | ACK]),
        st.integers(0, 2**32 - 1) | st.integers(0, 60),
        st.integers(0, 20),
    ),
    max_size=40,
)


@given(steps=STEPS)
def test_any_packets_are_counted_once_and_alike_by_both_engines(
    machine_code: Any, steps: list[tuple[bool, int, int, int, int]]
) -> None:
    frames = []
    for back, port, flags, seq, size in steps:
        ways = {"ports": (443, 40000 + port)} if back else {"ports": (40000 + port, 443)}
        way = (BACK if back else THERE) | ways
        frames.append(segment(way, bytes(size), seq=seq, flags=flags))
    packets = build.read(build.pcap(frames))
    one = connections.find_connections(packets)
    two = connections.connect(packets, machine_code)
    assert np.array_equal(one.connection, two.connection)
    assert np.array_equal(one.direction, two.direction)
    for name, column in one.columns.items():
        assert np.array_equal(column, two.columns[name]), name
    assert int(one.columns["packets"].sum()) == len(frames)
    assert int(one.columns["payload_client"].sum() + one.columns["payload_server"].sum()) == sum(
        step[4] for step in steps
    )


def test_a_handshake_with_a_damaged_time_has_no_round_trip() -> None:
    far = build.pcap(handshake(), nano=True, step_ns=1_000_000)
    times = [0, 1, 2]
    raw = bytearray(far)
    for number, seconds in zip(times, (1_700_000_000, 1_700_000_001, 5), strict=True):
        at = 24 + sum(16 + len(frame) for frame in handshake()[:number])
        raw[at : at + 4] = seconds.to_bytes(4, "little")
    assert wb.read(io.BytesIO(bytes(raw))).connections["handshake_rtt_ns"].tolist() == [-1]

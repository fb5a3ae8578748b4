"""A file to columns: whole, or piece by piece with the same numbers."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture import build
from workbench.capture import codes
from workbench.capture.engine import interpreted
from workbench.capture.packets import Packets
from workbench.capture.problems import ProblemList
from workbench.capture.reader import (
    check_format,
    decode_source,
    note_packet_problems,
    read_packets,
    stream_source,
)
from workbench.capture.sources import open_raw, open_source
from workbench.errors import CaptureError

BAD = build.ethernet(b"\x25" + bytes(30))


def conversation(count: int) -> list[bytes]:
    """Return frames with many addresses, some fragments and some problems."""
    frames = []
    for number in range(count):
        source = f"10.0.{number % 7}.{number % 251}"
        frames.append(build.ethernet(build.ipv4(build.tcp(seq=number, source=source), 6, source)))
    datagram = build.udp(b"d" * 100)
    frames[3] = build.ethernet(build.ipv4(datagram[:48], 17, identification=5, fragment=0x2000))
    frames[count - 2] = build.ethernet(build.ipv4(datagram[48:], 17, identification=5, fragment=6))
    frames[5] = BAD
    return frames


def pieces_of(raw: bytes, rows: int, limit: int = 100) -> list[Packets]:
    problems = ProblemList(limit)
    return list(stream_source(open_source(io.BytesIO(raw), problems), problems, rows))


def texts(packets: Packets, name: str) -> list[str]:
    every = packets.addresses.texts
    return [every[code] if code >= 0 else "" for code in packets.columns[name].tolist()]


@given(rows=st.integers(1, 50), ng=st.booleans())
def test_pieces_together_are_the_whole(rows, ng) -> None:
    raw = (build.pcapng if ng else build.pcap)(conversation(40))
    whole, pieces = build.read(raw), pieces_of(raw, rows)
    assert [len(piece) for piece in pieces[:-1]] == [rows] * (len(pieces) - 1)
    for name, column in whole.columns.items():
        parts = [piece.columns[name] for piece in pieces]
        if name in ("source", "destination"):
            assert [text for piece in pieces for text in texts(piece, name)] == texts(whole, name)
        else:
            assert np.concatenate(parts).tolist() == column.tolist(), name
    frames = np.concatenate([piece.frame_numbers() for piece in pieces])
    assert frames.tolist() == whole.frame_numbers().tolist()
    listed = [problem for piece in pieces for problem in piece.problems.listed]
    assert listed == whole.problems.listed


def test_fragments_meet_over_the_borders_of_pieces() -> None:
    pieces = pieces_of(build.pcap(conversation(40)), 10)
    assert pieces[3].payload(8) == b"d" * 100
    assert pieces[3].row_of(39) == 8


def test_what_is_wrong_behind_the_last_packet_comes_with_an_empty_piece() -> None:
    raw = build.pcap(conversation(10)) + b"cut"
    pieces = pieces_of(raw, 1000)
    assert [len(piece) for piece in pieces][-1] == sum(len(piece) for piece in pieces) - 10
    assert sum(piece.problems.counts["cut-short"] for piece in pieces) == 1


def test_a_capture_without_packets_has_no_pieces() -> None:
    assert pieces_of(build.pcap([]), 10) == []
    assert len(build.read(build.pcapng([]))) == 0


@pytest.mark.parametrize("data", [b"GIF89a, a picture", b"\xa1", b"PK\x03\x04 zip", bytes(100)])
def test_what_is_no_capture_is_refused(data) -> None:
    for read in (build.read, lambda raw: pieces_of(raw, 10), check):
        with pytest.raises(CaptureError, match="is no capture: it starts with"):
            read(data)


def check(raw: bytes) -> None:
    check_format(open_raw(io.BytesIO(raw)))


def test_looking_at_a_file_unpacks_nothing() -> None:
    check(build.pcap([]))
    check(build.pcapng([]))
    check(gzip.compress(b"not looked at"))
    with pytest.raises(CaptureError, match="version"):
        check(build.pcap([], version=(1, 0)))


def test_a_path_is_read_whole(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "some.pcap.gz"
    path.write_bytes(gzip.compress(build.pcap(conversation(40) + [BAD] * 5)))
    packets = read_packets(path)
    assert len(packets) == 45
    assert packets.sources[0].compression == "gzip"
    assert packets.payload(38) == b"d" * 100
    monkeypatch.setenv("WORKBENCH_MAX_PROBLEMS", "2")
    found = read_packets(path).problems
    assert len(found.listed) == 2
    assert found.counts == packets.problems.counts


def test_problems_of_packets_are_listed_up_to_the_bound_and_counted_beyond() -> None:
    problem = np.array([0, codes.BAD_IP_LENGTH, 0, codes.TRUNCATED, codes.BAD_IP_LENGTH], "u1")
    found = ProblemList(2)
    note_packet_problems(problem, np.arange(5) * 100, found, 11)
    assert [(one.frame, one.offset, one.kind) for one in found.listed] == [
        (12, 100, "bad-ip-length"),
        (14, 300, "truncated"),
    ]
    assert found.listed[0].reason == codes.PROBLEM_REASONS["bad-ip-length"]
    assert found.counts == {"bad-ip-length": 2, "truncated": 1}


def test_an_unknown_link_type_is_told_once_and_counted() -> None:
    packets = build.read(build.pcap([b"what is this"] * 20, link=147))
    assert len(packets.problems.listed) == 1
    assert build.kinds(packets) == {"unknown-link-type": 21}
    assert [packets.data(row) for row in (0, 19)] == [b"what is this"] * 2


@pytest.mark.parametrize("make", [build.pcap, build.pcapng])
def test_several_blocks_are_one_table(monkeypatch, make) -> None:
    raw = make(conversation(200))
    expected = build.read(raw)
    for module in ("pcap", "pcapng"):
        monkeypatch.setattr(f"workbench.capture.{module}.BLOCK", 1000)
    found = build.read(raw)
    assert found.addresses.texts == expected.addresses.texts
    for name, column in expected.columns.items():
        assert found.columns[name].tolist() == column.tolist(), name


def test_the_engine_given_is_the_one_that_runs() -> None:
    calls: list[str] = []
    plain = interpreted()

    class Spy(type(plain)):  # type: ignore[misc]
        def call(self, name: str, *arguments: object) -> object:
            calls.append(name)
            return super().call(name, *arguments)

    problems = ProblemList()
    source = open_source(io.BytesIO(build.pcap(conversation(10))), problems)
    decode_source(source, problems, Spy(compiled=False, functions=plain.functions))
    assert {"walk_pcap", "decode_rows", "remap"} <= set(calls)

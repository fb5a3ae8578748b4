"""Tables, bytes and selections of a capture."""

from __future__ import annotations

import io
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

import workbench as wb
from tests.capture import build
from workbench.capture import schema
from workbench.errors import CaptureError, ColumnError

ORDINARY = Path(__file__).parents[2] / "data" / "ordinary.pcapng"


def made(count: int = 30) -> bytes:
    return build.pcap([build.tcp4(bytes(8), seq=number) for number in range(count)])


def test_a_capture_has_every_column_of_the_schema() -> None:
    table = wb.read(ORDINARY).packets
    assert tuple(table.columns) == schema.NAMES
    for column in schema.COLUMNS:
        assert str(table[column.name].dtype) == column.dtype, column.name


def test_nothing_is_decoded_before_it_is_asked_for() -> None:
    capture = wb.read(ORDINARY)
    assert "packets" not in repr(capture)
    assert len(capture) == 625
    assert repr(capture) == "<Capture ordinary.pcapng: 625 packets>"


def test_facts_of_the_file() -> None:
    (facts,) = wb.read(ORDINARY).files
    assert (facts.name, facts.container, facts.packets) == ("ordinary.pcapng", "pcapng", 625)
    assert len(facts.sha256) == 64


def test_an_unknown_column_is_refused_with_those_that_exist() -> None:
    with pytest.raises(ColumnError, match="Did you mean window"):
        wb.read(ORDINARY).table(["windov"])


def test_batches_are_the_table_in_pieces() -> None:
    capture = wb.read(ORDINARY)
    whole = wb.read(ORDINARY).table(["frame", "time", "seq", "payload_length"])
    parts = list(capture.batches(["frame", "time", "seq", "payload_length"]))
    for name in whole:
        assert np.concatenate([part[name].to_numpy() for part in parts]).tolist() == (
            whole[name].to_numpy().tolist()
        )


def test_batches_with_connections_are_those_of_the_whole_capture() -> None:
    capture = wb.read(ORDINARY)
    parts = list(capture.batches(["connection", "direction"]))
    assert parts[0].equals(capture.table(["connection", "direction"]))


def test_each_batch_lists_what_is_wrong_in_it(monkeypatch) -> None:
    frames = [build.tcp4(b"x", seq=n) for n in range(10)]
    broken = [frame if n % 3 else frame[:16] for n, frame in enumerate(frames)]
    raw = build.pcap(broken) + b"half a record"
    capture = wb.read(io.BytesIO(raw))
    whole = capture.problems.to_dict("records")
    monkeypatch.setattr("workbench.api.packets.BATCH", 4)
    listed = [batch.attrs["problems"] for batch in capture.batches(["frame"])]
    flat = [one for part in listed for one in part]
    assert sorted(flat, key=str) == sorted(whole, key=str)
    assert len(whole) == 5
    assert {one["frame"] for one in listed[1]} == {7}


def test_batches_need_memory_for_one_of_them(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("workbench.api.packets.BATCH", 4_096)
    path = tmp_path / "long.pcap"
    record = made(1)[24:]
    path.write_bytes(made(0) + record * 60_000)
    tracemalloc.start()
    try:
        rows = sum(len(batch) for batch in wb.read(path).batches(["time", "seq"]))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert rows == 60_000
    assert peak < path.stat().st_size * 3


def test_a_selection_keeps_frame_numbers_and_payloads() -> None:
    capture = wb.read(ORDINARY)
    part = capture.select("tcp and payload_length > 0")
    frames = part.packets["frame"].tolist()
    assert 0 < len(part) < len(capture)
    assert part.payload(frames[-1]) == capture.payload(frames[-1])
    with pytest.raises(CaptureError, match="no frame"):
        part.data(1)


def test_a_selected_connection_is_that_connection() -> None:
    capture = wb.read(ORDINARY)
    part = capture.select(connection=20)
    assert len(part) == capture.connections["packets"][20]
    assert part.connections["client_port"].tolist() == [capture.connections["client_port"][20]]


@pytest.mark.parametrize("suffix", ["pcap", "pcapng"])
def test_what_is_written_reads_back_as_the_same_packets(tmp_path: Path, suffix: str) -> None:
    capture = wb.read(ORDINARY)
    again = wb.read(capture.write(tmp_path / f"again.{suffix}"))
    skipped = {"payload_offset", "interface"}
    names = [name for name in schema.NAMES if name not in skipped]
    left, right = capture.table(names), again.table(names)
    for name in names:
        assert left[name].astype(str).tolist() == right[name].astype(str).tolist(), name


def test_a_file_that_shrinks_is_an_error_and_no_crash(tmp_path: Path) -> None:
    path = tmp_path / "shrinking.pcap"
    path.write_bytes(made(30))
    capture = wb.read(path, cache=False)
    assert len(capture) == 30
    path.write_bytes(made(3))
    with pytest.raises(CaptureError, match="changed while it was in use"):
        capture.data(30)
    assert len(wb.read(path)) == 3


def test_a_closed_capture_lets_go_of_its_file() -> None:
    with wb.read(ORDINARY) as capture:
        assert len(capture) == 625
    with pytest.raises(CaptureError, match="closed"):
        capture.data(1)

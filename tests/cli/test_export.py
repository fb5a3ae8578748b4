"""``workbench export``: formats by suffix, parts, several files, nothing half written."""

from __future__ import annotations

import csv
import gzip
import json

import pyarrow.parquet as pq
import pytest

from tests.capture import build
from tests.cli.running import DATA, run, spawn
from workbench.capture import schema
from workbench.capture.reader import read_packets
from workbench.capture.writing import BY_SUFFIX
from workbench.capture.writing import FORMATS as CAPTURE_FORMATS
from workbench.cli import inputs
from workbench.cli.export import CAPTURES, FORMATS, TABLES, format_of
from workbench.errors import OutputError, ParameterError

DNS = DATA / "dns.pcap"


@pytest.fixture(params=["whole", "streamed"])
def way(request, monkeypatch) -> str:
    """Read a file in either way, whatever its size."""
    monkeypatch.setattr(inputs, "_is_large", lambda name: request.param == "streamed")
    monkeypatch.setattr(inputs, "ROWS", 10)
    return str(request.param)


def frames_in(path) -> list[bytes]:
    packets = read_packets(path)
    found = [packets.data(row) for row in range(len(packets))]
    packets.close()
    return found


def test_parquet_holds_all_columns_and_says_where_they_come_from(capsys, tmp_path) -> None:
    path = tmp_path / "a.parquet"
    done = run(capsys, "export", DNS, path)
    assert (done.code, done.out, done.err) == (0, f"{path}\n", "")
    table = pq.read_table(path)
    assert tuple(table.column_names) == schema.NAMES
    assert table.num_rows == 35
    (facts,) = json.loads(table.schema.metadata[b"workbench.files"])
    manifest = json.loads((DATA / "manifest.json").read_text())
    assert facts["name"] == "dns.pcap"
    assert facts["sha256"] in json.dumps(manifest)


def test_csv_and_json_lines(capsys, tmp_path) -> None:
    words = ["--columns", "ttl,frame,connection", "--filter", "udp"]
    run(capsys, "export", DNS, tmp_path / "a.csv", *words)
    run(capsys, "export", DNS, tmp_path / "a.jsonl.gz", *words)
    with (tmp_path / "a.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    text = gzip.decompress((tmp_path / "a.jsonl.gz").read_bytes())
    objects = [json.loads(line) for line in text.splitlines()]
    assert list(rows[0]) == list(objects[0]) == ["ttl", "frame", "connection"]
    assert [{name: int(cell) for name, cell in row.items()} for row in rows] == objects


@pytest.mark.parametrize("name", ["a.pcap", "a.pcapng", "a.pcap.zst"])
def test_a_part_becomes_a_smaller_capture(capsys, tmp_path, way, name) -> None:
    done = run(capsys, "export", DNS, tmp_path / name, "--frames", "2-5", "--filter", "udp")
    assert done.code == 0
    assert frames_in(tmp_path / name) == frames_in(DNS)[1:5]


def test_a_whole_capture_can_change_its_format(capsys, tmp_path, way) -> None:
    assert run(capsys, "export", DNS, tmp_path / "a.pcapng").code == 0
    assert frames_in(tmp_path / "a.pcapng") == frames_in(DNS)


def test_one_connection_becomes_a_capture(capsys, tmp_path) -> None:
    run(capsys, "export", DNS, tmp_path / "a.pcap", "--connection", "0")
    assert frames_in(tmp_path / "a.pcap") == frames_in(DNS)[:4]


def test_several_files_become_one(capsys, tmp_path) -> None:
    run(capsys, "export", DNS, DATA / "refused.pcap", tmp_path / "a.pcapng")
    assert len(frames_in(tmp_path / "a.pcapng")) == 59


def test_connections_are_a_table_too(capsys, tmp_path) -> None:
    words = ["--table", "connections", "--filter", "tcp"]
    run(capsys, "export", DNS, tmp_path / "a.parquet", *words)
    table = pq.read_table(tmp_path / "a.parquet")
    assert set(table["protocol"].to_pylist()) == {"tcp"}
    assert table["handshake_rtt_ns"].null_count == 0


def test_standard_output_is_a_place_too() -> None:
    done = spawn("export", DNS, "-", "--format", "jsonl", "--frames", "1-3", "--columns", "frame")
    assert done.objects == [{"frame": 1}, {"frame": 2}, {"frame": 3}]
    assert done.err == ""


def test_problems_are_summed_up(capsys, tmp_path, way) -> None:
    (tmp_path / "cut.pcap").write_bytes(build.pcap([build.tcp4()] * 3)[:-1])
    done = run(capsys, "export", tmp_path / "cut.pcap", tmp_path / "a.csv", "--columns", "frame")
    assert done.code == 0
    assert "cut.pcap: 1 problem (1 cut-short)" in done.err
    assert (tmp_path / "a.csv").read_text() == "frame\n1\n2\n"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["a.xyz"], "Endings: .parquet, .csv"),
        (["a.parquet.gz"], "ends in no known format"),
        (["a"], "ends in no known format"),
        (["-"], "writing to standard output needs the parameter '--format'"),
        (["missing/a.csv"], "No such file or directory"),
        (["a.pcap", "--columns", "ttl"], "leave out --columns and --table"),
        (["a.pcap", "--table", "connections"], "leave out --columns and --table"),
        (["a.csv", "--columns", "tttl"], "Did you mean ttl"),
        (["a.csv", "--table", "connections", "--columns", "ttl"], "connection table has no column"),
        (["a.csv", "--frames", "99"], "no frame 99"),
        (["a.pcap", "--frames", "99"], "no frame 99"),
        (["a.pcap", "--filter", "tpc"], "is not understood"),
    ],
)
def test_what_cannot_be_written_leaves_nothing(capsys, tmp_path, monkeypatch, words, text) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(capsys, "export", DNS, *words)
    assert done.code == 2
    assert text in done.err
    assert done.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_an_input_that_is_the_output_is_read_first(capsys, tmp_path) -> None:
    path = tmp_path / "a.pcap"
    path.write_bytes(DNS.read_bytes())
    assert run(capsys, "export", path, path, "--frames", "1-2").code == 0
    assert frames_in(path) == frames_in(DNS)[:2]


@pytest.mark.parametrize(
    ("output", "given", "expected"),
    [("a.csv", None, "csv"), ("a.NDJSON.zst", None, "jsonl"), ("a.cap", None, "pcap"),
     ("a.txt", "csv", "csv"), ("-", "pcapng", "pcapng")],
)  # fmt: skip
def test_the_format_is_that_asked_for_or_that_of_the_suffix(output, given, expected) -> None:
    assert format_of(output, given) == expected


def test_formats_are_those_that_can_be_written() -> None:
    assert CAPTURES == BY_SUFFIX
    assert set(FORMATS) == set(TABLES.values()) | set(CAPTURE_FORMATS)
    with pytest.raises(OutputError):
        format_of("a.parquet.zst", None)
    with pytest.raises(ParameterError):
        format_of("-", None)

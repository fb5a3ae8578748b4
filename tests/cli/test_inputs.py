"""Captures are opened once, streamed where they are large, and closed."""

from __future__ import annotations

from argparse import Namespace

import pytest

from tests.capture import build
from tests.cli.running import DATA
from workbench.capture import schema
from workbench.capture.slicing import Slicer
from workbench.cli import inputs
from workbench.cli.inputs import Reading, column_names, slicer_of
from workbench.errors import CaptureError, ColumnError, ParameterError

DNS = str(DATA / "dns.pcap")


@pytest.fixture(params=["whole", "streamed"])
def way(request, monkeypatch):
    """Read a file in either way, whatever its size."""
    monkeypatch.setattr(inputs, "_is_large", lambda name: request.param == "streamed")
    monkeypatch.setattr(inputs, "ROWS", 10)
    return request.param


def read(columns, slicer=None, files=(DNS,)):
    reading = Reading(files, needs_flow=False)
    try:
        return reading, list(reading.tables(columns, slicer or Slicer()))
    finally:
        reading.close()


def test_both_ways_give_the_same_rows(way) -> None:
    reading, tables = read(["frame", "ttl"])
    assert reading.streamed == (way == "streamed")
    assert [frame for table in tables for frame in table["frame"]] == list(range(1, 36))
    assert {"frame", "ttl", "ip_version"} <= set(tables[0].columns)


def test_both_ways_slice(way) -> None:
    _, tables = read(["frame"], Slicer("udp", frames="1-3"))
    assert [frame for table in tables for frame in table["frame"]] == [1, 2, 3]
    with pytest.raises(CaptureError, match="no frame 99: this capture has frames 1 to 35"):
        read(["frame"], Slicer(frames=[99]))


def test_both_ways_know_the_digest(way) -> None:
    reading = Reading([DNS], needs_flow=False)
    ((name, digest),) = reading.digests()
    reading.close()
    assert name == "dns.pcap"
    assert digest in (DATA / "manifest.json").read_text()


def test_both_ways_report_problems(way, tmp_path, capsys) -> None:
    path = tmp_path / "cut.pcap"
    frames = [build.tcp4(), build.tcp4()[:20]] * 8
    path.write_bytes(build.pcap(frames)[:-1])
    reading, _ = read(["frame"], files=[str(path)])
    reading = Reading([str(path)], needs_flow=False)
    list(reading.tables(["frame"], Slicer()))
    reading.report_problems()
    reading.close()
    assert "cut.pcap: 8 problems" in capsys.readouterr().err


def test_an_empty_capture_still_has_a_table(way, tmp_path) -> None:
    path = tmp_path / "a.pcap"
    path.write_bytes(build.pcap([]))
    _, tables = read(["ttl"], files=[str(path)])
    assert [len(table) for table in tables] == [0]
    assert "ttl" in tables[0]


def test_connections_need_the_whole_capture(monkeypatch) -> None:
    monkeypatch.setattr(inputs, "_is_large", lambda name: True)
    assert not Reading([DNS], needs_flow=True).streamed
    assert not Reading([DNS, DNS], needs_flow=False).streamed
    assert Reading([DNS], needs_flow=False).streamed


def test_an_unknown_column_is_named() -> None:
    with pytest.raises(ColumnError, match="'tttl'"):
        read(["tttl"])


def test_large_is_what_is_compiled(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("WORKBENCH_COMPILED_FROM_BYTES", "100")
    monkeypatch.setenv("WORKBENCH_COMPILED", "auto")
    (tmp_path / "a").write_bytes(bytes(99))
    (tmp_path / "b").write_bytes(bytes(100))
    assert not inputs._is_large(str(tmp_path / "a"))
    assert inputs._is_large(str(tmp_path / "b"))
    for name in ("-", str(tmp_path / "missing"), "a\0b"):
        assert not inputs._is_large(name)


def test_standard_input_cannot_be_read_twice() -> None:
    with pytest.raises(ParameterError, match="standard input only once"):
        Reading(["-", "-"], needs_flow=False)


def test_names_are_without_folders() -> None:
    assert Reading(["a/b.pcap"], needs_flow=True).name == "b.pcap"
    assert Reading(["-"], needs_flow=True).name == "-"
    assert Reading(["a/b.pcap", "c", "d"], needs_flow=True).name == "b.pcap and 2 more"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, ["time"]),
        ("all", list(schema.NAMES)),
        (" ttl , frame,ttl", ["ttl", "frame"]),
    ],
)
def test_columns_are_named(text, expected) -> None:
    assert column_names(text, schema.NAMES, ("time",)) == expected


@pytest.mark.parametrize("text", ["", ",", " "])
def test_no_columns_are_an_error(text) -> None:
    with pytest.raises(ParameterError, match="names with commas between"):
        column_names(text, schema.NAMES, ("time",))


def test_arguments_become_a_part() -> None:
    given = Namespace(filter="tcp", start="+1s", end=None, frames="1-2", connection="0,4")
    slicer = slicer_of(given)
    assert slicer.connections == [0, 4]
    assert {"frame", "time", "protocol", "connection"} <= set(slicer.columns)

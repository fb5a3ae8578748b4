"""``workbench packets``: a table for people, JSON and CSV for programs, nothing hidden."""

from __future__ import annotations

import csv
import io
import re

import pytest

from tests.capture import build
from tests.cli.running import DATA, run, spawn
from workbench.capture import schema
from workbench.cli import inputs
from workbench.cli.packets import COLUMNS

DNS = DATA / "dns.pcap"


def test_the_table_has_a_heading_and_a_line_for_each_packet(capsys) -> None:
    done = run(capsys, "packets", DNS)
    lines = done.out.splitlines()
    assert done.code == 0
    assert done.err == ""
    assert lines[0].split() == list(COLUMNS)
    assert len(lines) == 36
    assert lines[1].split()[:3] == ["1", "2026-11-21T05:00:22.185524047Z", "10.77.1.2"]


def test_columns_stand_under_their_headings(capsys) -> None:
    lines = run(capsys, "packets", DNS, "--columns", "frame,source,ttl").out.splitlines()
    begin = lines[0].index("source")
    assert {line[begin - 1] for line in lines} == {" "}
    assert all(line[begin] != " " for line in lines)
    assert len({len(line) for line in lines[1:]}) == 1


def test_a_limit_is_visible_and_zero_is_all(capsys) -> None:
    few = run(capsys, "packets", DNS, "--limit", "3").out.splitlines()
    assert len(few) == 5
    assert few[-1] == "… 32 more packets; --limit 0 shows all"
    assert len(run(capsys, "packets", DNS, "--limit", "0").out.splitlines()) == 36
    many = run(capsys, "packets", DATA / "ordinary.pcapng").out.splitlines()
    assert len(many) == 102
    assert many[-1].startswith("… 525 more packets")


def test_a_limit_on_json_is_said_on_standard_error(capsys) -> None:
    done = run(capsys, "packets", DNS, "--json", "--limit", "2")
    assert len(done.objects) == 2
    assert done.err == "workbench: … 33 more packets; --limit 0 shows all\n"
    assert len(run(capsys, "packets", DNS, "--json").objects) == 35


def test_json_has_one_object_a_packet_with_null_for_nothing(capsys) -> None:
    done = run(capsys, "packets", DNS, "--json", "--columns", "all")
    assert list(done.objects[0]) == list(schema.NAMES)
    assert done.objects[0]["tcp_flags"] is None
    assert done.objects[0]["connection"] == 0


def test_csv_has_a_heading_and_ends_lines_as_a_shell_does(capsys) -> None:
    done = run(capsys, "packets", DNS, "--csv", "--columns", "frame,ttl,md5")
    rows = list(csv.reader(io.StringIO(done.out)))
    assert rows[0] == ["frame", "ttl", "md5"]
    assert rows[1] == ["1", "64", ""]
    assert "\r" not in done.out
    assert len(rows) == 36


@pytest.mark.parametrize(
    ("words", "frames"),
    [
        (["--filter", "tcp and flags syn and not flags ack"], None),
        (["--frames", "2-4,7"], [2, 3, 4, 7]),
        (["--start", "+0", "--end", "+30us"], [1, 2]),
        (["--connection", "0"], [1, 2, 3, 4]),
        (["--connection", "0,1", "--filter", "direction client", "--frames", "1-3"], [1, 2]),
        (["--filter", "port 1"], []),
    ],
)
def test_parts(capsys, words, frames) -> None:
    done = run(capsys, "packets", DNS, "--json", "--columns", "frame,connection,tcp_flags", *words)
    found = [row["frame"] for row in done.objects]
    assert done.code == 0
    if frames is None:
        assert {row["tcp_flags"] & 18 for row in done.objects} == {2}
    else:
        assert sorted(set(found) - set(frames)) == []
        assert found[: len(frames)] == frames


def test_a_part_keeps_frame_and_connection_numbers(capsys) -> None:
    every = run(capsys, "packets", DNS, "--json", "--columns", "frame,connection").objects
    wanted = every[-1]["connection"]
    part = run(
        capsys, "packets", DNS, "--json", "--columns", "frame,connection", "--connection", wanted
    )
    assert part.objects == [row for row in every if row["connection"] == wanted]


def test_no_packets_are_said(capsys) -> None:
    assert run(capsys, "packets", DNS, "--filter", "port 1").out == "no packets\n"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--filter", "tpc"], "at character 1, 'tpc'"),
        (["--columns", "tttl"], "Did you mean ttl?"),
        (["--columns", ","], "names with commas between, or all"),
        (["--frames", "99"], "this capture has frames 1 to 35"),
        (["--connection", "99"], "no connection 99"),
        (["--connection", "x"], "numbers such as 0,3"),
        (["--start", "noon"], "is not understood"),
        (["--start", "+2s", "--end", "+1s"], "parameter end"),
    ],
)
def test_what_is_not_understood_is_one_line_and_no_table(capsys, words, text) -> None:
    done = run(capsys, "packets", DNS, *words)
    assert done.code == 2
    assert done.out == ""
    assert text in done.err
    assert done.err.count("\n") == 1


def test_problems_are_summed_up_on_standard_error(capsys, tmp_path) -> None:
    path = tmp_path / "cut\x1b.pcap"
    path.write_bytes(build.pcap([build.tcp4(), build.tcp4()[:20], build.tcp4()])[:-5])
    done = run(capsys, "packets", path)
    assert done.code == 0
    assert done.err.startswith(r"workbench: cut\x1b.pcap: 2 problems (")
    assert "1 cut-short" in done.err
    assert re.search(r"first at frame 2, byte \d+: ", done.err)
    assert done.err.count("\n") == 1


def test_several_files_are_read_as_one_in_order_of_time(capsys) -> None:
    files = [DATA / "refused.pcap", DNS]
    done = run(
        capsys, "packets", *files, "--json", "--columns", "frame,time,payload_source", "--limit", 0
    )
    times = [row["time"] for row in done.objects]
    assert times == sorted(times)
    assert {row["payload_source"] for row in done.objects} == {0, 1}
    assert [row["frame"] for row in done.objects] == list(range(1, len(times) + 1))


def test_standard_input_is_read() -> None:
    done = spawn("packets", "-", "--json", stdin=DNS.read_bytes())
    assert len(done.objects) == 35
    assert done.objects == spawn("packets", DNS, "--json").objects


def test_an_empty_capture_has_no_packets(capsys, tmp_path) -> None:
    (tmp_path / "a.pcap").write_bytes(build.pcap([]))
    assert run(capsys, "packets", tmp_path / "a.pcap").out == "no packets\n"
    assert run(capsys, "packets", tmp_path / "a.pcap", "--json").out == ""
    assert run(capsys, "packets", tmp_path / "a.pcap", "--csv", "--columns", "ttl").out == "ttl\n"


def test_large_files_are_streamed_with_the_same_result(capsys, monkeypatch) -> None:
    columns = ",".join(name for name in schema.NAMES if name not in schema.FLOW)
    words = ["packets", DNS, "--json", "--filter", "udp", "--start", "+1ms", "--columns", columns]
    whole = run(capsys, *words).objects
    monkeypatch.setattr(inputs, "_is_large", lambda name: True)
    monkeypatch.setattr(inputs, "ROWS", 7)
    assert run(capsys, *words).objects == whole != []

"""``workbench connections``: the same forms, and numbers of the whole capture."""

from __future__ import annotations

import pytest

from tests.capture import build
from tests.cli.running import DATA, run
from workbench.cli.connections import ABSENT, COLUMNS, chosen
from workbench.errors import ColumnError
from workbench.traffic.tables import COLUMNS as KNOWN

FILE = DATA / "ordinary.pcapng"


def test_the_table_has_a_line_for_each_connection(capsys) -> None:
    done = run(capsys, "connections", FILE)
    lines = done.out.splitlines()
    assert done.code == 0
    assert lines[0].split() == [name.removesuffix("_ns") for name in COLUMNS]
    assert lines[1].split()[:2] == ["0", "udp"]
    assert " ms " in lines[1]


def test_json_has_every_column_with_null_for_nothing(capsys) -> None:
    rows = run(capsys, "connections", FILE, "--json", "--columns", "all").objects
    assert list(rows[0]) == list(KNOWN)
    times = {name: [row["handshake_rtt_ns"] for row in rows if row["protocol"] == name]
             for name in ("udp", "tcp")}  # fmt: skip
    assert set(times["udp"]) == {None}
    assert any(time is not None and time > 0 for time in times["tcp"])


def test_a_selection_keeps_numbers_and_counts_of_the_whole_capture(capsys) -> None:
    every = run(capsys, "connections", FILE, "--json").objects
    closed = run(capsys, "connections", FILE, "--json", "--filter", "tcp and flags syn").objects
    assert 0 < len(closed) < len(every)
    assert closed == [row for row in every if row in closed]
    assert {row["protocol"] for row in closed} == {"tcp"}
    one = run(capsys, "connections", FILE, "--json", "--connection", "3").objects
    assert one == [every[3]]


def test_packets_of_no_connection_select_none(capsys) -> None:
    done = run(capsys, "connections", FILE, "--filter", "arp")
    assert done.out == "no connections\n"


def test_a_limit_is_visible(capsys) -> None:
    lines = run(capsys, "connections", FILE, "--limit", "2").out.splitlines()
    assert len(lines) == 4
    assert lines[-1].endswith("more connections; --limit 0 shows all")


def test_csv(capsys) -> None:
    done = run(capsys, "connections", FILE, "--csv", "--columns", "connection,server_port")
    assert done.out.splitlines()[:2] == ["connection,server_port", "0,53"]


def test_an_unknown_column_is_named(capsys) -> None:
    done = run(capsys, "connections", FILE, "--columns", "clinet")
    assert done.code == 2
    assert "the connection table has no column 'clinet'. Did you mean client?" in done.err


def test_problems_are_summed_up(capsys, tmp_path) -> None:
    (tmp_path / "a.pcap").write_bytes(build.pcap([build.tcp4()] * 2)[:-1])
    done = run(capsys, "connections", tmp_path / "a.pcap")
    assert "1 problem (1 cut-short)" in done.err


def test_columns_are_those_of_the_table() -> None:
    assert set(COLUMNS) | set(ABSENT) <= set(KNOWN)
    assert chosen("all") == chosen(None, None) == list(KNOWN)
    with pytest.raises(ColumnError):
        chosen("ttl")


def test_connections_are_found_by_name(capsys) -> None:
    rows = run(capsys, "connections", FILE, "--name", "EXAMPLE.ORG", "--json").objects
    assert rows
    assert all("example.org" in row["server_name"] for row in rows)
    assert run(capsys, "connections", FILE, "--name", "nowhere.example").out == "no connections\n"

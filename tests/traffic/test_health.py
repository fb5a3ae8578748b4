"""Rules that say what is wrong: each once content and once not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.frames import START_NS, connection_table, download, packet_table, problem_table
from workbench.traffic import health


def found(
    packets: list[dict[str, Any]] | None = None,
    connections: list[dict[str, Any]] | None = None,
    problems: tuple[tuple[int, int, str, str], ...] = (),
) -> dict[str, health.Finding]:
    """Return findings by rule."""
    tables = (
        packet_table(packets or []),
        connection_table(connections or []),
        problem_table(problems),
    )
    return {finding.id: finding for finding in health.findings(*tables)}


def test_nothing_wrong_with_a_clean_capture() -> None:
    assert found([{}, {"time": START_NS + 1}], [{}]) == {}
    assert found() == {}


@pytest.mark.parametrize(
    ("rule", "packets"),
    [
        ("damaged-packets", [{"problem": "truncated"}]),
        ("cut-packets", [{"captured_length": 40}]),
        ("bad-checksums", [{"checksum": "bad"}, {}, {}, {}]),
        ("bad-checksums", [{"ip_checksum": "bad"}, {}, {}, {}]),
        ("times-back", [{"time": START_NS + 1}, {}]),
        ("odd-times", [{"time": 5}]),
        ("not-decoded", [{"ip_version": 0, "protocol": None}]),
    ],
)
def test_packets_that_break_a_rule(rule: str, packets: list[dict[str, Any]]) -> None:
    assert list(found(packets)) == [rule]


@pytest.mark.parametrize(
    ("rule", "row"),
    [
        ("lost-segments", {"retransmissions_client": 1}),
        ("lost-segments", {"out_of_order_server": 1}),
        ("resets", {"rst_server": 1}),
        ("resets", {"rst_client": 1}),
        ("unanswered", {"packets_server": 0}),
        ("zero-windows", {"zero_windows": 2}),
    ],
)
def test_connections_that_break_a_rule(rule: str, row: dict[str, Any]) -> None:
    assert list(found([{}], [row])) == [rule]


def test_a_damaged_file_comes_first_and_says_where() -> None:
    findings = health.findings(
        packet_table([{"time": START_NS + 9}, {}]),
        connection_table([]),
        problem_table([(2, 999, "cut", "the last packet is cut short")]),
    )
    assert [finding.id for finding in findings] == ["damaged-file", "times-back"]
    assert "999" in findings[0].explanation
    assert findings[0].frames == (2,)


def test_offload_is_told_from_damage() -> None:
    ours = {"checksum": "bad", "source": "10.0.0.1"}
    theirs = {"source": "10.0.0.2"}
    offload = found([ours, ours, theirs])["checksum-offload"]
    assert offload.severity == "info"
    assert "10.0.0.1" in offload.statement
    both = found([ours, {**theirs, "checksum": "bad"}])
    assert "bad-checksums" in both
    half = found([{**ours, "checksum": "partial"}, {**theirs, "checksum": "partial"}])
    assert half["checksum-offload"].count == 2


def test_frames_are_named_up_to_a_limit() -> None:
    finding = found([{"problem": "truncated"}] * 9)["damaged-packets"]
    assert finding.frames == (1, 2, 3, 4, 5)
    assert finding.more
    assert "9 packets" in finding.statement
    assert "(9)" in finding.statement


def test_one_thing_is_not_said_in_the_plural() -> None:
    statement = found([{}], [{"out_of_order_server": 1}])["lost-segments"].statement
    assert statement == "1 segment out of order in 1 connection."


def test_resets_say_who() -> None:
    rows = [{"connection": 0, "rst_server": 1}, {"connection": 1, "rst_client": 1}]
    assert "2 connections reset (1 by the server)." in found([{}], rows)["resets"].statement
    assert "by the client" in found([{}], rows[1:])["resets"].statement


def test_a_download_with_a_lost_segment() -> None:
    findings = health.findings(download(), connection_table([{"packets": 19}]), problem_table())
    assert findings == ()

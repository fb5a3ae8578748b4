"""Recording at the vantages."""

from __future__ import annotations

import pytest

import workbench as wb
from workbench.errors import WorkbenchError
from workbench.lab import record


def test_lost_packets_are_an_error_and_none_are_fine() -> None:
    record._judge("client", "3 packets captured\n0 packets dropped by kernel")
    for said in ("1 packet dropped by kernel", "tcpdump: permission denied"):
        with pytest.raises(WorkbenchError, match="client lost packets"):
            record._judge("client", said)


def test_a_connection_is_recorded_whole_with_the_ttl_of_each_place(within) -> None:
    files = within("blocking", "none")["files"]
    seen = {vantage: wb.read(path) for vantage, path in files.items()}
    connections = [capture.connections for capture in seen.values()]
    assert [len(table) for table in connections] == [4, 4]
    for vantage, capture in seen.items():
        assert capture.problems.empty
        packets = capture.packets
        assert set(packets["protocol"]) == {"tcp"}
        up = packets[packets["source_port"] > 1024]
        assert set(up["ttl"]) == {64 if vantage == "client" else 60}
        assert set(capture.connections["server_name"]) == {"x.com", "example.org"}

"""The hosts of a laboratory, made for real where this machine allows it."""

from __future__ import annotations

import pytest

import workbench as wb
from workbench.errors import WorkbenchError
from workbench.lab.namespaces import Lab, host_here, inside
from workbench.lab.topology import Topology


def test_nothing_is_made_outside_of_namespaces(tmp_path) -> None:
    assert not inside()
    assert host_here() is None
    with pytest.raises(WorkbenchError, match="inside namespaces only"):
        Lab(Topology(), tmp_path)


def test_every_hop_answers_for_its_ttl_and_the_server_after_the_last(within) -> None:
    found = within("hops")
    expected = [f"10.77.{hop}.2" for hop in (1, 2, 3, 4)] + ["10.77.5.11"]
    expected6 = [f"fd77:{hop}::2" for hop in (1, 2, 3, 4)] + ["fd77:5::11"]
    assert found["addresses"] == expected + expected6
    # Ten milliseconds each way; how much more depends on the machine.
    assert all(time_ms >= 20 for time_ms in found["times"])
    assert (found["here"], found["there"]) == (None, "dpi")
    # Programs have no rights over the network, and packets no way out of it.
    assert {int(mask, 16) for mask in found["capabilities"]} == {0}
    assert found["outside"] != 0
    assert found["left"] == []


def test_a_packet_of_ttl_3_passes_the_middlebox_and_dies_before_the_server(within) -> None:
    files = within("limited_life")
    seen = {}
    for vantage, file in files.items():
        capture = wb.read(file)
        assert capture.problems.empty
        payloads = (capture.payload(frame) for frame in capture.packets["frame"])
        seen[vantage] = sorted(int(data[4:]) for data in payloads if data.startswith(b"ttl "))
    assert seen["client"] == [1, 2, 3, 4, 5]
    # What dies at the middlebox's own hop comes to its near side only.
    assert seen["pre-dpi"] == [2, 3, 4, 5]
    assert seen["post-dpi"] == [3, 4, 5]
    assert seen["server"] == [5]


def test_what_an_earlier_one_left_is_replaced_and_interruptions_leave_nothing(within) -> None:
    found = within("rebuilt")
    assert found["hosts"] == ["wblab-client", "wblab-dpi", "wblab-r1", "wblab-server"]
    assert found["mtu"]
    assert found["left"] == []

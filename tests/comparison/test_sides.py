"""Sides: what comparison knows of every connection."""

from __future__ import annotations

import workbench as wb
from workbench.api.comparisons import _side
from workbench.comparison.sides import Recorded, Side
from workbench.traffic.connections import find_connections


def test_a_side_has_every_connection_of_every_capture():
    side = _side("reference", ["data/http.pcap", "data/tls13.pcap"])
    sizes = [len(wb.read(f"data/{name}.pcap").connections) for name in ("http", "tls13")]
    assert [one.file for one in side.attempts] == [0] * sizes[0] + [1] * sizes[1]
    assert side.name == "http.pcap and 1 more"
    for one in side.attempts:
        assert side.conversation(one).number == one.connection


def test_what_is_not_known_yet_is_found():
    packets = wb.read("data/http.pcap")._packets
    alone = Side.of("x", [Recorded.of("http.pcap", find_connections(packets))])
    assert alone.attempts == _side("x", "data/http.pcap").attempts
    assert alone.place == "client"


def test_a_domain_takes_names_below_it_and_no_others():
    side = _side("reference", "data/http.pcap")
    names = {"www.example.org", "example.org"}
    assert {one.name for one in side.of_domain("Example.org").attempts} == names
    assert not side.of_domain("ample.org").attempts

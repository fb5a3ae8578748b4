"""Delay, loss and reordering: the forwarder alone, and in the path."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.lab.impair import IDLE_S, Forwarder
from workbench.lab.queue import ACCEPT, DROP, Queued
from workbench.lab.topology import Impairment

PACKETS = [Queued(number, b"", 2, 0) for number in range(2000)]


@given(st.floats(0.001, 1000), st.lists(st.integers(0, 10**10), max_size=20, unique=True))
def test_packets_leave_in_order_and_not_before_their_time(delay_ms, times) -> None:
    forwarder = Forwarder(Impairment(delay_ms=delay_ms))
    arrived = list(zip(sorted(times), PACKETS, strict=False))
    for now_ns, packet in arrived:
        assert forwarder.take(packet, now_ns) is None
    left = []
    for now_ns, packet in arrived:
        due_ns = now_ns + round(delay_ms * 1e6)
        left += forwarder.due(due_ns - 1)
        assert packet not in left
        left += forwarder.due(due_ns)
        assert packet in left
    assert left == [packet for _, packet in arrived]
    assert forwarder.pause_s(0) == IDLE_S


def test_shares_are_about_what_was_asked_and_the_same_again() -> None:
    impairment = Impairment(delay_ms=5, loss=0.3, reorder=0.2)
    runs = []
    for _ in range(2):
        forwarder = Forwarder(impairment)
        runs.append([forwarder.take(packet, 0) for packet in PACKETS])
    assert runs[0] == runs[1]
    share = [runs[0].count(verdict) / len(PACKETS) for verdict in (DROP, ACCEPT)]
    assert share == pytest.approx([0.3, 0.7 * 0.2], abs=0.04)


def test_a_delayed_path_keeps_the_order(within) -> None:
    found = within("impaired", "30", "0", "0")
    assert found["got"] == list(range(200))
    assert found["first_s"] >= 0.03


def test_a_bad_path_loses_and_reorders(within) -> None:
    got = within("impaired", "5", "0.2", "0.2")["got"]
    assert 100 < len(got) < 200
    assert got != sorted(got)
    assert len(set(got)) == len(got)

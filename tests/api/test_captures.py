"""What a person holds: connections, messages, streams."""

from __future__ import annotations

import workbench as wb
from tests.api.test_packets import ORDINARY


def test_connections_are_found_once() -> None:
    capture = wb.read(ORDINARY)
    assert capture.connections is capture.connections
    assert capture.connections["packets"].sum() == (capture.packets["connection"] >= 0).sum()

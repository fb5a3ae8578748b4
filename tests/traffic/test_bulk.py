"""Many connections at a time, in bounded portions."""

from __future__ import annotations

import numpy as np
import pytest

from tests.capture import build
from tests.traffic.test_connections import ACK, PSH
from workbench.capture.engine import interpreted
from workbench.capture.problems import ProblemList
from workbench.capture.reader import decode_source
from workbench.capture.sources import Source
from workbench.traffic import bulk
from workbench.traffic.connections import KERNELS, connect
from workbench.traffic.kernels import hellos as kernel
from workbench.traffic.openings import gather_openings


def get(host: str) -> bytes:
    return f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()


def frames(count: int) -> list[bytes]:
    made = []
    for number in range(count):
        data = get(f"host{number % 3}.example")
        for at, part in ((0, data[:20]), (20, data[20:])):
            ports = (10_000 + number, 80)
            made.append(build.tcp4(part, seq=1 + at, flags=PSH | ACK, ports=ports))
    return made


@pytest.mark.parametrize(("chunk", "most_bytes"), [(1 << 15, 32 << 20), (3, 32 << 20), (99, 60)])
def test_portions_do_not_change_the_answers(monkeypatch, chunk: int, most_bytes: int) -> None:
    monkeypatch.setattr(bulk, "CHUNK", chunk)
    monkeypatch.setattr(bulk, "MOST_BYTES", most_bytes)
    engine = interpreted(KERNELS)
    packets = decode_source(Source("test", build.pcap(frames(10))), ProblemList(), interpreted())
    connections = connect(packets, engine)
    openings = gather_openings(connections, engine)
    parts = list(bulk.look_at_openings(connections, openings, np.arange(10), engine))
    assert (len(parts) > 1) == (chunk < 10 or most_bytes < 100)
    assert np.concatenate([part.number for part in parts]).tolist() == list(range(10))
    found = [part.names[place] for part in parts for place in part.name.tolist()]
    assert found == [b"host%d.example" % (number % 3) for number in range(10)]
    assert {kind for part in parts for kind in part.kind.tolist()} == {kernel.HTTP}
    assert {state for part in parts for state in part.state.tolist()} == {kernel.DONE}

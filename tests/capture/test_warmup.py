"""The captures that compiled kernels are warmed up with are captures."""

from __future__ import annotations

from tests.capture import build
from workbench.capture.engine import Engine, interpreted
from workbench.capture.warmup import FRAME, small_pcap, small_pcapng, warm_up


def test_both_hold_one_packet() -> None:
    for data in (small_pcap(), small_pcapng()):
        packets = build.read(data)
        assert len(packets) == 1
        assert packets.data(0) == FRAME
        assert packets.columns["tcp_flags"].tolist() == [2]
        assert not packets.problems.counts


def test_every_entry_point_is_called() -> None:
    called = set()

    class Watching(Engine):
        def call(self, name: str, *arguments: object) -> object:
            called.add(name)
            return super().call(name, *arguments)

    from workbench.capture.engine import CAPTURE

    plain = interpreted()
    warm_up(Watching(compiled=False, functions=plain.functions))
    assert called == set(CAPTURE.entry_points)

"""Blocks put together: rows in order, one meaning for every address code."""

from __future__ import annotations

import numpy as np
import pytest

from tests.capture import build
from workbench.capture.assembly import Assembly
from workbench.capture.engine import interpreted
from workbench.capture.pcap import PcapFile
from workbench.capture.problems import ProblemList
from workbench.capture.sources import Source


def frames(count: int) -> list[bytes]:
    return [
        build.ethernet(build.ipv4(build.tcp(seq=number), 6, f"10.0.{number % 7}.1"))
        for number in range(count)
    ]


def assembled(data: bytes, threads: int) -> tuple[dict[str, np.ndarray], list[str]]:
    engine = interpreted()
    file = PcapFile(Source("made", data), engine, ProblemList())
    assembly = Assembly(engine, file)
    assembly.add_blocks(file.blocks(), len(data), threads)
    columns, addresses = assembly.finish()
    return columns, addresses.texts


@pytest.mark.parametrize("threads", [1, 3])
def test_many_small_blocks_make_one_table(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    data = build.pcap(frames(60))
    monkeypatch.setattr("workbench.capture.pcap.BLOCK", 500)
    columns, texts = assembled(data, threads)
    assert columns["seq"].tolist() == list(range(60))
    assert columns["offset"].tolist() == sorted(columns["offset"].tolist())
    sources = [texts[code] for code in columns["source"]]
    assert sources == [f"10.0.{number % 7}.1" for number in range(60)]
    assert texts == sorted(texts)


def test_an_empty_file_makes_an_empty_table() -> None:
    columns, texts = assembled(build.pcap([]), 1)
    assert {len(column) for column in columns.values()} == {0}
    assert texts == []


def test_a_time_that_does_not_fit_is_left_empty_and_said() -> None:
    data = build.section() + build.interface(1) + build.enhanced(frames(1)[0], 2**63)
    packets = build.read(data)
    assert packets.columns["time"].tolist() == [np.iinfo("i8").min]
    assert packets.problems.counts["time-out-of-range"] == 1

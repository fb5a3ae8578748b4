"""An open capture: looked at once, decoded as often as asked."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest

from tests.capture import build
from workbench.capture.opened import OpenedFile
from workbench.errors import CaptureError


def frames(count: int) -> list[bytes]:
    return [build.tcp4(b"x", seq=number) for number in range(count)]


def test_a_file_that_is_no_capture_is_refused_at_once() -> None:
    with pytest.raises(CaptureError, match="is no capture"):
        OpenedFile(io.BytesIO(b"GIF89a, not packets at all, but long enough"), cache=False)


def test_decoding_and_streaming_give_the_same_packets() -> None:
    opened = OpenedFile(io.BytesIO(gzip.compress(build.pcap(frames(50)))), cache=False)
    streamed = [piece.columns["seq"].tolist() for piece in opened.stream(20)]
    assert [len(part) for part in streamed] == [20, 20, 10]
    assert [seq for part in streamed for seq in part] == opened.decode().columns["seq"].tolist()


def test_problems_are_not_counted_twice(tmp_path: Path) -> None:
    path = tmp_path / "cut.pcap.gz"
    path.write_bytes(gzip.compress(build.pcap(frames(50)))[:-12])
    opened = OpenedFile(path, cache=False)
    counts = []
    for _ in range(2):
        list(opened.stream(20))
        counts.append(dict(opened.decode().problems.counts))
    assert counts[0] == counts[1]
    assert counts[0]["compression-cut-short"] == 1


def test_after_closing_there_are_no_bytes(tmp_path: Path) -> None:
    path = tmp_path / "some.pcap"
    path.write_bytes(build.pcap(frames(3)))
    opened = OpenedFile(path, cache=False)
    opened.close()
    with pytest.raises(CaptureError, match="closed"):
        opened.decode()

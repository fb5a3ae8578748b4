"""Kept tables: the same as decoded ones, found by content, safe to lose."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import numpy as np
import pytest

import workbench as wb
from tests.capture import build
from workbench.capture import cache
from workbench.capture.problems import ProblemList
from workbench.capture.sources import open_raw


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("WORKBENCH_CACHE_DIR", str(folder))
    monkeypatch.setattr(cache, "WORTH_COMPRESSED", 1)
    return folder


def compressed(folder: Path, frames: list[bytes], name: str = "some.pcap.gz") -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(build.pcap(frames) + b"\0\0\0\1"))
    return path


def frames(count: int = 20) -> list[bytes]:
    return [build.tcp4(bytes([number] * number), seq=number) for number in range(count)]


def test_a_kept_table_is_the_decoded_one(tmp_path: Path) -> None:
    path = compressed(tmp_path, frames())
    first, second = wb.read(path), wb.read(path)
    assert first.packets.equals(second.packets)
    assert len(cache.entries()) == 1
    assert second.problems["kind"].tolist() == first.problems["kind"].tolist() == ["cut-short"]
    assert second.connections.equals(first.connections)
    assert second.files == first.files
    assert second.payload(5) == bytes([4] * 4)


def test_fragments_put_together_are_kept_too(tmp_path: Path) -> None:
    datagram = build.udp(b"q" * 64)
    pieces = [
        build.ethernet(build.ipv4(datagram[:40], 17, identification=7, fragment=0x2000)),
        build.ethernet(build.ipv4(datagram[40:], 17, identification=7, fragment=5)),
    ]
    path = compressed(tmp_path, pieces)
    assert wb.read(path).payload(2) == wb.read(path).payload(2) == b"q" * 64


def test_other_content_under_the_same_name_and_time_is_another_entry(tmp_path: Path) -> None:
    path = compressed(tmp_path, frames())
    wb.read(path).packets  # noqa: B018 (decodes)
    facts = path.stat()
    whole = path.read_bytes()
    other = gzip.compress(build.pcap(frames()[::-1]) + b"\0\0\0\1")
    path.write_bytes(other.ljust(len(whole), b"\0")[: len(whole)])
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert wb.read(path).packets["seq"].tolist() == list(range(20))[::-1]


@pytest.mark.parametrize("damage", [b"", b"no Arrow file", None])
def test_a_damaged_entry_is_made_anew(tmp_path: Path, damage: bytes | None) -> None:
    path = compressed(tmp_path, frames())
    before = wb.read(path).packets
    entry = cache.entries()[0].path
    entry.write_bytes(entry.read_bytes()[:-700] if damage is None else damage)
    assert wb.read(path).packets.equals(before)
    assert wb.read(path).packets.equals(before)


def test_what_is_written_to_a_kept_table_stays_in_memory(tmp_path: Path) -> None:
    path = compressed(tmp_path, frames())
    wb.read(path).packets  # noqa: B018 (decodes)
    kept = cache.read_raw(open_raw(path), ProblemList())
    kept.columns["seq"][:] = 7
    assert wb.read(path).packets["seq"].tolist() == list(range(20))


def test_a_cache_that_others_can_read_is_not_used(tmp_path: Path, own_cache: Path) -> None:
    own_cache.mkdir(mode=0o755)
    own_cache.chmod(0o755)
    assert len(wb.read(compressed(tmp_path, frames())).packets) == 20
    assert cache.entries() == []


def test_nothing_is_kept_when_it_is_not_wanted(tmp_path: Path) -> None:
    wb.read(compressed(tmp_path, frames()), cache=False).packets  # noqa: B018 (decodes)
    assert cache.entries() == []


def test_the_longest_unused_goes_first(tmp_path: Path) -> None:
    for number in range(3):
        path = compressed(tmp_path, frames(number + 5), f"{number}.pcap.gz")
        wb.read(path).packets  # noqa: B018 (decodes)
    every = cache.entries()
    for age, entry in enumerate(every):
        os.utime(entry.path, ns=(0, 10**9 * (age + 1)))
    gone = cache.prune(sum(entry.size_bytes for entry in every) - 1)
    assert gone == every[0].size_bytes
    assert [entry.path for entry in cache.entries()] == [entry.path for entry in every[1:]]


def test_clear_leaves_nothing(tmp_path: Path, own_cache: Path) -> None:
    wb.read(compressed(tmp_path, frames())).packets  # noqa: B018 (decodes)
    (own_cache / "tables" / "killed.part").write_bytes(b"half")
    assert cache.clear() > 0
    assert list((own_cache / "tables").iterdir()) == []


def test_small_plain_captures_are_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "plain.pcap"
    path.write_bytes(build.pcap(frames()))
    assert len(wb.read(path).packets) == 20
    assert cache.entries() == []


def test_plain_captures_of_middle_size_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "WORTH_PLAIN", 100)
    monkeypatch.setenv("WORKBENCH_COMPILED", "never")
    path = tmp_path / "plain.pcap"
    path.write_bytes(build.pcap(frames()))
    before = wb.read(path).packets
    assert len(cache.entries()) == 1
    assert np.array_equal(wb.read(path).packets["seq"], before["seq"])
    assert wb.read(path).data(3) == frames()[2]

"""What is said of files."""

from __future__ import annotations

import gzip
import hashlib
import io
from pathlib import Path

import workbench as wb
from tests.capture import build
from workbench.capture.facts import file_facts


def test_facts_are_those_of_the_file_as_it_lies_there(tmp_path: Path) -> None:
    raw = gzip.compress(build.pcap([build.tcp4(), build.tcp4()], nano=True))
    path = tmp_path / "folder" / "visit.pcap.gz"
    path.parent.mkdir()
    path.write_bytes(raw)
    (facts,) = wb.read(path, cache=False).files
    assert facts.name == "visit.pcap.gz"
    assert facts.size_bytes == len(raw)
    assert facts.sha256 == hashlib.sha256(raw).hexdigest()
    assert (facts.container, facts.compression) == ("nsecpcap", "gzip")
    assert (facts.packets, facts.link_types) == (2, ("ethernet",))


def test_packets_are_counted_by_file() -> None:
    files = [io.BytesIO(build.pcap([build.tcp4()] * count)) for count in (3, 1)]
    both = wb.read(files)
    assert [facts.packets for facts in both.files] == [3, 1]
    selected = both.select(frames=[1])
    assert [facts.packets for facts in selected.files] == [1, 0]


def test_link_types_of_all_interfaces_are_named() -> None:
    data = build.section() + build.interface(1) + build.interface(101)
    assert file_facts(build.read(data))[0].link_types == ("ethernet", "raw")

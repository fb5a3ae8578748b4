"""What the readers of both formats share: bounds, and what they say about damage."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from tests.capture import build
from workbench.capture import formats, links
from workbench.capture.engine import interpreted
from workbench.capture.formats import Interface
from workbench.capture.kernels.types import empty_index
from workbench.capture.problems import ProblemList
from workbench.capture.sources import open_source


def only(problems: ProblemList) -> tuple[int, int, str, str]:
    [found] = problems.listed
    return found.frame, found.offset, found.kind, found.reason


@pytest.mark.parametrize(
    ("snap", "most"),
    [(0, 262_144), (96, 262_144), (262_144, 262_144), (300_000, 300_000), (1 << 31, 16 << 20)],
)
def test_records_are_believed_up_to_the_snap_length_within_bounds(snap, most) -> None:
    assert formats.max_record(snap) == most


def test_a_block_has_exactly_its_rows() -> None:
    index = empty_index(10)
    index.at[:] = np.arange(10)
    block = formats.block_of(interpreted(), b"data", 500, index, 3, 1)
    assert [len(column) for column in block.index] == [3] * 5
    assert (block.base, block.rows, block.interfaces) == (500, 3, 1)
    assert block.index.at.tolist() == [0, 1, 2]


def test_only_interfaces_known_then_have_link_types() -> None:
    every = [Interface(0, "", link, 0) for link in (1, 101, 113)]
    found = formats.link_array(every, 2)
    assert found.tolist() == [1, 101]
    assert found.dtype == np.int32
    assert formats.link_array([], 0).tolist() == []


def test_each_kind_of_damage_has_its_words() -> None:
    problems = ProblemList()
    formats.report_cut(problems, 7, 100, 1_234, "record")
    frame, offset, kind, reason = only(problems)
    assert (frame, offset, kind) == (7, 100, "cut-short")
    assert reason == "the file ends inside a record: 1,234 bytes are left over"
    problems = ProblemList()
    formats.report_skip(problems, 7, 100, 5_100, "why")
    assert only(problems)[2:] == ("damaged", "why; 5,000 bytes passed over up to the next record")
    problems = ProblemList()
    formats.report_lost(problems, 7, 100, 5_100, "why")
    assert only(problems)[2:] == ("damaged", "why; nothing readable in the last 5,000 bytes")


def test_a_file_that_grew_or_shrank_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "some.pcap"
    path.write_bytes(bytes(100))
    problems = ProblemList()
    source = open_source(path, problems)
    formats.report_grown(problems, 3, source)
    assert not problems.listed
    path.write_bytes(bytes(150))
    formats.report_grown(problems, 3, source)
    frame, offset, kind, reason = only(problems)
    assert (frame, offset, kind) == (3, 100, "file-grew")
    assert "from 100 to 150 bytes" in reason
    problems = ProblemList()
    formats.report_shrunk(problems, 3, source, 40)
    assert only(problems)[:3] == (3, 40, "file-shrunk")


@pytest.mark.parametrize("link", [links.ETHERNET, links.RAW, links.LINUX_SLL2])
def test_a_known_link_type_is_no_problem(link) -> None:
    problems = ProblemList()
    formats.link_problem(problems, Interface(0, "", link, 0), 0)
    assert not problems.counts


@pytest.mark.parametrize(("link", "name"), [(links.NETLINK, "netlink"), (147, "link-147")])
def test_an_unknown_link_type_is_named(link, name) -> None:
    problems = ProblemList()
    formats.link_problem(problems, Interface(0, "", link, 0), 2)
    frame, offset, kind, reason = only(problems)
    assert (frame, offset, kind) == (0, -1, "unknown-link-type")
    assert reason.startswith(f"interface 2 has link type {name} ({link})")


@pytest.mark.parametrize("make", [build.pcap, build.pcapng])
def test_a_file_cut_while_it_is_read_is_no_crash(tmp_path: Path, monkeypatch, make) -> None:
    from workbench.capture.reader import open_format

    frames = [build.tcp4(bytes(200), seq=number) for number in range(100)]
    for module in ("pcap", "pcapng"):
        monkeypatch.setattr(f"workbench.capture.{module}.BLOCK", 4096)
    path, problems = tmp_path / "some.pcap", ProblemList()
    path.write_bytes(make(frames))
    file = open_format(open_source(path, problems), interpreted(), problems)
    blocks = file.blocks()
    first = next(blocks)
    path.write_bytes(path.read_bytes()[:9000])
    rest = sum(block.rows for block in blocks)
    assert 0 < first.rows + rest < 100
    assert "file-shrunk" in problems.counts


def test_reading_needs_no_more_than_a_source_gives() -> None:
    problems = ProblemList()
    source = open_source(io.BytesIO(build.pcap([])), problems)
    formats.report_grown(problems, 0, source)
    assert not problems.counts

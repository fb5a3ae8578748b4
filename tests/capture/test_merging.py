"""Merged captures keep every packet, its bytes, its file, and the order of each capture."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture import build
from tests.capture.test_writing import said_by_tshark
from workbench.capture.kernels.walk import NO_TIME
from workbench.capture.merging import merge_packets
from workbench.capture.reader import read_packets
from workbench.capture.table import packet_table
from workbench.capture.writing import write_capture
from workbench.errors import ParameterError

ROOT = Path(__file__).resolve().parents[2]
START = build.START_NS


def at(*times_ns, marks=None, **header):
    """Return packets at some times, each with bytes of its own; None is no time."""
    data = build.section() + build.interface(resolution=9, **header)
    frames = [build.udp4(bytes([n, mark])) for n, mark in enumerate(marks or [0] * len(times_ns))]
    for frame, time in zip(frames, times_ns, strict=True):
        data += build.simple(frame, len(frame)) if time is None else build.enhanced(frame, time)
    return build.read(data)


def files(packets) -> Any:
    assert packets.files is not None
    return packets.files.tolist()


def times(packets) -> list[int | None]:
    return [None if time == NO_TIME else time for time in packets.columns["time"].tolist()]


def test_packets_come_in_order_of_time_and_are_numbered_anew() -> None:
    merged = merge_packets([at(1, 5, 9), at(2, 6)])
    assert times(merged) == [1, 2, 5, 6, 9]
    assert merged.frame_numbers().tolist() == [1, 2, 3, 4, 5]
    assert files(merged) == [0, 1, 0, 1, 0]


def test_equal_times_keep_the_order_of_the_captures() -> None:
    merged = merge_packets([at(5, 5), at(5), at(5)])
    assert files(merged) == [0, 0, 1, 2]


def test_a_shift_moves_all_times_of_a_capture_and_no_other() -> None:
    merged = merge_packets([at(10, 20), at(1_010, None, 1_020)], [0, -1_000])
    assert times(merged) == [10, 10, None, 20, 20]
    assert files(merged) == [0, 1, 1, 0, 1]


def test_packets_without_a_time_follow_their_predecessor() -> None:
    merged = merge_packets([at(1, None, 8), at(None, 2, None, None), at(None)])
    assert times(merged) == [1, None, None, 2, None, None, 8, None]
    assert files(merged) == [0, 0, 1, 1, 1, 1, 0, 2]


def test_a_clock_that_was_set_back_does_not_reorder_its_capture() -> None:
    merged = merge_packets([at(10, 3, 12), at(4, 11)])
    assert times(merged) == [4, 10, 3, 11, 12]
    assert files(merged) == [1, 0, 0, 1, 0]


@given(
    st.lists(st.lists(st.none() | st.integers(0, 9), max_size=6), min_size=1, max_size=4),
    st.integers(-20, 20),
)
def test_merging_loses_nothing_and_reorders_no_capture(captures, shift) -> None:
    parts = [at(*each, marks=[mark] * len(each)) for mark, each in enumerate(captures)]
    merged = merge_packets(parts, [shift] * len(parts))
    assert len(merged) == sum(map(len, captures))
    for file, (part, own) in enumerate(zip(parts, captures, strict=True)):
        chosen = [row for row, number in enumerate(files(merged)) if number == file]
        assert [merged.data(row) for row in chosen] == [part.data(row) for row in range(len(own))]
        moved = [None if time is None else time + shift for time in own]
        assert [times(merged)[row] for row in chosen] == moved
    known = [[time for time in each if time is not None] for each in captures]
    if all(each == sorted(each) for each in known):
        found = [time for time in times(merged) if time is not None]
        assert found == sorted(found)


def test_interfaces_and_files_are_numbered_on() -> None:
    two = build.section() + build.interface(name="a") + build.interface(name="b")
    two += build.enhanced(build.tcp4(), interface=1)
    merged = merge_packets([build.read(two), build.read(two), at(START, name="c")])
    assert [each.name for each in merged.interfaces] == ["a", "b", "a", "b", "c"]
    assert [each.file for each in merged.interfaces] == [0, 0, 1, 1, 2]
    assert merged.columns["interface"].tolist() == [1, 3, 4]


def test_an_interface_that_is_not_described_stays_unknown() -> None:
    lost = build.section() + build.interface() + build.enhanced(build.tcp4(), interface=1)
    merged = merge_packets([build.read(lost), at(START)])
    assert merged.columns["interface"][files(merged).index(0)] >= len(merged.interfaces)
    assert packet_table(merged, ["link"])["link"].isna().sum() == 1


def test_addresses_mean_the_same_as_before() -> None:
    one = build.read(build.pcap([build.tcp4(), build.ethernet(b"", 0x88CC)]))
    other = build.read(build.pcap([build.tcp6(), build.tcp4(source="10.0.0.2")]))
    table = packet_table(merge_packets([other, one]), ["source", "payload_source"])
    assert table["source"].astype(object).where(table["source"].notna(), None).tolist() == [
        "fd00::1", "10.0.0.1", "10.0.0.1", None
    ]  # fmt: skip
    assert table["payload_source"].tolist() == [0, 1, 0, 1]


def test_datagrams_are_carried_over() -> None:
    whole = build.udp(b"z" * 40)
    pieces = [
        build.ethernet(build.ipv4(whole[:24], 17, fragment=0x2000, identification=7)),
        build.ethernet(build.ipv4(whole[24:], 17, fragment=3, identification=7)),
    ]
    parts = [build.read(build.pcap(pieces)), build.read(build.pcap([build.tcp4(), *pieces]))]
    merged = merge_packets(parts)
    payloads = [merged.payload(row) for row in range(len(merged))]
    assert payloads.count(b"z" * 40) == 2
    assert merged.datagrams.rows.tolist() == sorted(merged.datagrams.rows.tolist())


def test_problems_are_carried_over_with_their_file_and_their_new_frame(tmp_path) -> None:
    (tmp_path / "b.pcap").write_bytes(build.pcap([build.tcp4(), build.tcp4()[:20]])[:-3])
    cut = read_packets(tmp_path / "b.pcap")
    merged = merge_packets([at(0, 1, 2), cut])
    cut.close()
    (problem,) = merged.problems.listed
    assert problem.reason.startswith("b.pcap: the file ends inside")
    assert problem.kind == "cut-short"
    assert problem.frame == 4
    again = merge_packets([merged, at(5)])
    assert again.problems.listed[0].reason.count("b.pcap") == 1


def test_problems_that_are_only_counted_stay_counted(monkeypatch) -> None:
    monkeypatch.setenv("WORKBENCH_MAX_PROBLEMS", "3")
    bad = build.read(build.pcap([build.tcp4()[:20]] * 5), limit=2)
    assert len(bad.problems.listed) == 2
    merged = merge_packets([bad, bad])
    assert merged.problems.counts == {kind: 2 * n for kind, n in bad.problems.counts.items()}
    assert len(merged.problems.listed) == 3


def test_one_capture_is_numbered_anew_too() -> None:
    merged = merge_packets([at(1, 2, 3).take([2])])
    assert merged.frame_numbers().tolist() == [1]
    assert merged.problems.listed == []


def test_empty_captures_disappear() -> None:
    merged = merge_packets([at(), at(5), at()])
    assert times(merged) == [5]
    assert len(merged.sources) == 3
    assert len(merge_packets([at()])) == 0


def test_the_captures_stay_as_they_were() -> None:
    parts = at(3, 1), at(2)
    before = [{name: column.copy() for name, column in part.columns.items()} for part in parts]
    merge_packets(parts, [7, 0])
    for part, columns in zip(parts, before, strict=True):
        for name, column in columns.items():
            assert np.array_equal(part.columns[name], column)


@pytest.mark.parametrize(
    ("shifts", "text"),
    [
        ([1], "one number for each of the 2 captures"),
        ([1, 2, 3], "one number for each"),
        ([0, 1.5], "whole number of nanoseconds"),
        ([0, True], "whole number of nanoseconds"),
        ([0, 2**63], "shift_ns of capture 2"),
        ([-(2**63) - START, 0], "shift_ns of capture 1"),
    ],
)
def test_shifts_are_checked(shifts, text) -> None:
    with pytest.raises(ParameterError, match=text):
        merge_packets([at(START), at(START)], shifts)


def test_nothing_cannot_be_merged() -> None:
    with pytest.raises(ParameterError, match="at least one capture"):
        merge_packets([])


def test_mergecap_puts_packets_in_the_same_order(tool, tmp_path) -> None:
    program, tshark = tool("mergecap"), tool("tshark")
    paths = [ROOT / "data" / name for name in ("ordinary.pcapng", "dns.pcap", "tls13.pcap")]
    parts = [read_packets(path) for path in paths]
    ours = write_capture(merge_packets(parts), tmp_path / "ours.pcapng")
    for part in parts:
        part.close()
    theirs = tmp_path / "theirs.pcapng"
    subprocess.run([program, "-w", str(theirs), *map(str, paths)], check=True, timeout=60)
    assert said_by_tshark(tshark, ours) == said_by_tshark(tshark, theirs)

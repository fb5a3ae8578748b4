"""The captures of circumvention tools: every packet is there, and nothing is wrong with any."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from workbench.capture.packets import Packets
from workbench.capture.reader import read_packets

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "captures" / "desync"
SETS: dict[str, list[dict[str, str]]] = defaultdict(list)
if FOLDER.is_dir():
    with (FOLDER / "manifest.csv").open(encoding="utf-8", newline="") as manifest:
        for line in csv.DictReader(manifest):
            SETS[line["set"]].append(line)


def test_all_of_them_are_there(shared) -> None:
    rows = [row for rows in SETS.values() for row in rows]
    assert len(rows) == 1841
    assert len({row["case_id"] for row in rows}) == 455


@pytest.mark.parametrize("name", sorted(SETS) or ["nothing"])
def test_every_packet_is_read_and_none_has_a_problem(shared, name) -> None:
    for row in SETS[name]:
        packets = read_packets(FOLDER / row["file"])
        assert (row["file"], len(packets)) == (row["file"], int(row["packets"]))
        assert (row["file"], dict(packets.problems.counts)) == (row["file"], {})
        assert not packets.columns["problem"].any()
        packets.close()


def by_time(packets: Packets) -> list[tuple[int, bytes]]:
    """Return time, in microseconds, and bytes of each packet, in order."""
    times = (packets.columns["time"] // 1000).tolist()
    return sorted(zip(times, map(packets.data, range(len(packets))), strict=True))


def test_one_file_of_four_vantages_has_the_packets_of_the_four_files(shared) -> None:
    together = [row["file"] for rows in SETS.values() for row in rows if "-all." in row["file"]]
    assert together
    for file in together:
        packets = read_packets(FOLDER / file)
        assert len(packets.interfaces) == 4
        for number, interface in enumerate(packets.interfaces):
            vantage = re.sub(r"\W", "-", interface.name)
            alone = next(FOLDER.glob(file.replace("-all.pcapng", f"-{vantage}.pcap*")), None)
            assert alone is not None, (file, interface.name)
            chosen = packets.take(np.flatnonzero(packets.columns["interface"] == number))
            assert by_time(chosen) == by_time(read_packets(alone))

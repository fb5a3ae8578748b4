"""A replica differs from its template in addresses and times, and in nothing that is judged."""

from __future__ import annotations

import subprocess
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.benchmarks import base
from tests.benchmarks.replicas import (
    FIRST_SECOND,
    WINDOW_US,
    Template,
    changed,
    mask_of,
    write_replicas,
)
from workbench.capture.packets import Packets
from workbench.capture.reader import read_packets

SAMPLES = Path(__file__).resolve().parents[2] / "data"
REPLICAS = 3


@pytest.fixture(scope="module")
def template() -> Template:
    pieces = base.pieces(base.captures([SAMPLES]))
    return base.template_of(base.towards_mean(pieces, base.MIXED_MEAN))


@pytest.fixture(scope="module")
def files(template: Template, tmp_path_factory: Any) -> tuple[Path, Path]:
    """Return one replica, which is the original, and several."""
    folder = tmp_path_factory.mktemp("replicas")
    once, several = folder / "once.pcap", folder / "several.pcap"
    write_replicas(template, once, len(template))
    write_replicas(template, several, REPLICAS * len(template))
    return once, several


def read(path: Path) -> Packets:
    with closing(read_packets(path)) as packets:
        return packets


def judged(packets: Packets) -> Counter[tuple[int, ...]]:
    names = ("ip_version", "protocol", "ip_checksum", "checksum", "problem", "encapsulation")
    return Counter(zip(*(packets.columns[name].tolist() for name in names), strict=True))


def flows(packets: Packets) -> set[tuple[int, ...]]:
    names = ("protocol", "source", "destination", "source_port", "destination_port")
    rows = packets.columns["ip_version"] > 0
    return set(zip(*(packets.columns[name][rows].tolist() for name in names), strict=True))


def test_checksums_keep_their_verdicts(files: tuple[Path, Path]) -> None:
    once, several = (judged(read(path)) for path in files)
    # One that was left to the network card may turn right by chance; with these samples none does.
    assert several == Counter({key: REPLICAS * count for key, count in once.items()})
    assert len({key[3] for key in once}) > 1


def test_flows_differ_from_replica_to_replica(files: tuple[Path, Path]) -> None:
    once, several = (flows(read(path)) for path in files)
    assert len(several) == REPLICAS * len(once)


def test_every_packet_is_there_with_its_length(files: tuple[Path, Path]) -> None:
    once, several = (read(path).columns for path in files)
    for name in ("captured", "wire", "payload_length"):
        lengths = np.sort(several[name])
        assert (lengths == np.sort(np.repeat(once[name], REPLICAS))).all()


def test_times_rise_and_replicas_follow_each_other(
    template: Template, files: tuple[Path, Path]
) -> None:
    time_us = read(files[1]).columns["time"] // 1_000
    assert (np.diff(time_us) >= 0).all()
    window = (time_us - FIRST_SECOND * 1_000_000) // WINDOW_US
    assert (window == np.arange(len(time_us)) // len(template)).all()


def test_packets_of_captures_lie_between_each_other(template: Template) -> None:
    several = len(np.unique(template.capture))
    order = template.capture[np.argsort(template.time_us, kind="stable")]
    assert several > 1
    assert np.count_nonzero(np.diff(order)) > several


def test_the_last_replica_ends_at_the_number_asked_for(template: Template, tmp_path: Path) -> None:
    path = tmp_path / "some.pcap"
    write_replicas(template, path, len(template) + 7)
    assert len(read(path)) == len(template) + 7


def test_the_first_replica_has_the_original_bytes(template: Template) -> None:
    assert mask_of(0) == 0
    assert (changed(template, 0) == template.data).all()


def test_a_replica_changes_addresses_and_checksums_only(template: Template) -> None:
    other = changed(template, 5)
    touched = np.zeros(len(other), bool)
    touched[(template.address_ends[..., None] - np.array([1, 2, 3])).ravel()] = True
    sums = template.sums[template.sums >= 0]
    touched[sums] = touched[sums + 1] = True
    assert (other[~touched] == template.data[~touched]).all()
    assert (other != template.data).sum() > 4 * len(template.address_ends)


def test_masks_differ_and_leave_the_first_byte_alone() -> None:
    masks = {mask_of(number) for number in range(1_000)}
    assert len(masks) == 1_000
    assert max(masks) < 1 << 24


def test_bulk_is_large_and_right() -> None:
    pieces = base.bulk(base.pieces(base.captures([SAMPLES])), base.BULK_MEAN)
    template = base.template_of(pieces)
    verdicts = {code for each in pieces for code in each.packets.columns["checksum"][each.rows]}
    assert verdicts == {1}
    assert abs(template.mean_length - base.BULK_MEAN) < base.BULK_MEAN / 50


def test_the_mean_length_is_near_what_is_asked_for(template: Template) -> None:
    assert abs(template.mean_length - base.MIXED_MEAN) < base.MIXED_MEAN / 50


def test_capinfos_counts_the_same(files: tuple[Path, Path], template: Template, tool: Any) -> None:
    command = [tool("capinfos"), "-T", "-r", "-m", "-c", "-d", str(files[1])]
    written = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    _, packets, size = written.strip().split(",")[-3:]
    wire = int(read(files[1]).columns["wire"].sum())
    assert (int(packets), int(size)) == (REPLICAS * len(template), wire)


def test_tshark_judges_checksums_the_same(files: tuple[Path, Path], tool: Any) -> None:
    once, several = (judged_by_tshark(tool("tshark"), path) for path in files)
    assert several == Counter({line: REPLICAS * count for line, count in once.items()})
    assert len(once) > 2


def judged_by_tshark(tshark: str, path: Path) -> Counter[str]:
    """Count checksum verdicts packet by packet, as nothing but the packet decides."""
    names = [f"{layer}.checksum.status" for layer in ("ip", "tcp", "udp", "icmpv6")]
    options = [f"{layer}.check_checksum:TRUE" for layer in ("ip", "tcp", "udp")]
    options += ["ip.defragment:FALSE", "ipv6.defragment:FALSE"]
    command = [tshark, "-n", "-r", str(path), "-T", "fields"]
    command += [part for name in names for part in ("-e", name)]
    command += [part for option in options for part in ("-o", option)]
    written = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return Counter(written.splitlines())


def test_captures_with_known_answers_replicate_exactly(shared: Path, tmp_path: Path) -> None:
    template = base.template_of(base.pieces(base.captures([shared / "captures"])))
    once, several = tmp_path / "once.pcap", tmp_path / "several.pcap"
    write_replicas(template, once, len(template))
    write_replicas(template, several, 2 * len(template))
    before, after = judged(read(once)), judged(read(several))
    changed_rows = sum(abs(2 * before[key] - after[key]) for key in before | after)
    left_to_the_card = sum(count for key, count in before.items() if key[3] == 3)
    assert changed_rows <= 2 * left_to_the_card / 1_000

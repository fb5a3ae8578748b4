"""Recorded cases put to a middlebox again: what it lets pass must be what passed then."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import dpkt

from workbench.lab.middleboxes.interface import Middlebox
from workbench.lab.middleboxes.packets import read
from workbench.lab.middleboxes.serving import judge_of

CLIENT4, CLIENT6 = bytes([10, 77, 1, 1]), bytes.fromhex("fd770001")
WHOLE = "262144"


class Replayed(NamedTuple):
    """Packets that passed only now, and only then, in both directions."""

    case: str
    command: str
    now: Counter
    then: Counter
    injected: Counter


@lru_cache(maxsize=1)
def rows(shared: Path) -> tuple[dict[str, str], ...]:
    with (shared / "captures" / "desync" / "manifest.csv").open(newline="") as opened:
        return tuple(csv.DictReader(opened))


def cases(shared: Path, preset: str) -> Iterator[dict[str, str]]:
    """Yield the rows of cases whose captures before the middlebox are whole."""
    for row in rows(shared):
        plain = row["file_format"] == "pcap" and row["snaplen"] == WHOLE
        if row["dpi"] == preset and row["vantage"] == "pre-dpi" and plain:
            yield row


def packets(path: Path) -> list[tuple[float, bytes]]:
    with path.open("rb") as opened:
        return [(time_s, frame[14:]) for time_s, frame in dpkt.pcap.Reader(opened)]


def of_client(data: bytes) -> bool:
    return data[12:16] == CLIENT4 if data[0] >> 4 == 4 else data[8:12] == CLIENT6


def limit(data: bytes) -> int:
    return data[8] if data[0] >> 4 == 4 else data[7]


def known(data: bytes) -> tuple[object, ...] | None:
    """Return what tells a packet from others on both sides of a router."""
    seen = read(data, extensions=True)
    if seen is None:
        return None
    identification = data[4:6] if data[0] >> 4 == 4 else b""
    digest = hashlib.md5(seen.payload).hexdigest()
    return (identification, seen.flow, seen.seq, seen.flags, digest)


def numbered(data: bytes) -> tuple[object, ...] | None:
    """Return what tells a packet, but for an identification that was drawn."""
    return (known(data) or (None,))[1:]


def replay(shared: Path, row: dict[str, str], preset: str) -> Replayed:
    """Put a case's packets to a new middlebox, in the order of their times."""
    box = Middlebox.named(preset)
    judge, extensions = judge_of(box.name, box.setting), box.setting.extensions
    path = shared / "captures" / "desync" / row["file"]
    before = packets(path)
    after = packets(path.with_name(path.name.replace("pre-dpi", "post-dpi")))
    # What has one hop left dies at the middlebox's host, before the middlebox.
    up = [(time_s, data) for time_s, data in before if of_client(data) and limit(data) > 1]
    down = [(time_s, data) for time_s, data in after if not of_client(data)]
    now: Counter = Counter()
    injected: Counter = Counter()
    for time_s, data in sorted(up + down, key=lambda packet: packet[0]):
        seen = read(data, extensions=extensions)
        passes = True
        if seen is not None:
            act = judge.judge(data, seen, time_s)
            passes = act.passes
            injected.update(numbered(sent) for sent in act.sent)
        now[known(data)] += passes
    passed = [data for _, data in after if of_client(data)]
    passed += [data for _, data in before if not of_client(data)]
    then = Counter(known(data) for data in passed)
    for counter in (now, then):
        counter.pop(None, None)
    return Replayed(row["case_id"], row["command"], now - then, then - now, injected)

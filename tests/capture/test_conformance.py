"""The pcapng conformance files: what their descriptions say, and what their blocks hold.

The blocks are read here a second time, slowly and in exact fractions, to compare with.
"""

from __future__ import annotations

import json
import re
import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from workbench.capture.links import link_name
from workbench.capture.packets import Packets
from workbench.capture.problems import ProblemList
from workbench.capture.reader import read_packets, stream_source
from workbench.capture.sources import open_source
from workbench.capture.table import packet_table

CAPTURES = Path(__file__).resolve().parents[3] / "shared" / "captures"
FOLDER = CAPTURES / "pcapng-test-generator"
FILES = sorted(str(path.relative_to(CAPTURES)) for path in FOLDER.rglob("*.pcapng"))
PAIRS = sorted(file for file in FILES if "output_le" in file)
NO_TIME = np.iinfo("i8").min
NAMES = {
    0x0A0D0D0A: "SHB", 1: "IDB", 2: "PB", 3: "SPB", 4: "NRB", 5: "ISB", 6: "EPB", 10: "DSB",
    0x0BAD: "CB", 0x40000BAD: "DCB",
}  # fmt: skip


@dataclass
class Described:
    """An interface as its block describes it."""

    link: int
    snap: int
    name: str = ""
    resolution: int = 6
    offset_s: int = 0

    def nanoseconds(self, units: int) -> int:
        base = 2 if self.resolution & 0x80 else 10
        second = Fraction(units, base ** (self.resolution & 0x7F))
        return int((second + self.offset_s) * 10**9)


@dataclass
class Captured:
    """A packet as its block holds it."""

    interface: int
    time: int
    data: bytes
    wire: int


def blocks(raw: bytes) -> Iterator[tuple[str, int, bytes]]:
    """Yield byte order, kind and body of each block."""
    at, sign = 0, "<"
    while at < len(raw):
        (kind,) = struct.unpack_from(f"{sign}I", raw, at)
        if kind == 0x0A0D0D0A:
            sign = "<" if raw[at + 8 : at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
        (length,) = struct.unpack_from(f"{sign}I", raw, at + 4)
        yield sign, kind, raw[at + 8 : at + length - 4]
        at += length


def options(sign: str, data: bytes) -> dict[int, bytes]:
    found, at = {}, 0
    while at + 4 <= len(data):
        code, length = struct.unpack_from(f"{sign}HH", data, at)
        if code == 0:
            break
        found[code] = data[at + 4 : at + 4 + length]
        at += 4 + length + -length % 4
    return found


def read_slowly(raw: bytes) -> tuple[list[Described], list[Captured]]:
    interfaces: list[Described] = []
    packets: list[Captured] = []
    first = 0
    for sign, kind, body in blocks(raw):
        if kind == 0x0A0D0D0A:
            first = len(interfaces)
        elif kind == 1:
            link, _, snap = struct.unpack_from(f"{sign}HHI", body)
            given = options(sign, body[8:])
            name = given.get(2, b"").decode()
            offset = struct.unpack(f"{sign}q", given.get(14, bytes(8)))[0]
            interfaces.append(Described(link, snap, name, given.get(9, b"\x06")[0], offset))
        elif kind == 3:
            (wire,) = struct.unpack_from(f"{sign}I", body)
            kept = min(wire, len(body) - 4, interfaces[first].snap or wire)
            packets.append(Captured(first, NO_TIME, body[4 : 4 + kept], wire))
        elif kind in (2, 6):
            number, high, low, kept, wire = struct.unpack_from(f"{sign}5I", body)
            if kind == 2:
                (number,) = struct.unpack_from(f"{sign}H", body)
            time = interfaces[first + number].nanoseconds((high << 32) | low)
            packets.append(Captured(first + number, time, body[20 : 20 + kept], wire))
    return interfaces, packets


@pytest.fixture(scope="module")
def descriptions(shared) -> dict[str, str]:
    """Return what the authors of the files say of each."""
    text = (CAPTURES / "expected/upstream/pcapng-test-generator.jsonl").read_text("utf-8")
    found = [json.loads(line) for line in text.splitlines()]
    return {entry["capture"]: entry["text"] for entry in found}


def test_there_are_twenty_two(shared) -> None:
    assert len(FILES) == 22
    assert len(PAIRS) == 11


@pytest.mark.parametrize("file", FILES or ["nothing"])
def test_blocks_are_those_described(shared, descriptions, file) -> None:
    counts = dict(re.findall(r"(\w+): (\d+)", descriptions[file].partition("Block counts")[2]))
    here = Counter(NAMES[kind] for _, kind, _ in blocks((CAPTURES / file).read_bytes()))
    assert {name: str(number) for name, number in here.items()} == counts
    packets = read_packets(CAPTURES / file)
    assert len(packets) == sum(int(counts.get(name, 0)) for name in ("EPB", "SPB", "PB"))
    assert len(packets.interfaces) == int(counts.get("IDB", 0))
    assert not packets.problems.counts.keys() - {"unknown-link-type"}


@pytest.mark.parametrize("file", FILES or ["nothing"])
def test_packets_and_interfaces_are_those_of_the_blocks(shared, file) -> None:
    interfaces, captured = read_slowly((CAPTURES / file).read_bytes())
    packets = read_packets(CAPTURES / file)
    ours = [
        Described(each.link, each.snap_length, each.name, each.resolution, each.offset_s)
        for each in packets.interfaces
    ]
    assert ours == interfaces
    columns = packets.columns
    assert columns["time"].tolist() == [packet.time for packet in captured]
    assert columns["interface"].tolist() == [packet.interface for packet in captured]
    assert columns["wire"].tolist() == [packet.wire for packet in captured]
    assert [packets.data(row) for row in range(len(packets))] == [one.data for one in captured]
    links = [link_name(interfaces[packet.interface].link) for packet in captured]
    assert packet_table(packets, ["link"])["link"].tolist() == links


def rows(packets: Packets) -> list[list[object]]:
    """Return the whole table but for where the payload lies."""
    table = packet_table(packets).drop(columns=["payload_offset"])
    return [table[name].astype(object).fillna(-1).tolist() for name in table.columns]


@pytest.mark.parametrize("little", PAIRS or ["nothing"])
def test_byte_order_makes_no_difference(shared, little) -> None:
    big = little.replace("output_le", "output_be")
    first, second = read_packets(CAPTURES / little), read_packets(CAPTURES / big)
    assert first.interfaces == second.interfaces
    assert rows(first) == rows(second)
    assert [first.data(row) for row in range(len(first))] == [
        second.data(row) for row in range(len(second))
    ]


@pytest.mark.parametrize("file", FILES or ["nothing"])
def test_reading_piece_by_piece_gives_the_same(shared, file) -> None:
    whole = read_packets(CAPTURES / file)
    problems = ProblemList()
    pieces = list(stream_source(open_source(CAPTURES / file, problems), problems, rows=1))
    assert sum(map(len, pieces)) == len(whole)
    for name in ("time", "offset", "interface", "protocol", "payload_length"):
        joined = [value for piece in pieces for value in piece.columns[name].tolist()]
        assert joined == whole.columns[name].tolist()

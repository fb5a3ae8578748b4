"""The kernels run in three ways: as they are, compiled, and compiled with every access checked.

All captures with known answers, broken ones, and frames drawn at random that dpkt reads as well.
Compiling with checks takes some twenty seconds, so all that needs it is in this file.
"""

from __future__ import annotations

import random
import socket
from pathlib import Path
from typing import Any

import dpkt
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.capture import build
from tests.fuzz.compare import decoded, unequal
from tests.fuzz.mutate import corpus, mutated
from tests.fuzz.strategies import captures, frames, plain_frames
from tests.fuzz.trial import attempt
from workbench.capture.engine import Engine, compiled, interpreted
from workbench.capture.kernels import fields
from workbench.capture.kernels.decode import clear_row, code_addresses, decode_frame
from workbench.capture.kernels.plain import plain_frame
from workbench.capture.packets import Packets
from workbench.capture.problems import ProblemList
from workbench.capture.reader import decode_source
from workbench.capture.sources import open_source
from workbench.capture.store import new_address_table
from workbench.capture.table import packet_table
from workbench.errors import WorkbenchError

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "captures"
MUTATIONS = 150


@pytest.fixture(scope="module")
def engines() -> list[Engine]:
    """Return the reference first; the last one checks every access."""
    return [interpreted(), compiled(), compiled(check_bounds=True)]


def read(path: Path, engine: Engine) -> Packets | None:
    problems = ProblemList()
    try:
        return decode_source(open_source(path, problems), problems, engine)
    except WorkbenchError:
        return None


def folders() -> list[str]:
    """Return the folders of captures with known answers, or of our own samples."""
    if not SHARED.is_dir():
        return ["data"]
    inside = [path.name for path in SHARED.iterdir() if path.is_dir()]
    return sorted(set(inside) - {"expected", "tools"})


def captures_in(folder: str) -> list[Path]:
    root = SHARED / folder if SHARED.is_dir() else ROOT / folder
    suffixes = {".pcap", ".pcapng", ".cap", ".ntar", ".dmp", ".trace", ".gz"}
    return sorted(path for path in root.rglob("*") if path.suffix in suffixes)


@pytest.mark.slow
@pytest.mark.parametrize("folder", folders())
def test_engines_read_the_same_from_every_capture(engines, folder) -> None:
    files = captures_in(folder)
    assert files
    # The tools' captures are many and much alike.
    for path in files[:: 4 if folder == "desync" else 1]:
        first, *others = (read(path, engine) for engine in engines)
        if first is None:
            assert others == [None, None]
            continue
        reference = decoded(first, engines[0])
        for engine, packets in zip(engines[1:], others, strict=True):
            assert packets is not None
            assert (path.name, unequal(reference, decoded(packets, engine))) == (path.name, [])
        for packets in (first, *others):
            assert packets is not None
            packets.close()


def long_way(data: bytes, at: int, captured: int, wire: int) -> tuple[int, list[int]]:
    """Return the problem and the values that the long way finds in an Ethernet frame."""
    work, table = np.zeros(fields.COUNT, "i8"), new_address_table(2)
    clear_row(work)
    problem = decode_frame(data, at, captured, wire, build.ETHERNET, work)
    code_addresses(data, work, *table)
    return problem, work.tolist()[: fields.CHECKED_SOURCE]


def short_way(data: bytes, at: int, captured: int, wire: int) -> tuple[int, list[int]] | None:
    """Return the same of the short way, None where it declines."""
    work, table = np.zeros(fields.COUNT, "i8"), new_address_table(2)
    if not plain_frame(data, at, captured, wire, work, *table):
        assert table.state[0] == 0
        return None
    return 0, work.tolist()[: fields.CHECKED_SOURCE]


@pytest.mark.parametrize("folder", folders())
def test_the_short_way_finds_what_the_long_one_finds(folder) -> None:
    taken = 0
    for path in captures_in(folder):
        packets = read(path, interpreted())
        if packets is None or (packets.interfaces and packets.interfaces[0].link != 1):
            continue
        for row in range(len(packets)):
            wire = int(packets.columns["wire"][row])
            data = packets.data(row)
            if len(data) <= wire and (short := short_way(data, 0, len(data), wire)):
                assert (path.name, row, short) == (
                    path.name,
                    row,
                    long_way(data, 0, len(data), wire),
                )
                taken += 1
        packets.close()
    assert taken or folder in {"PyPCAPKit", "pcapng-test-generator", "python-pcapng", "libpcap"}


@given(frames(), st.integers(0, 3), st.integers(0, 5))
def test_the_short_way_does_on_any_frame(frame, before, cut) -> None:
    data = bytes(before) + frame
    captured = max(0, len(frame) - cut)
    short = short_way(data, before, captured, len(frame))
    assert short is None or short == long_way(data, before, captured, len(frame))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(data=captures())
def test_any_capture_is_read_alike_and_makes_sense(engines, data) -> None:
    attempt(data, engines)


@pytest.mark.parametrize("seed", range(4))
def test_broken_captures_are_read_alike_and_make_sense(engines, seed) -> None:
    rng = random.Random(seed)
    seeds = [path.read_bytes() for path in corpus()]
    for _ in range(MUTATIONS // 4):
        attempt(mutated(rng.choice(seeds), rng, rng.choice(seeds)), engines)


# A third opinion: dpkt.


def by_dpkt(frame: bytes) -> dict[str, Any]:
    """Return what dpkt reads from a plain frame."""
    network = dpkt.ethernet.Ethernet(frame).data
    four = isinstance(network, dpkt.ip.IP)
    family = socket.AF_INET if four else socket.AF_INET6
    transport = network.data
    found = {
        "source": socket.inet_ntop(family, network.src),
        "destination": socket.inet_ntop(family, network.dst),
        "ttl": network.ttl if four else network.hlim,
        "dscp": (network.tos if four else network.fc) >> 2,
        "ip_id": network.id if four else 0,
        "source_port": transport.sport,
        "destination_port": transport.dport,
        "payload": bytes(transport.data),
    }
    if isinstance(transport, dpkt.tcp.TCP):
        found |= {
            "protocol": "tcp",
            "seq": transport.seq,
            "ack": transport.ack,
            # The reserved bits belong to the field (RFC 9293, 3.1); dpkt keeps them apart.
            "tcp_flags": transport._off_flags & 0x0FFF,
            "window": transport.win,
            "urgent": transport.urp,
        } | options_by_dpkt(transport.opts)
    else:
        found["protocol"] = "udp"
    return found


def options_by_dpkt(data: bytes) -> dict[str, Any]:
    """Return the values of TCP options; what follows a wrong length counts for nothing."""
    found: dict[str, Any] = {"mss": -1, "window_scale": -1, "ts_value": -1, "ts_echo": -1}
    found |= {"sack_blocks": 0, "md5": False}
    sizes = {2: 4, 3: 3, 8: 10}
    for kind, value in whole_options(data):
        if sizes.get(kind, len(value) + 2) != len(value) + 2:
            continue
        number = int.from_bytes(value, "big")
        if kind == 2:
            found["mss"] = number
        elif kind == 3:
            found["window_scale"] = number
        elif kind == 5:
            found["sack_blocks"] = len(value) // 8
        elif kind == 8:
            found["ts_value"], found["ts_echo"] = number >> 32, number & 0xFFFFFFFF
        elif kind == 19:
            found["md5"] = True
    return found


def whole_options(data: bytes) -> list[tuple[int, bytes]]:
    """Return options up to the end, or up to the first that is longer than what is left."""
    found: list[tuple[int, bytes]] = []
    at = 0
    while at < len(data) and data[at] != 0 and len(found) < 15:
        size = 1 if data[at] == 1 else (data[at + 1] if at + 1 < len(data) else 0)
        if data[at] != 1 and (size < 2 or at + size > len(data)):
            break
        found.append((data[at], data[at + 2 : at + size]))
        at += size
    return found


@given(st.lists(plain_frames(), min_size=1, max_size=8))
def test_dpkt_reads_the_same(chosen) -> None:
    packets = build.read(build.pcap(chosen), interpreted())
    table = packet_table(packets)
    assert (table["checksum"] == "good").all()
    for row, frame in enumerate(chosen):
        known = by_dpkt(frame)
        assert packets.payload(row) == known.pop("payload")
        ours = {name: table[name].iloc[row] for name in known}
        assert ours == known

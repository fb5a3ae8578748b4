"""Call every compiled kernel once, on captures of one packet."""

from __future__ import annotations

import struct

import numpy as np

from workbench.capture.engine import Engine
from workbench.capture.problems import ProblemList
from workbench.capture.sources import Source

FRAME = bytes.fromhex(
    "020000000001020000000002080045000028000100004006f97a7f0000017f0000010050005000000000"
    "00000000500200000000000000000000"
)
"""A TCP SYN from loopback to loopback."""


def warm_up(engine: Engine) -> None:
    """Run each capture kernel.

    Parameters
    ----------
    engine
        The compiled engine.
    """
    from workbench.capture.extras import decode_extra_columns
    from workbench.capture.reader import decode_source
    from workbench.capture.store import new_address_table, with_room

    for data in (small_pcap(), small_pcapng()):
        packets = decode_source(Source("warm-up", data), ProblemList(), engine)
        decode_extra_columns(packets, engine)
    with_room(new_address_table(1), 100, engine)
    buffer = engine.buffer(small_pcap())
    from workbench.capture.kernels.types import empty_index

    index = engine.arrays(empty_index(1))
    engine.call("walk_pcap", buffer, 24, len(small_pcap()), 0, 1000, 16, 65535, index, 0)
    values = np.zeros(1, "i4")
    engine.call("remap", engine.array(values), 0, 1, engine.array(values))


def small_pcap() -> bytes:
    """Return a pcap file of one packet.

    Examples
    --------
    >>> small_pcap()[:4].hex()
    'd4c3b2a1'
    """
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    return header + struct.pack("<IIII", 1, 0, len(FRAME), len(FRAME)) + FRAME


def small_pcapng() -> bytes:
    """Return a pcapng file of one packet.

    Examples
    --------
    >>> small_pcapng()[:4].hex()
    '0a0d0d0a'
    """
    padded = FRAME + bytes(-len(FRAME) % 4)
    length = 32 + len(padded)
    section = struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)
    interface = struct.pack("<IIHHII", 1, 20, 1, 0, 65535, 20)
    packet = struct.pack("<IIIIIII", 6, length, 0, 0, 1, len(FRAME), len(FRAME))
    return section + interface + packet + padded + struct.pack("<I", length)

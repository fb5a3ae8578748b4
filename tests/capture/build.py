"""Captures and packets made by hand, byte by byte, without the code under test."""

from __future__ import annotations

import io
import ipaddress
import struct
from collections.abc import Iterable, Sequence
from typing import Any

from workbench.capture.engine import Engine
from workbench.capture.packets import Packets
from workbench.capture.problems import ProblemList
from workbench.capture.reader import decode_source
from workbench.capture.sources import open_source

START_NS = 1_700_000_000_000_000_000
ETHERNET, RAW = 1, 101


def read(data: bytes, engine: Engine | None = None, limit: int = 10_000) -> Packets:
    """Read a capture that lies in memory, with an engine of one's choice."""
    problems = ProblemList(limit)
    return decode_source(open_source(io.BytesIO(data), problems), problems, engine)


def kinds(packets: Packets) -> dict[str, int]:
    """Return how many problems of each kind there are."""
    return dict(packets.problems.counts)


# pcap


def pcap_header(
    *,
    big: bool = False,
    nano: bool = False,
    link: int = ETHERNET,
    snap: int = 65535,
    **changed: Any,
) -> bytes:
    magic = changed.get("magic", 0xA1B23C4D if nano else 0xA1B2C3D4)
    major, minor = changed.get("version", (2, 4))
    return struct.pack(">IHHiIII" if big else "<IHHiIII", magic, major, minor, 0, 0, snap, link)


def record(
    data: bytes,
    time_ns: int = START_NS,
    *,
    big: bool = False,
    nano: bool = False,
    captured: int | None = None,
    wire: int | None = None,
    extra: bytes = b"",
) -> bytes:
    """Return a pcap record; `captured` and `wire` may lie."""
    seconds, rest = divmod(time_ns, 10**9)
    lengths = len(data) if captured is None else captured, len(data) if wire is None else wire
    head = struct.pack(
        ">IIII" if big else "<IIII", seconds, rest if nano else rest // 1000, *lengths
    )
    return head + extra + data


def pcap(
    frames: Iterable[bytes],
    *,
    big: bool = False,
    nano: bool = False,
    step_ns: int = 1000,
    **header: Any,
) -> bytes:
    """Return a pcap file of frames that are `step_ns` apart."""
    records = (
        record(frame, START_NS + number * step_ns, big=big, nano=nano)
        for number, frame in enumerate(frames)
    )
    return pcap_header(big=big, nano=nano, **header) + b"".join(records)


# pcapng


def block(kind: int, body: bytes, *, big: bool = False, length: int | None = None) -> bytes:
    """Return a pcapng block; `length` may lie."""
    body += bytes(-len(body) % 4)
    sign = ">" if big else "<"
    total = struct.pack(f"{sign}I", len(body) + 12 if length is None else length)
    return struct.pack(f"{sign}I", kind) + total + body + total


def option(code: int, value: bytes, *, big: bool = False) -> bytes:
    padded = value + bytes(-len(value) % 4)
    return struct.pack(">HH" if big else "<HH", code, len(value)) + padded


def section(*, big: bool = False) -> bytes:
    body = struct.pack(">IHHq" if big else "<IHHq", 0x1A2B3C4D, 1, 0, -1)
    return block(0x0A0D0D0A, body, big=big)


def interface(
    link: int = ETHERNET,
    snap: int = 65535,
    *,
    big: bool = False,
    resolution: int | None = None,
    offset_s: int | None = None,
    name: str = "",
) -> bytes:
    body = struct.pack(">HHI" if big else "<HHI", link, 0, snap)
    if name:
        body += option(2, name.encode(), big=big)
    if resolution is not None:
        body += option(9, bytes([resolution]), big=big)
    if offset_s is not None:
        body += option(14, struct.pack(">q" if big else "<q", offset_s), big=big)
    return block(1, body + bytes(4), big=big)


def enhanced(
    data: bytes,
    units: int = START_NS // 1000,
    *,
    interface: int = 0,
    big: bool = False,
    captured: int | None = None,
    wire: int | None = None,
    options: bytes = b"",
) -> bytes:
    """Return an enhanced packet block; its time is in units of the interface."""
    sign = ">" if big else "<"
    lengths = len(data) if captured is None else captured, len(data) if wire is None else wire
    head = struct.pack(f"{sign}5I", interface, units >> 32, units & 0xFFFFFFFF, *lengths)
    return block(6, head + data + bytes(-len(data) % 4) + options, big=big)


def simple(data: bytes, wire: int | None = None, *, big: bool = False) -> bytes:
    length = struct.pack(">I" if big else "<I", len(data) if wire is None else wire)
    return block(3, length + data, big=big)


def obsolete(data: bytes, units: int, *, interface: int = 0, big: bool = False) -> bytes:
    sign = ">" if big else "<"
    head = struct.pack(
        f"{sign}HH4I", interface, 0, units >> 32, units & 0xFFFFFFFF, len(data), len(data)
    )
    return block(2, head + data, big=big)


def pcapng(frames: Iterable[bytes], *, big: bool = False, step_us: int = 1) -> bytes:
    blocks = (
        enhanced(frame, START_NS // 1000 + number * step_us, big=big)
        for number, frame in enumerate(frames)
    )
    return section(big=big) + interface(big=big) + b"".join(blocks)


# packets


def internet_sum(data: bytes) -> int:
    """Return the checksum of RFC 1071, summed word by word."""
    data += bytes(len(data) % 2)
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def packed(address: str) -> bytes:
    return ipaddress.ip_address(address).packed


def pseudo(source: str, destination: str, protocol: int, length: int) -> bytes:
    if ":" in source:
        tail = struct.pack(">II", length, protocol)
    else:
        tail = struct.pack(">BBH", 0, protocol, length)
    return packed(source) + packed(destination) + tail


def ethernet(payload: bytes, kind: int = 0x0800, tags: Sequence[int] = ()) -> bytes:
    """Return an Ethernet frame, with VLAN tags in front of its type."""
    head = b"\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01"
    for tag in tags:
        head += struct.pack(">HH", 0x8100, tag)
    return head + struct.pack(">H", kind) + payload


def ipv4(
    payload: bytes,
    protocol: int,
    source: str = "10.0.0.1",
    destination: str = "10.0.0.2",
    *,
    ttl: int = 64,
    identification: int = 0,
    fragment: int = 0,
    tos: int = 0,
    options: bytes = b"",
    length: int | None = None,
    checksum: int | None = None,
) -> bytes:
    """Return an IPv4 packet; `fragment` is the field with the flags, in units of 8 bytes."""
    words = 5 + len(options) // 4
    total = words * 4 + len(payload) if length is None else length
    head = struct.pack(
        ">BBHHHBBH4s4s", 0x40 | words, tos, total, identification, fragment, ttl, protocol, 0,
        packed(source), packed(destination),
    ) + options  # fmt: skip
    good = internet_sum(head) if checksum is None else checksum
    return head[:10] + struct.pack(">H", good) + head[12:] + payload


def ipv6(
    payload: bytes,
    following: int,
    source: str = "fd00::1",
    destination: str = "fd00::2",
    *,
    hops: int = 64,
    traffic: int = 0,
    length: int | None = None,
) -> bytes:
    size = len(payload) if length is None else length
    first = (6 << 28) | (traffic << 20)
    head = struct.pack(">IHBB", first, size, following, hops)
    return head + packed(source) + packed(destination) + payload


def fragment_header(following: int, offset: int, *, more: bool, identification: int) -> bytes:
    return struct.pack(">BBHI", following, 0, offset | more, identification)


def tcp(
    payload: bytes = b"",
    source: str = "10.0.0.1",
    destination: str = "10.0.0.2",
    *,
    ports: tuple[int, int] = (40000, 443),
    seq: int = 1,
    ack: int = 0,
    flags: int = 0x18,
    window: int = 500,
    urgent: int = 0,
    options: bytes = b"",
    checksum: int | None = None,
    words: int | None = None,
) -> bytes:
    options += bytes(-len(options) % 4)
    size = 5 + len(options) // 4 if words is None else words
    head = struct.pack(">HHIIHHHH", *ports, seq, ack, (size << 12) | flags, window, 0, urgent)
    segment = head + options + payload
    if checksum is None:
        checksum = internet_sum(pseudo(source, destination, 6, len(segment)) + segment)
    return segment[:16] + struct.pack(">H", checksum) + segment[18:]


def udp(
    payload: bytes = b"",
    source: str = "10.0.0.1",
    destination: str = "10.0.0.2",
    *,
    ports: tuple[int, int] = (40000, 53),
    length: int | None = None,
    checksum: int | None = None,
) -> bytes:
    size = 8 + len(payload) if length is None else length
    datagram = struct.pack(">HHHH", *ports, size, 0) + payload
    if checksum is None:
        total = internet_sum(pseudo(source, destination, 17, len(datagram)) + datagram)
        checksum = total or 0xFFFF
    return datagram[:6] + struct.pack(">H", checksum) + datagram[8:]


def tcp4(payload: bytes = b"", **fields: Any) -> bytes:
    """Return an Ethernet frame with a TCP segment over IPv4."""
    return ethernet(ipv4(tcp(payload, **fields), 6))


def udp4(payload: bytes = b"", **fields: Any) -> bytes:
    """Return an Ethernet frame with a UDP datagram over IPv4."""
    return ethernet(ipv4(udp(payload, **fields), 17))


def tcp6(payload: bytes = b"", **fields: Any) -> bytes:
    """Return an Ethernet frame with a TCP segment over IPv6."""
    return ethernet(ipv6(tcp(payload, "fd00::1", "fd00::2", **fields), 6), 0x86DD)

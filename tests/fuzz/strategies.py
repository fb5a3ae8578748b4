"""Hypothesis strategies: frames and captures, well formed, and with a lie here and there."""

from __future__ import annotations

import ipaddress
import struct
from typing import Any

from hypothesis import strategies as st

from tests.capture import build

LINKS = (
    0, 1, 6, 8, 9, 10, 12, 50, 51, 100, 101, 104, 105, 107, 108, 109, 113, 117, 119, 127, 147, 163,
    192, 228, 229, 239, 253, 258, 276, 283,
)  # fmt: skip
PAIRS4 = tuple((f"10.0.{n}.1", f"192.168.{n}.2") for n in range(4))
PAIRS6 = tuple((f"fd00::{n}:1", f"2001:db8::{n}:2") for n in range(4))
MAX_DEPTH = 3

u8 = st.integers(0, 0xFF)
u16 = st.integers(0, 0xFFFF)
u32 = st.integers(0, 0xFFFFFFFF)
payloads = st.binary(max_size=48)
seldom = st.sampled_from((True, *[False] * 7))
"""One in eight: how often something is not as it should be."""


@st.composite
def or_lie(draw: st.DrawFn, lies: st.SearchStrategy[int]) -> int | None:
    """Draw nothing, for the right value, or now and then a wrong one."""
    return draw(lies) if draw(seldom) else None


@st.composite
def tcp_options(draw: st.DrawFn) -> bytes:
    """Draw TCP options, at most forty bytes, of which some have a wrong length."""
    known = st.sampled_from(
        (
            b"\x01",
            b"\x02\x04\x05\xb4",
            b"\x03\x03\x07",
            b"\x04\x02",
            b"\x05\x0a" + bytes(8),
            b"\x08\x0a\x00\x00\x00\x01\x00\x00\x00\x02",
            b"\x13\x12" + bytes(16),
            b"\x1e\x04\x00\x01",
            b"\x22\x02",
            b"\xfe\x04\xaa\xbb",
            b"\x00",
        )
    )
    wrong = st.builds(lambda kind, size: bytes((kind, size)), u8, st.integers(0, 60))
    chosen = draw(st.lists(known if not draw(seldom) else st.one_of(known, wrong), max_size=6))
    data = b"".join(chosen)[:40]
    return data + b"\x01" * (-len(data) % 4)


@st.composite
def segments(draw: st.DrawFn, pair: tuple[str, str], *, honest: bool = False) -> bytes:
    """Draw a TCP segment."""
    return build.tcp(
        draw(payloads),
        *pair,
        ports=(draw(u16), draw(u16)),
        seq=draw(u32),
        ack=draw(u32),
        flags=draw(st.integers(0, 0xFFF)),
        window=draw(u16),
        urgent=draw(u16),
        options=draw(tcp_options()),
        checksum=None if honest else draw(or_lie(u16)),
        words=None if honest else draw(or_lie(st.integers(0, 15))),
    )


@st.composite
def datagrams(
    draw: st.DrawFn, pair: tuple[str, str], content: bytes | None = None, *, honest: bool = False
) -> bytes:
    """Draw a UDP datagram."""
    tunnel = st.sampled_from((4789, 8472, 6081, 2152, 3544, 1701, 37008))
    port = u16 if honest else st.one_of(u16, tunnel)
    return build.udp(
        draw(payloads) if content is None else content,
        *pair,
        ports=(draw(port), draw(port)),
        length=None if honest else draw(or_lie(u16)),
        checksum=None if honest else draw(or_lie(st.one_of(st.just(0), u16))),
    )


def icmp(payload: bytes) -> bytes:
    message = struct.pack(">BBHI", 8, 0, 0, 1) + payload
    return message[:2] + struct.pack(">H", build.internet_sum(message)) + message[4:]


TUNNELS = ("ipip", "gre", "vxlan", "geneve", "gtp", "mpls", "etherip", "teredo", "l2tp", "ah")


@st.composite
def contents(draw: st.DrawFn, pair: tuple[str, str], depth: int) -> tuple[int, bytes]:
    """Draw what an IP packet carries: its protocol, and its bytes."""
    plain = ("tcp", "tcp", "udp", "udp", "icmp", "sctp", "other")
    kind = draw(st.sampled_from(plain + (TUNNELS if depth < MAX_DEPTH else ())))
    if kind == "tcp":
        return 6, draw(segments(pair))
    if kind == "udp":
        return 17, draw(datagrams(pair))
    if kind == "icmp":
        return draw(st.sampled_from((1, 58))), icmp(draw(payloads))
    if kind == "sctp":
        return 132, struct.pack(">HHII", 1, 2, 3, 4) + draw(payloads)
    if kind == "other":
        return draw(u8), draw(payloads)
    return draw(tunnels(kind, pair, depth + 1))


@st.composite
def tunnels(draw: st.DrawFn, kind: str, pair: tuple[str, str], depth: int) -> tuple[int, bytes]:
    """Draw a tunnel with a packet in it: the protocol, and its bytes."""
    version, inner = draw(packets(depth))
    ethertype = 0x0800 if version == 4 else 0x86DD
    frame = build.ethernet(inner, ethertype, draw(st.lists(st.integers(0, 4095), max_size=2)))
    if kind == "ipip":
        return (4 if version == 4 else 41), inner
    if kind == "gre":
        key = draw(st.booleans())
        return 47, struct.pack(">HH", 0x2000 * key, ethertype) + bytes(4 * key) + inner
    if kind == "mpls":
        return 137, struct.pack(">I", (16 << 12) | 0x100 | 64) + inner
    if kind == "etherip":
        return 97, b"\x30\x00" + frame
    if kind == "ah":
        following, data = draw(contents(pair, MAX_DEPTH))
        return 51, struct.pack(">BBHII", following, 1, 0, 1, 1) + data
    port, content = {
        "vxlan": (4789, b"\x08" + bytes(7) + frame),
        "geneve": (6081, struct.pack(">BBHI", 0, 0, 0x6558, 0) + frame),
        "gtp": (2152, struct.pack(">BBHI", 0x30, 0xFF, len(inner), 1) + inner),
        "teredo": (3544, inner),
        "l2tp": (1701, struct.pack(">HHHH", 0x0002, 1, 1, 0x21) + inner),
    }[kind]
    return 17, build.udp(content, *pair, ports=(draw(u16), port))


@st.composite
def packets(draw: st.DrawFn, depth: int = 0) -> tuple[int, bytes]:
    """Draw an IP packet: its version, and its bytes."""
    if draw(st.booleans()):
        pair = draw(st.sampled_from(PAIRS4))
        protocol, content = draw(contents(pair, depth))
        options = b"\x01" * (4 * draw(st.integers(0, 3))) if draw(seldom) else b""
        return 4, build.ipv4(
            content,
            protocol,
            *pair,
            ttl=draw(u8),
            identification=draw(st.integers(0, 3)),
            fragment=draw(u16) if draw(seldom) else 0x4000,
            options=options,
            length=draw(or_lie(u16)),
            checksum=draw(or_lie(u16)),
        )
    pair = draw(st.sampled_from(PAIRS6))
    protocol, content = draw(contents(pair, depth))
    for header in draw(st.lists(st.sampled_from((0, 43, 44, 60, 135)), max_size=2)):
        if header == 44:
            last = 6 if draw(seldom) else 0
            head = build.fragment_header(protocol, 8 * last, more=draw(seldom), identification=7)
        else:
            head = struct.pack(">BB", protocol, 2) + draw(st.binary(min_size=22, max_size=22))
        protocol, content = header, head + content
    return 6, build.ipv6(content, protocol, *pair, hops=draw(u8), length=draw(or_lie(u16)))


@st.composite
def frames(draw: st.DrawFn, link: int = build.ETHERNET) -> bytes:
    """Draw a frame of a link type; for most of them the header is random bytes."""
    version, packet = draw(packets())
    ethertype = 0x0800 if version == 4 else 0x86DD
    if link == build.ETHERNET:
        tags = draw(st.lists(st.integers(0, 4095), max_size=2))
        return build.ethernet(packet, draw(u16) if draw(seldom) else ethertype, tags)
    if link in (12, 101, 228, 229):
        return packet
    if link == 0:
        return struct.pack("<I", 2 if version == 4 else 30) + packet
    if link == 113:
        return struct.pack(">HHH8sH", 0, 1, 6, bytes(8), ethertype) + packet
    if link == 276:
        return struct.pack(">HHIHBB8s", ethertype, 0, 2, 1, 0, 6, bytes(8)) + packet
    if link in (9, 50):
        return b"\xff\x03" + struct.pack(">H", 0x21 if version == 4 else 0x57) + packet
    return draw(st.binary(max_size=40)) + packet


@st.composite
def plain_frames(draw: st.DrawFn) -> bytes:
    """Draw an honest Ethernet frame with TCP or UDP over IPv4 or IPv6, neither fragmented."""
    six = draw(st.booleans())
    if six:
        pair = (str(ipaddress.ip_address(draw(st.binary(min_size=16, max_size=16)))),) * 2
    else:
        pair = (str(ipaddress.ip_address(draw(u32))), str(ipaddress.ip_address(draw(u32))))
    protocol = draw(st.sampled_from((6, 17)))
    strategy: Any = segments if protocol == 6 else datagrams
    content = draw(strategy(pair, honest=True))
    if six:
        packet = build.ipv6(content, protocol, *pair, hops=draw(u8), traffic=draw(u8))
        return build.ethernet(packet, 0x86DD)
    packet = build.ipv4(
        content, protocol, *pair, ttl=draw(u8), tos=draw(u8), identification=draw(u16)
    )
    return build.ethernet(packet)


@st.composite
def captures(draw: st.DrawFn, most: int = 12) -> bytes:
    """Draw a capture file: any format, any link type, some lengths and times that lie."""
    big, nano = draw(st.booleans()), draw(st.booleans())
    if draw(st.booleans()):
        link = draw(st.sampled_from(LINKS))
        parts = [build.pcap_header(big=big, nano=nano, link=link, snap=draw(snap_lengths))]
        for frame in draw(st.lists(frames(link), max_size=most)):
            kept = frame[: draw(st.integers(0, len(frame)))] if draw(seldom) else frame
            parts.append(
                build.record(
                    kept,
                    draw(times),
                    big=big,
                    nano=nano,
                    captured=draw(or_lie(u32)),
                    wire=draw(u32) if draw(seldom) else len(frame),
                )
            )
        return b"".join(parts)
    parts = [build.section(big=big)]
    links: list[int] = []
    for _ in range(draw(st.integers(0, most))):
        parts.append(draw(blocks(links, big=big)))
    return b"".join(parts)


snap_lengths = st.one_of(st.sampled_from((0, 1, 65535, 262144, 0xFFFFFFFF)), u32)
times = st.one_of(
    st.integers(build.START_NS, build.START_NS + 10**10), st.integers(0, (2**32 - 1) * 10**9)
)


@st.composite
def blocks(draw: st.DrawFn, links: list[int], *, big: bool) -> bytes:
    """Draw a pcapng block; interfaces that it describes are added to `links`."""
    kind = draw(st.sampled_from(("packet",) * 5 + ("interface", "simple", "obsolete", "other")))
    if not links or kind == "interface":
        links.append(draw(st.sampled_from(LINKS)))
        return build.interface(
            links[-1],
            draw(snap_lengths),
            big=big,
            resolution=draw(or_lie(u8)),
            offset_s=draw(or_lie(st.integers(-(2**63), 2**63 - 1))),
            name=draw(st.text("abé\x1b", max_size=5)),
        )
    if kind == "other":
        body = draw(st.binary(max_size=40))
        number = draw(st.one_of(st.sampled_from((4, 5, 10, 0x0BAD)), u32))
        return build.block(number, body, big=big, length=draw(or_lie(u32)))
    number = draw(st.integers(0, 0xFFFF)) if draw(seldom) else len(links) - 1
    frame = draw(frames(links[-1]))
    if kind == "simple":
        return build.simple(frame, draw(or_lie(u32)), big=big)
    units = draw(st.integers(0, 2**64 - 1)) if draw(seldom) else draw(times) // 1000
    if kind == "obsolete":
        return build.obsolete(frame, units, interface=number, big=big)
    return build.enhanced(
        frame,
        units,
        interface=number,
        big=big,
        captured=draw(or_lie(u32)),
        wire=draw(or_lie(u32)),
    )

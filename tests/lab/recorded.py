"""What a client's capture shows of its first connection, in the composer's terms and as tokens."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, NamedTuple

import dpkt

from tests.evasion.compose import comparing, observed
from tests.evasion.compose.signature import signature
from workbench.evasion.compose import Ends, PathFacts, Sent, compose
from workbench.evasion.compose.headers import FRAGMENT
from workbench.evasion.strategy import Strategy
from workbench.lab.flows import owns_socket

EXTENSIONS = {0, 44, 60}
FLAGS_OF_INTEREST = 0x1FF


class Compared(NamedTuple):
    """Recorded and composed tokens, as far as the first volley goes."""

    same: bool
    recorded: list[str]
    composed: list[str]


def as_sent(one: observed.Seen, path: PathFacts, chain: tuple[int, ...] = ()) -> Sent:
    """Return a recorded packet of the client as the composer describes packets."""
    ends = Ends.of(path.client, path.client_port, path.server, path.server_port)
    common: dict[str, Any] = {
        "ttl": one.ttl, "ip_id": one.ip_id, "dont_fragment": one.dont_fragment,
        "extensions": tuple(kind for kind in chain if kind != FRAGMENT or not one.fragment),
    }  # fmt: skip
    if one.fragment:
        _, at, more = one.fragment
        common |= {"raw": one.segment, "fragment": (at, more)}
        if at == 0 and one.protocol == 6:
            seq, ack = (int.from_bytes(one.segment[i : i + 4], "big") for i in (4, 8))
            head = (one.segment[12] >> 4) * 4
            common |= {"seq": seq, "ack": ack, "flags": one.segment[13]}
            common |= {"options": one.segment[20:head], "payload": one.segment[head:]}
        return Sent(ends, protocol=one.protocol, **common)
    if one.protocol == 255:
        return Sent(ends, protocol=255, raw=one.segment, **common)
    if one.protocol == 17:
        return Sent(ends, protocol=17, payload=one.segment[8:], **common)
    tcp = one.tcp
    return Sent(
        ends, seq=tcp.seq, ack=tcp.ack, flags=int(tcp.flags) & FLAGS_OF_INTEREST, window=tcp.win,
        urgent=tcp.urp, options=bytes(tcp.opts), payload=bytes(tcp.data),
        checksum_xor=0 if observed.checksum_good(one) else 1, **common,
    )  # fmt: skip


def chains(file: Path) -> list[tuple[int, ...]]:
    """Return the IPv6 extension headers of each packet, in the order of `observed.packets`."""
    reader = dpkt.pcap.UniversalReader(io.BytesIO(file.read_bytes()))
    found = []
    for _, frame in reader:
        data = bytes(frame[14:])
        chain: tuple[int, ...] = ()
        if data[:1] and data[0] >> 4 == 6:
            protocol, rest = data[6], data[40:]
            while protocol in EXTENSIONS and len(rest) >= 8:
                chain += (protocol,)
                protocol, rest = rest[0], rest[8:]
        if data[:1] and data[0] >> 4 in {4, 6}:
            found.append(chain)
    return found


def of_client(file: Path, path: PathFacts, *, udp: bool = False) -> list[Sent]:
    """Return what the client sent on its first connection, or of its datagrams."""
    client = Ends.of(path.client, 1, path.server, 1).source
    every = zip(observed.packets(file), chains(file), strict=True)
    mine = [(one, chain) for one, chain in every if one.source == client]
    wanted = {17, 255} if udp else {6, 255}
    mine = [(one, chain) for one, chain in mine if one.protocol in wanted]
    first = 0
    if not udp:
        syns = (at for at, (one, _) in enumerate(mine) if one.tcp and one.tcp.flags & 0x12 == 2)
        first = max(next(syns) - 4, 0)
    return [as_sent(one, path, chain) for one, chain in mine[first:] if _of(one, path)]


def _of(one: observed.Seen, path: PathFacts) -> bool:
    if one.tcp is None:
        return True
    return (one.tcp.sport, one.tcp.dport) == (path.client_port, path.server_port)


def compare(file: Path, strategy: Strategy, row: dict[str, str], seed: int, **options) -> Compared:
    """Return how what was recorded compares with what the composer says for the same strategy."""
    seen = observed.packets(file)
    path = observed.path_of(seen, row)
    request = comparing.request_for(seen, row | {"offload": "off"})
    sent = compose(strategy, request, path, seed=seed, **options)
    udp = row["proto"].startswith("quic")
    recorded = [comparing.normal(one) for one in signature(of_client(file, path, udp=udp), path)]
    if owns_socket(strategy):
        sent = [one for one in sent if one.role != "retransmission"]
    composed = [comparing.normal(one) for one in signature(sent, path)]
    first = recorded[: len(composed)]
    return Compared(first == composed, recorded, composed)

"""Command line to descriptor to packets to signature, beside what a capture shows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from tests.evasion.compose import observed
from tests.evasion.compose.signature import signature
from tests.evasion.compose.stage import reassembled
from workbench.evasion.compose import PathFacts, Sent, compose
from workbench.evasion.compose.counters import applies
from workbench.evasion.compose.drawing import dice
from workbench.evasion.compose.headers import walk_options
from workbench.evasion.compose.hellos import SHAPES, hello
from workbench.evasion.markers import request_facts
from workbench.evasion.parsing import parse_profiles
from workbench.evasion.strategy import NONE, Strategy

RANDOM_NAME = re.compile(r"CH:[a-z][a-z0-9]{12}\.(?:com|org|net|edu|gov|biz)(?![a-z.])")
STAMP = re.compile(r"ts-(\d+)")
STAMP_STEP = 500
DRAWN = {"fake", "host-fake"}
HEADERS = {
    "curl": "User-Agent: curl/7.88.1\r\nAccept: */*\r\n",
    "python-requests": "User-Agent: python-requests/2.34.2\r\nAccept-Encoding: gzip, deflate\r\n"
    "Accept: */*\r\nConnection: keep-alive\r\n",
}
FILES = {
    "files/fake/tls_clienthello_www_google_com.bin": hello(SHAPES["google"], dice("google")),
    "files/fake/quic_initial_www_google_com.bin": b"\xc0" + bytes(1199),
}


class Comparison(NamedTuple):
    """How a case came out: `exact`, `tail`, or `differs`."""

    verdict: str
    reason: str
    observed: list[str]
    composed: list[str]


def files() -> dict[str, bytes]:
    """Return stand-ins for the payload files that commands name: same length and server name."""
    return dict(FILES)


def normal(token: str, isn_random: bool = True) -> str:
    """Return a token without what is drawn at random, and timestamps to half a second."""
    token = RANDOM_NAME.sub("CH:<random>", token)
    return STAMP.sub(lambda found: f"ts-{round(int(found[1]) / STAMP_STEP)}", token)


def kernel_tail(tokens: list[str], earlier: list[str]) -> bool:
    """Tell whether tokens are what a kernel sends later: repetitions, RST, FIN, bare ACKs."""
    bare = re.compile(r"-?\d+:0(\[[^]]*\])?$")
    seen = {re.sub(r"\[[^]]*\]", "", one) for one in earlier}
    later = ("<", "udp:", "frag@8:")
    return all(
        bare.match(one) or one in earlier or one in seen or one.startswith(later) for one in tokens
    )


def compare(folder: Path, row: dict[str, str]) -> Comparison:
    """Return how the packets composed for a case's command compare with those recorded."""
    seen = observed.packets(folder / row["file"])
    path = observed.path_of(seen, row)
    request = request_for(seen, row)
    wanted = row["wire_signature_client"].split()
    strategy = strategy_for(row, request, path)
    sent = compose(strategy, request, path, seed=7, files=files())
    if row["offload"] == "on" and strategy.sender == "socket":
        sent = [one.but(checksum_xor=1) for one in sent]
    if row["set"] == "cooked-any":
        sent = [one for one in sent if one.ttl > 1]
    ours = signature(sent, path)
    if row["set"] == "cooked-any":
        ours = [re.sub(r"ttl(\d+)", lambda found: f"ttl{int(found[1]) - 1}", one) for one in ours]
    left, right = (
        [normal(one) for one in hide_drawn(each, _drawn(strategy, sent))] for each in (wanted, ours)
    )
    if left == right:
        return Comparison("exact", "", wanted, ours)
    if left[: len(right)] == right and kernel_tail(left[len(right) :], left[: len(right)]):
        return Comparison("tail", "", wanted, ours)
    kept = signature([one for one in sent if one.role != "retransmission"], path)
    right = [normal(one) for one in kept]
    if (
        len(kept) < len(ours)
        and left[: len(right)] == right
        and kernel_tail(left[len(right) :], left[: len(right)])
    ):
        return Comparison("tail", "", wanted, ours)
    return Comparison("differs", "", wanted, ours)


def _drawn(strategy: Strategy, sent: list[Sent]) -> list[Sent]:
    """Return the packets whose bytes were drawn: the command does not give them."""
    names = strategy.phase2 is not None and not strategy.phase2.host_fake
    drawn = [one for one in sent if names and one.role == "host-fake"]
    loads = any(one.kind == "random" for fake in strategy.phase1 for one in fake.payloads)
    return drawn + [one for one in sent if loads and one.role == "fake"]


def headers_of(folder: Path, row: dict[str, str]) -> list[str]:
    """Return what differs in the headers, packet by packet, between composed and recorded ones.

    Identifications are compared as differences from the SYN's, unless they are drawn; option
    layouts, windows, urgent pointers, DF and the checksum's verdict as they are; so are payloads,
    but for fakes and patterns. What the kernel repeats is left out.
    """
    seen = observed.packets(folder / row["file"])
    path = observed.path_of(seen, row)
    request = request_for(seen, row)
    strategy = strategy_for(row, request, path)
    sent = compose(strategy, request, path, seed=7, files=files())
    flow = observed.first_flow(seen)
    differences = []
    four = path.version == 4
    mine = [one for one in sent if one.protocol == 6 and not one.fragment]
    mine = [one for one in mine if one.role != "retransmission"]
    for number, (ours, theirs) in enumerate(zip(mine, flow, strict=False), 1):
        pairs = {
            "ttl": (ours.ttl, theirs.ttl),
            "layout": (ours.option_layout, _layout(theirs.tcp.opts)),
            "window": (ours.window, theirs.tcp.win),
            "urgent": (ours.urgent, theirs.tcp.urp),
            "df": (four and ours.dont_fragment, theirs.dont_fragment),
            "id": (ours.ip_id, theirs.ip_id),
            "good": (ours.checksum_good, observed.checksum_good(theirs)),
            "ack": (ours.ack, theirs.tcp.ack),
            "seq": (ours.seq, theirs.tcp.seq),
            "flags": (ours.flags & 0xFF, theirs.tcp.flags & 0xFF),
            "length": (ours.length, len(theirs.tcp.data)),
            "payload": (True, ours.role in DRAWN or _same_payload(ours, theirs.tcp.data)),
        }
        if strategy.tool == "dpitunnel" or (
            strategy.tool == "youtubeunblock" and ours.role == "part"
        ):
            del pairs["id"]
        differences += [f"{number} {name} {a} {b}" for name, (a, b) in pairs.items() if a != b]
    return differences


def _same_payload(ours: Sent, theirs: bytes) -> bool:
    return ours.payload[ours.overlap :] == bytes(theirs)[ours.overlap :]


def first_payload_agrees(folder: Path, row: dict[str, str]) -> bool:
    """Tell whether all genuine bytes of an HTTP request were composed as they were recorded."""
    seen = observed.packets(folder / row["file"])
    path = observed.path_of(seen, row)
    request = request_for(seen, row)
    sent = compose(strategy_for(row, request, path), request, path, seed=7, files=files())
    recorded = observed.message(observed.request_of(seen))
    return reassembled(sent) == recorded


def _layout(options: bytes) -> tuple[int, ...]:
    return tuple(kind for kind, _ in walk_options(options))


def strategy_for(row: dict[str, str], request: bytes, path: PathFacts) -> Strategy:
    """Return the first profile of a command that is for this request."""
    facts = request_facts(request)
    name = request[slice(*facts.host)].decode() if facts.host else ""
    profiles = parse_profiles(row["command"])
    return next((one for one in profiles if applies(one.scope, facts, name, path)), NONE)


def hide_drawn(tokens: list[str], sent: list[Sent]) -> list[str]:
    """Return tokens without the bytes that were drawn, host names for the most part."""
    drawn = {one.payload[:6].hex() for one in sent}
    lengths = {len(one.payload) for one in sent}
    out = []
    for token in tokens:
        head, _, kind = token.partition("=")
        size = head.partition("[")[0].partition(":")[2]
        random = kind in drawn or ("[" in head and size.isdigit() and int(size) in lengths)
        out.append(f"{head}=<drawn>" if random else token)
    return out


def request_for(seen: list[observed.Seen], row: dict[str, str]) -> bytes:
    """Return the request as the client's program wrote it."""
    if row["proto"].startswith("http/"):
        domain = row["domain"].split(";")[0]
        head = f"GET / HTTP/1.1\r\nHost: {domain}\r\n{HEADERS[row['client'].split(' ')[0]]}\r\n"
        return head.encode()
    if row["proto"].startswith("quic"):
        return quic_request(seen)
    ttl = 5 if "--orig-ttl=5" in row["command"] else 64
    offload = row["offload"] == "on"
    return observed.message(observed.request_of(seen, ttl, offload=offload))


def quic_request(seen: list[observed.Seen]) -> bytes:
    """Return the first genuine datagram: the last one different from those before it."""
    sizes = [len(one.segment) - 8 for one in seen if one.protocol in {17, 255} and one.ttl == 1]
    return b"\xc3" + bytes((sizes[0] if sizes else 1200) - 1)


__all__ = ["Comparison", "PathFacts", "compare", "files", "kernel_tail", "normal"]

"""The wire signature of composed packets, in the notation of the desync captures' manifest.

Written from the description beside the captures and from the packets, without the code under test.
"""

from __future__ import annotations

from collections.abc import Iterable

from workbench.evasion.compose import PathFacts, Sent
from workbench.evasion.compose.headers import walk_options

LETTERS = "FSRPAUECN"
PLAIN = {"PA", "A"}


def signed(value: int) -> int:
    """Return a difference of sequence numbers as a signed number."""
    value &= 0xFFFFFFFF
    return value - (1 << 32) if value >> 31 else value


def signature(sent: Iterable[Sent], path: PathFacts) -> list[str]:
    """Return one token a packet: SYN and bare ACKs only where something is odd about them."""
    tokens = []
    syn_seen = False
    for packet in sent:
        token = _token(packet, path, syn_seen=syn_seen)
        syn_seen |= packet.flags == 2 and packet.protocol == 6
        if token:
            tokens.append(token)
    return tokens


def _token(packet: Sent, path: PathFacts, *, syn_seen: bool) -> str:
    if packet.protocol == 255:
        return f"ip255[ttl{packet.ttl}]:{len(packet.transport())}"
    if packet.fragment and packet.fragment[0]:
        return f"frag@{packet.fragment[0]}:{len(packet.transport())}"
    if packet.protocol == 17:
        return f"udp:{len(packet.payload)}[ttl{packet.ttl}]"
    return _segment(packet, path, syn_seen=syn_seen)


def _segment(packet: Sent, path: PathFacts, *, syn_seen: bool) -> str:
    flags = "".join(letter for bit, letter in enumerate(LETTERS) if packet.flags >> bit & 1)
    odd = [flags] if flags not in PLAIN else []
    if packet.fragment and path.version == 6:
        odd.append("frag")
    if packet.fragment:
        odd.append("MF")
    odd += [f"ttl{packet.ttl}"] if packet.ttl != path.ttl else []
    odd += ["badsum"] if not packet.checksum_good and not packet.fragment else []
    options = dict(walk_options(packet.options))
    odd += ["md5"] if 19 in options else []
    ack = signed(packet.ack - path.server_isn)
    if ack != 1 and "A" in flags and "S" not in flags:
        odd.append(f"ack{ack}")
    odd += _stamps(options, path)
    odd += ["hbh"] if 0 in packet.extensions else []
    if not packet.payload and (not odd or (odd == ["S"] and not syn_seen)):
        return ""
    if not packet.payload and flags == "A" and odd == ["MF"]:
        return ""
    marks = f"[{','.join(odd)}]" if odd else ""
    kind = f"={payload_kind(packet.payload)}" if packet.payload else ""
    return f"{signed(packet.seq - path.client_isn)}:{len(packet.payload)}{marks}{kind}"


def _stamps(options: dict[int, bytes], path: PathFacts) -> list[str]:
    if not path.timestamps:
        return []
    if 8 not in options:
        return ["nots"]
    behind = signed(int.from_bytes(options[8][:4], "big") - path.client_clock)
    return [f"ts{behind}"] if behind < 0 else []


def payload_kind(data: bytes) -> str:
    """Return what a payload looks like to someone who sees this one packet."""
    if not any(data):
        return "zeros"
    if data[:1] == b"\x16" and data[1:2] == b"\x03" and data[5:6] == b"\x01":
        name = naive_name(data)
        return "CH?" if name is None else f"CH:{name}"
    words = data.lstrip(b"\r\n").split(b" ")
    if words[0] in {b"GET", b"HEAD", b"POST"} and len(words) > 1:
        return "http"
    return data[:6].hex()


def naive_name(data: bytes) -> str | None:
    """Return the server name as a reader finds it that knows no record but the first."""
    at = 43
    for size in (1, 2, 1):
        if at + size > len(data):
            return None
        at += size + int.from_bytes(data[at : at + size], "big")
    at += 2
    while at + 4 <= len(data):
        kind, length = (int.from_bytes(data[at + i : at + i + 2], "big") for i in (0, 2))
        if kind == 0:
            name = data[at + 9 : at + 4 + length]
            return "".join(chr(byte) if 32 < byte < 127 else "?" for byte in name)
        at += 4 + length
    return None

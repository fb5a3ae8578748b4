"""The scene of the worked packet lists, and how a packet of it is written down."""

from __future__ import annotations

from workbench.evasion.compose import PathFacts, Sent
from workbench.evasion.compose.drawing import dice
from workbench.evasion.compose.hellos import OPENSSL_CIPHERS, SHAPES, HelloShape, hello
from workbench.evasion.markers import request_facts
from workbench.traffic.messages.hello import ClientHello, client_hello

SCENE_SHAPE = HelloShape("www.example.com", OPENSSL_CIPHERS[:72], SHAPES["byedpi"].extensions, 517)
HELLO = hello(SCENE_SHAPE, dice("the worked scene"))
"""L = 517, server name extension's data at 122, the name at [127, 142)."""
LONG = hello(
    HelloShape("www.example.com", OPENSSL_CIPHERS, SHAPES["byedpi"].extensions, 2000), dice("long")
)
PAGE = b"GET / HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: curl/8\r\nAccept: */*\r\n\r\n"
INITIAL = b"\xc3\x00\x00\x00\x01" + bytes(1195)
PATH = PathFacts()
PATH6 = PathFacts(client="2001:db8::1", server="2001:db8::2")
FACTS = request_facts(HELLO)


def parsed(data: bytes) -> ClientHello:
    """Return the ClientHello at the beginning of some bytes, which must be there."""
    found = client_hello(data)
    assert found is not None
    return found


def relative(value: int, base: int) -> int:
    """Return a signed difference of sequence numbers."""
    return (value - base + 2**31) % 2**32 - 2**31


def row(packet: Sent, path: PathFacts = PATH) -> tuple[int, int, int, int, int, bool]:
    """Return TTL, IP-ID, relative seq and ack, length, checksum of a packet."""
    numbers = relative(packet.seq, path.client_isn), relative(packet.ack, path.server_isn)
    return (packet.ttl, packet.ip_id, *numbers, packet.length, packet.checksum_good)


def word(packet: Sent) -> str:
    """Return a packet as a token: F, f2, R2, and so on."""
    if packet.role in {"shadow", "host-fake"}:
        return f"f{packet.part}"
    if packet.role == "part":
        return f"R{packet.part}"
    return {"fake": "F", "rst": "K", "original": "O", "dup": "D", "junk": "J"}.get(packet.role, "-")


def words(sent: list[Sent]) -> str:
    """Return what follows the handshake as tokens."""
    return " ".join(word(packet) for packet in sent if packet.role not in {"syn", "handshake"})


def volley(sent: list[Sent]) -> list[Sent]:
    """Return what follows the handshake."""
    return [packet for packet in sent if packet.role not in {"syn", "handshake"}]


def reassembled(sent: list[Sent], path: PathFacts = PATH) -> bytes:
    """Return the genuine bytes in place, urgent bytes and overlaps left out."""
    held: dict[int, int] = {}
    for packet in sent:
        if not packet.genuine or packet.offset is None or not packet.payload:
            continue
        data = packet.payload[packet.overlap :]
        if packet.flags & 0x20:
            data = data[: packet.urgent - 1] + data[packet.urgent :]
        for index, byte in enumerate(data):
            held.setdefault(packet.offset + index, byte)
    return bytes(held[index] for index in range(len(held)))

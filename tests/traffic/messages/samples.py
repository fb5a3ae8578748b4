"""Messages built from their parts, to be read back."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from workbench.traffic.messages import hello as hellos

NAME = "www.example.com"
X25519_SHARE = (29, bytes(range(32)))
POST_QUANTUM_SHARE = (0x11EC, bytes(1216))


def counted(body: bytes, size: int = 2) -> bytes:
    """Return a list behind its length in bytes."""
    return len(body).to_bytes(size, "big") + body


def list16(*values: int) -> bytes:
    return b"".join(value.to_bytes(2, "big") for value in values)


def extension(kind: int, body: bytes) -> bytes:
    return list16(kind) + counted(body)


def server_name(name: bytes) -> bytes:
    return extension(0, counted(b"\0" + counted(name)))


def alpn(*names: bytes) -> bytes:
    return extension(16, counted(b"".join(counted(name, 1) for name in names)))


def key_shares(*shares: tuple[int, bytes]) -> bytes:
    return extension(51, counted(b"".join(list16(group) + counted(key) for group, key in shares)))


def handshake(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + counted(body, 3)


def hello(
    *extensions: bytes,
    name: str = NAME,
    suites: tuple[int, ...] = (0x0A0A, 0x1301, 0x1302, 0xC02B),
    version: int = 0x0303,
    session: bytes = bytes(32),
) -> bytes:
    """Return a ClientHello without records; without extensions given, a common set of them."""
    chosen = extensions or (
        extension(0x1A1A, b""),
        server_name(name.encode()),
        extension(23, b""),
        extension(10, counted(list16(0x2A2A, 29, 23))),
        extension(11, b"\1\0"),
        alpn(b"h2", b"http/1.1"),
        extension(13, counted(list16(0x0403, 0x0804))),
        key_shares((0x2A2A, b"\0"), X25519_SHARE),
        extension(43, counted(list16(0x4A4A, 0x0304, 0x0303), 1)),
    )
    head = list16(version) + bytes(range(32)) + counted(session, 1) + counted(list16(*suites))
    return handshake(1, head + b"\1\0" + counted(b"".join(chosen)))


def server(
    *extensions: bytes, cipher: int = 0x1301, random: bytes = bytes(32), session: bytes = b""
) -> bytes:
    """Return a ServerHello without records."""
    head = list16(0x0303) + random + counted(session, 1) + list16(cipher) + b"\0"
    return handshake(2, head + counted(b"".join(extensions)))


def record(body: bytes, kind: int = 22, version: int = 0x0301) -> bytes:
    return bytes([kind]) + list16(version) + counted(body)


def records(message: bytes, cuts: tuple[int, ...] = ()) -> bytes:
    """Return a message in records that are cut at the given offsets."""
    edges = [0, *sorted(cut % len(message) for cut in cuts), len(message)]
    pieces = [message[a:b] for a, b in pairwise(edges) if b > a]
    return b"".join(record(piece) for piece in pieces)


def parsed(data: bytes) -> hellos.ClientHello:
    found = hellos.client_hello(data)
    assert found is not None
    return found


names = st.from_regex(r"[a-z0-9-]{1,20}(\.[a-z0-9-]{1,20}){0,3}", fullmatch=True)
cuts = st.lists(st.integers(1, 10_000), max_size=12).map(tuple)
shares = st.lists(
    st.tuples(st.sampled_from([29, 23, 0x2A2A, 0x11EC]), st.binary(max_size=1300)), max_size=3
)


@st.composite
def hello_parts(draw: Any) -> dict[str, Any]:
    """Draw what goes into a hello, its extensions in any order."""
    name, offered = draw(names), draw(shares)
    protocols = draw(st.lists(st.binary(min_size=1, max_size=12), max_size=3))
    unknown = draw(st.lists(st.integers(1000, 13_000), unique=True, max_size=4))
    parts = [
        server_name(name.encode()),
        alpn(*protocols),
        key_shares(*offered),
        *(extension(kind, bytes(kind % 7)) for kind in unknown),
    ]
    return {
        "name": name,
        "alpn": protocols,
        "shares": [(group, len(key)) for group, key in offered],
        "unknown": unknown,
        "data": hello(*draw(st.permutations(parts))),
    }


def wire_offsets(message: bytes, splits: tuple[int, ...]) -> list[int]:
    """Return where each byte of a message lies in `records(message, splits)`, byte by byte."""
    edges = {cut % len(message) for cut in splits} | {0}
    offsets, at = [], 0
    for index in range(len(message)):
        at += 5 * (index in edges)
        offsets.append(at)
        at += 1
    return offsets

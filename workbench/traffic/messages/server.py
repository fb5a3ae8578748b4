"""What a TLS server says first: its ServerHello, or an alert (RFC 8446, 4.1.3 and 6)."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.traffic.messages.extensions import Extensions, read_protocols, walk_extensions
from workbench.traffic.messages.fields import kept
from workbench.traffic.messages.records import ALERT as ALERT_RECORD
from workbench.traffic.messages.records import join_handshake, place, walk_records
from workbench.traffic.messages.tls_names import ALERTS, ALPN, KEY_SHARE, SUPPORTED_VERSIONS

SERVER_HELLO = 2
RETRY_RANDOM = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
"""Random of a HelloRetryRequest: SHA-256 of that word (RFC 8446, 4.1.3)."""
LEVELS = {1: "warning", 2: "fatal"}


@dataclass(frozen=True, slots=True)
class ServerHello:
    """What a server chose.

    Parameters
    ----------
    complete : bool
        Whether the whole message is there.
    length : int
        Bytes of the stream up to its last one that is there.
    version, legacy_version : int
        Chosen, by extension or else by the message; in the message.
    random, session_id : bytes
        As sent; shorter where cut. TLS 1.3 echoes the client's session id.
    cipher, compression : int
        Chosen; -1 where cut.
    extensions : tuple
        Type and body of each extension.
    alpn : str
        Protocol chosen; empty without one, and always in TLS 1.3, where it is encrypted.
    group : int
        Group of the key share chosen, or asked for by a retry; -1 without one.
    retry : bool
        Whether this is a HelloRetryRequest.
    problems : tuple of str
        What is cut or contradicts itself.
    """

    complete: bool
    length: int
    version: int
    legacy_version: int
    random: bytes
    session_id: bytes
    cipher: int
    compression: int
    extensions: Extensions
    alpn: str
    group: int
    retry: bool
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Alert:
    """One TLS alert.

    Parameters
    ----------
    offset : int
        Of its record in the stream.
    level, description : int
        As sent; -1 where encrypted or cut.
    name : str
        "fatal handshake_failure", "encrypted alert" or "cut alert".
    """

    offset: int
    level: int
    description: int
    name: str


def server_hello(data: bytes) -> ServerHello | None:
    r"""Read the ServerHello at the beginning of a stream.

    Parameters
    ----------
    data : bytes
        The stream of a server from its beginning; it may end anywhere.

    Returns
    -------
    ServerHello or None
        None where no byte of one is there.

    Examples
    --------
    >>> body = bytes.fromhex("0303") + bytes(32) + bytes.fromhex("00 1301 00 0006 002b 0002 0304")
    >>> message = b"\x02" + len(body).to_bytes(3, "big") + body
    >>> hello = server_hello(b"\x16\x03\x03" + len(message).to_bytes(2, "big") + message)
    >>> hex(hello.version), hex(hello.cipher), hello.complete
    ('0x304', '0x1301', True)
    """
    joined = join_handshake(data, walk_records(data), one=True)
    return server_hello_of_handshake(joined.data, joined.starts, joined.places)


def server_hello_of_handshake(
    data: bytes, starts: tuple[int, ...] = (0,), places: tuple[int, ...] = (0,)
) -> ServerHello | None:
    """Read a ServerHello that is in no records, as in the CRYPTO frames of QUIC.

    Parameters
    ----------
    data : bytes
        Handshake bytes from the first one.
    starts, places : tuple of int
        Where pieces of it begin, in `data` and in the stream; by default in `data`.

    Returns
    -------
    ServerHello or None
        None where it is another message, or nothing.
    """
    if not data or data[0] != SERVER_HELLO:
        return None
    size = 4 + int.from_bytes(data[1:4], "big") if len(data) >= 4 else 4
    message = data[:size]
    problems: list[str] = []
    if len(message) < size or size == 4:
        problems.append(f"hello cut after {len(message)} of {size} bytes")
    return _read(message, place(starts, places, len(message) - 1) + 1, problems)


def _read(message: bytes, length: int, problems: list[str]) -> ServerHello:
    """Read a ServerHello from its own bytes, of which the end may be missing."""
    held = len(message)
    session_end = 39 + message[38] if held > 38 else 39
    at = session_end + 3
    extensions: Extensions = ()
    if held >= at + 2:
        end = at + 2 + (message[at] << 8 | message[at + 1])
        extensions, _ = walk_extensions(message, at + 2, end, problems)
        if end != held and not problems:
            problems.append(f"extensions end at byte {end} of a hello of {held} bytes")
    bodies = dict(reversed(extensions))
    legacy = int.from_bytes(message[4:6], "big")
    chosen = bodies.get(SUPPORTED_VERSIONS, b"")
    share = bodies.get(KEY_SHARE, b"")
    protocols = read_protocols(bodies[ALPN], problems) if ALPN in bodies else ()
    return ServerHello(
        complete=held >= at and held == 4 + int.from_bytes(message[1:4], "big"),
        length=length,
        version=int.from_bytes(chosen, "big") if len(chosen) == 2 else legacy,
        legacy_version=legacy,
        random=message[6:38],
        session_id=message[39:session_end],
        cipher=int.from_bytes(message[session_end : session_end + 2], "big") if held >= at else -1,
        compression=message[session_end + 2] if held >= at else -1,
        extensions=extensions,
        alpn=protocols[0] if protocols else "",
        group=int.from_bytes(share[:2], "big") if len(share) >= 2 else -1,
        retry=message[6:38] == RETRY_RANDOM,
        problems=kept(problems),
    )


def alert(data: bytes) -> Alert | None:
    """Return the first alert among the records of a stream.

    Parameters
    ----------
    data : bytes
        A stream from its beginning, or from a record on.

    Returns
    -------
    Alert or None
        None where there is no alert record.

    Examples
    --------
    >>> alert(bytes.fromhex("15030300020228"))
    Alert(offset=0, level=2, description=40, name='fatal handshake_failure')
    """
    found = next((record for record in walk_records(data) if record.type == ALERT_RECORD), None)
    if found is None:
        return None
    body = data[found.body : found.end]
    if found.length != 2 or len(body) < 2:
        return Alert(found.offset, -1, -1, "encrypted alert" if found.length != 2 else "cut alert")
    level, description = body
    name = ALERTS.get(description, f"alert {description}")
    return Alert(found.offset, level, description, f"{LEVELS.get(level, level)} {name}")

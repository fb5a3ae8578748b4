"""The ClientHello: what a TLS client asks for, and where in its stream (RFC 8446, 4.1.2).

A hello may be spread over records and segments, and a capture may end within it. What could be read
is always given, with the reason why it is not more. Offsets named ``_offset`` count bytes of the
stream, record headers included, from the first byte given; markers of a strategy are such offsets.
"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.traffic.messages.extensions import (
    Extensions,
    Name,
    duplicates,
    read_key_shares,
    read_numbers,
    read_protocols,
    read_server_name,
    walk_extensions,
)
from workbench.traffic.messages.fields import GREASE, kept, numbers, shown
from workbench.traffic.messages.records import (
    HANDSHAKE,
    HEADER,
    Joined,
    is_record,
    join_handshake,
    place,
    walk_records,
)
from workbench.traffic.messages.tls_names import (
    ALPN,
    EARLY_DATA,
    ECH,
    ESNI,
    GROUPS,
    KEY_SHARE,
    POINT_FORMATS,
    POST_QUANTUM,
    PRE_SHARED_KEY,
    SERVER_NAME,
    SIGNATURES,
    SUPPORTED_VERSIONS,
    version_name,
)

CLIENT_HELLO = 1
LONGEST_HELLO = 4 + 2 + 32 + 33 + 2 + 65_534 + 256 + 2 + 65_535
"""Bytes that a ClientHello has at most, its header included: every list as long as it can be."""
LISTS = {SUPPORTED_VERSIONS: "versions", GROUPS: "groups", SIGNATURES: "signature algorithms"}
NO_NAME = Name()


@dataclass(frozen=True, slots=True)
class ClientHello:
    """What a client says first.

    Parameters
    ----------
    complete : bool
        Whether the whole message is there.
    length : int
        Bytes of the request in the stream, record headers included; what it takes at least where
        the message is not complete.
    record_version, version : int
        In the first record's header (0 without records), and in the message.
    random, session_id : bytes
        As sent; shorter where cut.
    cipher_suites : tuple of int
        In the order sent.
    compressions : tuple of int
        Compression methods.
    extensions : tuple
        Type and body of each extension, in the order sent.
    server_name : str
        Host name asked for, what is not printable ASCII escaped; empty where none is whole.
    name_offset, name_length : int
        First byte of the name in the stream, and how many bytes it has; -1 and 0 without one. Use
        `name_byte` for the others: a record header can lie among them.
    sniext_offset, extlen_offset : int
        First byte of the server name extension's data; of the length of all extensions. -1: none.
    alpn : tuple of str
        Protocols offered, the best first.
    supported_versions, groups, signature_algorithms, point_formats : tuple of int
        As the extensions of those names list them.
    key_shares : tuple of (int, int)
        Group and length in bytes of each key share.
    ech : str
        "outer" or "inner" for an Encrypted Client Hello (a GREASE one looks like an outer one),
        "esni" for its forerunner, "" without.
    post_quantum : bool
        Whether a key share is of a post-quantum group.
    early_data, psk : bool
        Whether early data follows; whether a session is to be resumed with a pre-shared key.
    starts, places : tuple of int
        Pieces of the message: first byte of each within it, and in the stream.
    name_at : int
        First byte of the name within the message; -1 without one.
    problems : tuple of str
        What is cut or contradicts itself.
    """

    complete: bool
    length: int
    record_version: int
    version: int
    random: bytes
    session_id: bytes
    cipher_suites: tuple[int, ...]
    compressions: tuple[int, ...]
    extensions: Extensions
    server_name: str
    name_offset: int
    name_length: int
    sniext_offset: int
    extlen_offset: int
    alpn: tuple[str, ...]
    supported_versions: tuple[int, ...]
    groups: tuple[int, ...]
    key_shares: tuple[tuple[int, int], ...]
    signature_algorithms: tuple[int, ...]
    point_formats: tuple[int, ...]
    ech: str
    post_quantum: bool
    early_data: bool
    psk: bool
    starts: tuple[int, ...]
    places: tuple[int, ...]
    name_at: int
    problems: tuple[str, ...]

    @property
    def pieces(self) -> int:
        """Number of records, or of runs of CRYPTO frames, that carry the message."""
        return len(self.starts)

    @property
    def highest_version(self) -> int:
        """Highest version offered, GREASE left out; that of the message without the extension."""
        offered = [version for version in self.supported_versions if version not in GREASE]
        return max(offered, default=self.version)

    @property
    def has_server_name(self) -> bool:
        """Whether a server name extension was sent, even one that is empty or cut."""
        return self.sniext_offset >= 0

    @property
    def first_protocol(self) -> bytes:
        """First ALPN name as sent; empty without one."""
        body = self.extension(ALPN) or b""
        return body[3 : 3 + body[2]] if len(body) > 2 else b""

    def extension(self, kind: int) -> bytes | None:
        """Return the body of the first extension of a type, or None.

        Parameters
        ----------
        kind : int
            Extension type.
        """
        return next((body for number, body in self.extensions if number == kind), None)

    def place(self, offset: int) -> int:
        """Return where a byte of the handshake message lies in the stream.

        Parameters
        ----------
        offset : int
            From the first byte of the message, its type.
        """
        return place(self.starts, self.places, offset)

    def name_byte(self, index: int) -> int:
        """Return where byte `index` of the server name lies in the stream; -1 without a name.

        Parameters
        ----------
        index : int
            From 0; `name_length` gives one past the last byte of the name.
        """
        if self.name_offset < 0:
            return -1
        if index >= self.name_length > 0:
            return self.place(self.name_at + self.name_length - 1) + 1 + index - self.name_length
        return self.place(self.name_at + index)


def client_hello(data: bytes) -> ClientHello | None:
    r"""Read the ClientHello at the beginning of a stream, over any number of records.

    Parameters
    ----------
    data : bytes
        The stream of a client from its beginning; it may end anywhere.

    Returns
    -------
    ClientHello or None
        None where no byte of a ClientHello is there. Records of other types before it are passed
        over.

    Examples
    --------
    >>> body = bytes.fromhex("0303") + bytes(32) + bytes.fromhex("00 0002 1301 01 00")
    >>> name = bytes.fromhex("000e 0000 000a 0008 00 0005") + b"a.org"
    >>> message = b"\x01" + (len(body) + len(name)).to_bytes(3, "big") + body + name
    >>> hello = client_hello(b"\x16\x03\x01" + len(message).to_bytes(2, "big") + message)
    >>> hello.server_name, hello.name_offset, hello.length, hello.complete
    ('a.org', 61, 66, True)
    """
    if len(data) > 9 and data[0] == HANDSHAKE and data[5] == CLIENT_HELLO and is_record(data):
        stop = 9 + int.from_bytes(data[6:9], "big")
        if stop <= len(data) and stop <= HEADER + (data[3] << 8 | data[4]):
            return _read(data[HEADER:stop], (0,), (HEADER,), data[1] << 8 | data[2], stop, [])
    return _spread_hello(data)


def hello_of_handshake(
    data: bytes, starts: tuple[int, ...] = (0,), places: tuple[int, ...] = (0,)
) -> ClientHello | None:
    """Read a ClientHello that is in no records, as in the CRYPTO frames of QUIC.

    Parameters
    ----------
    data : bytes
        Handshake bytes from the first one.
    starts, places : tuple of int
        Where pieces of it begin, in `data` and in what offsets shall count; by default in `data`.

    Returns
    -------
    ClientHello or None
        None where it is another message, or nothing.
    """
    if not data or data[0] != CLIENT_HELLO:
        return None
    size = 4 + int.from_bytes(data[1:4], "big") if len(data) >= 4 else 4
    message = data[:size]
    return _read(message, starts, places, 0, place(starts, places, size - 1) + 1, [])


def _spread_hello(data: bytes) -> ClientHello | None:
    """Read a hello that is cut, in several records, or behind others."""
    joined = join_handshake(data, walk_records(data), one=True)
    message = joined.data
    if not message or message[0] != CLIENT_HELLO:
        return None
    size = 4 + int.from_bytes(message[1:4], "big") if len(message) >= 4 else 4
    missing = max(size - len(message), 0)
    length = joined.place(min(size, len(message)) - 1) + 1 + missing
    if missing > joined.rest:
        length += HEADER
    problems = _spread_problems(data, joined, missing)
    version = int.from_bytes(data[joined.places[0] - 4 : joined.places[0] - 2], "big")
    return _read(message[:size], joined.starts, joined.places, version, length, problems)


def _spread_problems(data: bytes, joined: Joined, missing: int) -> list[str]:
    """Say what is odd about the records that carry a hello."""
    problems = []
    if data[0] != HANDSHAKE:
        problems.append(f"a record of type {data[0]} comes before the hello")
    if joined.empty:
        problems.append(f"{joined.empty} handshake records without content")
    if missing and not joined.rest:
        after = walk_records(data, joined.place(len(joined.data)))
        other = next((record for record in after if record.type != HANDSHAKE), None)
        if other is not None:
            problems.append(f"a record of type {other.type} interrupts the hello")
    return problems


def _read(
    message: bytes,
    starts: tuple[int, ...],
    places: tuple[int, ...],
    record_version: int,
    length: int,
    problems: list[str],
) -> ClientHello:
    """Read a ClientHello from its own bytes, of which the end may be missing."""
    session_end, suites_end, methods_end, listed = _ends(message, problems)
    extensions, bodies = walk_extensions(message, methods_end + 2, listed, problems)
    found: dict[int, tuple[bytes, int]] = {}
    for (kind, body), offset in zip(extensions, bodies, strict=True):
        found.setdefault(kind, (body, offset))
    if len(found) < len(extensions):
        problems.append(f"extensions sent twice: {', '.join(map(str, duplicates(extensions)))}")
    named, name_body = found.get(SERVER_NAME, (None, -1))
    name = NO_NAME if named is None else read_server_name(named, problems)
    name_at = name_body + name.offset if name.offset >= 0 else -1
    shares = read_key_shares(found[KEY_SHARE][0], problems) if KEY_SHARE in found else ()
    return ClientHello(
        complete=len(message) >= 4 and len(message) == 4 + int.from_bytes(message[1:4], "big"),
        length=length,
        record_version=record_version,
        version=int.from_bytes(message[4:6], "big"),
        random=message[6:38],
        session_id=message[39:session_end],
        cipher_suites=numbers(message[session_end + 2 : suites_end]),
        compressions=tuple(message[suites_end + 1 : methods_end]),
        extensions=extensions,
        server_name=shown(name.raw),
        name_offset=place(starts, places, name_at),
        name_length=len(name.raw),
        sniext_offset=place(starts, places, name_body),
        extlen_offset=place(starts, places, methods_end) if listed else -1,
        alpn=read_protocols(found[ALPN][0], problems) if ALPN in found else (),
        supported_versions=_listed(found, SUPPORTED_VERSIONS, problems, 1),
        groups=_listed(found, GROUPS, problems, 2),
        key_shares=shares,
        signature_algorithms=_listed(found, SIGNATURES, problems, 2),
        point_formats=tuple(found[POINT_FORMATS][0][1:]) if POINT_FORMATS in found else (),
        ech=_encrypted(found, problems),
        post_quantum=any(group in POST_QUANTUM for group, _ in shares),
        early_data=EARLY_DATA in found,
        psk=PRE_SHARED_KEY in found,
        starts=starts,
        places=places,
        name_at=name_at,
        problems=kept(problems) if problems else (),
    )


def _ends(message: bytes, problems: list[str]) -> tuple[int, int, int, int]:
    """Return where session, cipher suites, compressions and extensions end, as announced.

    The last is 0 where no length of the extensions is there. A list that begins beyond the bytes
    counts as empty.
    """
    held, size = len(message), 4 + int.from_bytes(message[1:4], "big")
    session_end = 39 + (message[38] if held > 38 else 0)
    suites_end = session_end + 2 + int.from_bytes(message[session_end : session_end + 2], "big")
    methods_end = suites_end + 1 + (message[suites_end] if held > suites_end else 0)
    listed = 0
    if held >= methods_end + 2:
        listed = methods_end + 2 + (message[methods_end] << 8 | message[methods_end + 1])
    if size > LONGEST_HELLO:
        problems.append(f"hello announces {size} bytes, more than one can have")
    if held < size or held < 4:
        problems.append(f"hello cut after {held} of {size if held >= 4 else 'unknown'} bytes")
    elif (listed or methods_end) != size:
        problems.append(f"lists end at byte {listed or methods_end} of a hello of {size} bytes")
    if held > 5 and message[4] not in {0x03, 0xFE}:
        problems.append(f"no version of TLS: {version_name(int.from_bytes(message[4:6], 'big'))}")
    return session_end, suites_end, methods_end, listed


def _listed(
    found: dict[int, tuple[bytes, int]], kind: int, problems: list[str], counted_by: int
) -> tuple[int, ...]:
    """Return the numbers that an extension lists."""
    if kind not in found:
        return ()
    return read_numbers(found[kind][0], problems, counted_by=counted_by, what=LISTS[kind])


def _encrypted(found: dict[int, tuple[bytes, int]], problems: list[str]) -> str:
    """Return the kind of Encrypted Client Hello (RFC 9849, 5), if any."""
    if ECH not in found:
        return "esni" if ESNI in found else ""
    body = found[ECH][0]
    if not body or body[0] > 1:
        problems.append("encrypted client hello of no known kind")
        return ""
    return "inner" if body[0] else "outer"

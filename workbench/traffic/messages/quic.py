"""QUIC datagrams: the packets in them, and the Initial packets opened (RFC 9000, 17; RFC 9369).

What is not encrypted is read of every packet; Initial packets of versions 1 and 2 and of the drafts
23 to 34 are opened too. Several datagrams of one connection are read by `quic_exchange`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workbench.traffic.messages.fields import kept
from workbench.traffic.messages.hello import ClientHello, hello_of_handshake
from workbench.traffic.messages.quic_frames import Frames, read_frames, varint
from workbench.traffic.messages.quic_keys import (
    TAG,
    VERSION_2,
    initial_keys,
    open_packet,
    salt_of,
)

PacketType = Literal[
    "initial", "0-rtt", "handshake", "retry", "version negotiation", "short", "unknown"
]
_TYPES: tuple[PacketType, ...] = ("initial", "0-rtt", "handshake", "retry")
_TYPES_2: tuple[PacketType, ...] = ("retry", "initial", "0-rtt", "handshake")
LONGEST_ID = 20
"""Bytes of a connection id in versions 1 and 2; other versions may have longer ones (RFC 8999)."""


@dataclass(frozen=True, slots=True)
class QuicPacket:
    """What is readable of a packet without keys. Offsets count in the datagram.

    Parameters
    ----------
    type : str
        "initial", "0-rtt", "handshake", "retry", "version negotiation", "short" (after the
        handshake, or no QUIC at all), "unknown" (a version with other types).
    version : int
        0 for version negotiation and short headers.
    offset, end : int
        First byte, and one past the last that is there.
    dcid, scid : bytes
        Destination and source connection id.
    token : bytes
        Of an Initial or a Retry packet.
    number_at : int
        Offset of the protected packet number; -1 without one.
    versions : tuple of int
        Offered by version negotiation.
    complete : bool
        Whether all that the length field announces is there.
    problems : tuple of str
        What is cut or breaks the rules.
    """

    type: PacketType
    version: int
    offset: int
    end: int
    dcid: bytes = b""
    scid: bytes = b""
    token: bytes = b""
    number_at: int = -1
    versions: tuple[int, ...] = ()
    complete: bool = True
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QuicInitial:
    """An Initial packet that was opened.

    Parameters
    ----------
    packet : QuicPacket
        Its header.
    number : int
        Packet number.
    frames : Frames
        What it carries.
    hello : ClientHello or None
        The ClientHello, where this packet alone carries its beginning; offsets in it count in the
        CRYPTO stream. It is not complete where more packets carry the rest.
    """

    packet: QuicPacket
    number: int
    frames: Frames
    hello: ClientHello | None


def quic_packets(datagram: bytes) -> tuple[QuicPacket, ...]:
    """Read the headers of the packets in a datagram (coalesced: RFC 9000, 12.2).

    Parameters
    ----------
    datagram : bytes
        UDP payload.

    Returns
    -------
    tuple of QuicPacket
        At least one where the datagram is not empty; zeros behind a packet are no packet.

    Examples
    --------
    >>> [offered] = quic_packets(bytes.fromhex("80 00000000 00 02 abcd 00000001 6b3343cf"))
    >>> offered.type, offered.versions
    ('version negotiation', (1, 1798521807))
    """
    found: list[QuicPacket] = []
    at = 0
    while at < len(datagram):
        if found and not any(datagram[at : at + 64]):
            break
        packet = _packet(datagram, at)
        found.append(packet)
        at = packet.end
    return tuple(found)


def is_quic(datagram: bytes) -> bool:
    """Return whether a datagram begins with a long header of a QUIC version that is known.

    Versions 1 and 2, the IETF's drafts, negotiation, versions kept for greasing (RFC 9000, 15),
    Google's and Facebook's own.

    Examples
    --------
    >>> is_quic(bytes.fromhex("c3 00000001 08 8394c8f03e515708 00 00")), is_quic(bytes(620))
    (True, False)
    """
    if len(datagram) < 7 or not datagram[0] & 0x80:
        return False
    version = int.from_bytes(datagram[1:5], "big")
    if 7 + datagram[5] > len(datagram) or datagram[5] > LONGEST_ID:
        return False
    if version == 0:
        return (len(datagram) - 7 - datagram[5] - datagram[6 + datagram[5]]) % 4 == 0
    return bool(datagram[0] & 0x40) and version_known(version)


def version_known(version: int) -> bool:
    """Return whether a version number is one that is in use, or kept for greasing.

    Examples
    --------
    >>> [version_known(version) for version in (1, 0x1A2A3A4A, 0x51303433, 0x12345678)]
    [True, True, True, False]
    """
    if version in {1, VERSION_2} or version >> 8 == 0xFF0000 or version & 0x0F0F0F0F == 0x0A0A0A0A:
        return True
    # "Q043", "T051" are Google's, 0xfaceb000 and following Facebook's.
    digits = (version & 0x00F0F0F0) == 0x00303030
    return version >> 12 == 0xFACEB or (version >> 24 in {0x51, 0x54} and digits)


def version_text(version: int) -> str:
    """Return what a QUIC version is called.

    Examples
    --------
    >>> [version_text(version) for version in (1, 0x6B3343CF, 0xFF00001D, 0x51303433, 0x12345678)]
    ['v1', 'v2', 'draft 29', 'Q043', '0x12345678']
    """
    if version in {1, VERSION_2}:
        return "v1" if version == 1 else "v2"
    if version >> 8 == 0xFF0000:
        return f"draft {version & 0xFF}"
    if version_known(version) and version >> 24 in {0x51, 0x54}:
        return version.to_bytes(4, "big").decode("ascii")
    return f"0x{version:08x}"


def quic_initial(
    datagram: bytes, connection_id: bytes | None = None, *, client: bool = True, largest: int = -1
) -> QuicInitial | None:
    """Open the first Initial packet of a datagram.

    Parameters
    ----------
    datagram : bytes
        UDP payload.
    connection_id : bytes, optional
        Destination connection id of the client's first Initial, or of a Retry that it followed. By
        default that of this packet, which is right for a client's first one.
    client : bool
        Whether the client sent it.
    largest : int
        Largest packet number seen from that side before.

    Returns
    -------
    QuicInitial or None
        None without an Initial packet, and where the keys do not fit.
    """
    for packet in quic_packets(datagram):
        if packet.type == "initial":
            chosen = packet.dcid if connection_id is None else connection_id
            return open_initial(datagram, packet, chosen, client=client, largest=largest)
    return None


def open_initial(
    datagram: bytes, packet: QuicPacket, connection_id: bytes, *, client: bool, largest: int = -1
) -> QuicInitial | None:
    """Open one Initial packet of a datagram (see `quic_initial`).

    Parameters
    ----------
    datagram : bytes
        UDP payload.
    packet : QuicPacket
        One of its packets, of type "initial".
    connection_id : bytes
        From which the keys come.
    client : bool
        Whether the client sent it.
    largest : int
        Largest packet number seen from that side before.

    Returns
    -------
    QuicInitial or None
        None where the keys do not fit, or are not known for the version.
    """
    keys = initial_keys(packet.version, connection_id, client=client)
    if keys is None or packet.number_at < 0 or not packet.complete:
        return None
    whole = datagram[packet.offset : packet.end]
    opened = open_packet(whole, packet.number_at - packet.offset, keys, largest)
    if opened is None:
        return None
    frames = read_frames(opened.payload)
    first = next((piece.data for piece in frames.crypto if piece.offset == 0), b"")
    hello = hello_of_handshake(first) if client else None
    return QuicInitial(packet, opened.number, frames, hello)


def can_open(version: int) -> bool:
    """Return whether Initial packets of a version can be opened here.

    Examples
    --------
    >>> can_open(1), can_open(0x51303433)
    (True, False)
    """
    return salt_of(version) is not None


def _packet(data: bytes, at: int) -> QuicPacket:
    """Read the header at an offset; whatever cannot be told apart ends with the datagram."""
    size = len(data)
    if not data[at] & 0x80:
        return QuicPacket("short", 0, at, size)
    version = int.from_bytes(data[at + 1 : at + 5], "big")
    dcid_at = at + 6
    scid_at = dcid_at + (data[at + 5] if at + 5 < size else 0) + 1
    rest = scid_at + (data[scid_at - 1] if scid_at <= size else 0)
    if at + 7 > size or rest > size:
        return QuicPacket("unknown", version, at, size, complete=False, problems=("header cut",))
    dcid, scid = data[dcid_at : scid_at - 1], data[scid_at:rest]
    if version == 0:
        versions = tuple(int.from_bytes(data[i : i + 4], "big") for i in range(rest, size - 3, 4))
        return QuicPacket(
            "version negotiation", 0, at, size, dcid, scid, versions=versions,
            problems=() if (size - rest) % 4 == 0 and versions else ("list of versions cut",),
        )  # fmt: skip
    if salt_of(version) is None:
        return QuicPacket("unknown", version, at, size, dcid, scid)
    problems = [] if data[at] & 0x40 else ["fixed bit is 0"]
    if max(len(dcid), len(scid)) > LONGEST_ID:
        problems.append(f"connection id longer than {LONGEST_ID} bytes")
    types = _TYPES_2 if version == VERSION_2 else _TYPES
    kind = types[data[at] >> 4 & 3]
    if kind == "retry":
        stop = max(size - TAG, rest)
        if stop - rest < 1 or size - stop < TAG:
            problems.append("retry without token or tag")
        return QuicPacket(
            kind, version, at, size, dcid, scid, data[rest:stop], problems=kept(problems)
        )
    return _numbered(data, QuicPacket(kind, version, at, size, dcid, scid), rest, problems)


def _numbered(data: bytes, packet: QuicPacket, at: int, problems: list[str]) -> QuicPacket:
    """Read token and length of a packet that has a number."""
    size = len(data)
    token = b""
    length, complete = 0, True
    if packet.type == "initial":
        count, at = varint(data, at)
        token = data[at : at + max(count, 0)]
        if len(token) != count:
            problems.append("token cut")
            at, complete = size, False
        at = min(at + max(count, 0), size)
    if complete:
        length, at = varint(data, at)
        complete = 0 <= length <= size - at
        if not complete:
            problems.append(f"packet cut after {size - at} of {max(length, 0)} bytes")
    end = at + length if complete else size
    if complete and length < 4 + TAG:
        problems.append(f"packet of {length} bytes is too short to be protected")
    return QuicPacket(
        packet.type, packet.version, packet.offset, max(end, packet.offset + 1), packet.dcid,
        packet.scid, token, at if complete else -1, (), complete, kept(problems),
    )  # fmt: skip

"""What a client begins to say, told from its first bytes: cheap, and silent when in doubt."""

from __future__ import annotations

from typing import Literal

from workbench.traffic.messages.dns import is_dns
from workbench.traffic.messages.http import is_request
from workbench.traffic.messages.quic import is_quic, version_known
from workbench.traffic.messages.records import HANDSHAKE, is_record

Transport = Literal["tcp", "udp"]
KINDS = (
    "tls", "ssl2", "http", "http2", "dns", "quic", "dtls", "ssh", "socks", "smtp", "smb", "rdp",
    "bittorrent", "stun", "wireguard", "unknown",
)  # fmt: skip
"""Every answer of `request_kind`."""

_PREFACE = b"PRI * HTTP/2.0\r\n"
_BITTORRENT = (b"\x13BitTorrent protocol", b"d1:ad2:id20:", b"d1:rd2:id20:")
_SMB = (b"\xffSMB", b"\xfeSMB")
_STUN_COOKIE = bytes.fromhex("2112a442")
_DTLS_VERSIONS = (b"\xfe\xff", b"\xfe\xfd", b"\x01\x00")


def request_kind(data: bytes, transport: Transport = "tcp") -> str:
    """Return what a client begins to say.

    Parameters
    ----------
    data : bytes
        Its first bytes: of the stream, or its first datagram. Three are enough for TLS, more are
        needed for others.
    transport : {"tcp", "udp"}
        What carries them.

    Returns
    -------
    str
        One of `KINDS`; "unknown" where the bytes are too few, or of nothing known.

    Examples
    --------
    >>> request_kind(bytes.fromhex("160301020001")), request_kind(b"GET / HTTP/1.1")
    ('tls', 'http')
    >>> request_kind(bytes(620), "udp"), request_kind(b"")
    ('unknown', 'unknown')
    """
    if len(data) < 3:
        return "unknown"
    return _datagram_kind(data) if transport == "udp" else _stream_kind(data)


def _stream_kind(data: bytes) -> str:
    """Return the kind of a stream."""
    first = data[0]
    if first == HANDSHAKE and is_record(data):
        return "tls" if len(data) < 6 or data[5] == 1 else "unknown"
    if data.startswith(b"SSH-"):
        return "ssh"
    if len(data) >= 4 and _PREFACE.startswith(data[:16]):
        return "http2"
    if 65 <= (first & 0xDF) <= 90 or first in b"\r\n":
        if data[:5].upper() in {b"EHLO ", b"HELO "}:
            return "smtp"
        return "http" if is_request(data) else "unknown"
    if data.startswith(_BITTORRENT):
        return "bittorrent"
    if data[4:8] in _SMB:
        return "smb"
    if is_ssl2(data):
        return "ssl2"
    if first in {4, 5} and _is_socks(data):
        return "socks"
    if data[:2] == b"\3\0" and data[5:6] == b"\xe0" and data[4:5] != b"\0":
        return "rdp"
    length = first << 8 | data[1]
    if length >= 17 and is_dns(data[2 : 2 + length]):
        return "dns"
    return "unknown"


def _datagram_kind(data: bytes) -> str:
    """Return the kind of a datagram."""
    if is_quic(data) or _is_old_quic(data):
        return "quic"
    if data[0] == HANDSHAKE and data[1:3] in _DTLS_VERSIONS and len(data) > 13:
        return "dtls"
    if data[4:8] == _STUN_COOKIE and data[0] < 4 and (data[2] << 8 | data[3]) == len(data) - 20:
        return "stun"
    if data[:4] == b"\1\0\0\0" and len(data) == 148:
        return "wireguard"
    if data.startswith(_BITTORRENT[1:]):
        return "bittorrent"
    return "dns" if is_dns(data) else "unknown"


def is_ssl2(data: bytes) -> bool:
    """Return whether bytes begin with a hello in the format of SSL 2.0 (RFC 5246, E.2).

    Examples
    --------
    >>> is_ssl2(bytes.fromhex("802e 01 0002 0015 0000 0010") + bytes(37))
    True
    """
    if len(data) < 11 or not data[0] & 0x80 or data[2] != 1:
        return False
    if data[3:5] not in {b"\0\2", b"\3\0", b"\3\1", b"\3\2", b"\3\3"}:
        return False
    parts = sum(data[at] << 8 | data[at + 1] for at in (5, 7, 9))
    return (data[0] & 0x7F) << 8 | data[1] == 9 + parts


def _is_socks(data: bytes) -> bool:
    """Return whether bytes are a greeting of SOCKS 5 (RFC 1928, 3) or a request of SOCKS 4."""
    if data[0] == 5:
        methods = data[2:]
        return 0 < data[1] == len(methods) and max(methods) <= 9
    return data[1] in {1, 2} and len(data) >= 9 and data[-1] == 0 and data[2:4] != b"\0\0"


def _is_old_quic(data: bytes) -> bool:
    """Return whether a datagram has the public header of Google's QUIC before version 46.

    Flags of a version and a connection id of eight bytes, then a version such as "Q043".
    """
    if len(data) < 14 or data[0] & 0xC9 != 0x09:
        return False
    return data[9] == 0x51 and version_known(int.from_bytes(data[9:13], "big"))

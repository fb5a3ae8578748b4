"""Keys of QUIC Initial packets, and what they open (RFC 9001, 5; RFC 9369, 3).

Initial packets are encrypted with keys that everyone who saw the client's first connection id can
make: the encryption keeps nothing secret, it only makes reading dearer.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from functools import lru_cache

VERSION_1, VERSION_2 = 0x00000001, 0x6B3343CF
_SALT_1 = bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a")
_SALT_2 = bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9")
_SALT_29 = bytes.fromhex("afbfec289993d24c9e9786f19c6111e04390a899")
_SALT_23 = bytes.fromhex("c3eef712c72ebb5a11a7d2432bb46365bef9f502")
_RETRY = {
    VERSION_1: ("be0c690b9f66575a1d766b54e368c84e", "461599d35d632bf2239825bb"),
    VERSION_2: ("8fb4b01b56ac48e260fbcbcead7ccc92", "d86969bc2d7c6d9990efb04a"),
}
TAG = 16
"""Bytes by which AES-GCM proves that a packet was made with the key."""


def salt_of(version: int) -> bytes | None:
    """Return the salt of a version's Initial keys, or None for a version without one known here.

    Known are versions 1 and 2, and the drafts 23 to 34.

    Examples
    --------
    >>> salt_of(1).hex()[:8], salt_of(0xFF00001D).hex()[:8], salt_of(0x51303436)
    ('38762cf7', 'afbfec28', None)
    """
    if version == VERSION_2:
        return _SALT_2
    draft = version & 0xFF if version >> 8 == 0xFF0000 else 0
    if version == VERSION_1 or draft in {33, 34}:
        return _SALT_1
    if 29 <= draft <= 32:
        return _SALT_29
    return _SALT_23 if 23 <= draft <= 28 else None


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys of one direction.

    Parameters
    ----------
    key, iv, header : bytes
        Of the packet's content, its nonce, and its header protection: 16, 12 and 16 bytes.
    """

    key: bytes
    iv: bytes
    header: bytes


@lru_cache(maxsize=256)
def initial_keys(version: int, connection_id: bytes, *, client: bool) -> Keys | None:
    """Return the keys of the Initial packets that a side sends.

    Parameters
    ----------
    version : int
        QUIC version.
    connection_id : bytes
        Destination connection id of the client's first Initial packet.
    client : bool
        Whose packets.

    Returns
    -------
    Keys or None
        None for a version of which nothing is known here.

    Examples
    --------
    >>> initial_keys(1, bytes.fromhex("8394c8f03e515708"), client=True).key.hex()
    '1f369613dd76d5467730efcbe3b1a22d'
    """
    salt = salt_of(version)
    if salt is None:
        return None
    secret = hmac.digest(salt, connection_id, "sha256")
    side = _expand(secret, b"client in" if client else b"server in", 32)
    word = b"quicv2 " if version == VERSION_2 else b"quic "
    return Keys(
        _expand(side, word + b"key", 16),
        _expand(side, word + b"iv", 12),
        _expand(side, word + b"hp", 16),
    )


def _expand(secret: bytes, label: bytes, size: int) -> bytes:
    """Return HKDF-Expand-Label of TLS 1.3 (RFC 8446, 7.1) for at most 32 bytes."""
    full = b"tls13 " + label
    info = size.to_bytes(2, "big") + bytes([len(full)]) + full + b"\0\1"
    return hmac.digest(secret, info, "sha256")[:size]


@dataclass(frozen=True, slots=True)
class Opened:
    """A packet whose protection was removed.

    Parameters
    ----------
    number : int
        Packet number.
    payload : bytes
        Frames.
    reserved : int
        The two bits of the header that must be 0.
    """

    number: int
    payload: bytes
    reserved: int


def open_packet(data: bytes, number_at: int, keys: Keys, largest: int = -1) -> Opened | None:
    """Remove header and payload protection of one packet with a long header.

    Parameters
    ----------
    data : bytes
        The packet from its first byte to its last.
    number_at : int
        Offset of the packet number.
    keys : Keys
        Of the sender.
    largest : int
        Largest packet number seen from it before; -1 for none.

    Returns
    -------
    Opened or None
        None where the packet was not made with these keys, or is too short for a sample.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import ECB

    sample = data[number_at + 4 : number_at + 20]
    if len(sample) < 16:
        return None
    # One block under a key of its own: RFC 9001, 5.4.3, asks for exactly this mode.
    mask = Cipher(AES(keys.header), ECB()).encryptor().update(sample)  # noqa: S305
    first = data[0] ^ mask[0] & 0x0F
    size = (first & 3) + 1
    masked = int.from_bytes(data[number_at : number_at + size], "big")
    raw = masked ^ int.from_bytes(mask[1 : 1 + size], "big")
    number = full_number(raw, size, largest)
    body = number_at + size
    header = bytes([first]) + data[1:number_at] + raw.to_bytes(size, "big")
    nonce = (int.from_bytes(keys.iv, "big") ^ number).to_bytes(12, "big")
    try:
        payload = AESGCM(keys.key).decrypt(nonce, data[body:], header)
    except InvalidTag:
        return None
    return Opened(number, payload, first >> 2 & 3)


def full_number(raw: int, size: int, largest: int) -> int:
    """Return the packet number that its last bytes stand for (RFC 9000, A.3).

    Parameters
    ----------
    raw : int
        The bytes sent.
    size : int
        How many they are, 1 to 4.
    largest : int
        Largest number seen before; -1 for none.

    Returns
    -------
    int

    Examples
    --------
    >>> hex(full_number(0x9B32, 2, 0xA82F30EA))
    '0xa82f9b32'
    """
    window = 1 << 8 * size
    expected = largest + 1
    number = expected & -window | raw
    if number <= expected - window // 2 and number < (1 << 62) - window:
        return number + window
    if number > expected + window // 2 and number >= window:
        return number - window
    return number


def retry_is_genuine(packet: bytes, version: int, connection_id: bytes) -> bool | None:
    """Return whether a Retry packet answers a client's Initial (RFC 9001, 5.8; RFC 9369, 3.3.3).

    Parameters
    ----------
    packet : bytes
        The Retry packet whole.
    version : int
        QUIC version.
    connection_id : bytes
        Destination connection id of the Initial that it answers.

    Returns
    -------
    bool or None
        None for a version of which nothing is known here.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if version not in _RETRY or len(connection_id) > 255:
        return None
    key, nonce = map(bytes.fromhex, _RETRY[version])
    told = bytes([len(connection_id)]) + connection_id + packet[:-TAG]
    return hmac.compare_digest(AESGCM(key).encrypt(nonce, b"", told), packet[-TAG:])

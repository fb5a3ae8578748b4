"""QUIC packets built from their parts; the keys are held by the vectors of the RFCs."""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from workbench.traffic.messages.quic_keys import VERSION_2, initial_keys


def varint(value: int) -> bytes:
    for size, mark in ((1, 0), (2, 0x40), (4, 0x80), (8, 0xC0)):
        if value < 1 << (8 * size - 2):
            raw = bytearray(value.to_bytes(size, "big"))
            raw[0] |= mark
            return bytes(raw)
    raise AssertionError(value)


def crypto(offset: int, data: bytes) -> bytes:
    return b"\6" + varint(offset) + varint(len(data)) + data


def long_header(kind: int, version: int, dcid: bytes, scid: bytes, low: int = 0) -> bytes:
    bits = (kind + (version == VERSION_2)) % 4
    ids = bytes([len(dcid)]) + dcid + bytes([len(scid)]) + scid
    return bytes([0xC0 | bits << 4 | low]) + version.to_bytes(4, "big") + ids


def initial(
    frames: bytes, dcid: bytes = b"12345678", *, keyed: bytes | None = None, scid: bytes = b"",
    number: int = 0, size: int = 2, version: int = 1, client: bool = True, token: bytes = b"",
) -> bytes:  # fmt: skip
    """Return a protected Initial packet; its keys come from `keyed`, or from `dcid`."""
    keys = initial_keys(version, dcid if keyed is None else keyed, client=client)
    assert keys is not None
    plain = frames.ljust(4, b"\0")
    tail = number.to_bytes(8, "big")[-size:]
    header = long_header(0, version, dcid, scid, size - 1) + varint(len(token)) + token
    header += varint(size + len(plain) + 16) + tail
    nonce = (int.from_bytes(keys.iv, "big") ^ number).to_bytes(12, "big")
    sealed = AESGCM(keys.key).encrypt(nonce, plain, header)
    start = len(header) - size
    sample = (tail + sealed)[4:20]
    mask = Cipher(algorithms.AES(keys.header), modes.ECB()).encryptor().update(sample)
    masked = bytes(a ^ b for a, b in zip(tail, mask[1:], strict=False))
    return bytes([header[0] ^ mask[0] & 0x0F]) + header[1:start] + masked + sealed


def handshake_packet(dcid: bytes, body: bytes, version: int = 1) -> bytes:
    return long_header(2, version, dcid, b"scid") + varint(len(body)) + body

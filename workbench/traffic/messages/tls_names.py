"""Numbers of TLS that people know by name: versions, extensions, groups, alerts.

Source: the IANA registries "TLS Parameters" and "TLS ExtensionType Values"; drafts where said.
"""

from __future__ import annotations

from workbench.traffic.messages.fields import GREASE

SERVER_NAME, GROUPS, POINT_FORMATS, SIGNATURES, ALPN = 0, 10, 11, 13, 16
PRE_SHARED_KEY, EARLY_DATA, SUPPORTED_VERSIONS, KEY_SHARE = 41, 42, 43, 51
ECH, ESNI, NEXT_PROTOCOL = 0xFE0D, 0xFFCE, 13_172

VERSIONS = {
    0x0002: "SSL 2.0",
    0x0300: "SSL 3.0",
    0x0301: "TLS 1.0",
    0x0302: "TLS 1.1",
    0x0303: "TLS 1.2",
    0x0304: "TLS 1.3",
    0xFEFF: "DTLS 1.0",
    0xFEFD: "DTLS 1.2",
    0xFEFC: "DTLS 1.3",
}

GROUP_NAMES = {
    0x0017: "secp256r1",
    0x0018: "secp384r1",
    0x0019: "secp521r1",
    0x001D: "x25519",
    0x001E: "x448",
    0x0100: "ffdhe2048",
    0x0101: "ffdhe3072",
    0x0102: "ffdhe4096",
    0x0200: "MLKEM512",
    0x0201: "MLKEM768",
    0x0202: "MLKEM1024",
    0x11EB: "SecP256r1MLKEM768",
    0x11EC: "X25519MLKEM768",
    0x11ED: "SecP384r1MLKEM1024",
    0x4138: "CECPQ2",
    0x6399: "X25519Kyber768Draft00",
    0x639A: "SecP256r1Kyber768Draft00",
    0xFE30: "X25519Kyber512Draft00",
    0xFE31: "X25519Kyber768Draft00 (old)",
}

POST_QUANTUM = frozenset(
    {
        0x0200, 0x0201, 0x0202, 0x11EB, 0x11EC, 0x11ED, 0x4138, 0x6399, 0x639A, 0xFE30, 0xFE31,
    }
)  # fmt: skip
"""Groups with a lattice part; a key share of a kilobyte and more makes a hello fill two packets."""

HANDSHAKES = {
    0: "HelloRequest",
    1: "ClientHello",
    2: "ServerHello",
    3: "HelloVerifyRequest",
    4: "NewSessionTicket",
    5: "EndOfEarlyData",
    8: "EncryptedExtensions",
    11: "Certificate",
    12: "ServerKeyExchange",
    13: "CertificateRequest",
    14: "ServerHelloDone",
    15: "CertificateVerify",
    16: "ClientKeyExchange",
    20: "Finished",
    22: "CertificateStatus",
    24: "KeyUpdate",
    25: "CompressedCertificate",
    67: "NextProtocol",
}

ALERTS = {
    0: "close_notify",
    10: "unexpected_message",
    20: "bad_record_mac",
    21: "decryption_failed",
    22: "record_overflow",
    30: "decompression_failure",
    40: "handshake_failure",
    41: "no_certificate",
    42: "bad_certificate",
    43: "unsupported_certificate",
    44: "certificate_revoked",
    45: "certificate_expired",
    46: "certificate_unknown",
    47: "illegal_parameter",
    48: "unknown_ca",
    49: "access_denied",
    50: "decode_error",
    51: "decrypt_error",
    60: "export_restriction",
    70: "protocol_version",
    71: "insufficient_security",
    80: "internal_error",
    86: "inappropriate_fallback",
    90: "user_canceled",
    100: "no_renegotiation",
    109: "missing_extension",
    110: "unsupported_extension",
    111: "certificate_unobtainable",
    112: "unrecognized_name",
    113: "bad_certificate_status_response",
    114: "bad_certificate_hash_value",
    115: "unknown_psk_identity",
    116: "certificate_required",
    120: "no_application_protocol",
    121: "ech_required",
}


def version_name(version: int) -> str:
    """Return what a version number is called.

    Parameters
    ----------
    version : int
        Two bytes as on the wire.

    Returns
    -------
    str
        Its hexadecimal form where it has no name.

    Examples
    --------
    >>> version_name(0x0304), version_name(0x7F1C), version_name(0x3A3A)
    ('TLS 1.3', 'TLS 1.3 draft 28', 'GREASE')
    """
    if version in GREASE:
        return "GREASE"
    if version >> 8 == 0x7F:
        return f"TLS 1.3 draft {version & 0xFF}"
    return VERSIONS.get(version, f"0x{version:04x}")


def group_name(group: int) -> str:
    """Return what a key exchange group is called.

    Examples
    --------
    >>> group_name(0x11EC), group_name(0x2A2A), group_name(4)
    ('X25519MLKEM768', 'GREASE', '0x0004')
    """
    return "GREASE" if group in GREASE else GROUP_NAMES.get(group, f"0x{group:04x}")

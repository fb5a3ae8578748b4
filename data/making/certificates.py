"""A throw-away certificate authority and the certificates of the servers."""

from __future__ import annotations

import base64
import datetime
import hashlib
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
LIFETIME = datetime.timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate with its key, as files that servers take."""

    certificate: Path
    key: Path
    public_key_hash: str


@dataclass(frozen=True, slots=True)
class Authority:
    """The authority that clients trust, and the two identities it signed."""

    certificate: Path
    modern: Identity
    legacy: Identity


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(subject: str, issuer: str, key: Key) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + LIFETIME)
    )


def _leaf(names: tuple[str, ...], key: Key, issuer: str, signer: Key) -> x509.Certificate:
    alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    builder = _builder(names[0], issuer, key).add_extension(alternatives, critical=False)
    return builder.add_extension(usage, critical=False).sign(signer, hashes.SHA256())


def _write(folder: Path, name: str, key: Key, chain: list[x509.Certificate]) -> Identity:
    certificate, key_file = folder / f"{name}.pem", folder / f"{name}.key"
    pem = serialization.Encoding.PEM
    certificate.write_bytes(b"".join(entry.public_bytes(pem) for entry in chain))
    key_file.touch(mode=0o600)
    key_file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    digest = base64.b64encode(hashlib.sha256(public).digest()).decode()
    return Identity(certificate, key_file, digest)


def make_authority(folder: Path, names: tuple[str, ...]) -> Authority:
    """Make an authority and two server identities, one with an elliptic-curve key, one with RSA.

    Parameters
    ----------
    folder : Path
        Where the files go; it is deleted with everything else at the end.
    names : tuple of str
        The names the certificates are good for.

    Returns
    -------
    Authority
        Paths of the files, and hashes of the public keys as Chromium takes them.
    """
    issuer = "workbench sample data"
    signer = ec.generate_private_key(ec.SECP256R1())
    basic = x509.BasicConstraints(ca=True, path_length=0)
    root = _builder(issuer, issuer, signer).add_extension(basic, critical=True)
    signed = root.sign(signer, hashes.SHA256())
    certificate = folder / "authority.pem"
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    curve = ec.generate_private_key(ec.SECP256R1())
    classic = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return Authority(
        certificate,
        _write(folder, "modern", curve, [_leaf(names, curve, issuer, signer), signed]),
        _write(folder, "legacy", classic, [_leaf(names, classic, issuer, signer), signed]),
    )

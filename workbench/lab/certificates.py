"""A throw-away certificate authority and the one certificate of the servers."""

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
    """An authority that clients trust, and a certificate that it signed, as files.

    Parameters
    ----------
    authority : Path
        The authority's certificate.
    certificate, key : Path
        What servers take.
    public_key_hash : str
        The hash of the public key, as Chromium takes it.
    """

    authority: Path
    certificate: Path
    key: Path
    public_key_hash: str


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def builder(subject: str, issuer: str, key: Key) -> x509.CertificateBuilder:
    """Return what every certificate here has in common, to be signed.

    Parameters
    ----------
    subject, issuer : str
        Common names.
    key : Key
        The subject's.
    """
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


def leaf(names: tuple[str, ...], key: Key, issuer: str, signer: Key) -> x509.Certificate:
    """Return a server's certificate.

    Parameters
    ----------
    names : tuple of str
        What it is good for.
    key, signer : Key
        The server's and the authority's.
    issuer : str
        Name of the authority.
    """
    alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    begun = builder(names[0], issuer, key).add_extension(alternatives, critical=False)
    return begun.add_extension(usage, critical=False).sign(signer, hashes.SHA256())


def make_identity(folder: Path, names: tuple[str, ...]) -> Identity:
    """Make an authority and a server's identity that it signed.

    Parameters
    ----------
    folder : Path
        Where the files go; it is deleted with everything else of the laboratory.
    names : tuple of str
        The names the certificate is good for.

    Returns
    -------
    Identity
        Paths of the files.
    """
    # Clients take two authorities of one name for one, and stumble over its key.
    issuer = f"workbench laboratory {x509.random_serial_number():x}"[:40]
    signer, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    basic = x509.BasicConstraints(ca=True, path_length=0)
    root = builder(issuer, issuer, signer).add_extension(basic, critical=True)
    signed = root.sign(signer, hashes.SHA256())
    chain = [leaf(names, key, issuer, signer), signed]
    pem = serialization.Encoding.PEM
    authority, certificate = folder / "authority.pem", folder / "server.pem"
    authority.write_bytes(signed.public_bytes(pem))
    certificate.write_bytes(b"".join(entry.public_bytes(pem) for entry in chain))
    return Identity(authority, certificate, write_key(folder / "server.key", key), key_hash(key))


def write_key(path: Path, key: Key) -> Path:
    """Write a key that nobody else can read; return its path.

    Parameters
    ----------
    path : Path
        Where to.
    key : Key
        What.
    """
    path.touch(mode=0o600)
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    path.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return path


def key_hash(key: Key) -> str:
    """Return the hash of a public key as Chromium takes it.

    Parameters
    ----------
    key : Key
        Of which the public half is hashed.
    """
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(hashlib.sha256(public).digest()).decode()

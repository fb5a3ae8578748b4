"""A throw-away certificate authority and the certificates of the servers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from workbench.lab.certificates import Key, builder, key_hash, leaf, write_key


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


def _write(folder: Path, name: str, key: Key, chain: list[x509.Certificate]) -> Identity:
    certificate = folder / f"{name}.pem"
    pem = serialization.Encoding.PEM
    certificate.write_bytes(b"".join(entry.public_bytes(pem) for entry in chain))
    return Identity(certificate, write_key(folder / f"{name}.key", key), key_hash(key))


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
    root = builder(issuer, issuer, signer).add_extension(basic, critical=True)
    signed = root.sign(signer, hashes.SHA256())
    certificate = folder / "authority.pem"
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    curve = ec.generate_private_key(ec.SECP256R1())
    classic = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return Authority(
        certificate,
        _write(folder, "modern", curve, [leaf(names, curve, issuer, signer), signed]),
        _write(folder, "legacy", classic, [leaf(names, classic, issuer, signer), signed]),
    )

"""The throw-away authority and its certificate."""

from __future__ import annotations

import ssl

from cryptography import x509

from workbench.lab.certificates import make_identity
from workbench.lab.topology import DOMAINS


def test_clients_can_trust_it_for_every_name_and_others_cannot_read_its_key(tmp_path) -> None:
    identity = make_identity(tmp_path, tuple(DOMAINS))
    assert identity.key.stat().st_mode & 0o777 == 0o600
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.certificate, identity.key)
    leaf = x509.load_pem_x509_certificate(identity.certificate.read_bytes())
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(names.get_values_for_type(x509.DNSName)) == set(DOMAINS)
    authority = x509.load_pem_x509_certificate(identity.authority.read_bytes())
    leaf.verify_directly_issued_by(authority)


def test_every_laboratory_has_its_own(tmp_path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = make_identity(tmp_path / "a", ("x.com",))
    second = make_identity(tmp_path / "b", ("x.com",))
    assert first.public_key_hash != second.public_key_hash

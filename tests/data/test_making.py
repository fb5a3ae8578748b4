"""The parts of data/make.py that need no namespace."""

from __future__ import annotations

import doctest
import importlib
import io
import json
import struct
import sys
from pathlib import Path

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("dnslib", reason="the extra `lab` is not installed")
pytest.importorskip("cryptography", reason="the extra `lab` is not installed")

from cryptography import x509
from dnslib import QTYPE, DNSRecord

from making import certificates, containers, isolation, manifest, places, samples
from making.programs import dns_server
from workbench.errors import CaptureError, InputError, MissingExtraError, WorkbenchError

FRAMES = st.lists(
    st.tuples(st.integers(0, 2**32 * 10**9 - 1), st.binary(max_size=90), st.integers(0, 2000)),
    max_size=8,
)


def nanosecond_pcap(frames: list[tuple[int, bytes, int]]) -> bytes:
    parts = [struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 128, 1)]
    for time_ns, data, cut in frames:
        seconds, rest = divmod(time_ns, 10**9)
        parts.append(struct.pack("<IIII", seconds, rest, len(data), len(data) + cut) + data)
    return b"".join(parts)


@given(frames=FRAMES)
def test_every_nanosecond_and_byte_goes_into_pcapng(frames, tmp_path_factory) -> None:
    path = tmp_path_factory.mktemp("raw") / "frames.raw"
    path.write_bytes(nanosecond_pcap(frames))
    written = containers.pcapng(path, interface="client", description="here", comment="a sample")
    reader = dpkt.pcapng.Reader(io.BytesIO(written))
    assert [bytes(data) for _, data in reader] == [data for _, data, _ in frames]
    assert reader.snaplen == 128
    assert [record.time_ns for record in containers.read_records(path)] == [
        time_ns for time_ns, _, _ in frames
    ]
    assert enhanced(written) == [(time_ns, len(data) + cut) for time_ns, data, cut in frames]


def enhanced(content: bytes) -> list[tuple[int, int]]:
    """Return time and wire length of every packet block, read by the specification's layout."""
    found, offset = [], 0
    while offset < len(content):
        kind, length = struct.unpack_from("<II", content, offset)
        assert struct.unpack_from("<I", content, offset + length - 4) == (length,)
        assert length % 4 == 0
        if kind == 6:
            high, low, _, wire = struct.unpack_from("<IIII", content, offset + 12)
            found.append(((high << 32) + low, wire))
        offset += length
    return found


@pytest.mark.parametrize("cut", [1, 10, 20])
def test_a_file_that_is_cut_short_is_an_error(cut, tmp_path) -> None:
    path = tmp_path / "cut.raw"
    path.write_bytes(nanosecond_pcap([(1, b"abcdefgh", 0)])[:-cut])
    with pytest.raises(CaptureError, match="cut short"):
        list(containers.read_records(path))


@pytest.mark.parametrize(
    "content", [b"", b"\xd4\xc3\xb2\xa1" + bytes(20), b"GET / HTTP/1.1\r\n" * 2]
)
def test_another_format_is_an_error(content, tmp_path) -> None:
    path = tmp_path / "other.raw"
    path.write_bytes(content)
    with pytest.raises(CaptureError, match="no capture"):
        containers.read_header(path)


def test_certificates_are_good_for_every_name(tmp_path) -> None:
    authority = certificates.make_authority(tmp_path, places.all_names())
    root = x509.load_pem_x509_certificate(authority.certificate.read_bytes())
    for identity in (authority.modern, authority.legacy):
        leaf = x509.load_pem_x509_certificates(identity.certificate.read_bytes())[0]
        leaf.verify_directly_issued_by(root)
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert names.get_values_for_type(x509.DNSName) == list(places.all_names())
        assert identity.key.stat().st_mode & 0o077 == 0
    assert authority.modern.public_key_hash != authority.legacy.public_key_hash


def ask(name: str, kind: str, limit_bytes: int | None = None) -> DNSRecord:
    query = DNSRecord.question(name, kind)
    reply = DNSRecord.parse(dns_server.answer(bytes(query.pack()), limit_bytes=limit_bytes))
    assert reply.header.id == query.header.id
    return reply


def test_the_name_server_knows_every_place() -> None:
    for place in places.PLACES:
        for name in place.names:
            assert [str(record.rdata) for record in ask(name, "A").rr] == [place.ipv4]
            assert len(ask(name, "AAAA").rr) == 1


def test_the_name_server_follows_aliases_and_says_no() -> None:
    kinds = [QTYPE[record.rtype] for record in ask("shop.example.com", "A").rr]
    assert kinds == ["CNAME", "A"]
    assert ask("missing.example.org", "A").header.rcode == 3
    nothing = ask("www.example.org", "MX")
    assert (nothing.header.rcode, nothing.rr) == (0, [])


def test_the_name_server_cuts_what_does_not_fit() -> None:
    cut = ask("long.example.org", "TXT", dns_server.UDP_LIMIT_BYTES)
    assert cut.header.tc == 1
    assert cut.rr == []
    assert len(ask("long.example.org", "TXT").rr) == len(dns_server.LONG_TEXT)


def test_places_do_not_share_addresses_or_names() -> None:
    assert len({place.number for place in places.PLACES}) == len(places.PLACES)
    assert len(set(places.all_names())) == len(places.all_names())


def test_only_reserved_names_are_used() -> None:
    reserved = ("example.org", "example.com", "example.net", ".example")
    assert [name for name in places.all_names() if not name.endswith(reserved)] == []


def test_no_two_samples_write_the_same_file() -> None:
    files = [file for sample in samples.SAMPLES for file in sample.files]
    assert len(files) == len(set(files))


def entry(file: str, **more: object) -> dict[str, object]:
    return {"file": file, **more}


def test_entries_of_other_files_stay_and_the_order_is_that_of_the_table(tmp_path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    for folder in (source, target):
        folder.mkdir()
    for file in ("http.pcap", "dns.pcap"):
        (source / file).write_bytes(file.encode())
        manifest.publish([entry(file, packets=1)], source, target)
    manifest.publish([entry("dns.pcap", packets=2)], source, target)
    assert manifest.load(target) == [entry("dns.pcap", packets=2), entry("http.pcap", packets=1)]
    assert (target / "dns.pcap").read_bytes() == b"dns.pcap"
    assert not list(target.glob(".*"))


def test_a_failed_write_keeps_the_file_that_was_there(tmp_path, monkeypatch) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    for folder in (source, target):
        folder.mkdir()
        (folder / "dns.pcap").write_bytes(folder.name.encode())

    def refuse(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="disk full"):
        manifest.publish([entry("dns.pcap")], source, target)
    assert [path.name for path in target.iterdir()] == ["dns.pcap"]
    assert (target / "dns.pcap").read_bytes() == b"target"


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({"files": 3})])
def test_a_broken_manifest_is_named(text, tmp_path) -> None:
    (tmp_path / manifest.NAME).write_text(text)
    with pytest.raises(InputError, match="no manifest"):
        manifest.load(tmp_path)


def test_missing_programs_are_named_with_their_packages() -> None:
    with pytest.raises(WorkbenchError, match=r"no-such-program.*apt-get install no-such-program"):
        isolation.require(["no-such-program"])


def test_a_missing_module_names_the_extra(monkeypatch) -> None:
    monkeypatch.setattr(isolation, "MODULES", ("no_such_module",))
    with pytest.raises(MissingExtraError, match=r"workbench\[lab\]"):
        isolation.require([])


def test_another_system_is_refused_in_one_sentence(monkeypatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(WorkbenchError, match="on Linux only"):
        isolation.require([])


def test_a_machine_without_namespaces_is_refused_with_the_reason(tmp_path, monkeypatch) -> None:
    refusing = tmp_path / "unshare"
    refusing.write_text("#!/bin/sh\necho 'unshare: not permitted' >&2\nexit 1\n")
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(WorkbenchError, match=r"root or an unprivileged user.*not permitted"):
        isolation.isolating_command()


@pytest.mark.parametrize("module", ["make", "making.isolation", "making.places"])
def test_examples_in_docstrings_hold(module) -> None:
    found = doctest.testmod(importlib.import_module(module))
    assert found.attempted > 0
    assert found.failed == 0

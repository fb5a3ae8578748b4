"""Contents of DNS records, against dnslib where it writes them as zone files do."""

from __future__ import annotations

import dnslib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.traffic.messages import dns_values
from workbench.traffic.messages.dns_names import TYPES
from workbench.traffic.messages.dns_values import render

NUMBERS = {name: number for number, name in TYPES.items()}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("A", "192.0.2.1"),
        ("AAAA", "2001:db8::1"),
        ("CNAME", "www.example.com"),
        ("NS", "ns1.example.com"),
        ("PTR", "host.example.com"),
        ("MX", "10 mail.example.com"),
        ("SRV", "1 2 443 host.example.com"),
        ("SOA", "ns1.example.com admin.example.com 1 2 3 4 5"),
        ("TXT", '"v=spf1 -all" "second"'),
        ("CAA", '0 issue "letsencrypt.org"'),
        ("DS", "12345 8 2 abcdef012345"),
        ("HTTPS", "1 . alpn=h2,h3 port=8443 ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1"),
        ("HTTPS", "0 other.example.com"),
    ],
)
def test_contents_are_written_as_they_were_given_to_dnslib(kind, value) -> None:
    [record] = dnslib.RR.fromZone(f"a.org. 60 IN {kind} {value.replace('.com', '.com.')}")
    buffer = dnslib.DNSBuffer()
    record.rdata.pack(buffer)
    raw = bytes(buffer.data)
    assert render(raw, 0, len(raw), NUMBERS[kind]) == value


def test_an_encrypted_hello_configuration_is_shown_in_base64() -> None:
    raw = b"\0\1\0" + b"\0\5\0\3\1\2\3" + b"\xff\0\0\2a\xff" + b"\0\2\0\0"
    assert render(raw, 0, len(raw), 65) == "1 . ech=AQID key65280=a\\255 no-default-alpn"


def test_signatures_name_what_they_sign() -> None:
    raw = bytes.fromhex("0001 08 02 0000003c 00000002 00000001 3039") + b"\1a\0" + b"sig"
    assert render(raw, 0, len(raw), 46) == "A 8 2 60 2 1 12345 a"


@pytest.mark.parametrize("kind", [1, 28, 2, 5, 6, 12, 15, 16, 33, 39, 43, 46, 64, 65, 257, 999])
def test_contents_that_do_not_fit_their_type_are_written_as_bytes(kind) -> None:
    assert render(b"\x05ab", 0, 3, kind) == "\\# 3 056162"
    if kind != 16:
        assert render(b"", 0, 0, kind) == "\\# 0"


def test_addresses_of_other_classes_are_bytes() -> None:
    assert render(bytes(4), 0, 4, 1, class_=3) == "\\# 4 00000000"
    assert render(bytes(4), 0, 4, 1, class_=0x8001) == "0.0.0.0"


def test_long_contents_are_cut_and_say_how_long_they_are() -> None:
    text = render(bytes(60_000), 0, 60_000, 999)
    assert text.startswith("\\# 60000 00")
    assert len(text) < 2 * dns_values.SHOWN_BYTES + 20


@given(st.sampled_from(sorted(TYPES)), st.binary(max_size=60), st.integers(0, 60))
def test_any_bytes_are_written_without_an_exception(kind, data, start) -> None:
    start = min(start, len(data))
    text = render(data, start, len(data), kind)
    assert text.isascii()
    assert text.isprintable()

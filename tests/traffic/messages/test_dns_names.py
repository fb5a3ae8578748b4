"""Names in DNS messages: plain, compressed, hostile."""

from __future__ import annotations

import dnslib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.traffic.messages import dns_names
from workbench.traffic.messages.dns_names import read_name

labels = st.lists(st.binary(min_size=1, max_size=63), max_size=3)


def plain(parts: list[bytes]) -> bytes:
    return b"".join(bytes([len(part)]) + part for part in parts) + b"\0"


@given(labels)
def test_a_name_comes_back_with_everything_odd_escaped(parts) -> None:
    raw = plain(parts)
    name, after, problem = read_name(b"xx" + raw, 2)
    assert (after, problem) == (2 + len(raw), "")
    assert name == (".".join(map(dns_names.label_text, parts)) or ".")
    assert name.isascii()
    assert name.isprintable()
    assert " " not in name


@given(labels)
def test_names_are_told_apart_by_their_text(parts) -> None:
    merged = [b".".join(parts)] if 1 < len(b".".join(parts)) <= 63 else []
    if merged and len(parts) > 1:
        assert read_name(plain(parts), 0)[0] != read_name(plain(merged), 0)[0]


def test_compression_is_followed_as_dnslib_follows_it() -> None:
    record = dnslib.DNSRecord.question("www.example.com")
    for name in ("a.www.example.com", "b.example.com", "example.com"):
        record.add_answer(dnslib.RR(name, rdata=dnslib.A("192.0.2.1")))
    data = record.pack()
    at, found = 12, []
    for size in (4, 14, 14, 14):
        one, at, problem = read_name(data, at)
        assert problem == ""
        found.append(one)
        at += size
    assert found == ["www.example.com", "a.www.example.com", "b.example.com", "example.com"]
    assert at == len(data)


@pytest.mark.parametrize(
    ("data", "at", "problem"),
    [
        (b"", 0, "name cut"),
        (b"\5ab", 0, "name cut"),
        (b"\1a", 0, "name cut"),
        (b"\xc0", 0, "pointer cut"),
        (b"\xc0\0", 0, "pointer that leads nowhere"),
        (b"\1a\xc0\0", 0, "pointer that leads nowhere"),
        (b"\xc0\2\xc0\0", 2, "pointer that leads nowhere"),
        (b"\0\xc0\7\0\0\0\0\0", 1, "pointer that leads nowhere"),
        (b"\x41a", 0, "label of no known kind"),
        (plain([bytes(63)] * 4), 0, "name longer than 255 bytes"),
    ],
)
def test_what_is_no_name_has_a_reason(data, at, problem) -> None:
    name, after, reason = read_name(data, at)
    assert name is None
    assert reason == problem
    assert after <= len(data)


def test_a_chain_of_pointers_is_followed_only_so_far() -> None:
    chain = b"\0\0" + b"".join((0xC000 | 2 * i).to_bytes(2, "big") for i in range(1000))
    assert read_name(chain, 2 * dns_names.POINTERS)[0] == "."
    assert read_name(chain, 2 * 900)[2] == "pointer that leads nowhere"


@given(st.binary(max_size=80), st.integers(0, 90))
def test_any_bytes_are_read_without_an_exception(data, at) -> None:
    name, after, problem = read_name(data, at)
    assert (name is None) == bool(problem)
    assert after <= max(len(data), at)


def test_types_have_names() -> None:
    assert dns_names.type_name(28) == "AAAA"
    assert dns_names.type_name(65_280) == "TYPE65280"
    shared = {n: t for n, t in dns_names.TYPES.items() if n in dnslib.QTYPE.forward}
    assert len(shared) > 25
    assert all(dnslib.QTYPE[number] == text for number, text in shared.items())

"""Tricks within a request: records of TLS, heads of HTTP."""

from __future__ import annotations

import pytest

from tests.evasion.compose.stage import HELLO, PAGE
from workbench.evasion.additions import Http
from workbench.evasion.compose.records import split_records
from workbench.evasion.heads import read_head, read_records

HEAD = b"GET / HTTP/1.1\r\nHost: x.com\r\nUser-Agent: curl/8\r\nAccept: */*\r\n\r\n"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (HEAD, Http()),
        (PAGE, Http()),
        (HEAD.replace(b"Host", b"host"), Http(spelling="host")),
        (HEAD.replace(b"Host", b"hoSt"), Http(spelling="hoSt")),
        (HEAD.lower().replace(b"get /", b"GET /").replace(b"http/1.1", b"HTTP/1.1"), Http()),
        (HEAD.replace(b": x", b":x"), Http(no_space=True)),
        (HEAD.replace(b"x.com", b"tWiTtEr.CoM"), Http(domain_case=True)),
        (HEAD.replace(b"x.com", b"Example.com"), Http()),
        (b"\r\n" + HEAD, Http(method_eol=True)),
        (b"\r\n" + HEAD.replace(b": x", b":x"), Http(method_eol=True)),
        (HEAD.replace(b"GET /", b"GET  /"), Http(method_space=True)),
        (HEAD.replace(b"x.com", b"x.com."), Http(dot=True)),
        (HEAD.replace(b"x.com", b"x.com\t"), Http(tab=True)),
        (HEAD.replace(b"\r\n", b"\n"), Http(unix_eol=True)),
        (HEAD.replace(b"Host", b"X: " + b"a" * 90 + b"\r\nHost"), Http(pad=95)),
        (b"GET / HTTP/1.0\n\n", Http()),
        (b"\x16\x03", Http()),
    ],
)
def test_heads(data: bytes, expected: Http) -> None:
    assert read_head(data) == expected


def test_records_are_told_as_cuts_of_the_message_in_one() -> None:
    spread = split_records(HELLO, [123])
    found = read_records(spread)
    assert (found.cuts, found.whole, found.headers) == ((123,), HELLO, (123,))
    assert [found.origin(at) for at in (100, 123, 125, 128, 140)] == [100, 123, 123, 123, 135]


def test_one_record_is_no_trick() -> None:
    found = read_records(HELLO)
    assert (found.cuts, found.minor, found.whole) == ((), None, HELLO)
    assert read_records(PAGE).whole == PAGE
    assert read_records(b"").cuts == ()


def test_a_version_that_no_client_writes() -> None:
    assert read_records(HELLO[:2] + b"\x02" + HELLO[3:]).minor == 2
    assert read_records(HELLO[:2] + b"\x03" + HELLO[3:]).minor is None

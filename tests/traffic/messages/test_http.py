"""HTTP/1 heads: as servers send them, as tools bend them, cut anywhere, hostile."""

from __future__ import annotations

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.traffic.messages import http
from workbench.traffic.messages.http import http_request, http_requests, http_response

PLAIN = b"GET /a?b HTTP/1.1\r\nHost: www.example.com:8080\r\nUser-Agent: x\r\n\r\n"
words = st.from_regex(rb"[A-Za-z0-9-]{1,12}", fullmatch=True)
values = st.from_regex(rb"[!-9;-~]([ -~]{0,20}[!-~])?", fullmatch=True)
headers = st.lists(st.tuples(words, values), max_size=6)


def request_of(data: bytes) -> http.HttpRequest:
    found = http_request(data)
    assert found is not None
    return found


def test_a_request_says_what_it_asks_and_where() -> None:
    request = request_of(PLAIN)
    assert (request.method, request.target, request.version) == ("GET", "/a?b", "1.1")
    assert (request.host, request.server_name) == ("www.example.com:8080", "www.example.com")
    assert PLAIN[request.name_offset :].startswith(b"www.example.com:8080\r\n")
    assert request.name_length == len("www.example.com:8080")
    assert (request.method_offset, request.head_length, request.length) == (
        0,
        len(PLAIN),
        len(PLAIN),
    )
    assert request.header("user-AGENT") == "x"
    assert request.header("cookie") is None
    assert request.complete
    assert request.problems == ()


@given(headers, words)
def test_requests_are_read_as_dpkt_reads_them(sent, target) -> None:
    lines = b"".join(b"X-" + name + b": " + value + b"\r\n" for name, value in sent)
    data = b"POST /" + target + b" HTTP/1.0\r\n" + lines + b"\r\n"
    request, theirs = request_of(data), dpkt.http.Request(data)
    assert (request.method, request.target, request.version) == (theirs.method, theirs.uri, "1.0")
    expected = [(f"X-{n.decode()}", v.decode().replace("\\", "\\x5c")) for n, v in sent]
    assert list(request.headers) == expected
    assert {name.lower() for name, _ in request.headers} == set(theirs.headers)


@given(st.integers(0, len(PLAIN) - 1))
def test_a_cut_gives_no_name_that_was_not_asked_for(cut) -> None:
    request = http_request(PLAIN[:cut])
    if request is None:
        assert cut < len(b"GET /")
        return
    assert not request.complete
    assert request.problems == (f"head cut after {cut} bytes",)
    assert request.host in {"", "www.example.com:8080"}
    assert request.headers == request_of(PLAIN).headers[: len(request.headers)]


@pytest.mark.parametrize(
    ("data", "method_at", "host"),
    [
        (PLAIN.replace(b"\r\n", b"\n"), 0, "www.example.com:8080"),
        (b"\r\n" + PLAIN, 2, "www.example.com:8080"),
        (PLAIN.replace(b"Host: ", b"hoSt:"), 0, "www.example.com:8080"),
        (PLAIN.replace(b"Host: ", b"Host:\t "), 0, "www.example.com:8080"),
        (PLAIN.replace(b"GET ", b"GET  "), 0, "www.example.com:8080"),
        (PLAIN.replace(b":8080", b".\t"), 0, "www.example.com."),
        (PLAIN.replace(b"Host: ", b"Host : "), 0, "www.example.com:8080"),
    ],
    ids=[
        "unix ends",
        "blank line",
        "case",
        "tab",
        "two spaces",
        "dot and tab",
        "space before colon",
    ],
)
def test_bent_requests_are_read_as_servers_read_them(data, method_at, host) -> None:
    request = request_of(data)
    assert request.method_offset == method_at
    assert request.host == host
    assert data[request.name_offset :].startswith(host.encode())
    assert request.server_name == "www.example.com"
    assert request.complete


@pytest.mark.parametrize(
    ("line", "host", "name"),
    [
        ("CONNECT a.org:443 HTTP/1.1", "proxy", "a.org"),
        ("GET http://u:p@B.org:80/x?y HTTP/1.1", "other", "b.org"),
        ("GET / HTTP/1.1", "[2001:db8::1]:80", "2001:db8::1"),
        ("GET / HTTP/1.1", "", ""),
        ("OPTIONS * HTTP/1.1", "A.Org.", "a.org"),
    ],
)
def test_the_server_asked_for_is_that_of_target_or_host(line, host, name) -> None:
    assert request_of(f"{line}\r\nHost: {host}\r\n\r\n".encode()).server_name == name


@pytest.mark.parametrize(
    "data",
    [b"", b"GET", b"SSH-2.0-x\r\n", b"lower case words\r\n", b"\x16\x03\x01", b"GETX / \r\n"],
)
def test_what_is_no_request_is_none(data) -> None:
    assert http_request(data) is None
    assert not http.is_request(data)


@pytest.mark.parametrize(
    ("lines", "length", "chunked", "problem"),
    [
        ("Content-Length: 12", 12, False, None),
        ("content-length:12\r\nContent-Length: 12", 12, False, None),
        ("Content-Length: 12\r\nContent-Length: 13", -1, False, "contradict"),
        ("Content-Length: -5", -1, False, "no usable number"),
        ("Content-Length: " + 30 * "9", -1, False, "no usable number"),
        ("Transfer-Encoding: gzip, chunked", -1, True, None),
        ("Transfer-Encoding: chunked\r\nContent-Length: 3", -1, True, "both"),
    ],
)
def test_bodies_are_measured_and_contradictions_noted(lines, length, chunked, problem) -> None:
    request = request_of(f"POST / HTTP/1.1\r\n{lines}\r\n\r\n".encode())
    assert (request.content_length, request.chunked) == (length, chunked)
    assert [problem in text for text in request.problems] == [True] * (problem is not None)


def test_two_hosts_are_noted_and_the_first_counts() -> None:
    request = request_of(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
    assert (request.host, request.problems) == ("a", ("2 Host headers",))


@given(st.lists(st.binary(max_size=30), min_size=1, max_size=5))
def test_pipelined_requests_follow_each_other(bodies) -> None:
    parts = [
        b"POST /%d HTTP/1.1\r\nHost: h%d\r\nContent-Length: %d\r\n\r\n" % (i, i, len(body)) + body
        for i, body in enumerate(bodies)
    ]
    stream = b"".join(parts)
    found = http_requests(stream)
    assert [request.target for request in found] == [f"/{i}" for i in range(len(parts))]
    at = 0
    for request, part in zip(found, parts, strict=True):
        assert (request.method_offset, request.length) == (at, len(part))
        assert stream[request.name_offset :].startswith(request.host.encode())
        at += len(part)


def test_pipelining_ends_where_a_length_is_unknown_or_the_limit_is_reached() -> None:
    chunked = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert len(http_requests(chunked + PLAIN)) == 1
    assert len(http_requests(PLAIN * 5, limit=3)) == 3


def test_a_response_says_where_to_go_and_where_its_body_is() -> None:
    data = b"HTTP/1.1 302 Found\r\nLocation: http://block.page/\r\nContent-Length: 2\r\n\r\nok"
    response = http_response(data)
    assert response is not None
    assert (response.status, response.reason, response.version) == (302, "Found", "1.1")
    assert response.location == "http://block.page/"
    assert data[response.body_offset :] == b"ok"
    assert (response.content_length, response.complete) == (2, True)
    assert response.header("content-length") == "2"


def test_a_response_without_reason_and_a_cut_one_are_read() -> None:
    bare = http_response(b"HTTP/1.0 200\r\n\r\n")
    assert bare is not None
    assert (bare.status, bare.reason, bare.complete) == (200, "", True)
    cut = http_response(b"HTTP/1.1 404 Not F")
    assert cut is not None
    assert (cut.status, cut.complete) == (404, False)
    assert http_response(b"HTTP/1.1 20") is None


def test_a_head_without_an_end_is_looked_at_up_to_a_limit() -> None:
    request = request_of(b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 20_000)
    assert not request.complete
    assert request.problems == ("head longer than 65536 bytes",)
    assert request.head_length == http.LONGEST_HEAD
    # A single line that never ends, and a name that never ends.
    for filler in (b"x" * 1_000_000, b"\na" * 500_000, b" " * 1_000_000):
        assert not request_of(b"GET / " + filler).complete


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_an_exception(data) -> None:
    for text in (data, b"GET / HTTP/1.1\r\n" + data, b"GET " + data):
        for request in http_requests(text):
            assert request.name_offset + request.name_length <= len(text)
            assert request.server_name.isascii()
    response = http_response(b"HTTP/1.1 200 " + data)
    assert response is None or response.status == 200

"""HTTP/1 requests and responses: their heads, and where in the stream the marks of a request are.

Read the way servers do (RFC 9112), and tolerant where tools bend the rules to get past a middlebox:
line feeds alone, blank lines first, more than one space, header names in any case. Bodies are
measured, not read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from workbench.traffic.messages.fields import kept, shown

LONGEST_HEAD = 65_536
"""Bytes looked at for the end of a head; servers allow 8 to 64 KiB."""
METHODS = frozenset(
    b"GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH PROPFIND PROPPATCH MKCOL COPY MOVE LOCK "
    b"UNLOCK SEARCH REPORT NOTIFY SUBSCRIBE UNSUBSCRIBE M-SEARCH BPROPFIND RPC_IN_DATA "
    b"RPC_OUT_DATA".split()
)
"""Methods by which a request is known without its version: RFC 9110, WebDAV, UPnP, Exchange."""

Headers = tuple[tuple[str, str], ...]
_END = re.compile(rb"\n\r?\n")
_REQUEST = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32})([ \t]+)([^\s]*)(?:[ \t]+([^\r\n]*))?")
_STATUS = re.compile(rb"HTTP/(\d(?:\.\d)?)[ \t]+(\d{3})(?:[ \t]+([^\r\n]*))?(?=[\r\n]|$)")
_HEADER = re.compile(rb"\n([^\r\n:]{1,256}):[ \t]*+([^\r\n]*+)(?=[\r\n])")


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """The head of a request. Offsets count from the first byte given.

    Parameters
    ----------
    method, target, version : str
        Of the request line; the version without "HTTP/", empty where the line has none.
    method_offset : int
        First letter of the method, behind any blank lines.
    host : str
        Value of the Host header; empty without one.
    name_offset, name_length : int
        First byte of that value, and its bytes; -1 and 0 without one.
    headers : tuple of (str, str)
        Names in the case sent, and values.
    head_length : int
        Bytes up to and with the blank line; up to the end of what is there where it is cut.
    content_length : int
        Bytes of body announced; -1 where it says nothing, or nothing usable.
    chunked : bool
        Whether the body comes in chunks.
    complete : bool
        Whether the whole head is there.
    problems : tuple of str
        What is cut, contradicts itself or breaks the rules.
    """

    method: str
    target: str
    version: str
    method_offset: int
    host: str
    name_offset: int
    name_length: int
    headers: Headers
    head_length: int
    content_length: int
    chunked: bool
    complete: bool
    problems: tuple[str, ...]

    @property
    def server_name(self) -> str:
        """Host asked for, in lower case, without port, brackets of an address and final dot.

        The one of the target where that is absolute, else the Host header's.
        """
        text = self.host
        if self.method == "CONNECT":
            text = self.target
        elif "://" in self.target[:10]:
            text = re.split(r"[/?#]", self.target.split("://", 1)[1], maxsplit=1)[0]
        text = text.rsplit("@", 1)[-1].strip()
        if text.startswith("["):
            return text[1:].split("]", 1)[0].lower()
        return text.split(":", 1)[0].rstrip(".").lower()

    def header(self, name: str) -> str | None:
        """Return the value of the first header of a name in any case, or None.

        Parameters
        ----------
        name : str
            Name of the header.
        """
        return _value(self.headers, name)

    @property
    def length(self) -> int:
        """Bytes of head and body as announced; of the head alone where the body has no length."""
        return self.head_length + max(self.content_length, 0)


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """The head of a response. Offsets count from the first byte given.

    Parameters
    ----------
    status : int
        Code, 100 to 999.
    reason, version : str
        Of the status line; the version without "HTTP/".
    location : str
        Where a redirection leads; empty without one.
    headers : tuple of (str, str)
        Names in the case sent, and values.
    body_offset : int
        First byte behind the head; the end of what is there where the head is cut.
    content_length : int
        Bytes of body announced; -1 where it says nothing, or nothing usable.
    chunked : bool
        Whether the body comes in chunks.
    complete : bool
        Whether the whole head is there.
    problems : tuple of str
        What is cut, contradicts itself or breaks the rules.
    """

    status: int
    reason: str
    version: str
    location: str
    headers: Headers
    body_offset: int
    content_length: int
    chunked: bool
    complete: bool
    problems: tuple[str, ...]

    def header(self, name: str) -> str | None:
        """Return the value of the first header of a name in any case, or None.

        Parameters
        ----------
        name : str
            Name of the header.
        """
        return _value(self.headers, name)


def is_request(data: bytes) -> bool:
    r"""Return whether bytes begin like an HTTP/1 request: a known method, or a line with a version.

    Examples
    --------
    >>> is_request(b"GET /"), is_request(b"GETS /"), is_request(b"BREW /pot HTTP/1.1\r\n")
    (True, False, True)
    """
    begin = _blank(data)
    line = _REQUEST.match(data, begin, begin + LONGEST_HEAD)
    if line is None:
        return False
    return line[1].upper() in METHODS or (line[4] or b"").startswith(b"HTTP/")


def http_request(data: bytes, start: int = 0) -> HttpRequest | None:
    r"""Read the head of a request.

    Parameters
    ----------
    data : bytes
        The stream of a client; it may end anywhere.
    start : int
        Where the request begins.

    Returns
    -------
    HttpRequest or None
        None where no request begins there.

    Examples
    --------
    >>> request = http_request(b"GET /a HTTP/1.1\r\nHost: x.org:80\r\n\r\n")
    >>> request.method, request.target, request.server_name, request.name_offset
    ('GET', '/a', 'x.org', 23)
    """
    begin = _blank(data, start)
    line = _REQUEST.match(data, begin, begin + LONGEST_HEAD)
    version = (line[4] or b"") if line else b""
    if line is None or (line[1].upper() not in METHODS and not version.startswith(b"HTTP/")):
        return None
    end, complete, problems = _head(data, begin)
    headers, host = _headers(data, line.end(), end)
    if len(host) > 1:
        problems.append(f"{len(host)} Host headers")
    content_length, chunked = _body(headers, problems)
    first, length = host[0] if host else (-1, 0)
    return HttpRequest(
        method=shown(line[1]),
        target=shown(line[3]),
        version=shown(version.removeprefix(b"HTTP/").strip()),
        method_offset=begin,
        host=shown(data[first : first + length]) if host else "",
        name_offset=first,
        name_length=length,
        headers=headers,
        head_length=end - start,
        content_length=content_length,
        chunked=chunked,
        complete=complete,
        problems=kept(problems),
    )


def http_response(data: bytes, start: int = 0) -> HttpResponse | None:
    r"""Read the head of a response.

    Parameters
    ----------
    data : bytes
        The stream of a server; it may end anywhere.
    start : int
        Where the response begins.

    Returns
    -------
    HttpResponse or None
        None where no response begins there.

    Examples
    --------
    >>> response = http_response(b"HTTP/1.1 302 Found\r\nLocation: /b\r\n\r\n")
    >>> response.status, response.location, response.body_offset
    (302, '/b', 36)
    """
    line = _STATUS.match(data, start, start + LONGEST_HEAD)
    if line is None:
        return None
    end, complete, problems = _head(data, start)
    headers, _ = _headers(data, line.end(), end)
    content_length, chunked = _body(headers, problems)
    return HttpResponse(
        status=int(line[2]),
        reason=shown((line[3] or b"").rstrip()),
        version=shown(line[1]),
        location=_value(headers, "location") or "",
        headers=headers,
        body_offset=end,
        content_length=content_length,
        chunked=chunked,
        complete=complete,
        problems=kept(problems),
    )


def http_requests(data: bytes, limit: int = 1000) -> tuple[HttpRequest, ...]:
    r"""Read the requests of a stream one after the other, as far as their bodies have a length.

    Parameters
    ----------
    data : bytes
        The stream of a client from its beginning.
    limit : int
        Stop after this many.

    Returns
    -------
    tuple of HttpRequest
        Offsets count from the beginning of the stream; `head_length` from the request's.

    Examples
    --------
    >>> stream = b"GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n"
    >>> [(request.target, request.method_offset) for request in http_requests(stream)]
    [('/a', 0), ('/b', 19)]
    """
    found: list[HttpRequest] = []
    at = 0
    while at < len(data) and len(found) < limit:
        request = http_request(data, at)
        if request is None:
            break
        found.append(request)
        at += request.length
        if not request.complete or request.chunked:
            break
    return tuple(found)


def _blank(data: bytes, start: int = 0) -> int:
    """Return where the first byte is that ends no line; servers pass over them (RFC 9112, 2.2)."""
    at, stop = start, min(len(data), start + 64)
    while at < stop and data[at] in b"\r\n":
        at += 1
    return at


def _head(data: bytes, begin: int) -> tuple[int, bool, list[str]]:
    """Return where a head ends, whether it is whole, and why not."""
    ended = _END.search(data, begin, begin + LONGEST_HEAD)
    if ended is not None:
        return ended.end(), True, []
    stop = min(len(data), begin + LONGEST_HEAD)
    if len(data) > stop:
        return stop, False, [f"head longer than {LONGEST_HEAD} bytes"]
    return stop, False, [f"head cut after {stop - begin} bytes"]


def _headers(data: bytes, start: int, end: int) -> tuple[Headers, list[tuple[int, int]]]:
    """Return the headers, and offset and length of each Host value."""
    found, hosts = [], []
    for header in _HEADER.finditer(data, start, end):
        value = header[2].rstrip()
        found.append((shown(header[1]), shown(value)))
        if header[1].strip().lower() == b"host":
            hosts.append((header.start(2), len(value)))
    return tuple(found), hosts


def _value(headers: Headers, name: str) -> str | None:
    """Return the value of the first header of a name."""
    wanted = name.lower()
    return next((value for known, value in headers if known.strip().lower() == wanted), None)


def _body(headers: Headers, problems: list[str]) -> tuple[int, bool]:
    """Return the announced length of a body, and whether it is chunked (RFC 9112, 6.3)."""
    lengths = {value for name, value in headers if name.strip().lower() == "content-length"}
    coding = _value(headers, "transfer-encoding") or ""
    chunked = coding.lower().endswith("chunked")
    if chunked and lengths:
        problems.append("both a content length and chunks are announced")
    if len(lengths) > 1:
        problems.append("content lengths contradict each other")
        return -1, chunked
    length = lengths.pop() if lengths else ""
    if length and not (length.isdigit() and len(length) <= 18):
        problems.append("content length is no usable number")
        return -1, chunked
    return (-1 if chunked or not length else int(length)), chunked

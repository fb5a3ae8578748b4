"""Changes to the head of an HTTP request, each tool in its own way (domain reference 2.1)."""

from __future__ import annotations

import string
from random import Random

from workbench.evasion.markers import find_host_header
from workbench.evasion.strategy import Http

LONGEST_PAD_HEADER = 2048
NO_TRICKS = Http()


def tricked(request: bytes, http: Http, tool: str, random: Random) -> bytes:
    r"""Return an HTTP request changed as a tool does it.

    Parameters
    ----------
    request : bytes
        From its first byte; what is no HTTP request with a Host header comes back as it is.
    http : Http
        What to change.
    tool : str
        ``nfqws`` and GoodbyeDPI keep the length, tpws and byedpi do not always.
    random : random.Random
        For padding.

    Returns
    -------
    bytes
        The request as sent.

    Examples
    --------
    >>> head = b"GET / HTTP/1.1\r\nHost: x.com\r\nUser-Agent: a\r\n\r\n"
    >>> tricked(head, Http(spelling="host"), "nfqws", Random(1))[16:22]
    b'host: '
    """
    if http == NO_TRICKS or find_host_header(request) is None:
        return request
    if tool in {"tpws", "spoofdpi"}:
        return _tpws(request, http, random)
    if tool == "byedpi":
        return _byedpi(request, http)
    if tool == "goodbyedpi":
        return _goodbyedpi(request, http)
    return _nfqws(request, http)


def _spelled(request: bytes, spelling: str) -> bytes:
    """Return the request with another spelling of the header's name."""
    at = find_host_header(request)
    if at is None or not spelling:
        return request
    name = spelling.encode("ascii", "replace")[:4].ljust(4, b"t")
    return request[:at] + name + request[at + 4 :]


def _mixed(request: bytes, *, odd: bool = False) -> bytes:
    """Return the request with the letters of its Host header's value in turns of case."""
    at = find_host_header(request)
    if at is None:
        return request
    start = at + 5 + (request[at + 5 : at + 6] in (b" ", b"\t"))
    stop = min(end for end in (request.find(b"\r", start), len(request)) if end >= 0)
    turned = bytes(
        byte - 32 if 97 <= byte <= 122 and i % 2 == odd else byte
        for i, byte in enumerate(request[start:stop])
    )
    return request[:start] + turned + request[stop:]


def _agent_end(request: bytes) -> int | None:
    """Return where the value of User-Agent ends."""
    at = request.find(b"\r\nUser-Agent: ")
    end = request.find(b"\r\n", at + 1) if at >= 0 else -1
    return None if end < 0 else end


def _without_space(request: bytes) -> bytes:
    """Return the request with the blank after `Host:` moved behind the User-Agent's value."""
    at, end = find_host_header(request), _agent_end(request)
    if at is None or end is None or request[at + 5 : at + 6] != b" ":
        return request
    if end > at:
        return request[: at + 5] + request[at + 6 : end] + b" " + request[end:]
    return request[:end] + b" " + request[end : at + 5] + request[at + 6 :]


def _nfqws(request: bytes, http: Http) -> bytes:
    """Return what nfqws sends: nothing changes the length."""
    request = _spelled(request, http.spelling)
    if http.domain_case:
        request = _mixed(request)
    if http.no_space:
        return _without_space(request)
    at = find_host_header(request)
    if http.method_eol and at is not None and request[at + 5 : at + 6] in (b" ", b"\t"):
        request = b"\n" + request[: at + 5] + request[at + 6 :]
    return request


def _goodbyedpi(request: bytes, http: Http) -> bytes:
    """Return what GoodbyeDPI sends: a blank taken from the Host header goes elsewhere."""
    if http.domain_case:
        request = _mixed(request, odd=True)
    request = _spelled(request, http.spelling)
    at = find_host_header(request)
    if http.method_space and http.no_space and at is not None:
        method = request.find(b" ")
        return request[:method] + b" " + request[method : at + 5] + request[at + 6 :]
    return _without_space(request) if http.no_space else request


def _byedpi(request: bytes, http: Http) -> bytes:
    """Return what byedpi sends: the header's name, the value's case, the blank after the colon."""
    request = _spelled(request, http.spelling)
    if http.domain_case:
        request = _mixed(request)
    at = find_host_header(request)
    if http.no_space and at is not None and request[at + 5 : at + 6] == b" ":
        end = request.find(b"\r\n", at)
        request = request[: at + 5] + request[at + 6 : end] + b"\t" + request[end:]
    return request


def _tpws(request: bytes, http: Http, random: Random) -> bytes:
    """Return what tpws sends, its changes in its order."""
    if http.unix_eol:
        head, mark, body = request.partition(b"\r\n\r\n")
        request = head.replace(b"\r\n", b"\n") + (b"\n\n" if mark else b"") + body
    end = b"\n" if http.unix_eol else b"\r\n"
    if http.method_eol:
        request = end + request
    if http.method_space:
        blank = request.find(b" ")
        request = request[:blank] + b" " + request[blank:]
    at = find_host_header(request)
    if at is not None and (http.dot or http.tab):
        stop = request.find(end, at)
        request = request[:stop] + (b"." if http.dot else b"\t") + request[stop:]
    if http.domain_case:
        request = _mixed(request)
    at = find_host_header(request)
    if at is not None and http.no_space and request[at + 5 : at + 6] == b" ":
        request = request[: at + 5] + request[at + 6 :]
    request = _spelled(request, http.spelling)
    at = find_host_header(request)
    if at is not None and http.pad:
        request = request[:at] + _padding(http.pad, end, random) + request[at:]
    return request


def _padding(size: int, end: bytes, random: Random) -> bytes:
    """Return made-up headers of a total size, at least one."""
    least = 7 + len(end)
    left, out = max(size, least), b""
    while left:
        pad = min(max(left - least, 0), LONGEST_PAD_HEADER)
        if left - pad - least < least:
            pad = left - least
        letter = random.choice(string.ascii_lowercase)
        name = f"{random.choice(string.ascii_lowercase)}{random.randrange(65536):04x}: "
        out += name.encode() + letter.encode() * pad + end
        left -= least + pad
    return out

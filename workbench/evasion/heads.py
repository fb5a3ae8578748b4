"""Tricks in the request itself: records of TLS, the head of an HTTP request.

In: the bytes of a request. Out: what was done to it. A trick is named only where ordinary programs
do not write so.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from workbench.evasion.additions import Http
from workbench.traffic.messages.hello import ClientHello, client_hello
from workbench.traffic.messages.records import HEADER

LARGEST_RECORD = 16_384
TLS12, TLS11_RECORD = 0x0303, 2
_HOST = re.compile(rb"\n([Hh][Oo][Ss][Tt]):([ \t]*)([^\r\n]*)")
_NAME = re.compile(rb"\n([A-Za-z][A-Za-z-]*):")
MIXED_SHARE = 0.3
MOST_HEADER = 64


@dataclass(frozen=True, slots=True)
class Records:
    """How a ClientHello is spread over records.

    Parameters
    ----------
    cuts : tuple of int
        Where the hello is cut, counted in the message as it would be in one record.
    minor : int, optional
        Minor version of the first record where it is not what clients write.
    whole : bytes
        The message as it would be in one record.
    headers : tuple of int
        Places of the further record headers in the stream.
    """

    cuts: tuple[int, ...] = ()
    minor: int | None = None
    whole: bytes = b""
    headers: tuple[int, ...] = ()

    def origin(self, offset: int) -> int:
        """Return where a place of the stream would be in the message of one record."""
        behind = [at for at in self.headers if at < offset]
        return offset - sum(min(HEADER, offset - at) for at in behind)


def read_records(data: bytes) -> Records:
    """Return how a ClientHello is spread over records.

    Parameters
    ----------
    data : bytes
        A request.

    Returns
    -------
    Records
        Without cuts for one record, and for other requests.
    """
    hello = client_hello(data) if data[:1] == b"\x16" else None
    if hello is None:
        return Records(whole=data)
    minor = data[2] if len(data) > 2 and _odd_minor(hello, data[2]) else None
    if hello.pieces < 2:
        return Records((), minor, data)
    starts, places = hello.starts, hello.places
    sizes = [second - first for first, second in itertools.pairwise(starts)]
    cuts = () if max(sizes) >= LARGEST_RECORD else tuple(start + HEADER for start in starts[1:])
    headers = tuple(place - HEADER for place in places[1:])
    return Records(cuts, minor, _joined(data, headers), headers)


def _joined(data: bytes, headers: tuple[int, ...]) -> bytes:
    """Return the message without the headers of all records but the first."""
    pieces, at = [], 0
    for place in headers:
        pieces.append(data[at:place])
        at = place + HEADER
    joined = b"".join([*pieces, data[at:]])
    return joined[:3] + (len(joined) - HEADER).to_bytes(2, "big") + joined[HEADER:]


def _odd_minor(hello: ClientHello, minor: int) -> bool:
    """Tell whether a record's version is one that no client of today writes there."""
    return hello.version == TLS12 and (minor == TLS11_RECORD or minor > 4)


def read_head(data: bytes) -> Http:
    r"""Return what was done to the head of an HTTP request.

    Parameters
    ----------
    data : bytes
        A request.

    Returns
    -------
    Http
        Without changes for an ordinary head, and for other requests.

    Examples
    --------
    >>> read_head(b"GET / HTTP/1.1\r\nhost: x.com\r\nAccept: */*\r\n\r\n").spelling
    'host'
    """
    head = data[: data.find(b"\r\n\r\n") + 2] if b"\r\n\r\n" in data else data
    found = _HOST.search(head)
    if found is None:
        return Http()
    name, blank, value = found.groups()
    line = head.lstrip(b"\r\n")
    # zapret makes room for the line end by taking the blank after "Host:".
    ended = head[:1] in (b"\r", b"\n")
    unix = b"\r\n" not in data.lstrip(b"\r\n") and b"\nUser-Agent:" in head
    return Http(
        spelling=_spelling(name, head),
        no_space=not blank and head.count(b": ") > 0 and not ended,
        domain_case=_mixed(value),
        method_eol=ended,
        method_space=line.split(b" ", 1)[-1][:1] == b" ",
        dot=value.endswith(b".") and not value[:-1].replace(b".", b"").isdigit(),
        tab=value.endswith(b"\t"),
        unix_eol=unix,
        pad=_padding(head[: found.start() + 1]),
    )


def _spelling(name: bytes, head: bytes) -> str:
    """Return an odd spelling of the header's name; a program may write all names small."""
    if name == b"Host":
        return ""
    others = [one for one in _NAME.findall(head) if one.lower() != b"host"]
    alike = {b"host": bytes.lower, b"HOST": bytes.upper}.get(name)
    same = alike is not None and all(alike(one) == one for one in others)
    return "" if same else name.decode()


def _mixed(value: bytes) -> bool:
    """Tell whether letters of a name change between small and capital ones."""
    letters = [bytes([one]) for one in value if bytes([one]).isalpha()]
    changes = sum(a.isupper() != b.isupper() for a, b in itertools.pairwise(letters))
    return len(letters) > 2 and changes > MIXED_SHARE * len(letters) and changes > 1


def _padding(before: bytes) -> int:
    """Return the bytes of headers made up before the Host header."""
    lines = before.split(b"\n")[1:-1]
    odd = [one for one in lines if b":" in one and len(set(one.split(b":", 1)[1].strip())) <= 1]
    size = sum(len(one) + 1 for one in odd)
    return size if size > MOST_HEADER else 0

"""Named places of a request: from an expression to an offset, and back (domain reference 4).

Offsets count from the first byte of the request's stream, record headers included. The rules are
those of zapret's source; byedpi's, GoodbyeDPI's and youtubeUnblock's places are expressions of the
same form.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random

from workbench.evasion.values import Position
from workbench.traffic.messages.hello import client_hello

HTTP_METHOD_LONGEST = 9
HEAD_LIMIT = 65_536
NEAR = 4
"""Distances from a marker that recipes use: +1, +2, +4, -1, -2."""
SMALL = 16
"""Up to here a plain number is as likely as a distance from a marker."""
NAMED = ("method", "host", "endhost", "sld", "midsld", "endsld", "sniext", "midhost")
"""Markers that the inverse looks for, the likelier first among equals."""


@dataclass(frozen=True, slots=True)
class Request:
    """What positions depend on.

    Parameters
    ----------
    kind : str
        ``tls``, ``http``, ``quic`` or ``unknown``.
    length : int
        Bytes of the whole message.
    host : tuple of int, optional
        First byte of the name, and one past its last.
    labels : tuple of int, optional
        First byte of the name's second label from the right, and one past its last.
    sniext : int, optional
        First byte of the server name extension's data.
    extlen : int, optional
        First byte of the length of all extensions.
    method : int, optional
        First byte of the HTTP method.
    """

    kind: str
    length: int
    host: tuple[int, int] | None = None
    labels: tuple[int, int] | None = None
    sniext: int | None = None
    extlen: int | None = None
    method: int | None = None


def request_facts(data: bytes) -> Request:
    r"""Return the facts of a request.

    Parameters
    ----------
    data : bytes
        The whole first message of the client's stream, or a datagram.

    Returns
    -------
    Request
        Of kind ``unknown`` for what is neither a ClientHello, an HTTP request nor QUIC.

    Examples
    --------
    >>> facts = request_facts(b"GET / HTTP/1.1\r\nHost: x.com\r\n\r\n")
    >>> facts.kind, facts.length, facts.host, facts.labels, facts.method
    ('http', 31, (22, 27), (22, 23), 0)
    """
    return _tls(data) or _http(data) or _quic(data) or Request("unknown", len(data))


def _tls(data: bytes) -> Request | None:
    """Return the facts of a ClientHello."""
    if data[:1] != b"\x16":
        return None
    hello = client_hello(data)
    if hello is None:
        return None
    host = labels = None
    if hello.name_offset >= 0 and hello.name_length:
        host = (hello.name_offset, hello.name_byte(hello.name_length))
        name = bytes(data[hello.name_byte(i)] for i in range(hello.name_length))
        found = second_label(name)
        if found:
            labels = (hello.name_byte(found[0]), hello.name_byte(found[1]))
    return Request(
        "tls",
        len(data),
        host,
        labels,
        None if hello.sniext_offset < 0 else hello.sniext_offset,
        None if hello.extlen_offset < 0 else hello.extlen_offset,
    )


def _http(data: bytes) -> Request | None:
    """Return the facts of an HTTP/1 request: zapret's notion of one, odd spellings included."""
    head = data[:HEAD_LIMIT]
    method = len(head[:2]) - len(head[:2].lstrip(b"\r\n"))
    word = head[method : method + HTTP_METHOD_LONGEST + 1].split(b" ")[0]
    if not (3 <= len(word) <= HTTP_METHOD_LONGEST and word.isalpha() and word.isupper()):
        return None
    host = labels = None
    at = find_host_header(head)
    if at is not None:
        start = at + 5 + (head[at + 5 : at + 6] in (b" ", b"\t"))
        line = head[start:].split(b"\n")[0].split(b"\r")[0]
        host = (start, start + len(line))
        found = second_label(line)
        labels = (start + found[0], start + found[1]) if found else None
    return Request("http", len(data), host, labels, method=method)


def find_host_header(head: bytes) -> int | None:
    """Return where the Host header begins in an HTTP head, None without one."""
    end = head.find(b"\r\n\r\n")
    lowered = (head if end < 0 else head[: end + 2]).lower()
    at = lowered.find(b"\nhost:")
    return None if at < 0 else at + 1


def _quic(data: bytes) -> Request | None:
    """Return the facts of a QUIC datagram with a long header (RFC 9000 17.2)."""
    return Request("quic", len(data)) if len(data) >= 600 and data[0] & 0xC0 == 0xC0 else None


def second_label(name: bytes) -> tuple[int, int] | None:
    """Return where the second label from the right begins and ends, None for a single label.

    There is no list of public suffixes: of ``www.example.co.uk`` it is ``co``.

    Examples
    --------
    >>> second_label(b"www.example.com"), second_label(b"localhost")
    ((4, 11), None)
    """
    end = name.rfind(b".")
    if end < 0:
        return None
    return name.rfind(b".", 0, end) + 1, end


def resolve(position: Position, request: Request, random: Random | None = None) -> int | None:
    """Return the offset that a position means in a request.

    Parameters
    ----------
    position : Position
        A marker and a distance, or a number.
    request : Request
        Of `request_facts`.
    random : random.Random, optional
        For byedpi's random positions; without it they do not resolve.

    Returns
    -------
    int or None
        None where the marker has no place in this request, and for an offset that is not within it:
        0 and the length split nothing.

    Examples
    --------
    >>> hello = Request("tls", 517, (127, 142), (131, 138), 122)
    >>> [resolve(Position.parse(text), hello) for text in ("midsld", "host+1", "-10", "method")]
    [134, 128, 507, None]
    """
    place = place_of(position, request, random)
    return place if place is not None and 0 < place < request.length else None


def place_of(position: Position, request: Request, random: Random | None = None) -> int | None:
    """Return where a position falls, inside the request or not; see `resolve`."""
    if position.scope and position.scope != request.kind:
        return None
    if not position.marker:
        return position.delta if position.delta >= 0 else request.length + position.delta
    if position.marker == "random":
        return None if random is None else random.randrange(request.length) + position.delta
    base = _marker(position.marker, request, random)
    return None if base is None else base + position.delta


def _marker(marker: str, request: Request, random: Random | None = None) -> int | None:
    """Return where a marker is."""
    simple = {"method": request.method, "sniext": request.sniext, "extlen": request.extlen}
    if marker in simple:
        return simple[marker]
    if marker in {"middle", "end"}:
        return request.length // 2 if marker == "middle" else request.length
    if marker in {"sld", "midsld", "endsld"}:
        return _label(marker, request.labels)
    if request.host is None:
        return None
    start, end = request.host
    if marker == "randhost":
        return None if random is None else start + random.randrange(max(end - start, 1))
    return {"host": start, "endhost": end, "midhost": start + (end - start) // 2}[marker]


def _label(marker: str, labels: tuple[int, int] | None) -> int | None:
    """Return the start, the middle or the end of the second label."""
    if labels is None:
        return None
    start, end = labels
    middle = start + 1 if end - start == 1 else start + (end - start) // 2
    return {"sld": start, "midsld": middle, "endsld": end}[marker]


def resolve_all(
    positions: Iterable[Position], request: Request, random: Random | None = None
) -> tuple[int, ...]:
    """Return the offsets of all positions that resolve, sorted, each once.

    Examples
    --------
    >>> hello = Request("tls", 517, (127, 142), (131, 138), 122)
    >>> resolve_all([Position("midsld"), Position("", 2), Position("method")], hello)
    (2, 134)
    """
    found = {resolve(position, request, random) for position in positions}
    return tuple(sorted(place for place in found if place is not None))


def resolve_first(positions: Sequence[Position], request: Request) -> int:
    """Return the one offset of fakedsplit and fakeddisorder.

    The first marker that resolves, else the first number, else 1 (domain reference 2.3).

    Examples
    --------
    >>> hello = Request("tls", 517, (127, 142), (131, 138), 122)
    >>> resolve_first([Position("", 2), Position("method"), Position("sld")], hello)
    131
    """
    for named in (True, False):
        for position in positions:
            place = resolve(position, request) if bool(position.marker) == named else None
            if place:
                return place
    return 1


def expressions(offset: int, request: Request, far: int = NEAR) -> tuple[Position, ...]:
    """Return every position that means this offset in this request, the likelier first.

    Parameters
    ----------
    offset : int
        Where the request was seen cut.
    request : Request
        Its facts.
    far : int
        Largest distance from a marker that is tried.

    Returns
    -------
    tuple of Position
        Exact markers, then markers at a small distance, then numbers; numbers up to 16 stand
        before markers at a distance. Never empty for an offset inside the request.

    Examples
    --------
    >>> hello = Request("tls", 517, (127, 142), (131, 138), 122)
    >>> [str(one) for one in expressions(134, hello, far=1)]
    ['midsld', 'midhost', '134', '-383']
    """
    if not 0 < offset < request.length:
        return ()
    found = [Position("", offset), Position("", offset - request.length)]
    for marker in NAMED:
        base = _marker(marker, request)
        if base is not None and abs(offset - base) <= far:
            found.append(Position(marker, offset - base))
    return tuple(sorted(found, key=_likelihood))


def _likelihood(position: Position) -> tuple[int, int, int]:
    """Return a key that sorts likelier expressions first (domain reference 4, inverse problem)."""
    if not position.marker:
        tier = 1 if 0 < position.delta <= SMALL else 3
        return tier, int(position.delta < 0), 0
    tier = 0 if not position.delta else 2
    return tier, abs(position.delta), NAMED.index(position.marker)


@dataclass(frozen=True, slots=True)
class Reading:
    """An expression, and how many requests it explains.

    Parameters
    ----------
    position : Position
        The expression.
    support, against : int
        Requests cut there, and requests in which it has a place that was not cut.
    distinct : int
        Different offsets among those it explains: more than one decides for a marker.
    """

    position: Position
    support: int
    against: int
    distinct: int


def rank(offsets: Sequence[tuple[Request, Iterable[int]]], far: int = NEAR) -> tuple[Reading, ...]:
    """Return the expressions for cuts that several requests share, the best first.

    Parameters
    ----------
    offsets : sequence of tuple
        A request and the offsets at which it was seen cut; one entry a connection.
    far : int
        Largest distance from a marker.

    Returns
    -------
    tuple of Reading
        Those that explain most requests first, then those that contradict fewest, then the
        likelier form.

    Examples
    --------
    >>> one = Request("tls", 517, (127, 142), (131, 138), 122)
    >>> two = Request("tls", 517, (127, 132), (127, 128), 122)
    >>> best = rank([(one, [134]), (two, [128])])[0]
    >>> str(best.position), best.support, best.distinct
    ('midsld', 2, 2)
    """
    cuts = [(request, frozenset(places)) for request, places in offsets]
    found = {
        position: None
        for request, places in cuts
        for place in sorted(places)
        for position in expressions(place, request, far)
    }
    readings = [_reading(position, cuts) for position in found]
    return tuple(
        sorted(
            readings,
            key=lambda one: (-one.support, one.against, _likelihood(one.position)),
        )
    )


def _reading(position: Position, cuts: Sequence[tuple[Request, frozenset[int]]]) -> Reading:
    """Return how well a position explains the cuts."""
    places = [(resolve(position, request), seen) for request, seen in cuts]
    hit = [place for place, seen in places if place in seen]
    missed = sum(place is not None and place not in seen for place, seen in places)
    return Reading(position, len(hit), missed, len(set(hit)))

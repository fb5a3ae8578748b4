"""What DNS records hold, as zone files write it (RFC 1035, 5; RFC 9460 for service bindings)."""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Callable

from workbench.traffic.messages.dns_names import label_text, read_name, type_name

SERVICE_KEYS = ("mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint")
"""Names of service parameters (RFC 9460, 14.3.2)."""
SHOWN_BYTES = 4096
"""Bytes of one record of no known type that are written out; its length is said in any case."""


def render(data: bytes, start: int, end: int, kind: int, class_: int = 1) -> str:
    r"""Return the content of a record as text.

    Parameters
    ----------
    data : bytes
        The whole message, in which names may point back.
    start, end : int
        The content.
    kind, class_ : int
        Record type and class.

    Returns
    -------
    str
        In the form of RFC 3597 (``\# length hexadecimal``) where it has no known form, or not that
        of its type.

    Examples
    --------
    >>> render(bytes([192, 0, 2, 1]), 0, 4, 1), render(b"ab", 0, 2, 999)
    ('192.0.2.1', '\\# 2 6162')
    """
    form = FORMS.get(kind) if class_ & 0x7FFF == 1 or kind in _ANY_CLASS else None
    text = form(data, start, end) if form is not None else None
    if text is not None:
        return text
    raw = data[start : min(end, start + SHOWN_BYTES)]
    return f"\\# {end - start} {raw.hex()}".rstrip()


def _address(data: bytes, start: int, end: int) -> str | None:
    """Return an address of 4 or 16 bytes."""
    raw = data[start:end]
    return str(ipaddress.ip_address(raw)) if len(raw) in {4, 16} else None


def _name(data: bytes, start: int, end: int) -> str | None:
    """Return a name that fills the content."""
    name, after, _ = read_name(data, start)
    return name if after == end else None


def _numbered_name(count: int) -> Callable[[bytes, int, int], str | None]:
    """Return the form of `count` numbers of two bytes before a name (MX, SRV)."""

    def form(data: bytes, start: int, end: int) -> str | None:
        body = start + 2 * count
        name = _name(data, body, end) if body < end else None
        if name is None:
            return None
        values = [str(data[at] << 8 | data[at + 1]) for at in range(start, body, 2)]
        return " ".join([*values, name])

    return form


def _start_of_authority(data: bytes, start: int, end: int) -> str | None:
    """Return the two names and five numbers of SOA."""
    primary, at, _ = read_name(data, start)
    mailbox, at, _ = read_name(data, at) if primary is not None else (None, at, "")
    if mailbox is None or at + 20 != end:
        return None
    values = [str(int.from_bytes(data[i : i + 4], "big")) for i in range(at, end, 4)]
    return " ".join([str(primary), mailbox, *values])


def _texts(data: bytes, start: int, end: int) -> str | None:
    """Return the quoted strings of TXT."""
    found, at = [], start
    while at < end:
        after = at + 1 + data[at]
        if after > end:
            return None
        found.append(f'"{quoted(data[at + 1 : after])}"')
        at = after
    return " ".join(found)


def quoted(raw: bytes) -> str:
    r"""Return bytes as they stand between quotation marks in a zone file.

    Examples
    --------
    >>> print(quoted(b'say "a" \x07'))
    say \"a\" \007
    """
    return "".join(
        f"\\{chr(byte)}" if byte in b'"\\' else chr(byte) if 32 <= byte < 127 else f"\\{byte:03d}"
        for byte in raw
    )


def _authority(data: bytes, start: int, end: int) -> str | None:
    """Return flags, tag and value of CAA (RFC 8659, 4.1)."""
    if end - start < 2 or start + 2 + data[start + 1] > end:
        return None
    value = start + 2 + data[start + 1]
    tag = label_text(data[start + 2 : value])
    return f'{data[start]} {tag} "{quoted(data[value:end])}"'


def _digest(data: bytes, start: int, end: int) -> str | None:
    """Return the numbers and the digest of DS."""
    if end - start < 5:
        return None
    tag = data[start] << 8 | data[start + 1]
    return f"{tag} {data[start + 2]} {data[start + 3]} {data[start + 4 : end].hex()}"


def _signature(data: bytes, start: int, end: int) -> str | None:
    """Return type covered, algorithm, labels, TTL, times, key tag and signer of RRSIG."""
    signer, at, _ = read_name(data, start + 18)
    if end - start < 19 or signer is None or at > end:
        return None
    covered = type_name(data[start] << 8 | data[start + 1])
    numbers = [data[start + 2], data[start + 3]]
    numbers += [int.from_bytes(data[i : i + 4], "big") for i in (start + 4, start + 8, start + 12)]
    numbers.append(data[start + 16] << 8 | data[start + 17])
    return " ".join([covered, *map(str, numbers), signer])


def _service(data: bytes, start: int, end: int) -> str | None:
    """Return priority, target and parameters of SVCB and HTTPS (RFC 9460, 2.1)."""
    target, at, _ = read_name(data, start + 2)
    if end - start < 3 or target is None or at > end:
        return None
    words = [str(data[start] << 8 | data[start + 1]), target]
    while at + 4 <= end:
        key, length = data[at] << 8 | data[at + 1], data[at + 2] << 8 | data[at + 3]
        body = data[at + 4 : at + 4 + length]
        at += 4 + length
        if at > end:
            return None
        words.append(_parameter(key, body))
    return " ".join(words) if at == end else None


def _parameter(key: int, body: bytes) -> str:
    """Return one service parameter."""
    name = SERVICE_KEYS[key] if key < len(SERVICE_KEYS) else f"key{key}"
    text = None
    if name == "alpn":
        text = _protocols(body)
    elif name == "port" and len(body) == 2:
        text = str(int.from_bytes(body, "big"))
    elif name in {"ipv4hint", "ipv6hint"}:
        size = 4 if name == "ipv4hint" else 16
        pieces = [body[i : i + size] for i in range(0, len(body), size)]
        if body and not len(body) % size:
            text = ",".join(str(ipaddress.ip_address(piece)) for piece in pieces)
    elif name == "ech":
        text = base64.b64encode(body).decode("ascii")
    elif name == "no-default-alpn" and not body:
        return name
    return f"{name}={text}" if text is not None else f"key{key}={quoted(body)}"


def _protocols(body: bytes) -> str | None:
    """Return the names in an ALPN parameter, or None where they do not fill it."""
    names, at = [], 0
    while at < len(body):
        end = at + 1 + body[at]
        names.append(quoted(body[at + 1 : end]))
        at = end
    return ",".join(names) if at == len(body) else None


FORMS: dict[int, Callable[[bytes, int, int], str | None]] = {
    1: lambda data, start, end: _address(data, start, end) if end - start == 4 else None,
    2: _name,
    5: _name,
    6: _start_of_authority,
    12: _name,
    15: _numbered_name(1),
    16: _texts,
    28: lambda data, start, end: _address(data, start, end) if end - start == 16 else None,
    33: _numbered_name(3),
    39: _name,
    43: _digest,
    46: _signature,
    64: _service,
    65: _service,
    99: _texts,
    257: _authority,
}
_ANY_CLASS = frozenset({2, 5, 6, 12, 15, 16})

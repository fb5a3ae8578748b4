"""Extensions of TLS hellos: the list, and what is in those that say something about a connection.

Every function takes what is there, stops where it ends, and appends to `problems` why it stopped.
"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.traffic.messages.fields import numbers, shown

Extensions = tuple[tuple[int, bytes], ...]
"""Type and body of each extension in the order sent; the last body may be cut."""


@dataclass(frozen=True, slots=True)
class Name:
    """The host name in a server name extension (RFC 6066, 3).

    Parameters
    ----------
    raw : bytes
        The name; empty where it is not whole.
    offset : int
        Of its first byte within the extension's body; -1 where the body ends before it.
    """

    raw: bytes = b""
    offset: int = -1


def walk_extensions(
    data: bytes, start: int, end: int, problems: list[str]
) -> tuple[Extensions, tuple[int, ...]]:
    """Read the extensions between two offsets.

    Parameters
    ----------
    data : bytes
        A handshake message, perhaps cut.
    start, end : int
        First byte of the first extension; one past the last, as announced.
    problems : list of str
        Reasons are appended.

    Returns
    -------
    tuple
        The extensions, and the offset of each one's body.
    """
    stop = min(end, len(data))
    found: list[tuple[int, bytes]] = []
    bodies: list[int] = []
    at = start
    while at + 4 <= stop:
        kind = data[at] << 8 | data[at + 1]
        body = at + 4
        at = body + (data[at + 2] << 8 | data[at + 3])
        found.append((kind, data[body : min(at, stop)]))
        bodies.append(body)
    if at > stop and found:
        held = len(found[-1][1])
        problems.append(f"extension {found[-1][0]} cut after {held} of {at - bodies[-1]} bytes")
    elif stop - at > 0:
        problems.append(f"extension header cut after {stop - at} bytes")
    return tuple(found), tuple(bodies)


def read_server_name(body: bytes, problems: list[str]) -> Name:
    """Return the first host name of a server name extension.

    Examples
    --------
    >>> read_server_name(bytes.fromhex("0006 00 0003") + b"a.b", [])
    Name(raw=b'a.b', offset=5)
    """
    size = len(body)
    if not size:
        return Name()
    at = 2
    while at + 3 <= size:
        length = body[at + 1] << 8 | body[at + 2]
        if body[at] == 0:
            raw = body[at + 3 : at + 3 + length]
            if len(raw) < length:
                problems.append(f"server name cut after {len(raw)} of {length} bytes")
                return Name(b"", at + 3 if raw else -1)
            if (body[0] << 8 | body[1]) != size - 2:
                problems.append("server name list and extension differ in length")
            return Name(raw, at + 3)
        at += 3 + length
    problems.append("server name extension without a host name")
    return Name()


def read_protocols(body: bytes, problems: list[str]) -> tuple[str, ...]:
    """Return the names in an ALPN extension (RFC 7301, 3.1), those that are whole.

    Examples
    --------
    >>> read_protocols(bytes.fromhex("0003 02") + b"h2", [])
    ('h2',)
    """
    found: list[str] = []
    at, size = 2, len(body)
    while at < size:
        end = at + 1 + body[at]
        if end > size:
            problems.append(f"ALPN cut after {len(found)} names")
            break
        found.append(shown(body[at + 1 : end]))
        at = end
    return tuple(found)


def read_numbers(
    body: bytes, problems: list[str], *, counted_by: int, what: str
) -> tuple[int, ...]:
    """Return a list of 16-bit numbers behind its length, as far as it is there.

    Parameters
    ----------
    body : bytes
        Of the extension.
    problems : list of str
        Reasons are appended.
    counted_by : int
        Bytes of the length field.
    what : str
        Name of the list for a reason.

    Returns
    -------
    tuple of int
    """
    length = int.from_bytes(body[:counted_by], "big")
    raw = body[counted_by : counted_by + length]
    if len(raw) < length or length & 1:
        problems.append(f"list of {what} is cut or of odd length")
    return numbers(raw)


def read_key_shares(body: bytes, problems: list[str]) -> tuple[tuple[int, int], ...]:
    """Return group and length in bytes of each key share of a client (RFC 8446, 4.2.8).

    Examples
    --------
    >>> read_key_shares(bytes.fromhex("0024 001d 0020") + bytes(32), [])
    ((29, 32),)
    """
    found = []
    at, size = 2, len(body)
    while at + 4 <= size:
        length = body[at + 2] << 8 | body[at + 3]
        found.append((body[at] << 8 | body[at + 1], length))
        at += 4 + length
    if at != size and size:
        problems.append(f"key shares cut after {len(found)}")
    return tuple(found)


def duplicates(extensions: Extensions) -> tuple[int, ...]:
    """Return the types that occur more than once, which RFC 8446, 4.2, forbids.

    Examples
    --------
    >>> duplicates(((0, b""), (16, b""), (0, b"")))
    (0,)
    """
    types = [kind for kind, _ in extensions]
    if len(set(types)) == len(types):
        return ()
    seen: set[int] = set()
    again = {kind for kind in types if kind in seen or seen.add(kind)}  # type: ignore[func-returns-value]
    return tuple(sorted(again))

"""Names and type numbers of DNS messages (RFC 1035, 3.1 and 4.1.4)."""

from __future__ import annotations

LONGEST_NAME = 255
POINTERS = 64
"""Pointers followed for one name; a name in 255 bytes needs fewer in any honest message."""

_SPECIAL = frozenset(b'.\\"();@$')

TYPES = {
    1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 13: "HINFO", 15: "MX", 16: "TXT", 24: "SIG",
    25: "KEY", 28: "AAAA", 29: "LOC", 33: "SRV", 35: "NAPTR", 39: "DNAME", 41: "OPT", 43: "DS",
    44: "SSHFP", 46: "RRSIG", 47: "NSEC", 48: "DNSKEY", 50: "NSEC3", 51: "NSEC3PARAM", 52: "TLSA",
    64: "SVCB", 65: "HTTPS", 99: "SPF", 249: "TKEY", 250: "TSIG", 251: "IXFR", 252: "AXFR",
    255: "ANY", 256: "URI", 257: "CAA",
}  # fmt: skip


def type_name(kind: int) -> str:
    """Return what a record type is called.

    Examples
    --------
    >>> type_name(65), type_name(999)
    ('HTTPS', 'TYPE999')
    """
    return TYPES.get(kind, f"TYPE{kind}")


def read_name(data: bytes, at: int) -> tuple[str | None, int, str]:
    r"""Read a name, compressed or not.

    Parameters
    ----------
    data : bytes
        The whole message, in which pointers lead.
    at : int
        First byte of the name.

    Returns
    -------
    tuple
        The name without its final dot ("." for the root), special characters escaped as zone files
        do (RFC 4343, 2.1), or None; where reading goes on; and why there is no name.

    Examples
    --------
    >>> read_name(b"\1a\3org\0 \1b\xc0\2", 8)
    ('b.org', 12, '')
    """
    labels: list[str] = []
    after = -1
    total = 1
    size, pointers, lowest = len(data), 0, at
    while True:
        if at >= size:
            return None, size, "name cut"
        length = data[at]
        if length >= 0xC0:
            if at + 2 > size:
                return None, size, "pointer cut"
            target = (length & 0x3F) << 8 | data[at + 1]
            after = after if after >= 0 else at + 2
            pointers += 1
            if target >= lowest or pointers > POINTERS:
                return None, after, "pointer that leads nowhere"
            at = lowest = target
        elif length >= 0x40:
            return None, at, "label of no known kind"
        elif length:
            total += length + 1
            if total > LONGEST_NAME:
                return None, at, f"name longer than {LONGEST_NAME} bytes"
            if at + 1 + length > size:
                return None, size, "name cut"
            labels.append(label_text(data[at + 1 : at + 1 + length]))
            at += 1 + length
        else:
            return ".".join(labels) or ".", after if after >= 0 else at + 1, ""


def label_text(raw: bytes) -> str:
    r"""Return a label as zone files write it.

    Examples
    --------
    >>> print(label_text(b"www"), label_text(b"a.b"), label_text(b"\xff "))
    www a\.b \255\032
    """
    if raw.isalnum():
        return raw.decode("ascii")
    return "".join(
        [
            f"\\{byte:03d}"
            if not 32 < byte < 127
            else f"\\{chr(byte)}"
            if byte in _SPECIAL
            else chr(byte)
            for byte in raw
        ]
    )

"""Words of a command: options with values that are safe to hand to any program."""

from __future__ import annotations

import re

from workbench.evasion.strategy import Payload
from workbench.evasion.values import FLAG_BITS

#: Longest payload written out in a command.
MAX_BYTES = 9216
_HOST = re.compile(r"[0-9A-Za-z_][0-9A-Za-z._-]{0,252}")


def option(name: str, value: object = None) -> list[str]:
    """Return an option as a list of one word; the shell's quotes are put on later.

    Examples
    --------
    >>> option("dpi-desync", "fake"), option("hostcase")
    (['--dpi-desync=fake'], ['--hostcase'])
    """
    return [f"--{name}" if value is None else f"--{name}={value}"]


def is_host(text: str) -> bool:
    """Return whether a text can be said as a host name: letters, digits, dots, dashes."""
    return _HOST.fullmatch(text) is not None


def is_path(text: str) -> bool:
    """Return whether a file name can be said: printable, and not an option of its own."""
    return bool(text) and text.isprintable() and len(text) <= 4096


def file_or_hex(payload: Payload) -> str | None:
    r"""Return a payload as zapret writes it, or nothing where it cannot.

    Examples
    --------
    >>> file_or_hex(Payload("bytes", data=b"\x16\x03")), file_or_hex(Payload("file", name="a b"))
    ('0x1603', '@a b')
    """
    if payload.kind == "bytes" and 0 < len(payload.data or b"") <= MAX_BYTES and not payload.offset:
        return f"0x{(payload.data or b'').hex()}"
    if payload.kind == "file" and is_path(payload.name):
        return f"+{payload.offset}@{payload.name}" if payload.offset else f"@{payload.name}"
    return None


def flag_names(bits: int) -> str:
    """Return TCP flags as a list of zapret's names.

    Examples
    --------
    >>> flag_names(17)
    'FIN,ACK'
    """
    return ",".join(name for name, bit in FLAG_BITS.items() if bits & bit)

"""Text with C's backslash escapes into bytes, and back, as byedpi takes it."""

from __future__ import annotations

import re

from workbench.errors import ParameterError

_LETTERS = {"r": 13, "n": 10, "t": 9, "\\": 92, "f": 12, "b": 8, "v": 11, "a": 7}
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3})|([rnt\\fbva]))")


def unescaped(name: str, text: str) -> bytes:
    r"""Return the bytes that a text stands for.

    Parameters
    ----------
    name : str
        Option, for messages.
    text : str
        With ``\n``, ``\x16``, ``\026`` and the like.

    Returns
    -------
    bytes

    Raises
    ------
    ParameterError
        If a backslash begins nothing that is known, or the text is empty.

    Examples
    --------
    >>> unescaped("--fake-data", "\\x16\\x03")
    b'\x16\x03'
    """
    made = bytearray()
    at = 0
    while at < len(text):
        if text[at] != "\\":
            made += text[at].encode("utf-8", "surrogateescape")
            at += 1
            continue
        found = _ESCAPE.match(text, at)
        if found is None:
            raise ParameterError.not_understood(name, text, "escapes such as \\n, \\x16 or \\026")
        code, octal, letter = found.groups()
        made.append(int(code, 16) if code else int(octal, 8) & 255 if octal else _LETTERS[letter])
        at = found.end()
    if not made:
        raise ParameterError.not_understood(name, text, "at least one byte")
    return bytes(made)


def escaped(data: bytes) -> str:
    r"""Return text that stands for bytes, letters, digits and dots as they are.

    Examples
    --------
    >>> escaped(b"a\x00")
    'a\\x00'
    """
    plain = re.compile(r"[0-9A-Za-z.]")
    return "".join(chr(one) if plain.fullmatch(chr(one)) else f"\\x{one:02x}" for one in data)

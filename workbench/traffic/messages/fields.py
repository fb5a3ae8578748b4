"""Small readings that every message parser shares: number lists, GREASE, text that is safe."""

from __future__ import annotations

from functools import lru_cache
from struct import Struct

GREASE = frozenset(0x0A0A + 0x1010 * step for step in range(16))
"""Values that clients send so that servers keep ignoring what they do not know (RFC 8701, 2)."""

SHOWN_PROBLEMS = 16
"""Reasons kept of one message; one more says that there were others."""


@lru_cache(maxsize=512)
def _list_of(count: int) -> Struct:
    """Return the layout of `count` numbers of two bytes."""
    return Struct(f">{count}H")


def numbers(raw: bytes) -> tuple[int, ...]:
    """Return the 16-bit numbers that `raw` consists of; an odd last byte is left out.

    Parameters
    ----------
    raw : bytes
        Numbers in network byte order.

    Returns
    -------
    tuple of int

    Examples
    --------
    >>> numbers(bytes.fromhex("c02b1301"))
    (49195, 4865)
    """
    return _list_of(len(raw) >> 1).unpack_from(raw)


def without_grease(values: tuple[int, ...]) -> tuple[int, ...]:
    """Return the values in their order, less those of RFC 8701.

    Examples
    --------
    >>> without_grease((0x2A2A, 0x1301))
    (4865,)
    """
    return tuple([value for value in values if value not in GREASE])


def shown(raw: bytes) -> str:
    r"""Return bytes as ASCII text in which everything else is escaped, the backslash too.

    Two different inputs never look the same, and no terminal or page can be steered by the result.

    Parameters
    ----------
    raw : bytes
        As it was sent.

    Returns
    -------
    str

    Examples
    --------
    >>> print(shown(b"example.org"), shown(b"caf\xc3\xa9\x1b["))
    example.org caf\xc3\xa9\x1b[
    """
    if raw.isascii():
        text = raw.decode("ascii")
        if text.isprintable() and "\\" not in text:
            return text
    return "".join(
        chr(byte) if 32 <= byte < 127 and byte != 92 else f"\\x{byte:02x}" for byte in raw
    )


def shortened(text: str, limit: int = 120) -> str:
    """Return a text of at most `limit` characters, its end replaced by an ellipsis where longer.

    Examples
    --------
    >>> shortened("a long sentence", 8)
    'a long …'
    """
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def kept(problems: list[str]) -> tuple[str, ...]:
    """Return the reasons, the first of them and a count where there are many.

    Examples
    --------
    >>> kept(["cut"])
    ('cut',)
    >>> kept(["cut"] * 100)[-1]
    'and 84 more problems'
    """
    if len(problems) <= SHOWN_PROBLEMS:
        return tuple(problems)
    left = len(problems) - SHOWN_PROBLEMS
    return (*problems[:SHOWN_PROBLEMS], f"and {left} more problems")

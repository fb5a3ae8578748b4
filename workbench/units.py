"""Text for times, durations, sizes and foreign names, and the way back.

A moment or a duration is a whole number of nanoseconds everywhere in this package, so nothing here
goes through a float: what was captured to the nanosecond is shown and parsed to the nanosecond.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from workbench.errors import ParameterError

NS_PER_SECOND = 1_000_000_000
INT64_MIN = -(2**63)
INT64_MAX = 2**63 - 1

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DURATION_NS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": NS_PER_SECOND,
    "min": 60 * NS_PER_SECOND,
    "m": 60 * NS_PER_SECOND,
    "h": 3_600 * NS_PER_SECOND,
    "d": 86_400 * NS_PER_SECOND,
}
_DURATION_PART = re.compile(r"([0-9]+)(?:\.([0-9]+))?\s*([a-zµμ]+)\s*")
_SECONDS = re.compile(r"(-?)([0-9]+)(?:\.([0-9]{1,9}))?")
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ]([0-9]{2}:[0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?)?"
    r"\s*(Z|z|[+-][0-9]{2}:?[0-9]{2})?"
)
_TIME_EXAMPLE = "a time such as 2026-11-21T08:30:00.123456789Z, or seconds since 1970"
_DURATION_EXAMPLE = "a duration such as 1.5s, 250ms, 1500ns or 1h30m"

# Characters that `str.isprintable` lets pass although nothing, or nothing of their own, is seen.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
_NAMED_ESCAPES = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}


def printable(text: str | bytes, limit: int = 200) -> str:
    r"""Return text from a capture or a file so that a terminal shows it and obeys none of it.

    Control characters, bidirectional and zero-width marks, lone surrogates, odd spaces and bytes
    that are no UTF-8 become visible escapes; what is too long is cut, with an ellipsis.

    Parameters
    ----------
    text : str or bytes
        What to show; bytes are taken as UTF-8.
    limit : int
        Longest result, in characters, at least 1.

    Returns
    -------
    str
        One line, at most `limit` characters.

    Raises
    ------
    ParameterError
        If `limit` is less than 1.

    Examples
    --------
    >>> print(printable("evil\x1b[2J\u202egpj.exe"))
    evil\x1b[2J\u202egpj.exe
    >>> print(printable(b"caf\xc3\xa9 \xff", limit=6))
    café …
    """
    if limit < 1:
        raise ParameterError.out_of_range("limit", limit, 1, "any length")
    head = text[: 4 * limit + 4]
    shown = head if isinstance(head, str) else head.decode("utf-8", "surrogateescape")
    if len(shown) <= limit and shown.isprintable() and not _INVISIBLE.search(shown):
        return shown
    return _joined([_escaped(char) for char in shown[: limit + 1]], limit)


def _escaped(char: str) -> str:
    """Return one character, as an escape if it would not be seen as itself."""
    if char.isprintable() and not _INVISIBLE.match(char):
        return char
    code = ord(char)
    # A byte that is no UTF-8 arrives as one of these lone surrogates, in file names too.
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00
    if code < 0x100:
        return _NAMED_ESCAPES.get(char, f"\\x{code:02x}")
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _joined(pieces: list[str], limit: int) -> str:
    """Return whole pieces up to `limit` characters, with an ellipsis where some are left out."""
    whole = "".join(pieces)
    if len(whole) <= limit:
        return whole
    kept, length = [], 0
    for piece in pieces:
        length += len(piece)
        if length > limit - 1:
            break
        kept.append(piece)
    return "".join(kept) + "…"


def format_bytes(n: int) -> str:
    """Return a byte count for people, in powers of 1024.

    Parameters
    ----------
    n : int
        Number of bytes.

    Returns
    -------
    str
        One decimal from a KiB on.

    Examples
    --------
    >>> format_bytes(999), format_bytes(1536), format_bytes(2**20 - 1)
    ('999 B', '1.5 KiB', '1.0 MiB')
    """
    size, units = abs(int(n)), ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    sign = "-" if n < 0 else ""
    if size < 1024:
        return f"{sign}{size} B"
    tenths, unit = (size * 10 + 512) // 1024, units.pop(0)
    while tenths >= 10_240 and units:
        size //= 1024
        tenths, unit = (size * 10 + 512) // 1024, units.pop(0)
    return f"{sign}{tenths // 10:,}.{tenths % 10} {unit}"


def format_duration_ns(n: int) -> str:
    """Return a duration for people, to three digits.

    Parameters
    ----------
    n : int
        Duration in nanoseconds.

    Returns
    -------
    str
        A number with a unit below a minute, two units from a minute on.

    Examples
    --------
    >>> format_duration_ns(1_500), format_duration_ns(42_370_000), format_duration_ns(0)
    ('1.5 µs', '42.4 ms', '0 ns')
    >>> format_duration_ns(3 * 3_600 * 10**9 + 5 * 60 * 10**9)
    '3 h 5 min'
    """
    sign, size = ("-", -int(n)) if n < 0 else ("", int(n))
    seconds = (size + NS_PER_SECOND // 2) // NS_PER_SECOND
    if seconds >= 60:
        return sign + _long_duration(seconds)
    units = (("ns", 1), ("µs", 1_000), ("ms", 1_000_000), ("s", NS_PER_SECOND))
    # 999.6 µs rounds to 1000: the next unit takes over where three digits would become four.
    unit, scale = next((pair for pair in units[:-1] if 2 * size < 1999 * pair[1]), units[-1])
    return f"{sign}{size / scale:.3g} {unit}"


def _long_duration(seconds: int) -> str:
    """Return whole seconds, a minute or more, in their two largest units."""
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    parts = ((days, "d"), (hour, "h"), (minute, "min"), (second, "s"))
    first = next(index for index, (count, _) in enumerate(parts) if count)
    return " ".join(f"{count:,} {unit}" for count, unit in parts[first : first + 2] if count)


def format_time_ns(n: int) -> str:
    """Return a moment as UTC in ISO 8601 with all nine decimals.

    Parameters
    ----------
    n : int
        Nanoseconds since 1970-01-01 UTC.

    Returns
    -------
    str
        The moment, or the bare number with its unit outside the years 1 to 9999.

    Examples
    --------
    >>> format_time_ns(1_700_000_000_123_456_789)
    '2023-11-14T22:13:20.123456789Z'
    """
    seconds, fraction = divmod(int(n), NS_PER_SECOND)
    try:
        moment = _EPOCH.replace(tzinfo=None) + timedelta(seconds=seconds)
    except OverflowError:
        return f"{int(n)} ns since 1970"
    return f"{moment.isoformat()}.{fraction:09d}Z"


def parse_time_ns(text: str) -> int:
    """Return the moment that a text names.

    Parameters
    ----------
    text : str
        ISO 8601 date, or date and time, with up to nine decimals (UTC unless an offset is given),
        or seconds since 1970 with up to nine decimals.

    Returns
    -------
    int
        Nanoseconds since 1970-01-01 UTC, within int64.

    Raises
    ------
    ParameterError
        If the text is neither, or the moment does not fit.

    Examples
    --------
    >>> parse_time_ns("2023-11-14T22:13:20.000000001Z")
    1700000000000000001
    >>> parse_time_ns("1700000000.5")
    1700000000500000000
    """
    stripped = text.strip()
    if plain := _SECONDS.fullmatch(stripped):
        sign, whole, fraction = plain.groups()
        size = _in_ns(whole, fraction, NS_PER_SECOND)
        return _within_int64("time", text, -size if sign else size)
    if moment := _MOMENT.fullmatch(stripped):
        day, clock, second, fraction, offset = moment.groups()
        stamp = f"{day}T{clock or '00:00'}:{second or '00'}{(offset or 'Z').upper()}"
        try:
            since = datetime.fromisoformat(stamp) - _EPOCH
        except (ValueError, OverflowError):
            raise ParameterError.not_understood("time", text, _TIME_EXAMPLE) from None
        seconds = since.days * 86_400 + since.seconds
        total = seconds * NS_PER_SECOND + _in_ns("0", fraction, NS_PER_SECOND)
        return _within_int64("time", text, total)
    raise ParameterError.not_understood("time", text, _TIME_EXAMPLE)


def parse_duration_ns(text: str) -> int:
    """Return the duration that a text names.

    Parameters
    ----------
    text : str
        Numbers with units (ns, us, ms, s, m or min, h, d), one after the other, after an optional
        sign; a bare 0 needs no unit.

    Returns
    -------
    int
        Nanoseconds, within int64.

    Raises
    ------
    ParameterError
        If the text has another form, is finer than a nanosecond, or does not fit.

    Examples
    --------
    >>> parse_duration_ns("1.5s"), parse_duration_ns("-250 ms"), parse_duration_ns("1h30m")
    (1500000000, -250000000, 5400000000000)
    """
    stripped = text.strip()
    sign = -1 if stripped.startswith("-") else 1
    rest = stripped.removeprefix("-" if sign < 0 else "+").strip()
    if rest == "0":
        return 0
    total, position = 0, 0
    while part := _DURATION_PART.match(rest, position):
        whole, fraction, unit = part.groups()
        scale = _DURATION_NS.get(unit, 0)
        size = _in_ns(whole, fraction, scale)
        if not scale or size < 0:
            break
        total, position = total + size, part.end()
    if not rest or position < len(rest):
        raise ParameterError.not_understood("duration", text, _DURATION_EXAMPLE)
    return _within_int64("duration", text, sign * total)


def _in_ns(whole: str, fraction: str | None, scale: int) -> int:
    """Return a decimal number of `scale` nanoseconds exactly, or -1 if it is finer than one."""
    # Longer numbers cannot fit, and the interpreter refuses to convert very long ones.
    if len(whole) > 30 or len(fraction or "") > 30:
        return INT64_MAX + 1
    digits = fraction or ""
    numerator, divisor = int(whole + digits) * scale, 10 ** len(digits)
    return -1 if numerator % divisor else numerator // divisor


def _within_int64(name: str, text: str, value: int) -> int:
    """Return `value` if an int64 holds it, else raise for `text`."""
    if not INT64_MIN <= value <= INT64_MAX:
        raise ParameterError.out_of_range(name, text, f"{INT64_MIN} ns", f"{INT64_MAX} ns")
    return value

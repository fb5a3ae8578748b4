"""What came of one request: a word, how long it took, how much arrived.

The words are those of the recorded cases: `success`, `timeout`, `reset`, `tls-error`,
`connect-fail`, `cert-error`, `partial`, `empty`, `http-NNN`.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, Final

from workbench.units import NS_PER_SECOND, printable

WORDS: Final = (
    "success", "timeout", "reset", "tls-error", "connect-fail", "cert-error", "partial", "empty",
    "failed",
)  # fmt: skip
"""All but ``http-NNN``. ``failed``: the client ended in a way that says nothing about the path."""
UNTOLD: Final = "failed"
RESOLVE, CONNECT, PARTIAL, TIMED_OUT, TLS, EMPTY, SEND, RECEIVE, CERTIFICATE = (
    6, 7, 18, 28, 35, 52, 55, 56, 60,
)  # fmt: skip
"""Exit codes of curl."""
RESETS = ("connection reset", "connection was reset", "broken pipe")
LONGEST_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one request.

    Parameters
    ----------
    word : str
        One of `WORDS`, or ``http-`` and a status.
    first_byte_ns : int
        From the start of the client to the first byte of the answer; -1 where none came.
    total_ns : int
        To its end.
    body_bytes : int
        Of the answer.
    status : int
        Of HTTP, 0 for none.
    said : str
        What the client said of a failure.
    """

    word: str
    first_byte_ns: int = -1
    total_ns: int = 0
    body_bytes: int = 0
    status: int = 0
    said: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether the whole answer arrived."""
        return self.word == "success"


def is_word(text: str) -> bool:
    """Tell whether a text is a word for an outcome.

    Parameters
    ----------
    text : str
        The text.

    Returns
    -------
    bool
        Whether it is.

    Examples
    --------
    >>> is_word("reset"), is_word("http-404"), is_word("http-4")
    (True, True, False)
    """
    status = text.removeprefix("http-")
    return text in WORDS or (text != status and len(status) == 3 and status.isdecimal())


def of_curl(code: int, written: str, error: str = "") -> Outcome:
    """Return what came of a request that curl made.

    Parameters
    ----------
    code : int
        curl's exit code; negative where a signal ended it.
    written : str
        What ``--write-out '%{json}'`` wrote; anything else leaves numbers unknown.
    error : str
        What curl said on standard error.

    Returns
    -------
    Outcome
        A body that stops is `partial`, whatever stopped it.

    Examples
    --------
    >>> of_curl(0, '{"http_code": 200, "size_download": 540, "time_total": 0.065}').word
    'success'
    >>> of_curl(35, "{}", "curl: (35) OpenSSL SSL_connect: Connection reset by peer").word
    'reset'
    """
    facts = _facts(written)
    status, size = _count(facts, "http_code"), _count(facts, "size_download")
    said = str(facts.get("errormsg") or error).strip() if code else ""
    first = _time(facts, "time_starttransfer") if status else 0
    return Outcome(
        _word(code, status, size, said.lower()),
        first or -1,
        _time(facts, "time_total"),
        size,
        status,
        printable(said, 200),
    )


def told(word: str) -> str:
    """Return a word for an outcome that a client's own word stands for.

    Parameters
    ----------
    word : str
        What was made of the client's exit code.

    Returns
    -------
    str
        The word, `UNTOLD` where it is none for an outcome.

    Examples
    --------
    >>> told("reset"), told("curl-5")
    ('reset', 'failed')
    """
    return word if is_word(word) else UNTOLD


def _word(code: int, status: int, size: int, said: str) -> str:
    """Return the word for curl's exit code."""
    if code == 0:
        return "success" if status == 0 or 200 <= status < 400 else f"http-{min(status, 999):03}"
    if code == PARTIAL or (status and size and code in {TIMED_OUT, RECEIVE}):
        return "partial"
    if code in {TLS, RECEIVE, SEND}:
        reset = any(one in said for one in RESETS)
        return "reset" if reset else "tls-error" if code == TLS else "failed"
    words = {
        TIMED_OUT: "timeout",
        CONNECT: "connect-fail",
        CERTIFICATE: "cert-error",
        EMPTY: "empty",
    }
    return words.get(code, "failed")


def _facts(written: str) -> dict[str, Any]:
    """Return what curl wrote, nothing where that is no object."""
    try:
        found = json.loads(written)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _number(facts: dict[str, Any], name: str) -> float:
    """Return a number that is one, else 0."""
    value = facts.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return 0
    return max(float(value), 0)


def _count(facts: dict[str, Any], name: str) -> int:
    """Return a count."""
    return int(min(_number(facts, name), 1 << 53))


def _time(facts: dict[str, Any], name: str) -> int:
    """Return a time that curl gave in seconds."""
    return round(min(_number(facts, name), LONGEST_S) * NS_PER_SECOND)

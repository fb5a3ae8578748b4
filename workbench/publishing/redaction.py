"""What must not leave this machine in a page, a results file or a log: home paths, tokens, keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

REMOVED = "[removed]"

_SECRETS = (
    # TLS secrets as browsers log them: label, client random, secret.
    re.compile(
        r"\b((?:[A-Z]+_)+(?:RANDOM|SECRET(?:_\d+)?)[ \t]+)[0-9A-Fa-f]{32,}[ \t]+[0-9A-Fa-f]{32,}"
    ),
    re.compile(
        r"(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
    ),
    re.compile(
        r"(?i)\b((?:proxy-)?authorization\s*[:=]\s*(?:basic|bearer|digest|negotiate)\s+)"
        r"[^\s'\"<>&]+"
    ),
    re.compile(
        r"(?i)((?:token|passw(?:or)?d|passphrase|secret|api[_-]?key)[\"']?\s*[:=]\s*[\"']?)"
        r"[^\s'\"<>&;,]+"
    ),
    re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://[^\s/:@'\"<>]+:)[^\s/@'\"<>]+(?=@)"),
)  # fmt: skip
#: Values that hold no words but a lot of data.
_OPAQUE_KEYS = frozenset({"bdata", "image/png"})


def redact(text: str, home: Path | None = None) -> str:
    """Return text without home folders, tokens, passwords and key material.

    Parameters
    ----------
    text : str
        Anything that is about to be written.
    home : pathlib.Path, optional
        Folder that becomes ``~``; the user's own by default.

    Returns
    -------
    str
        The same text where nothing was found.

    Examples
    --------
    >>> redact("/home/ann/a.pcap?token=abc", Path("/home/ann"))
    '~/a.pcap?token=[removed]'
    """
    for pattern in _SECRETS:
        text = pattern.sub(rf"\1{REMOVED}", text)
    folder = str(home or _home()).rstrip("/\\")
    if not folder:
        return text
    # Not where it is the middle of a longer path, nor the beginning of another name.
    return re.sub(rf"(?<![\w.~-]){re.escape(folder)}(?![\w.-])", "~", text)


def redact_all(value: Any, home: Path | None = None) -> Any:
    """Return a JSON value with every text in it redacted, keys included.

    Parameters
    ----------
    value : object
        Mappings, lists, texts and numbers.
    home : pathlib.Path, optional
        See `redact`.

    Returns
    -------
    object
        A copy; images and packed numbers are left as they are.

    Examples
    --------
    >>> redact_all({"path": ["/home/ann/x"]}, Path("/home/ann"))
    {'path': ['~/x']}
    """
    if isinstance(value, str):
        return redact(value, home)
    if isinstance(value, Mapping):
        return {
            redact(str(key), home): item if key in _OPAQUE_KEYS else redact_all(item, home)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [redact_all(item, home) for item in value]
    return value


def _home() -> Path:
    """Return the user's home folder, or the root where there is none."""
    try:
        return Path.home()
    except RuntimeError:
        return Path("/")

"""Log lines on standard error: for people, or as JSON for machines; never with a secret in them."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import IO, Literal, get_args

from workbench.errors import ParameterError
from workbench.publishing.redaction import redact, redact_all
from workbench.units import printable

Format = Literal["text", "json"]

_LINE_CHARACTERS = 2_000
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class TextLines(logging.Formatter):
    """A record as text: its message, after its level where that matters."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, control characters shown and secrets removed."""
        level = f"{record.levelname.lower()}: " if record.levelno >= logging.WARNING else ""
        text = level + record.getMessage()
        if record.exc_info:
            text += f"\n{self.formatException(record.exc_info)}"
        # Line breaks stay: a forged line can only follow one that names where it comes from.
        return "\n".join(printable(line, _LINE_CHARACTERS) for line in redact(text).split("\n"))


class JsonLines(logging.Formatter):
    """A record as one JSON object in one line, with whatever ``extra`` it was given."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the object: time, level, logger, message, then extras."""
        moment = datetime.fromtimestamp(record.created, UTC)
        entry: dict[str, object] = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        extras = {key: value for key, value in vars(record).items() if key not in _OWN}
        entry |= {key: value for key, value in extras.items() if key not in entry}
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(redact_all(entry), default=str)


def configure_logs(
    style: Format = "text", *, debug: bool = False, stream: IO[str] | None = None
) -> logging.Logger:
    """Send this package's log records to standard error.

    Parameters
    ----------
    style : {"text", "json"}
        A line for people, or a JSON object a line.
    debug : bool
        Whether to write details and tracebacks too.
    stream : file object, optional
        Where to write instead of standard error.

    Returns
    -------
    logging.Logger
        The package's logger; calling again replaces the earlier choice.

    Raises
    ------
    ParameterError
        If there is no such style.
    """
    if style not in get_args(Format):
        raise ParameterError.not_among("log format", style, get_args(Format))
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if style == "json" else TextLines())
    logger = logging.getLogger("workbench")
    for old in list(logger.handlers):
        logger.removeHandler(old)
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG if debug else logging.INFO)
    logger.propagate = False
    return logger


def writes_json() -> bool:
    """Return whether this package's log lines are JSON objects at present."""
    handlers = logging.getLogger("workbench").handlers
    return any(isinstance(handler.formatter, JsonLines) for handler in handlers)

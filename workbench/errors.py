"""Every error this package raises on purpose.

The tree, with the built-in that each class also is::

    WorkbenchError                    Exception
    ├── InputError                    ValueError     what was given cannot be used
    │   ├── CaptureError              ValueError     a file is no readable capture
    │   ├── LimitError                ValueError     a bound that protects the machine was hit
    │   ├── FilterError               ValueError     a filter expression cannot be understood
    │   ├── ColumnError               KeyError       a table has no such column
    │   └── ParameterError            ValueError     a parameter is unknown or has a wrong value
    ├── MissingExtraError             ImportError    an optional part is not installed
    ├── ReportError                   RuntimeError   a report could not be made
    └── OutputError                   OSError        a result could not be written

A message says what is wrong, where, and what would work. It is built in a class method, so that the
code that raises stays one line. Names and values go into it as ``repr`` shows them: control and
bidirectional characters of a hostile file name arrive as escapes, never raw.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Self

SHOWN_CHARACTERS = 200
SHOWN_CHOICES = 40


def _shown(value: object) -> str:
    """Return `value` quoted, escaped and short enough for a message."""
    text = repr(value) if isinstance(value, str | bytes | int | float) else repr(str(value))
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 1]}…"


def _listed(choices: Iterable[object]) -> str:
    """Return the choices as one line, the longest lists cut with a count of what is left."""
    every = [str(choice) for choice in choices]
    line = ", ".join(every[:SHOWN_CHOICES])
    left = len(every) - SHOWN_CHOICES
    return f"{line} and {left} more" if left > 0 else line or "none"


def _nearest(name: object, choices: Iterable[object]) -> str:
    """Return a sentence that offers the choice most like `name`, or nothing."""
    from difflib import get_close_matches

    found = get_close_matches(str(name), [str(choice) for choice in choices], n=1)
    return f" Did you mean {found[0]}?" if found else ""


def _reason(cause: BaseException | str) -> str:
    """Return why something failed, without the path that an operating system error repeats."""
    text = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
    return text if text.isprintable() else _shown(text)


class WorkbenchError(Exception):
    """Anything that stops this package from doing what it was asked, and that it foresaw.

    Parameters
    ----------
    message : str
        What is wrong, where, and what would work.

    Examples
    --------
    >>> try:
    ...     raise CaptureError.empty("nothing.pcap")
    ... except WorkbenchError as error:
    ...     print(error.exit_code, error)
    2 'nothing.pcap' is empty: a capture has at least a file header.
    """

    exit_code: ClassVar[int] = 2

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        # KeyError would show its argument through repr, OSError could add an errno.
        return self.message

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows: the sentence, for a person, without our frames."""
        return [f"{type(self).__name__}: {self.message}"]


class InputError(WorkbenchError, ValueError):
    """What was given cannot be used."""


class CaptureError(InputError):
    """A file cannot be read as a capture at all.

    A capture that is damaged but readable raises nothing: its ``problems`` table lists the damage.
    """

    @classmethod
    def missing(cls, name: object) -> Self:
        """Return the error for a path where nothing is."""
        return cls(f"{_shown(name)} does not exist: give the path of a pcap or pcapng file.")

    @classmethod
    def directory(cls, name: object) -> Self:
        """Return the error for a folder given in place of a file."""
        return cls(f"{_shown(name)} is a folder: give the capture files in it one by one.")

    @classmethod
    def unreadable(cls, name: object, cause: BaseException | str) -> Self:
        """Return the error for a file that the system refuses to hand over."""
        return cls(f"{_shown(name)} cannot be read ({_reason(cause)}).")

    @classmethod
    def empty(cls, name: object) -> Self:
        """Return the error for a file without a single byte."""
        return cls(f"{_shown(name)} is empty: a capture has at least a file header.")

    @classmethod
    def not_a_capture(cls, name: object, head: bytes) -> Self:
        """Return the error for a file that starts like no format known here."""
        return cls(
            f"{_shown(name)} is no capture: it starts with {_shown(bytes(head[:8]))}. Readable are "
            "pcap and pcapng, plain or within gzip, zstd, xz or lz4."
        )

    @classmethod
    def damaged(cls, name: object, offset: int, reason: str) -> Self:
        """Return the error for a file that breaks before its first packet can be read."""
        return cls(f"{_shown(name)} is damaged at byte {offset}: {_reason(reason)}.")

    @classmethod
    def changed(cls, name: object) -> Self:
        """Return the error for a file that was altered after it was opened."""
        return cls(f"{_shown(name)} changed while it was in use: read it again.")

    @classmethod
    def no_frame(cls, frame: object, count: int) -> Self:
        """Return the error for a frame number outside the capture."""
        return cls(f"there is no frame {_shown(frame)}: this capture has frames 1 to {count}.")

    @classmethod
    def no_connection(cls, connection: object, count: int) -> Self:
        """Return the error for a connection number outside the capture."""
        numbers = f"numbers 0 to {count - 1}" if count else "no connections"
        return cls(f"there is no connection {_shown(connection)}: this capture has {numbers}.")


class LimitError(InputError):
    """A bound that protects the machine was hit."""

    @classmethod
    def exceeded(cls, what: str, limit: object, setting: str) -> Self:
        """Return the error for a bound, with the environment variable that moves it."""
        return cls(f"{what} is more than the limit of {limit}: set {setting} to allow more.")


class FilterError(InputError):
    """A filter expression cannot be understood."""

    @classmethod
    def at(cls, text: str, position: int, expected: str) -> Self:
        """Return the error for an expression that goes wrong at `position`, counted from 0."""
        near = _shown(text[position : position + 20]) if position < len(text) else "its end"
        return cls(
            f"filter {_shown(text)} is not understood at character {position + 1}, {near}: "
            f"expected {expected}."
        )

    @classmethod
    def unknown_name(cls, name: str, known: Iterable[str]) -> Self:
        """Return the error for a field that packets do not have."""
        every = tuple(known)
        return cls(
            f"filter names {_shown(name)}, which is no field.{_nearest(name, every)} "
            f"Fields: {_listed(every)}."
        )


class ColumnError(InputError, KeyError):
    """A table has no such column."""

    @classmethod
    def unknown(cls, name: object, known: Iterable[str], table: str = "packet") -> Self:
        """Return the error for a column that is not there, with those that are."""
        every = tuple(known)
        return cls(
            f"the {table} table has no column {_shown(name)}.{_nearest(name, every)} "
            f"Columns: {_listed(every)}."
        )


class ParameterError(InputError):
    """A parameter is unknown, of the wrong type or out of range."""

    @classmethod
    def unknown(cls, name: object, known: Iterable[str], owner: str = "this call") -> Self:
        """Return the error for a parameter that nothing reads."""
        every = tuple(known)
        return cls(
            f"{owner} has no parameter {_shown(name)}.{_nearest(name, every)} "
            f"Parameters: {_listed(every)}."
        )

    @classmethod
    def missing(cls, name: str, owner: str = "this call") -> Self:
        """Return the error for a parameter that must be given and was not."""
        return cls(f"{owner} needs the parameter {_shown(name)}.")

    @classmethod
    def wrong_type(cls, name: str, value: object, expected: str) -> Self:
        """Return the error for a value of another type than the one expected."""
        kind = type(value).__name__
        return cls(f"parameter {name} must be {expected}, not {_shown(value)} ({kind}).")

    @classmethod
    def not_understood(cls, name: str, value: object, example: str) -> Self:
        """Return the error for a text that does not have the form asked for."""
        return cls(f"parameter {name}: {_shown(value)} is not understood. Give {example}.")

    @classmethod
    def not_among(cls, name: str, value: object, choices: Iterable[object]) -> Self:
        """Return the error for a value outside a list of choices."""
        every = tuple(choices)
        return cls(
            f"parameter {name} cannot be {_shown(value)}.{_nearest(value, every)} "
            f"Choices: {_listed(every)}."
        )

    @classmethod
    def out_of_range(cls, name: str, value: object, low: object, high: object) -> Self:
        """Return the error for a number outside its range, both ends included."""
        return cls(f"parameter {name} must be from {low} to {high}, not {_shown(value)}.")


class MissingExtraError(WorkbenchError, ImportError):
    """An optional part is not installed."""

    @classmethod
    def of(cls, module: str, extra: str, purpose: str) -> Self:
        """Return the error for a missing module, with the command that installs it."""
        return cls(f"{purpose} needs {module}: pip install 'workbench[{extra}]'.")


class ReportError(WorkbenchError, RuntimeError):
    """A report could not be made."""

    @classmethod
    def unknown(cls, name: object, known: Iterable[str]) -> Self:
        """Return the error for a report that no notebook makes."""
        every = tuple(known)
        return cls(
            f"there is no report {_shown(name)}.{_nearest(name, every)} Reports: {_listed(every)}."
        )

    @classmethod
    def cell_failed(cls, notebook: object, cell: int, cause: BaseException | str) -> Self:
        """Return the error for a notebook that stopped in a cell, counted from 1."""
        return cls(f"notebook {_shown(notebook)} failed in cell {cell}: {_reason(cause)}")

    @classmethod
    def too_slow(cls, notebook: object, limit_s: float) -> Self:
        """Return the error for a notebook that did not finish within its limit."""
        return cls(f"notebook {_shown(notebook)} did not finish within {limit_s:g} s.")


class OutputError(WorkbenchError, OSError):
    """A result could not be written."""

    @classmethod
    def cannot_write(cls, path: object, cause: BaseException | str) -> Self:
        """Return the error for a path that takes no output."""
        return cls(f"{_shown(path)} cannot be written ({_reason(cause)}).")

    @classmethod
    def unknown_suffix(cls, path: object, known: Iterable[str]) -> Self:
        """Return the error for an output name whose ending says no known format."""
        return cls(f"{_shown(path)} ends in no known format. Endings: {_listed(known)}.")

    @classmethod
    def not_private(cls, path: object, mode: int) -> Self:
        """Return the error for a folder that other users can look into."""
        return cls(
            f"the cache folder {_shown(path)} is open to other users (mode {mode & 0o777:o}): "
            "take their rights away with chmod 700, or name another folder in WORKBENCH_CACHE_DIR."
        )

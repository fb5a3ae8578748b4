"""Trial tables: one row a trial, made by the laboratory or recorded elsewhere.

A table from elsewhere is a CSV or JSON Lines file with at least `strategy`, `domain` and `outcome`;
everything in it is data, checked before it is believed.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from workbench.errors import InputError, LimitError, ParameterError
from workbench.lab.outcomes import is_word
from workbench.units import printable

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS, LONGEST_LINE, LONGEST_TEXT = 1_000_000, 65_536, 4_096
CONTROLS = ("", "no strategy", "allowed name")
REQUIRED = ("strategy", "domain", "outcome")
GROUPS = ("strategy", "middlebox", "domain")


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial: what was tried, and what came of it.

    Parameters
    ----------
    strategy, middlebox, domain : str
        Names; a strategy's is its command, or what a user calls it. Empty: none.
    outcome : str
        A word of `workbench.lab.outcomes`.
    command : str
        The tool's command line, where `strategy` is a name.
    repetition : int
        From 0.
    control : {"", "no strategy", "allowed name"}
        Whether it is one of the controls of its run.
    protocol : str
        ``tls``, ``http`` or ``quic``.
    ip_version : int
        4 or 6.
    first_byte_ns, total_ns, body_bytes, status : int
        As in `workbench.lab.outcomes.Outcome`.
    said : str
        What the client said of a failure.
    started : str
        When, in UTC.
    captures : str
        Folder of its captures, relative to the table; empty for none.
    """

    strategy: str
    middlebox: str
    domain: str
    outcome: str
    command: str = ""
    repetition: int = 0
    control: str = ""
    protocol: str = "tls"
    ip_version: int = 4
    first_byte_ns: int = -1
    total_ns: int = 0
    body_bytes: int = 0
    status: int = 0
    said: str = ""
    started: str = ""
    captures: str = ""

    def __post_init__(self) -> None:
        if not is_word(self.outcome):
            raise ParameterError.not_understood("outcome", self.outcome, "success or timeout")
        if self.control not in CONTROLS:
            raise ParameterError.not_among("control", self.control, CONTROLS)
        if not self.domain:
            raise ParameterError.missing("domain", "a trial")
        if self.ip_version not in {4, 6}:
            raise ParameterError.not_among("ip_version", self.ip_version, (4, 6))
        if self.repetition < 0:
            raise ParameterError.out_of_range("repetition", self.repetition, 0, MOST_ROWS)

    @property
    def key(self) -> str:
        """What makes it another trial than the others of its matrix."""
        parts = (self.strategy, self.command, self.middlebox, self.domain, self.control,
                 self.protocol, str(self.ip_version), str(self.repetition))  # fmt: skip
        return json.dumps(parts)

    def line(self) -> str:
        """Return it as a line of JSON, without its end."""
        return json.dumps({name: getattr(self, name) for name in NAMES})

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Return the trial that a row of a table says.

        Parameters
        ----------
        row : mapping
            Values by column, numbers as numbers or as text; further columns are left out.

        Returns
        -------
        Trial
            What is left out has its default.

        Raises
        ------
        ParameterError
            For what is missing, of another type, or too long.

        Examples
        --------
        >>> Trial.of({"strategy": "fake", "domain": "x.com", "outcome": "reset"}).middlebox
        ''
        """
        for name in REQUIRED:
            if row.get(name) is None:
                raise ParameterError.missing(name, "a trial")
        given = {name: row[name] for name in NAMES if row.get(name) not in (None, "")}
        values = {name: _value(name, value) for name, value in given.items()}
        return cls(**({"strategy": "", "middlebox": "", "domain": ""} | values))


NAMES = tuple(one.name for one in fields(Trial))
_NUMBERS = {one.name for one in fields(Trial) if one.type == "int"}


def _value(name: str, value: Any) -> Any:
    """Return a value of the column's type."""
    if name not in _NUMBERS:
        if not isinstance(value, str):
            raise ParameterError.wrong_type(name, value, "a text")
        if len(value) > LONGEST_TEXT:
            raise ParameterError(f"{name} has {len(value)} characters, more than {LONGEST_TEXT}.")
        return printable(value, LONGEST_TEXT)
    if isinstance(value, str) and value.strip().removeprefix("-").isdecimal() and len(value) < 20:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ParameterError.wrong_type(name, value, "a whole number")
    if not -1 <= value < 1 << 63:
        raise ParameterError.out_of_range(name, value, -1, (1 << 63) - 1)
    return value


def read_trials(path: str | os.PathLike[str]) -> list[Trial]:
    """Read a trial table.

    Parameters
    ----------
    path : path-like
        CSV with a head line where the name ends in ``.csv``, else JSON Lines.

    Returns
    -------
    list of Trial
        In the order of the file. A last line of JSON that was cut short by an interruption is left
        out: its trial was not finished.

    Raises
    ------
    InputError
        When the file cannot be read, or a row cannot be believed: the line is named.
    LimitError
        When it is longer than any table of trials.
    """
    try:
        with Path(path).open(encoding="utf-8", newline="") as file:
            rows = _csv_rows(file) if Path(path).suffix == ".csv" else _json_rows(file)
            return list(_checked(rows, path))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text in UTF-8"
        raise InputError(f"{os.fspath(path)!r} cannot be read ({reason}).") from error


def _checked(rows: Iterable[tuple[int, Any]], path: str | os.PathLike[str]) -> Iterator[Trial]:
    """Yield the trials of rows, with the place of what is wrong."""
    for count, (number, row) in enumerate(rows):
        if count >= MOST_ROWS:
            raise LimitError(f"{os.fspath(path)!r} has more than {MOST_ROWS:,} rows.")
        try:
            trial = Trial.of(_object(row))
        except ParameterError as error:
            raise InputError(f"{os.fspath(path)!r}, line {number}: {error}") from error
        yield trial


def _object(row: Any) -> Mapping[str, Any]:
    """Return a row that has columns."""
    if not isinstance(row, Mapping):
        raise ParameterError("a row is an object with a value for each column.")
    return row


def _csv_rows(file: io.TextIOBase | Any) -> Iterator[tuple[int, Any]]:
    """Yield line number and row of a CSV file."""
    reader = csv.DictReader(file, strict=True)
    missing = [name for name in REQUIRED if name not in (reader.fieldnames or ())]
    if missing:
        raise InputError(f"the table has no column {missing[0]!r}; it needs {', '.join(REQUIRED)}.")
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise InputError(f"line {reader.line_num} is no CSV ({error}).") from error


def _json_rows(file: io.TextIOBase | Any) -> Iterator[tuple[int, Any]]:
    """Yield line number and value of each line; a cut last line is left out."""
    number = 0
    while line := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise InputError(f"line {number} is longer than {LONGEST_LINE} characters.")
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except (ValueError, RecursionError):
            if line.endswith("\n"):
                raise InputError(f"line {number} is no JSON.") from None
            return


def trial_table(trials: Iterable[Trial]) -> pd.DataFrame:
    """Return trials as a table.

    Parameters
    ----------
    trials : iterable of Trial
        Rows.

    Returns
    -------
    pandas.DataFrame
        A column for each field.
    """
    import pandas as pd

    rows = [{name: getattr(one, name) for name in NAMES} for one in trials]
    return pd.DataFrame(rows, columns=list(NAMES))


def summary(trials: Iterable[Trial], by: tuple[str, ...] = GROUPS) -> pd.DataFrame:
    """Count successes by what was tried, with Wilson's interval.

    Parameters
    ----------
    trials : iterable of Trial
        Rows; controls keep to themselves.
    by : tuple of str
        Columns that make a group.

    Returns
    -------
    pandas.DataFrame
        `by`, ``control``, ``trials``, ``successes``, ``share``, ``low``, ``high``, ``outcomes``
        (the commonest first), ``first_byte_ns`` (median of successes, -1 for none).

    Raises
    ------
    ParameterError
        For a column that is none.

    Examples
    --------
    >>> rows = [Trial("fake", "ndpi", "x.com", word) for word in ("success", "success", "timeout")]
    >>> found = summary(rows)
    >>> print(found["outcomes"].iloc[0])
    success 2, timeout 1
    """
    import pandas as pd

    from workbench.statistics.intervals import wilson

    for name in by:
        if name not in NAMES:
            raise ParameterError.not_among("by", name, NAMES)
    groups: dict[tuple[Any, ...], list[Trial]] = {}
    for one in trials:
        groups.setdefault((*(getattr(one, name) for name in by), one.control), []).append(one)
    rows = [_counted(group) for group in groups.values()]
    columns = ("trials", "successes", "outcomes", "first_byte_ns")
    table = pd.DataFrame(list(groups), columns=[*by, "control"])
    for at, name in enumerate(columns):
        table[name] = [row[at] for row in rows]
    low, high = wilson(table["successes"].to_numpy(float), table["trials"].to_numpy(float))
    table["share"], table["low"], table["high"] = table["successes"] / table["trials"], low, high
    head = [*by, "control", "trials", "successes", "share", "low", "high"]
    return table[[*head, "outcomes", "first_byte_ns"]]


def _counted(group: list[Trial]) -> tuple[int, int, str, int]:
    """Return number, successes, outcomes in words, and median time to the first byte."""
    from collections import Counter
    from statistics import median

    words = Counter(one.outcome for one in group)
    listed = ", ".join(f"{word} {count}" for word, count in words.most_common())
    times = [one.first_byte_ns for one in group if one.outcome == "success"]
    times = [time for time in times if time >= 0]
    return len(group), words["success"], listed, round(median(times)) if times else -1

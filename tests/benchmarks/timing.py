"""Measuring in turns: processes with their time and memory, ratios with their spread."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

Value = TypeVar("Value")


class MeasurementError(RuntimeError):
    """Something that was to be measured failed."""


@dataclass(frozen=True)
class Run:
    """One process from start to end.

    Attributes
    ----------
    wall_s, cpu_s
        Time that passed, and processor time of the process and the children it waited for.
    peak_bytes
        Most memory that it, or one of those children, held.
    output, errors
        What it wrote, where that was kept.
    """

    wall_s: float
    cpu_s: float
    peak_bytes: int
    output: str = ""
    errors: str = ""


def run(
    command: Sequence[str | Path],
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    *,
    keep: bool = True,
) -> Run:
    """Run a command to its end.

    Parameters
    ----------
    command
        Program and arguments.
    environment
        Variables to set beside those of this process.
    folder
        Where to run it.
    keep
        Keep what it writes to standard output.

    Raises
    ------
    MeasurementError
        When it fails.
    """
    variables = {**os.environ, **(environment or {})}
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output if keep else subprocess.DEVNULL,
            stderr=errors,
            env=variables,
            cwd=folder,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for file in (output, errors):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
    if process.returncode:
        words = " ".join(str(word) for word in command)
        raise MeasurementError(f"{words}: exit code {process.returncode}\n{texts[1][-2000:]}")
    return Run(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, *texts)


def in_turns(
    first: Callable[[], Value], second: Callable[[], Value], rounds: int
) -> list[tuple[Value, Value]]:
    """Measure two things one after the other, the order changing from round to round."""
    pairs = []
    for number in range(rounds):
        if number % 2:
            later = second()
            pairs.append((first(), later))
        else:
            earlier = first()
            pairs.append((earlier, second()))
    return pairs


@dataclass(frozen=True)
class Spread:
    """Several measurements of one thing.

    Attributes
    ----------
    median, low, high
        The middle one, the smallest and the largest.
    """

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Return the spread of at least one value."""
        return cls(statistics.median(values), min(values), max(values))

    def text(self, unit: str = "") -> str:
        """Write the median with its range.

        Examples
        --------
        >>> Spread.of([1.5, 1.25, 9.0]).text("×")
        '1.50× (1.25–9.00)'
        """
        return f"{number(self.median)}{unit} ({number(self.low)}–{number(self.high)})"


def number(value: float) -> str:
    """Write a number with three figures.

    Examples
    --------
    >>> [number(value) for value in (0.0123, 1.5, 28.31, 1234.5)]
    ['0.0123', '1.50', '28.3', '1,234']
    """
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}"
    if size >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if size >= 0.1 or size == 0 else f"{value:.3g}"


def ratios(pairs: Sequence[tuple[float, float]]) -> Spread:
    """Return by how much the first of each pair is larger than the second."""
    return Spread.of([first / second for first, second in pairs])


@dataclass(frozen=True)
class Bar:
    """What must hold of a median.

    Attributes
    ----------
    limit
        The bar.
    at_least
        Whether more is better.
    unit
        Written behind numbers.
    """

    limit: float
    at_least: bool = False
    unit: str = "×"

    def text(self) -> str:
        """Say what is asked.

        Examples
        --------
        >>> Bar(25, at_least=True).text(), Bar(80, unit=" B").text()
        ('at least 25×', 'at most 80 B')
        """
        return f"at {'least' if self.at_least else 'most'} {self.limit:g}{self.unit}"

    def holds(self, median: float) -> bool:
        """Tell whether a median meets the bar."""
        return median >= self.limit if self.at_least else median <= self.limit

    def verdict(self, median: float) -> str:
        """Say whether a median meets the bar, and if not, by how much it fails.

        Examples
        --------
        >>> Bar(25, at_least=True).verdict(20), Bar(1.6).verdict(1.5)
        ('misses by 20 %', 'holds')
        """
        if self.holds(median):
            return "holds"
        return f"misses by {abs(median / self.limit - 1) * 100:.0f} %"


@dataclass(frozen=True)
class Line:
    """One line of the table.

    Attributes
    ----------
    what
        What was measured.
    bar
        What must hold; empty for a line that only informs.
    measured
        What was found.
    verdict
        Whether it holds, and if not, by how much.
    detail
        What it is made of: seconds, processor time, memory.
    """

    what: str
    bar: str
    measured: str
    verdict: str
    detail: str

    @classmethod
    def barred(cls, what: str, bar: Bar, measured: Spread, detail: str) -> Line:
        """Return the line of a measure that must meet a bar."""
        verdict = bar.verdict(measured.median)
        return cls(what, bar.text(), measured.text(bar.unit), verdict, detail)

    @classmethod
    def informing(cls, what: str, measured: Spread, unit: str, detail: str) -> Line:
        """Return the line of a measure that only informs."""
        return cls(what, "", measured.text(unit), "", detail)

    @classmethod
    def checked(cls, what: str, bar: str, wrong: Sequence[str], detail: str) -> Line:
        """Return the line of something that must not be: `wrong` is what was found of it."""
        if not wrong:
            return cls(what, bar, "none", "holds", detail)
        return cls(what, bar, ", ".join(wrong), "misses", detail)

    @property
    def misses(self) -> bool:
        """Whether there is a bar that is missed."""
        return self.verdict.startswith("misses")

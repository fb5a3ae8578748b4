"""The captures that a command was given: whole, or streamed where they are large."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.capture import schema
from workbench.capture.presence import judges
from workbench.capture.slicing import Slicer
from workbench.cli.arguments import numbers
from workbench.cli.messages import Progress, warn_of_problems
from workbench.errors import ParameterError
from workbench.settings import settings

if TYPE_CHECKING:
    import pandas as pd

    from workbench.api import Capture
    from workbench.capture.packets import Packets

ROWS = 65_536


def slicer_of(arguments: argparse.Namespace) -> Slicer:
    """Return the part of the capture that the arguments ask for.

    Parameters
    ----------
    arguments : argparse.Namespace
        With what `workbench.cli.arguments.add_selection` added.

    Returns
    -------
    Slicer
        Of the whole capture where they ask for nothing.

    Raises
    ------
    FilterError, ParameterError
        For what is not understood.
    """
    wanted = arguments.connection
    return Slicer(
        arguments.filter,
        start=arguments.start,
        end=arguments.end,
        frames=arguments.frames,
        connection=None if wanted is None else numbers(wanted),
    )


def column_names(text: str | None, known: Sequence[str], default: Sequence[str]) -> list[str]:
    """Return column names from text with commas between.

    Parameters
    ----------
    text : str or None
        Names, or `all`; None for the default.
    known, default : sequence of str
        All columns, and those without an argument.

    Returns
    -------
    list of str
        Not checked, but for there being one.

    Raises
    ------
    ParameterError
        When there is none.
    """
    if text is None:
        return list(default)
    if text.strip() == "all":
        return list(known)
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise ParameterError.not_understood("columns", text, "names with commas between, or all")
    return list(dict.fromkeys(names))


class Reading:
    """The capture of one command.

    A single large file is streamed, in memory that does not grow with it, unless connections are
    asked for: they need all of it. A smaller one is decoded whole, and kept for the next time.

    Parameters
    ----------
    files : sequence of str
        Paths, or `-`.
    needs_flow : bool
        Whether connections are asked for.

    Raises
    ------
    CaptureError, LimitError, ParameterError
        When nothing can be read.
    """

    def __init__(self, files: Sequence[str], *, needs_flow: bool) -> None:
        if files.count("-") > 1:
            raise ParameterError.not_understood("FILE", "-", "standard input only once")
        self._files = list(files)
        self._counts: Counter[str] = Counter()
        self._first: pd.DataFrame | None = None
        self.streamed = not needs_flow and len(files) == 1 and _is_large(files[0])
        self._capture: Capture | None = None

    @property
    def capture(self) -> Capture:
        """The capture, decoded whole."""
        if self._capture is None:
            import workbench

            self._capture = workbench.read(self._files[0] if len(self._files) == 1 else self._files)
            len(self._capture)
        return self._capture

    @property
    def name(self) -> str:
        """Name of the capture for people."""
        names = [name if name == "-" else Path(name).name for name in self._files]
        return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"

    def pieces(self) -> Iterator[Packets]:
        """Yield the packets of a streamed capture piece by piece."""
        from workbench.capture.opened import OpenedFile

        opened = OpenedFile(self._files[0], cache=True)
        try:
            for packets in opened.stream(ROWS):
                self._counts += packets.problems.counts
                if self._first is None and packets.problems.counts:
                    self._first = packets.problems.table()
                yield packets
        finally:
            opened.close()

    def tables(
        self, columns: Sequence[str], slicer: Slicer, verb: str = "read"
    ) -> Iterator[pd.DataFrame]:
        """Yield what was asked for, at least one table, with columns that tell what applies.

        Parameters
        ----------
        columns : sequence of str
            Columns of the packet table.
        slicer : Slicer
            Which packets.
        verb : str
            What is being done, for whoever waits at a terminal.

        Yields
        ------
        pandas.DataFrame
            Columns in the order of the packet table, and perhaps more of them.

        Raises
        ------
        ColumnError
            For a column that there is not.
        CaptureError
            For a frame or a connection that there is not.
        """
        needed = {*schema.chosen_columns(columns), *judges(columns), *slicer.columns}
        names = [name for name in schema.NAMES if name in needed]
        progress = Progress(verb)
        seen = 0
        for table in self._streamed(names) if self.streamed else self.capture.batches(names):
            kept = slicer.mask(table) if slicer.columns else None
            yield table if kept is None or kept.all() else table[kept]
            seen += len(table)
            progress.show(seen)
        progress.end()
        slicer.finish()

    def _streamed(self, names: list[str]) -> Iterator[pd.DataFrame]:
        from workbench.capture.table import packet_table

        found = False
        for packets in self.pieces():
            found = True
            yield packet_table(packets, names)
        if not found:
            # A capture without packets has columns all the same.
            yield self.capture.table(names)

    def report_problems(self) -> None:
        """Say on standard error what is wrong with the capture."""
        counts, first = self._counts, self._first
        if not self.streamed:
            first = self.capture.problems
            counts = Counter(first.attrs["counts"])
        if first is not None:
            warn_of_problems(self.name, counts, first)

    def digests(self) -> list[tuple[str, str]]:
        """Return the name and the SHA-256 digest of each file."""
        if not self.streamed:
            return [(facts.name, facts.sha256) for facts in self.capture.files]
        import hashlib

        with Path(self._files[0]).open("rb") as file:
            return [(self.name, hashlib.file_digest(file, "sha256").hexdigest())]

    def close(self) -> None:
        """Let go of the files."""
        if self._capture is not None:
            self._capture.close()


def _is_large(name: str) -> bool:
    """Return whether a file is decoded by compiled code, which costs too little to keep."""
    try:
        return name != "-" and settings().compiles(Path(name).stat().st_size)
    except (OSError, ValueError):
        # Opening it says what is wrong.
        return False

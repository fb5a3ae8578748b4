"""Laboratories side by side, seen from outside: each is told a trial and answers with its row."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from workbench.errors import WorkbenchError
from workbench.lab import isolation
from workbench.lab.layouts import written
from workbench.lab.tables import Trial
from workbench.lab.topology import Topology
from workbench.lab.trials import Job, Matrix, Progress, Run

START_LIMIT_S, TRIAL_LIMIT_S = 60.0, 60.0
LONGEST_LINE = 65_536
BENCH = "workbench.lab.bench"


class Laboratory:
    """A laboratory in a process tree of its own, which ends with this object or its process.

    Parameters
    ----------
    topology : Topology
        What it looks like.
    captures : Path, optional
        Where captures of trials go that ask for them.
    """

    def __init__(self, topology: Topology, captures: Path | None = None) -> None:
        self._stack = ExitStack()
        with ExitStack() as stack:
            folder = stack.enter_context(isolation.private_folder())
            layout, meeting = folder / "topology.toml", folder / "meeting"
            layout.write_text(written(topology), encoding="utf-8")
            listening = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
            bind(listening, meeting)
            listening.listen(1)
            self._log = folder / "bench.log"
            words = (str(folder), str(layout), str(meeting), str(captures or ""))
            command = (sys.executable, "-m", BENCH, *words)
            with self._log.open("wb") as log:
                self._session = isolation.start(command, folder, output=log.fileno(),
                                          errors=subprocess.STDOUT)  # fmt: skip
            stack.callback(self._session.end)
            self._channel, self._lines = stack.enter_context(_accepted(listening))
            self._answer("it did not start")
            self._stack = stack.pop_all()

    def __call__(self, job: Job) -> Trial:
        """Do one trial.

        Parameters
        ----------
        job : Job
            What to do.

        Returns
        -------
        Trial
            Its row.

        Raises
        ------
        WorkbenchError
            When something else than the request failed, or the laboratory is gone.
        """
        try:
            self._channel.sendall(f"{json.dumps(asdict(job))}\n".encode())
        except OSError as error:
            raise self._gone("it is gone") from error
        return Trial.of(self._answer("it is gone"))

    def close(self) -> None:
        """End it."""
        self._stack.close()

    def _answer(self, otherwise: str) -> dict[str, object]:
        """Return what the laboratory says next."""
        try:
            line = self._lines.readline(LONGEST_LINE)
        except TimeoutError as late:
            raise self._gone("it does not answer") from late
        except OSError as error:
            raise self._gone(otherwise) from error
        if not line.endswith("\n"):
            raise self._gone(otherwise)
        answer: dict[str, object] = json.loads(line)
        if "error" in answer:
            raise WorkbenchError(str(answer["error"]))
        return answer

    def _gone(self, why: str) -> WorkbenchError:
        """Return the error for a laboratory that does not answer, with the last it said."""
        said = self._log.read_text(errors="replace").strip().splitlines()
        return WorkbenchError(f"the laboratory failed: {why}. {said[-1] if said else ''}".strip())


def bind(listening: socket.socket, meeting: Path) -> None:
    """Bind a socket to a path of any length; a socket's own limit is 107 bytes (unix(7)).

    Parameters
    ----------
    listening
        Not bound yet.
    meeting
        Where it shall be found.
    """
    folder = os.open(meeting.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        listening.bind(f"/proc/self/fd/{folder}/{meeting.name}")
    finally:
        os.close(folder)


@contextmanager
def _accepted(listening: socket.socket) -> Iterator[tuple[socket.socket, TextIO]]:
    """Wait for the laboratory to connect, and give its channel and what it says."""
    listening.settimeout(START_LIMIT_S)
    try:
        channel, _ = listening.accept()
    except TimeoutError as late:
        raise WorkbenchError("the laboratory did not start in time.") from late
    with channel, channel.makefile("r", encoding="utf-8") as lines:
        channel.settimeout(TRIAL_LIMIT_S)
        yield channel, lines


def run_matrix(
    matrix: Matrix,
    path: Path,
    *,
    topology: Topology | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> list[Trial]:
    """Do the trials of a matrix that are not in a table yet.

    Parameters
    ----------
    matrix : Matrix
        What is tried.
    path : Path
        The table: JSON Lines.
    topology : Topology, optional
        Of every laboratory.
    workers : int, optional
        Laboratories side by side; one for each core by default.
    progress : callable, optional
        As for `workbench.lab.trials.Run`.

    Returns
    -------
    list of Trial
        Every row of the matrix.

    Raises
    ------
    WorkbenchError
        Where no laboratory can be made, or one fails.
    """
    run = Run(matrix.jobs(), path, progress)
    left = len(run.jobs) - len(run.finished())
    wanted = min(workers or os.cpu_count() or 1, left)
    with laboratories(topology or Topology(), wanted) as crew:
        return run.run(crew)


@contextmanager
def laboratories(
    topology: Topology, count: int, captures: Path | None = None
) -> Iterator[Sequence[Laboratory]]:
    """Make laboratories, and end them behind the block.

    Parameters
    ----------
    topology : Topology
        Of each of them.
    count : int
        How many.
    captures : Path, optional
        Where captures go.

    Yields
    ------
    sequence of Laboratory
        Ready for trials.
    """
    with ExitStack() as stack:
        crew = []
        for _ in range(count):
            crew.append(Laboratory(topology, captures))
            stack.callback(crew[-1].close)
        yield crew

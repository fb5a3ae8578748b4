"""Trials: strategies against middleboxes, domains, repetitions; resumable, side by side.

A matrix says what is tried; every run of it has its controls: the blocked names without a strategy,
and an allowed name without one, for each middlebox. Finished trials stand in a JSON Lines file, one
a line, so a run that was ended in any way goes on where it stopped.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import Empty, Queue
from typing import IO

from workbench.errors import LimitError, OutputError, ParameterError
from workbench.evasion.compose.drawing import dice
from workbench.lab.outcomes import UNTOLD
from workbench.lab.tables import Trial, read_trials

MOST_TRIALS = 100_000
NO_STRATEGY, ALLOWED_NAME = "no strategy", "allowed name"
PROTOCOLS = ("tls", "http", "quic")


@dataclass(frozen=True, slots=True)
class Matrix:
    """What is tried.

    Parameters
    ----------
    strategies : mapping of str to str
        Command lines of tools by name.
    middleboxes : sequence of str
        Names; empty for no middlebox at all.
    domains : sequence of str
        Names that are asked for with every strategy.
    allowed : str
        The name of the control; empty for none.
    repetitions : int
        Of everything.
    protocol : {"tls", "http", "quic"}
        How it is asked for.
    ip_version : {4, 6}
        Over what.
    seed : int
        Of the order, and of what strategies draw.
    files : mapping of str to str
        As in `Job`.

    Examples
    --------
    >>> matrix = Matrix({"split": "nfqws --dpi-desync=multisplit"}, ["ndpi"], ["x.com"])
    >>> [(job.strategy, job.domain, job.control) for job in matrix.jobs()]
    [('split', 'x.com', ''), ('', 'x.com', 'no strategy'), ('', 'example.org', 'allowed name')]
    """

    strategies: Mapping[str, str]
    middleboxes: Sequence[str] = ("",)
    domains: Sequence[str] = ("x.com",)
    allowed: str = "example.org"
    repetitions: int = 1
    protocol: str = "tls"
    ip_version: int = 4
    seed: int = 0
    files: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.protocol not in PROTOCOLS:
            raise ParameterError.not_among("protocol", self.protocol, PROTOCOLS)
        if self.ip_version not in {4, 6}:
            raise ParameterError.not_among("ip_version", self.ip_version, (4, 6))
        if not self.domains or not self.middleboxes:
            raise ParameterError.missing("domains and middleboxes", "a matrix")
        if "" in self.strategies:
            raise ParameterError("a strategy needs a name; the control without one is added.")
        most = MOST_TRIALS // self._of_one_repetition()
        if not 1 <= self.repetitions <= most:
            raise ParameterError.out_of_range("repetitions", self.repetitions, 1, most)

    def _of_one_repetition(self) -> int:
        """Return the trials of one repetition; a matrix that is too large is refused."""
        each = len(self.domains) * (len(self.strategies) + 1) + bool(self.allowed)
        if len(self.middleboxes) * each > MOST_TRIALS:
            raise LimitError.exceeded("trials of one repetition", MOST_TRIALS, "fewer strategies")
        return len(self.middleboxes) * each

    def jobs(self) -> list[Job]:
        """Return every trial: middleboxes one after the other, within each in a drawn order.

        Strategies are mixed, so that what changes with time does not look like a difference
        between them; a repetition is finished before the next one begins.

        Returns
        -------
        list of Job
            The same for the same matrix.
        """
        jobs = []
        for middlebox in self.middleboxes:
            for repetition in range(self.repetitions):
                few = list(self._once(middlebox, repetition))
                if repetition:
                    dice(self.seed, middlebox, repetition).shuffle(few)
                jobs += few
        return jobs

    def _once(self, middlebox: str, repetition: int) -> Iterator[Job]:
        """Yield the trials of one repetition against one middlebox."""
        common = Job(
            middlebox=middlebox, repetition=repetition, protocol=self.protocol,
            ip_version=self.ip_version, seed=self.seed + repetition, files=self.files,
        )  # fmt: skip
        for name, command in self.strategies.items():
            for domain in self.domains:
                yield replace(common, strategy=name, command=command, domain=domain)
        for domain in self.domains:
            yield replace(common, domain=domain, control=NO_STRATEGY)
        if self.allowed:
            yield replace(common, domain=self.allowed, control=ALLOWED_NAME)


@dataclass(frozen=True, slots=True)
class Job:
    """One trial to do; fields as in `workbench.lab.tables.Trial`.

    Parameters
    ----------
    strategy, command, middlebox, domain, control, repetition, protocol, ip_version
        What makes it this trial.
    seed : int
        Of what its strategy draws.
    path : str
        Of the page.
    captures : str
        What the names of its captures begin with; empty for none.
    files : mapping of str to str
        Contents of the payload files that the command names, as hexadecimal digits.
    """

    strategy: str = ""
    command: str = ""
    middlebox: str = ""
    domain: str = ""
    control: str = ""
    repetition: int = 0
    protocol: str = "tls"
    ip_version: int = 4
    seed: int = 0
    path: str = "/"
    captures: str = ""
    files: Mapping[str, str] = field(default_factory=dict)

    def done(self, outcome: str = UNTOLD, **values: object) -> Trial:
        """Return the row of this trial.

        Parameters
        ----------
        outcome : str
            The word.
        **values
            Further fields of the row.
        """
        row = {name: getattr(self, name) for name in
               ("strategy", "command", "middlebox", "domain", "control", "repetition", "protocol",
                "ip_version", "captures")}  # fmt: skip
        return Trial.of(row | values | {"outcome": outcome})


Attempt = Callable[[Job], Trial]
Progress = Callable[[Trial, int, int], None]


@dataclass(slots=True)
class Run:
    """One run of a matrix into a file.

    Parameters
    ----------
    jobs : sequence of Job
        What is to be done, finished or not.
    path : Path
        The table: JSON Lines.
    progress : callable, optional
        Called after each trial with the row, the trials done, and all of them.
    """

    jobs: Sequence[Job]
    path: Path
    progress: Progress | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _done: dict[str, Trial] = field(default_factory=dict)
    _failed: list[BaseException] = field(default_factory=list)

    def finished(self) -> list[Trial]:
        """Return the rows that the table has of these trials."""
        wanted = {job.done().key for job in self.jobs}
        if not self.path.exists():
            return []
        return [trial for trial in read_trials(self.path) if trial.key in wanted]

    def run(self, attempts: Sequence[Attempt]) -> list[Trial]:
        """Do what is not done yet.

        Parameters
        ----------
        attempts : sequence of callable
            One for each laboratory; each does one trial at a time.

        Returns
        -------
        list of Trial
            All rows, in the order of the jobs.

        Raises
        ------
        WorkbenchError
            What an attempt raised; rows that were finished stay.
        """
        self._done = {trial.key: trial for trial in self.finished()}
        left = [job for job in self.jobs if job.done().key not in self._done]
        if left:
            with appending(self.path) as file:
                self._share(attempts, left, file)
        if self._failed:
            raise self._failed[0]
        return [self._done[job.done().key] for job in self.jobs]

    def _share(self, attempts: Sequence[Attempt], left: Sequence[Job], file: IO[str]) -> None:
        """Let every laboratory take the next trial when it has done one."""
        shares = shared_out(left, len(attempts))
        workers = [
            threading.Thread(target=self._work, args=(attempt, share, file), daemon=True)
            for attempt, share in zip(attempts, shares, strict=True)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            while worker.is_alive():
                worker.join(0.2)

    def _work(self, attempt: Attempt, share: Queue[Job], file: IO[str]) -> None:
        """Do the trials of one laboratory."""
        while not self._failed:
            try:
                job = share.get_nowait()
            except Empty:
                return
            try:
                self._keep(attempt(job), file)
            except BaseException as error:  # noqa: BLE001 (raised again by `run`)
                self._failed.append(error)

    def _keep(self, trial: Trial, file: IO[str]) -> None:
        """Write a finished row down."""
        with self._lock:
            file.write(f"{trial.line()}\n")
            file.flush()
            self._done[trial.key] = trial
            if self.progress is not None:
                self.progress(trial, len(self._done), len(self.jobs))


def shared_out(jobs: Iterable[Job], workers: int) -> list[Queue[Job]]:
    """Return a queue of jobs for each laboratory.

    Parameters
    ----------
    jobs : iterable of Job
        In order.
    workers : int
        At least one.

    Returns
    -------
    list of Queue
        One and the same for all where there are fewer middleboxes than laboratories; otherwise
        each laboratory has middleboxes of its own, so that none is attached twice.
    """
    groups: dict[str, list[Job]] = {}
    for job in jobs:
        groups.setdefault(job.middlebox, []).append(job)
    queues: list[Queue[Job]] = [Queue() for _ in range(workers)]
    if len(groups) < workers:
        queues = [queues[0]] * workers
    for group in sorted(groups.values(), key=len, reverse=True):
        target = min(queues, key=Queue.qsize)
        for job in group:
            target.put(job)
    return queues


@contextmanager
def appending(path: Path) -> Iterator[IO[str]]:
    """Open a table to add rows, without the rest of a line that was cut short.

    Parameters
    ----------
    path : Path
        The table, which need not exist.

    Yields
    ------
    file
        At its end.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _mend(path)
        file = path.open("a", encoding="utf-8")
    except OSError as error:
        raise OutputError.cannot_write(path, error) from error
    with file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _mend(path: Path) -> None:
    """Cut off what stands behind the last line end: a row that was not written to its end."""
    if not path.exists():
        return
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        at = size
        while at:
            start = max(at - 4096, 0)
            file.seek(start)
            found = file.read(at - start).rfind(b"\n")
            if found >= 0:
                at = start + found + 1
                break
            at = start
        file.truncate(at)

"""Programs on the hosts of a laboratory: started, followed, ended with it."""

from __future__ import annotations

import ctypes
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workbench.errors import LimitError, WorkbenchError
from workbench.lab.isolation import find_program, search_path

PREFIX: Final = "wblab-"
NETNS = Path("/run/netns")
MOST_PROCESSES = 256
CLONE_NEWNET = 0x40000000
UNPRIVILEGED = ("setpriv", "--ambient-caps=-all", "--inh-caps=-all", "--bounding-set=-all")
READY_LIMIT_S, LOG_BYTES = 10.0, 1 << 20


@dataclass(frozen=True, slots=True)
class Done:
    """How a program ended.

    Parameters
    ----------
    code : int
        Its exit code; negative for the signal that ended it.
    output, errors : str
        What it printed.
    time_s : float
        How long it ran.
    """

    code: int
    output: str
    errors: str
    time_s: float


class Hosts:
    """Where programs run, each host a namespace that has a file under /run/netns.

    Parameters
    ----------
    folder : Path
        A private folder for logs and the programs' own files.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._started: list[subprocess.Popen[bytes]] = []
        self.environment = {
            "PATH": search_path(),
            "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry),
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
        }

    def end_all(self) -> None:
        """End every program that was started here."""
        for process in self._started:
            process.kill()
        for process in self._started:
            process.wait()
        self._started.clear()

    def run(
        self,
        host: str,
        *command: str,
        timeout_s: float = 20,
        expect: Sequence[int] | None = None,
        privileged: bool = False,
    ) -> Done:
        """Run a program on a host, to its end.

        Parameters
        ----------
        host : str
            Where.
        *command : str
            Program and arguments.
        timeout_s : float
            How long it may take.
        expect : sequence of int, optional
            Exit codes that are right; any is, by default.
        privileged : bool
            Whether it keeps the capabilities that it has over the laboratory's networks.

        Returns
        -------
        Done
            How it ended.

        Raises
        ------
        WorkbenchError
            When it ends with another code, or not in time.
        """
        started = time.monotonic()
        try:
            done = subprocess.run(  # noqa: S603
                self.command(host, command, privileged=privileged), env=self.environment,
                cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_s,
                check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as late:
            raise WorkbenchError(f"{command[0]} took more than {timeout_s:g} s.") from late
        spent = time.monotonic() - started
        output, errors = (text.decode(errors="replace") for text in (done.stdout, done.stderr))
        if expect is not None and done.returncode not in expect:
            last = errors.strip()[-600:]
            raise WorkbenchError(f"{shlex.join(command)} ended with {done.returncode}: {last}")
        return Done(done.returncode, output, errors, spent)

    def start(
        self, host: str, name: str, *command: str, privileged: bool = False
    ) -> subprocess.Popen[bytes]:
        """Start a program that goes on; its messages go to the log `name`.

        Parameters
        ----------
        host : str
            Where.
        name : str
            What its log is called.
        *command : str
            Program and arguments.
        privileged : bool
            Whether it keeps the capabilities that it has over the laboratory's networks.

        Returns
        -------
        subprocess.Popen
            The process; it is ended with the laboratory.

        Raises
        ------
        LimitError
            When there are too many already.
        """
        self._started = [process for process in self._started if process.poll() is None]
        if len(self._started) >= MOST_PROCESSES:
            raise LimitError.exceeded("processes of a laboratory", MOST_PROCESSES, "MOST_PROCESSES")
        with self._log(name).open("wb") as log:
            process = subprocess.Popen(  # noqa: S603
                self.command(host, command, privileged=privileged), env=self.environment,
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        self._started.append(process)
        return process

    def stop(self, process: subprocess.Popen[bytes], *, patience_s: float = 2) -> None:
        """Ask a started program to end, and end it when it does not.

        Parameters
        ----------
        process : subprocess.Popen
            What `start` returned.
        patience_s : float
            How long it may take.
        """
        process.terminate()
        try:
            process.wait(patience_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def command(
        self, host: str, command: Sequence[str], *, privileged: bool = False
    ) -> tuple[str, ...]:
        """Return what to execute so that a command runs on a host.

        Parameters
        ----------
        host : str
            Where.
        command : sequence of str
            Program and arguments.
        privileged : bool
            Whether it keeps its capabilities.

        Returns
        -------
        tuple of str
            Program and arguments; the process becomes the command, so signals reach it.
        """
        kept = () if privileged else UNPRIVILEGED
        return ("nsenter", f"--net={self.place(host)}", "--", *kept, *command)

    def place(self, host: str) -> Path:
        """Return the file that stands for a host's namespace.

        Parameters
        ----------
        host : str
            The host.

        Returns
        -------
        Path
            The file.
        """
        return NETNS / f"{PREFIX}{host}"

    @contextmanager
    def entered(self, host: str) -> Iterator[None]:
        """Have this thread, and no other, on a host while the block runs.

        What is opened in the block, such as a socket or a packet queue, stays on that host.

        Parameters
        ----------
        host : str
            Where.

        Yields
        ------
        None
            While the thread is there.
        """
        before = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            there = os.open(self.place(host), os.O_RDONLY | os.O_CLOEXEC)
            try:
                _enter(there)
            finally:
                os.close(there)
            try:
                yield
            finally:
                _enter(before)
        finally:
            os.close(before)

    def firewall(self, host: str, *words: str, version: int = 4) -> str:
        """Change, or list, the packet filter of a host.

        Parameters
        ----------
        host : str
            Where.
        *words : str
            Arguments of iptables.
        version : {4, 6}
            The IP version.

        Returns
        -------
        str
            What iptables printed.

        Raises
        ------
        WorkbenchError
            When the kernel or the program refuses.
        """
        # The compatibility layer of nft offers the same targets; where both are, the older is
        # surer to have NFQUEUE.
        tool = "iptables" if version == 4 else "ip6tables"
        legacy = f"{tool}-legacy"
        chosen = legacy if find_program(legacy) else tool
        return self.run(host, chosen, "--wait", *words, privileged=True, expect=(0,)).output

    def log(self, name: str) -> str:
        """Return what a started program has said so far.

        Parameters
        ----------
        name : str
            The name given to `start`.

        Returns
        -------
        str
            The end of its log.
        """
        with self._log(name).open("rb") as opened:
            opened.seek(max(0, os.fstat(opened.fileno()).st_size - LOG_BYTES))
            return opened.read(LOG_BYTES).decode(errors="replace")

    def wait(
        self, ready: Callable[[], bool], what: str, *, timeout_s: float = READY_LIMIT_S
    ) -> None:
        """Wait until something holds.

        Parameters
        ----------
        ready : callable
            Asked again and again.
        what : str
            What is waited for, in words.
        timeout_s : float
            When to give up.

        Raises
        ------
        WorkbenchError
            When it does not hold in time.
        """
        end = time.monotonic() + timeout_s
        while not ready():
            if time.monotonic() > end:
                raise WorkbenchError(f"{what} was not ready within {timeout_s:g} s.")
            time.sleep(0.005)

    def wait_said(self, process: subprocess.Popen[bytes], name: str, word: str) -> None:
        """Wait until a started program has said a word.

        Parameters
        ----------
        process : subprocess.Popen
            What `start` returned.
        name : str
            The name given to `start`.
        word : str
            The word.

        Raises
        ------
        WorkbenchError
            When it ends first, with what it said.
        """

        def said() -> bool:
            if process.poll() is not None:
                raise WorkbenchError(f"{name} ended early: {self.log(name).strip()[-600:]}")
            return word in self.log(name)

        self.wait(said, name)

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"


def _enter(descriptor: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if library.setns(descriptor, CLONE_NEWNET):
        code = ctypes.get_errno()
        raise WorkbenchError(f"cannot enter a namespace ({os.strerror(code)}).")

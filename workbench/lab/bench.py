"""Does trials inside a laboratory: one after the other, each told by a line, each answered by one.

Started by `workbench.lab.crew` in namespaces of its own; hosts, servers, sender and proxy stay up
between trials, so that a trial costs little more than its request.
"""

from __future__ import annotations

import datetime
import json
import os
import socket
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from workbench.errors import WorkbenchError
from workbench.evasion.parsing import parse
from workbench.evasion.strategy import NONE, Strategy
from workbench.lab.clients import Fetched, Request, fetch
from workbench.lab.ends import start_ends
from workbench.lab.flows import owns_socket
from workbench.lab.layouts import load
from workbench.lab.middleboxes.interface import Middlebox
from workbench.lab.namespaces import Lab
from workbench.lab.outcomes import told
from workbench.lab.proxy import Proxy
from workbench.lab.record import recording
from workbench.lab.sender import Sender
from workbench.lab.tables import Trial
from workbench.lab.trials import Job
from workbench.units import NS_PER_SECOND, printable

LIMIT_S = 2.5
KINDS = ("web", "quic")
LONGEST_LINE = 65_536


class Bench:
    """A laboratory with everything that trials need, while the block runs.

    Parameters
    ----------
    lab : Lab
        Its hosts, which are up.
    captures : Path, optional
        Where captures go; None where none are taken.
    limit_s : float
        How long a request may take.
    """

    def __init__(self, lab: Lab, captures: Path | None = None, limit_s: float = LIMIT_S) -> None:
        self._lab, self._captures, self._limit_s = lab, captures, limit_s
        self._stack = ExitStack()
        self._middlebox = ExitStack()
        self._attached = ""

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._ends = start_ends(self._lab, KINDS)
            self._sender = stack.enter_context(Sender(self._lab))
            self._proxy = stack.enter_context(Proxy(self._lab))
            stack.push(self._middlebox)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *details: object) -> None:
        self._stack.close()

    def attempt(self, job: Job) -> Trial:
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
            When something else than the request failed.
        """
        strategy = parse(job.command) if job.command else NONE
        self._attach(job.middlebox)
        proxy = self._use(strategy, job)
        request = Request(
            job.domain,
            client="quic" if job.protocol == "quic" else "curl",
            scheme="http" if job.protocol == "http" else "https",
            path=job.path,
            version=job.ip_version,
            limit_s=self._limit_s,
            more=("--socks5", proxy) if proxy else (),
        )
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
        fetched = self._fetched(request, job.captures)
        self._sender.check()
        self._proxy.check()
        return job.done(started=now.replace("+00:00", "Z"), **values_of(fetched))

    def _attach(self, name: str) -> None:
        """Put a middlebox into the path, unless it is the one that is there."""
        if name == self._attached:
            return
        self._middlebox.close()
        self._attached = ""
        if name:
            self._middlebox.enter_context(Middlebox.named(name).attach(self._lab))
        self._attached = name

    def _use(self, strategy: Strategy, job: Job) -> str:
        """Have the strategy applied by what applies it; return the proxy to ask, if any."""
        through_socket = owns_socket(strategy)
        files = {name: bytes.fromhex(digits) for name, digits in job.files.items()}
        packets, socket_ = (NONE, strategy) if through_socket else (strategy, NONE)
        self._sender.use(packets, seed=job.seed, files=files)
        self._proxy.use(socket_, seed=job.seed, files=files)
        return self._proxy.address(job.ip_version) if through_socket else ""

    def _fetched(self, request: Request, name: str) -> Fetched:
        """Make the request, recorded where that is asked for."""
        if not name or self._captures is None:
            return fetch(self._lab, self._ends, request)
        with recording(self._lab, self._captures, name):
            return fetch(self._lab, self._ends, request)


def values_of(fetched: Fetched) -> dict[str, Any]:
    """Return what a row says of how a request ended.

    Parameters
    ----------
    fetched : Fetched
        What the client told.

    Returns
    -------
    dict
        Fields of `Trial`.

    Examples
    --------
    >>> values_of(Fetched("timeout", total_s=2.5))["first_byte_ns"]
    -1
    """
    return {
        "outcome": told(fetched.outcome),
        "first_byte_ns": round(fetched.first_byte_s * NS_PER_SECOND) or -1,
        "total_ns": round(fetched.total_s * NS_PER_SECOND),
        "body_bytes": fetched.size_bytes,
        "status": fetched.status,
        "said": printable(fetched.message.strip(), 200),
    }


def serve(bench: Bench, lines: Any) -> None:
    """Do what a stream of lines says, until it ends.

    Parameters
    ----------
    bench : Bench
        In its block.
    lines : file
        JSON objects with the fields of a `Job` come in; rows, or ``{"error": ...}``, go out.
    """
    for line in iter(lambda: lines.readline(LONGEST_LINE), ""):
        try:
            answer = bench.attempt(Job(**json.loads(line))).line()
        except WorkbenchError as error:
            answer = json.dumps({"error": str(error)})
        lines.write(f"{answer}\n")
        lines.flush()


def main(words: Sequence[str]) -> int:
    """Make a laboratory and do trials in it.

    Parameters
    ----------
    words : sequence of str
        Private folder, path of the topology, path of the socket to connect to, folder of captures
        or nothing.

    Returns
    -------
    int
        The exit code.
    """
    folder, layout, meeting, captures = words
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel:
        # By its name alone: a socket's path has a limit that a folder may be beyond.
        before = Path.cwd()
        os.chdir(Path(meeting).parent)
        channel.connect(Path(meeting).name)
        os.chdir(before)
        with channel.makefile("rw", encoding="utf-8") as lines:
            try:
                with (
                    Lab(load(Path(layout)), Path(folder)) as lab,
                    Bench(lab, Path(captures) if captures else None) as bench,
                ):
                    lines.write('{"ready": true}\n')
                    lines.flush()
                    serve(bench, lines)
            except WorkbenchError as error:
                lines.write(json.dumps({"error": str(error)}) + "\n")
                return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

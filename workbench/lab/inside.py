"""The first process of a laboratory's process tree: prepares it, runs one command, ends everything.

Started by `workbench.lab.isolation`. When this process ends, for whatever reason, the kernel ends
all others of the tree. It ends when its command does, when it is told to, and when the process that
started it is gone.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from workbench.errors import WorkbenchError

RUN = "/run"
MARK = Path(RUN) / "workbench-lab"
RESOLVING = {
    "hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "resolv.conf": "",
    "nsswitch.conf": "hosts: files dns\n",
}
FIRST_PROCESS = 1


def refuse_outside() -> None:
    """Refuse to go on in the namespaces of the machine itself.

    Raises
    ------
    WorkbenchError
        When this is not the first process of a tree without a network.
    """
    interfaces = {name for _, name in socket.if_nameindex()}
    if os.getpid() != FIRST_PROCESS or interfaces != {"lo"}:
        raise WorkbenchError(
            "workbench.lab.inside is started by the laboratory, in namespaces of its own."
        )


def prepare(folder: Path) -> None:
    """Give this mount namespace its own /run, and resolver files that the laboratory writes.

    Parameters
    ----------
    folder : Path
        Where those files are.
    """
    _call("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", RUN)
    (Path(RUN) / "netns").mkdir()
    for name, content in RESOLVING.items():
        source = folder / name
        source.write_text(content)
        # It may be a link into /run, which is empty now.
        target = Path("/etc", name).resolve()
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch()
        _call("mount", "--bind", str(source), str(target))
    MARK.write_text(f"{folder}\n")


def follow(lifeline: int) -> None:
    """End with the process that holds the other end of a pipe.

    Parameters
    ----------
    lifeline : int
        Descriptor of the end for reading.
    """

    def watch() -> None:
        os.read(lifeline, 1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def supervise(command: Sequence[str]) -> int:
    """Run a command to its end, and pass on to it what asks this process to end.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.

    Returns
    -------
    int
        Its exit code, as a shell would say it.
    """
    process = subprocess.Popen(command)  # noqa: S603

    def pass_on(number: int, _frame: FrameType | None) -> None:
        process.send_signal(number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, pass_on)
    # Orphans of the whole tree become children of the first process.
    while True:
        pid, status = os.wait()
        if pid == process.pid:
            code = os.waitstatus_to_exitcode(status)
            process.returncode = code
            return code if code >= 0 else 128 - code


def main(words: Sequence[str]) -> int:
    """Prepare the tree and run the command.

    Parameters
    ----------
    words : sequence of str
        The lifeline's descriptor or ``-``, the folder, the command.

    Returns
    -------
    int
        The exit code.
    """
    lifeline, folder, *command = words
    try:
        refuse_outside()
        if lifeline != "-":
            follow(int(lifeline))
        prepare(Path(folder))
    except WorkbenchError as error:
        sys.stderr.write(f"workbench lab: {error}\n")
        return error.exit_code
    return supervise(command)


def _call(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, timeout=10, check=False)  # noqa: S603
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip()
        raise WorkbenchError(f"{command[0]} failed: {reason}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

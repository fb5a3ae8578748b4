"""Namespaces for a whole laboratory, in one step, and the one sentence where none are allowed.

A laboratory runs in user, network, mount and process namespaces of its own, made by unshare(1). So
no rule, process or namespace of the machine is even visible to it, and the kernel ends every
process with the first one and removes every network with the last: nothing but a private folder can
be left behind, which the next start finds by its name and removes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from workbench.errors import WorkbenchError

PREFIX = "workbench-lab-"
SEPARATE = ("--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
# tcpdump as user 0 tries to become another user, which a user namespace of one user lacks.
AS_USER = ("--user", "--map-user=1000", "--map-group=1000", "--keep-caps")
SEARCHED = "/usr/sbin:/sbin"
PROBE_LIMIT_S, END_LIMIT_S = 20, 5
OWNER = "owner"
PACKAGES = {
    "ip": "iproute2", "tc": "iproute2", "nsenter": "util-linux", "unshare": "util-linux",
    "setpriv": "util-linux", "nginx": "nginx-light", "ip6tables-legacy": "iptables",
    "iptables-legacy": "iptables",
}  # fmt: skip


def find_program(name: str) -> str | None:
    """Return where a program is, looking where system programs are as well.

    Parameters
    ----------
    name : str
        The program.

    Returns
    -------
    str or None
        Its path.

    Examples
    --------
    >>> find_program("no-such-program") is None
    True
    """
    return shutil.which(name, path=search_path())


def search_path() -> str:
    """Return where programs are looked for.

    Returns
    -------
    str
        The value of PATH for everything that runs in a laboratory.

    Examples
    --------
    >>> search_path().endswith("/usr/sbin:/sbin")
    True
    """
    return f"{os.environ.get('PATH', os.defpath)}:{SEARCHED}"


def require(programs: Iterable[str]) -> None:
    """Refuse where a program is missing.

    Parameters
    ----------
    programs : iterable of str
        What is needed.

    Raises
    ------
    WorkbenchError
        On another system than Linux, and where programs are missing.
    """
    if sys.platform != "linux":
        raise WorkbenchError("the laboratory runs on Linux only: it needs network namespaces.")
    missing = sorted({name for name in programs if find_program(name) is None})
    if missing:
        packages = " ".join(sorted({PACKAGES.get(name, name) for name in missing}))
        raise WorkbenchError(
            f"not installed: {', '.join(missing)}. On Debian: apt-get install {packages}."
        )


@lru_cache(maxsize=1)
def isolating_command() -> tuple[str, ...]:
    """Find out how namespaces can be made here: without privilege where that works.

    Returns
    -------
    tuple of str
        What to put before a command, so that it runs in namespaces of its own.

    Raises
    ------
    WorkbenchError
        When there is no way.
    """
    require(("unshare", "nsenter", "setpriv", "ip"))
    ways: list[tuple[str, ...]] = [("unshare", *AS_USER, *SEPARATE)]
    if os.geteuid() == 0:
        ways.append(("unshare", *SEPARATE))
    reason = ""
    for way in ways:
        probe = (*way, "ip", "link", "add", "probe0", "type", "veth", "peer", "name", "probe1")
        environment = {**os.environ, "PATH": search_path()}
        done = subprocess.run(  # noqa: S603
            probe, env=environment, capture_output=True, timeout=PROBE_LIMIT_S, check=False
        )
        if done.returncode == 0:
            return way
        reason = done.stderr.decode(errors="replace").strip().partition("\n")[0]
    raise WorkbenchError(
        "this machine allows no network namespaces here; root or an unprivileged user namespace "
        f"is needed ({reason})."
    )


def birth(pid: int) -> str:
    """Return when a process was started, so that its number is not mistaken for a later one's.

    Parameters
    ----------
    pid : int
        The process.

    Returns
    -------
    str
        Field 22 of ``/proc/PID/stat`` (proc_pid_stat(5)); empty where there is no such process.

    Examples
    --------
    >>> birth(os.getpid()).isdecimal(), birth(1 << 30)
    (True, '')
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return ""
    after = text.rpartition(")")[2].split()
    return "" if after[0] in {"Z", "X"} else after[19]


@contextmanager
def private_folder() -> Iterator[Path]:
    """Make a folder that only this user sees, and remove it afterwards.

    Folders of earlier runs that were killed are removed first.

    Yields
    ------
    Path
        The folder.
    """
    folder = make_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def make_folder() -> Path:
    """Make a private folder whose name and content say which process it belongs to.

    Returns
    -------
    Path
        The folder; `remove_stale` removes it once that process is gone.
    """
    remove_stale()
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    own(folder, os.getpid())
    return folder


def own(folder: Path, pid: int) -> None:
    """Say which process a folder belongs to from now on.

    Parameters
    ----------
    folder : Path
        A folder of `make_folder`.
    pid : int
        The process.
    """
    (folder / OWNER).write_text(f"{pid} {birth(pid)}\n")


def owner(folder: Path) -> int | None:
    """Return the process that a folder belongs to.

    Parameters
    ----------
    folder : Path
        A folder of `make_folder`.

    Returns
    -------
    int or None
        Its number, or None when it is gone.
    """
    try:
        number, _, born = (folder / OWNER).read_text(errors="replace").strip().partition(" ")
    except OSError:
        # Killed between making the folder and writing into it: the name says whose it is.
        number, born = folder.name.removeprefix(PREFIX).partition("-")[0], ""
    if not number.isdecimal() or not (now := birth(int(number))):
        return None
    return int(number) if born in {"", now} else None


def folders() -> list[Path]:
    """Return the folders of this user's laboratories, running or not.

    Returns
    -------
    list of Path
        In order of their names.
    """
    every = Path(tempfile.gettempdir()).glob(f"{PREFIX}*")
    return sorted(
        folder
        for folder in every
        if not folder.is_symlink() and folder.is_dir() and folder.stat().st_uid == os.geteuid()
    )


def remove_stale() -> list[Path]:
    """Remove what laboratories that were killed have left.

    Returns
    -------
    list of Path
        The folders that were removed.
    """
    stale = [folder for folder in folders() if owner(folder) is None]
    for folder in stale:
        shutil.rmtree(folder, ignore_errors=True)
    return stale


@dataclass(frozen=True, slots=True)
class Session:
    """A process tree in namespaces of its own, as seen from outside.

    Parameters
    ----------
    process : subprocess.Popen
        The process that made the namespaces.
    lifeline : int
        Descriptor of the pipe whose end is the end of the tree.
    """

    process: subprocess.Popen[bytes]
    lifeline: int

    def end(self) -> None:
        """End every process of the tree, and wait for it."""
        os.close(self.lifeline)
        try:
            self.process.wait(END_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start(
    command: Sequence[str],
    folder: Path,
    *,
    output: int | None = None,
    errors: int | None = None,
) -> Session:
    """Start a command in namespaces of its own, which end with this process, however it ends.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    folder : Path
        A private folder of `make_folder`.
    output, errors : int, optional
        Where its output and messages go, as for `subprocess.Popen`.

    Returns
    -------
    Session
        The tree.

    Raises
    ------
    WorkbenchError
        Where no namespaces can be made.
    """
    way = isolating_command()
    read, write = os.pipe()
    try:
        process = subprocess.Popen(  # noqa: S603
            (*way, *_inner(str(read), folder, command)), env=_environment(), stdout=output,
            stderr=errors, stdin=subprocess.DEVNULL, start_new_session=True, pass_fds=(read,),
        )  # fmt: skip
    except BaseException:
        os.close(write)
        raise
    finally:
        os.close(read)
    return Session(process, write)


def start_staying(command: Sequence[str], folder: Path, log: Path) -> int:
    """Start a command in namespaces of its own, which go on when this process ends.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    folder : Path
        A private folder of `make_folder`; it belongs to the new process from now on.
    log : Path
        Where its output and messages go.

    Returns
    -------
    int
        The process whose end is the end of the tree; it is nobody's child.

    Raises
    ------
    WorkbenchError
        Where no namespaces can be made.
    """
    words = (*isolating_command(), *_inner("-", folder, command))
    # The shell ends at once, so that nobody has to wait for what it leaves behind.
    script = 'log=$1; shift; "$@" >"$log" 2>&1 </dev/null & echo $!'
    done = subprocess.run(  # noqa: S603
        ("/bin/sh", "-c", script, "sh", str(log), *words), env=_environment(), check=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    pid = int(done.stdout)
    own(folder, pid)
    return pid


def _inner(lifeline: str, folder: Path, command: Sequence[str]) -> tuple[str, ...]:
    return (sys.executable, "-m", "workbench.lab.inside", lifeline, str(folder), *command)


def _environment() -> dict[str, str]:
    path = os.pathsep.join(entry for entry in sys.path if entry)
    return {**os.environ, "PATH": search_path(), "PYTHONPATH": path}


def run(command: Sequence[str], folder: Path, *, limit_s: float) -> int:
    """Run a command in namespaces of its own, to its end.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    folder : Path
        A private folder of `make_folder`.
    limit_s : float
        How long it may take.

    Returns
    -------
    int
        Its exit code.

    Raises
    ------
    WorkbenchError
        When it takes longer, and where no namespaces can be made.
    """
    session = start(command, folder)
    try:
        return session.process.wait(limit_s)
    except subprocess.TimeoutExpired as late:
        raise WorkbenchError(f"the laboratory took more than {limit_s:g} s.") from late
    finally:
        session.end()

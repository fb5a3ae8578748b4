"""Namespaces for `making.session`, and the one sentence where this machine allows none.

User, network, mount and process namespaces come from unshare(1), in one step. So nothing is left
behind: the kernel ends every process with the first one, and removes the networks with the last.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from workbench.errors import MissingExtraError, WorkbenchError

LIMIT_S = 300
PROBE_LIMIT_S = 20
SEPARATE = ("--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
# tcpdump as user 0 tries to become another user, which a user namespace of one user lacks.
AS_USER = ("--user", "--map-user=1000", "--map-group=1000", "--keep-caps")
MODULES = ("aioquic", "cryptography", "dnslib")
PACKAGES = {
    "ip": "iproute2", "nsenter": "util-linux", "unshare": "util-linux", "mount": "mount",
    "sysctl": "procps", "ping": "iputils-ping", "getent": "libc-bin",
}  # fmt: skip
SEARCHED = "/usr/sbin:/sbin"


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
    return shutil.which(name, path=os.environ.get("PATH", os.defpath) + ":" + SEARCHED)


def require(programs: Iterable[str]) -> None:
    """Refuse where something is missing.

    Parameters
    ----------
    programs : iterable of str
        What the chosen samples need.

    Raises
    ------
    WorkbenchError
        On another system than Linux, and where programs are missing.
    MissingExtraError
        Where Python modules are missing.
    """
    if sys.platform != "linux":
        raise WorkbenchError("the sample data is made on Linux only: it needs network namespaces.")
    missing = sorted({name for name in programs if find_program(name) is None})
    if missing:
        packages = " ".join(sorted({PACKAGES.get(name, name) for name in missing}))
        raise WorkbenchError(
            f"not installed: {', '.join(missing)}. On Debian: apt-get install {packages}. "
            "--only makes the samples that need less."
        )
    for module in MODULES:
        if importlib.util.find_spec(module) is None:
            raise MissingExtraError.of(module, "lab", "making the sample data")


def isolating_command() -> tuple[str, ...]:
    """Find out how namespaces can be made here.

    Returns
    -------
    tuple of str
        What to put before a command, so that it runs in namespaces of its own.

    Raises
    ------
    WorkbenchError
        When there is no way.
    """
    ways: list[tuple[str, ...]] = [("unshare", *AS_USER, *SEPARATE)]
    if os.geteuid() == 0:
        ways.append(("unshare", *SEPARATE))
    reason = ""
    for way in ways:
        probe = (*way, "ip", "link", "add", "probe0", "type", "veth", "peer", "name", "probe1")
        done = subprocess.run(
            probe, env=_search_path(), capture_output=True, timeout=PROBE_LIMIT_S, check=False
        )
        if done.returncode == 0:
            return way
        reason = done.stderr.decode(errors="replace").strip().partition("\n")[0]
    raise WorkbenchError(
        "this machine allows no network namespaces here; root or an unprivileged user namespace "
        f"is needed ({reason})."
    )


def _search_path() -> dict[str, str]:
    return {**os.environ, "PATH": os.environ.get("PATH", os.defpath) + ":" + SEARCHED}


def run_session(way: Sequence[str], folder: Path, samples: Sequence[str]) -> int:
    """Run `making.session` in namespaces of its own.

    Parameters
    ----------
    way : sequence of str
        What `isolating_command` returned.
    folder : Path
        The private folder it works in.
    samples : sequence of str
        What it makes.

    Returns
    -------
    int
        Its exit code.

    Raises
    ------
    WorkbenchError
        When it takes too long.
    """
    environment = _search_path()
    environment["PYTHONPATH"] = os.pathsep.join(entry for entry in sys.path if entry)
    command = (*way, sys.executable, "-m", "making.session", str(folder), *samples)
    # The pipe stays open as long as this process lives: its end is what ends the session.
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, start_new_session=True
    )
    try:
        return process.wait(LIMIT_S)
    except subprocess.TimeoutExpired as late:
        raise WorkbenchError(f"making the samples took more than {LIMIT_S} s.") from late
    finally:
        process.kill()
        process.wait()

"""What ``workbench lab up | down | status | run`` do: laboratories that stay between commands."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import ParameterError, WorkbenchError
from workbench.lab import isolation
from workbench.lab.keeper import STATE, Order
from workbench.lab.layouts import written
from workbench.lab.middleboxes.interface import Middlebox
from workbench.lab.namespaces import NETNS, PREFIX, UNPRIVILEGED
from workbench.lab.topology import Topology

LIFE_S, LONGEST_LIFE_S = 4 * 3600.0, 24 * 3600.0
READY_LIMIT_S, END_LIMIT_S, MOST_RUNNING = 30.0, 5.0, 16
LOG, LOG_CHARACTERS = "keeper.log", 600


@dataclass(frozen=True, slots=True)
class State:
    """A laboratory that is up.

    Parameters
    ----------
    name : str
        How it is told from others.
    pid : int
        The process whose end is the end of all of it.
    hosts : tuple of str
        From the client to the server.
    middlebox : str
        The one in its path.
    kinds : tuple of str
        What its server serves.
    folder : Path
        Where its logs and its authority's certificate are.
    authority : Path
        The certificate that its clients trust.
    """

    name: str
    pid: int
    hosts: tuple[str, ...]
    middlebox: str
    kinds: tuple[str, ...]
    folder: Path
    authority: Path


def up(
    topology: Topology | None = None,
    *,
    kinds: Sequence[str] = ("web",),
    middlebox: Middlebox | None = None,
    life_s: float = LIFE_S,
) -> State:
    """Start a laboratory that stays when this process ends.

    Parameters
    ----------
    topology : Topology, optional
        What it looks like.
    kinds : sequence of {"web", "dns", "quic"}
        What its server serves.
    middlebox : Middlebox, optional
        What stands in its path; nothing by default.
    life_s : float
        After how many seconds it takes itself down.

    Returns
    -------
    State
        The laboratory, ready.

    Raises
    ------
    ParameterError
        For a life that is too long.
    WorkbenchError
        Where namespaces are not allowed, or something cannot be started.
    """
    if not 0 < life_s <= LONGEST_LIFE_S:
        raise ParameterError.out_of_range("life_s", life_s, 0, LONGEST_LIFE_S)
    if len(status()) >= MOST_RUNNING:
        raise WorkbenchError(f"{MOST_RUNNING} laboratories are up; take some down first.")
    box = middlebox or Middlebox("none")
    folder = isolation.make_folder()
    try:
        order = Order(
            written(topology or Topology()), list(kinds), box.name, box.setting.to_json(), life_s
        )
        order.write(folder)
        return _started(folder)
    except BaseException:
        _end(folder)
        raise


def status() -> list[State]:
    """Return the laboratories of this user that are up; what killed ones left is removed.

    Returns
    -------
    list of State
        In order of their names.
    """
    isolation.remove_stale()
    states = (_state(folder) for folder in isolation.folders())
    return [state for state in states if state is not None]


def down(name: str | None = None) -> list[str]:
    """Take laboratories down.

    Parameters
    ----------
    name : str, optional
        Which one; all of this user's by default.

    Returns
    -------
    list of str
        The names of those that were up.

    Raises
    ------
    ParameterError
        For a name that none has.
    """
    running = status()
    if name is not None and name not in {state.name for state in running}:
        raise ParameterError.not_among("laboratory", name, [state.name for state in running])
    chosen = [state for state in running if name in {None, state.name}]
    for state in chosen:
        _end(state.folder)
    return [state.name for state in chosen]


def run(
    host: str, command: Sequence[str], *, name: str | None = None, privileged: bool = False
) -> int:
    """Run a command on a host of a laboratory that is up, with this process's terminal.

    Parameters
    ----------
    host : str
        Where.
    command : sequence of str
        Program and arguments.
    name : str, optional
        Which laboratory; may be left out where one is up.
    privileged : bool
        Whether the command may change the host's network; only root's can.

    Returns
    -------
    int
        The command's exit code.

    Raises
    ------
    ParameterError
        For a host that is not there.
    WorkbenchError
        Where no laboratory is up, or several and no name.
    """
    state = _chosen(name)
    if host not in state.hosts:
        raise ParameterError.not_among("host", host, state.hosts)
    if not command:
        raise ParameterError.missing("command", "lab run")
    first = _first_process(state.pid)
    place = f"/proc/{first}/root{NETNS}/{PREFIX}{host}"
    entering = _entering(first, privileged=privileged)
    trust = {"CURL_CA_BUNDLE": str(state.authority), "SSL_CERT_FILE": str(state.authority)}
    environment = {**os.environ, **trust, "PATH": isolation.search_path()}
    words = ("nsenter", *entering[0], f"--net={place}", f"--wd={state.folder}", "--", *entering[1])
    return subprocess.run((*words, *command), env=environment, check=False).returncode  # noqa: S603


def _started(folder: Path) -> State:
    command = (sys.executable, "-m", "workbench.lab.keeper", str(folder))
    pid = isolation.start_staying(command, folder, folder / LOG)
    end = time.monotonic() + READY_LIMIT_S
    while not (folder / STATE).exists():
        if not isolation.birth(pid):
            said = (folder / LOG).read_text(errors="replace").strip()[-LOG_CHARACTERS:]
            raise WorkbenchError(f"the laboratory did not start: {said}")
        if time.monotonic() > end:
            raise WorkbenchError(f"the laboratory was not ready within {READY_LIMIT_S:g} s.")
        time.sleep(0.01)
    state = _state(folder)
    if state is None:
        raise WorkbenchError("the laboratory ended as soon as it was ready.")
    return state


def _state(folder: Path) -> State | None:
    pid = isolation.owner(folder)
    try:
        told = json.loads((folder / STATE).read_text())
    except (OSError, ValueError):
        return None
    if pid is None:
        return None
    return State(
        folder.name.removeprefix(isolation.PREFIX), pid, tuple(told["hosts"]), told["middlebox"],
        tuple(told["kinds"]), folder, Path(told["authority"]),
    )  # fmt: skip


def _chosen(name: str | None) -> State:
    running = status()
    if not running:
        raise WorkbenchError("no laboratory is up; workbench lab up starts one.")
    if name is None and len(running) > 1:
        names = ", ".join(state.name for state in running)
        raise WorkbenchError(f"several laboratories are up: {names}. Say which one.")
    for state in running:
        if name in {None, state.name}:
            return state
    raise ParameterError.not_among("laboratory", name, [state.name for state in running])


def _entering(first: int, *, privileged: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return options of nsenter, and what gives up the rights that nsenter leaves."""
    target = (f"--target={first}", "--mount", "--pid")
    own = Path("/proc/self/ns/user").stat().st_ino == Path(f"/proc/{first}/ns/user").stat().st_ino
    if privileged:
        if os.geteuid() != 0:
            raise WorkbenchError("only root can run privileged commands in a laboratory.")
        return target, ()
    if own:
        return target, UNPRIVILEGED
    # In the laboratory's user namespace a program that is executed keeps no capabilities.
    return (*target, "--user", "--preserve-credentials"), ()


def _first_process(pid: int) -> int:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    if not children:
        raise WorkbenchError("the laboratory is just ending.")
    return int(children[0])


def _end(folder: Path) -> None:
    pid = isolation.owner(folder)
    # Before a session is started, the folder belongs to this very process.
    if pid is not None and pid != os.getpid():
        _ask(pid)
        end = time.monotonic() + END_LIMIT_S
        while isolation.birth(pid) and time.monotonic() < end:
            time.sleep(0.01)
        if isolation.birth(pid):
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


def _ask(pid: int) -> None:
    try:
        os.kill(_first_process(pid), signal.SIGTERM)
    except (OSError, WorkbenchError):
        # It was ending already.
        return

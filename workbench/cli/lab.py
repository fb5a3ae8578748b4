"""``workbench lab``: laboratories that stay, trials, and captures with known answers."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.arguments import Commands, add_command, add_formats, add_limit
from workbench.cli.messages import warn
from workbench.errors import InputError, ParameterError
from workbench.units import NS_PER_SECOND, parse_duration_ns

if TYPE_CHECKING:
    from workbench.lab.fixtures import Case
    from workbench.lab.tables import Trial
    from workbench.lab.topology import Topology

TABLE, DATA = "trials.jsonl", "data"
COLUMNS = ("strategy", "middlebox", "domain", "control", "trials", "successes", "share", "low",
           "high", "outcomes")  # fmt: skip
DIGITS = {"share": 3, "low": 3, "high": 3}
PAYLOAD_LIMIT_BYTES = 65_535

_DESCRIPTION = """\
A network on this machine: client, routers, a middlebox and a server in Linux network namespaces,
with real programs at its ends. No packet leaves it. Root or an unprivileged user namespace is
needed.
"""
_EPILOG = """\
examples:
  workbench lab up --middlebox ndpi-drop            a laboratory that stays
  workbench lab run client -- curl https://x.com/   a program on one of its hosts
  workbench lab down
  workbench lab trial --strategy "nfqws --dpi-desync=multidisorder --dpi-desync-split-pos=2" \\
      --middlebox ndpi-drop,xt-drop --domain x.com --repetitions 5
  workbench lab record x.com                        the captures of data/x.com again
"""
_TRIAL = """\
Try strategies against middleboxes and domains, several times each, and sum up with Wilson's
intervals. Every run has its controls: the domains without a strategy, and an allowed name. Rows go
to a table as they are finished; a run that was ended goes on where it stopped. --from sums up a
table that is there, such as one recorded on a line elsewhere (.csv or JSON Lines with at least
strategy, domain and outcome).
"""


def add(commands: Commands) -> None:
    """Add the command to a parser."""
    command = add_command(commands, "lab", "try strategies in a network of its own", _DESCRIPTION,
                          _EPILOG)  # fmt: skip
    verbs = command.add_subparsers(title="what to do", metavar="VERB", required=True)
    _add_staying(verbs)
    _add_trial(verbs)
    record = add_command(
        verbs,
        "record",
        "record captures with known answers",
        "Record a set of captures at every vantage, with a manifest of what is true of them.",
        "",
    )
    record.add_argument("set", metavar="SET", help="x.com, ordinary or interference")
    record.add_argument(
        "--output",
        type=Path,
        default=Path(DATA),
        metavar="FOLDER",
        help=f"the folder that the set's folder goes into (default: {DATA})",
    )
    _add_topology(record)
    record.set_defaults(run=run_record)


def _add_staying(verbs: Commands) -> None:
    """Add the verbs for laboratories that stay."""
    up = add_command(verbs, "up", "start one that stays", "Start a laboratory that stays.", "")
    _add_topology(up)
    up.add_argument("--middlebox", default="none", metavar="NAME", help="what is in its path")
    up.add_argument("--serve", default="web", metavar="KINDS", help="of web, dns, quic")
    up.add_argument("--life", default="4h", metavar="TIME", help="until it ends by itself")
    up.set_defaults(run=run_up)
    status = add_command(verbs, "status", "list those that are up", "List laboratories.", "")
    status.add_argument("--json", action="store_true", help="JSON Lines")
    status.set_defaults(run=run_status)
    down = add_command(verbs, "down", "end one, or all", "End laboratories of this user.", "")
    down.add_argument("name", nargs="?", help="which one (default: all)")
    down.set_defaults(run=run_down)
    run = add_command(
        verbs,
        "run",
        "run a program on a host",
        "Run a program on a host of a "
        "laboratory that is up; its exit code is that of this command.",
        "",
    )
    run.add_argument("host", help="client, r1, dpi, r2, r3 or server")
    run.add_argument("program", nargs=argparse.REMAINDER, help="program and arguments, after --")
    run.add_argument("--name", help="which laboratory, where several are up")
    run.add_argument("--privileged", action="store_true", help="with rights over its network")
    run.set_defaults(run=run_program)


def _add_topology(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--topology",
        type=Path,
        metavar="FILE",
        help="TOML with hops, MTU, delay, loss (default: the usual one)",
    )


def _add_trial(verbs: Commands) -> None:
    """Add the verb for trials."""
    trial = add_command(verbs, "trial", "try strategies", _TRIAL, "")
    _add_matrix(trial)
    trial.add_argument("--seed", type=int, default=0, help="of what is drawn (default: 0)")
    trial.add_argument("--workers", type=int, metavar="N", help="laboratories side by side")
    trial.add_argument(
        "--output",
        type=Path,
        default=Path(TABLE),
        metavar="TABLE",
        help=f"where rows go (default: {TABLE})",
    )
    trial.add_argument(
        "--from", dest="table", type=Path, metavar="TABLE", help="try nothing: sum up this table"
    )
    _add_topology(trial)
    add_formats(trial)
    add_limit(trial, 40)
    trial.set_defaults(run=run_trial)


def _add_matrix(trial: argparse.ArgumentParser) -> None:
    """Add what is tried."""
    trial.add_argument(
        "--strategy",
        action="append",
        default=[],
        metavar="[NAME=]COMMAND",
        help="a tool's command line; may be repeated",
    )
    trial.add_argument(
        "--strategies",
        type=Path,
        metavar="FILE",
        help="more of them, one a line; lines that begin with # are left out",
    )
    trial.add_argument("--middlebox", default="none", metavar="NAMES", help="with commas between")
    trial.add_argument("--domain", default="x.com", metavar="NAMES", help="with commas between")
    trial.add_argument(
        "--allowed",
        default="example.org",
        metavar="NAME",
        help="the name of the control (default: example.org)",
    )
    trial.add_argument("--repetitions", type=int, default=3, metavar="N", help="default: 3")
    trial.add_argument("--protocol", default="tls", choices=("tls", "http", "quic"))
    trial.add_argument(
        "-6", dest="ip_version", action="store_const", const=6, default=4, help="over IPv6"
    )
    trial.add_argument(
        "--payload",
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="the file that commands call NAME; may be repeated",
    )


def run_trial(arguments: argparse.Namespace) -> None:
    """Try strategies, or read what was tried, and sum up.

    Parameters
    ----------
    arguments : argparse.Namespace
        Parsed.

    Raises
    ------
    InputError, OutputError
        For what cannot be used, or written.
    """
    from workbench.cli.rows import write_rows
    from workbench.lab.tables import read_trials, summary

    trials = read_trials(arguments.table) if arguments.table else tried(arguments)
    write_rows(arguments, [summary(trials).round(DIGITS)], COLUMNS, "groups of trials")


def tried(arguments: argparse.Namespace) -> list[Trial]:
    """Do the trials that are asked for and not done yet.

    Parameters
    ----------
    arguments : argparse.Namespace
        Parsed.

    Returns
    -------
    list of Trial
        All rows.

    Raises
    ------
    ParameterError
        For a strategy that cannot be read, or none at all.
    """
    from workbench.evasion.parsing import parse
    from workbench.lab.crew import run_matrix
    from workbench.lab.middleboxes.interface import Middlebox
    from workbench.lab.trials import Matrix

    strategies = _strategies(arguments.strategy, arguments.strategies)
    for command in strategies.values():
        parse(command)
    middleboxes = _names(arguments.middlebox)
    for name in middleboxes:
        Middlebox.named(name)
    matrix = Matrix(
        strategies, ["" if name == "none" else name for name in middleboxes],
        _names(arguments.domain), arguments.allowed, arguments.repetitions, arguments.protocol,
        arguments.ip_version, arguments.seed, _payloads(arguments.payload),
    )  # fmt: skip
    return run_matrix(
        matrix, arguments.output, topology=_topology(arguments), workers=arguments.workers,
        progress=_progress,
    )  # fmt: skip


def _strategies(given: Sequence[str], file: Path | None) -> dict[str, str]:
    """Return commands by name; a command without a name is its own."""
    lines = list(given)
    if file is not None:
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{str(file)!r} cannot be read as a list of commands.") from error
        lines += [line for line in text.splitlines() if line.strip()[:1] not in {"", "#"}]
    found = {}
    for line in lines:
        name, equals, command = line.partition("=")
        named = bool(equals) and not any(sign in name for sign in (" -", "/"))
        found[name if named else line.strip()] = (command if named else line).strip()
    if not found:
        raise ParameterError.missing("--strategy", "lab trial")
    return found


def _names(text: str) -> list[str]:
    """Return names with commas between."""
    return [name.strip() for name in text.split(",") if name.strip()]


def _payloads(given: Sequence[str]) -> dict[str, str]:
    """Return contents of payload files by the names that commands use, as digits."""
    found = {}
    for word in given:
        name, _, path = word.partition("=")
        try:
            with Path(path).open("rb") as file:
                data = file.read(PAYLOAD_LIMIT_BYTES + 1)
        except OSError as error:
            raise InputError(f"{path!r} cannot be read ({error.strerror}).") from error
        if len(data) > PAYLOAD_LIMIT_BYTES:
            raise InputError(f"{path!r} is no payload: more than {PAYLOAD_LIMIT_BYTES} bytes.")
        found[name] = data.hex()
    return found


def _topology(arguments: argparse.Namespace) -> Topology:
    from workbench.lab.layouts import load
    from workbench.lab.topology import Topology

    return load(arguments.topology) if arguments.topology else Topology()


def _progress(trial: Trial, done: int, total: int) -> None:
    """Say that a trial is done, on a terminal and nowhere else."""
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        text = f"{done} of {total} trials: {trial.domain} {trial.outcome}"
        sys.stderr.write(f"\r\x1b[Kworkbench: {text}{end}")
        sys.stderr.flush()


def run_record(arguments: argparse.Namespace) -> None:
    """Record a set of captures and say where its manifest is.

    Parameters
    ----------
    arguments : argparse.Namespace
        Parsed.

    Raises
    ------
    InputError, OutputError
        For what cannot be used, or written.
    """
    from workbench.lab.fixtures import record

    def told(case: Case, trial: Trial) -> None:
        warn(f"{case.name}: {trial.outcome}", "info")

    made = record(arguments.set, arguments.output, topology=_topology(arguments), progress=told)
    sys.stdout.write(f"{made}\n")


def run_up(arguments: argparse.Namespace) -> None:
    """Start a laboratory and say its name.

    Parameters
    ----------
    arguments : argparse.Namespace
        Parsed.
    """
    from workbench.lab import commands
    from workbench.lab.middleboxes.interface import Middlebox

    state = commands.up(
        _topology(arguments),
        kinds=_names(arguments.serve),
        middlebox=Middlebox.named(arguments.middlebox),
        life_s=parse_duration_ns(arguments.life) / NS_PER_SECOND,
    )
    sys.stdout.write(f"{state.name}\n")


def run_status(arguments: argparse.Namespace) -> None:
    """List the laboratories that are up.

    Parameters
    ----------
    arguments : argparse.Namespace
        Parsed.
    """
    from workbench.lab import commands

    found = commands.status()
    for one in found:
        facts = {"name": one.name, "middlebox": one.middlebox, "serves": ",".join(one.kinds),
                 "hosts": ",".join(one.hosts)}  # fmt: skip
        sys.stdout.write(
            (json.dumps(facts) if arguments.json else "  ".join(facts.values())) + "\n"
        )
    if not found and not arguments.json:
        sys.stdout.write("no laboratory is up\n")


def run_down(arguments: argparse.Namespace) -> None:
    """End laboratories and say which.

    Parameters
    ----------
    arguments : argparse.Namespace
        Parsed.
    """
    from workbench.lab import commands

    for name in commands.down(arguments.name):
        sys.stdout.write(f"{name}\n")


def run_program(arguments: argparse.Namespace) -> None:
    """Run a program on a host.

    Parameters
    ----------
    arguments : argparse.Namespace
        Parsed.

    Raises
    ------
    SystemExit
        With the program's exit code.
    """
    from workbench.lab import commands

    words = arguments.program[1:] if arguments.program[:1] == ["--"] else arguments.program
    code = commands.run(arguments.host, words, name=arguments.name, privileged=arguments.privileged)
    raise SystemExit(code)

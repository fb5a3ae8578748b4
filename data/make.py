"""Make the sample captures in this folder again: real programs, in network namespaces of their own.

Linux, with root or an unprivileged user namespace; about a minute. No packet leaves the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType

from making.isolation import isolating_command, require, run_session
from making.manifest import describe, publish
from making.samples import COMMON, SAMPLES, Sample
from workbench.errors import OutputError, ParameterError, WorkbenchError

HERE = Path(__file__).resolve().parent
PREFIX = "workbench-data-"
INTERRUPTED = 130


def _parser() -> argparse.ArgumentParser:
    names = ", ".join(sample.name for sample in SAMPLES)
    parser = argparse.ArgumentParser(prog="data/make.py", description=__doc__)
    parser.add_argument(
        "--only", metavar="NAMES", help=f"make only these, separated by commas: {names}"
    )
    parser.add_argument(
        "--output", type=Path, default=HERE, help="where captures and manifest go (default: here)"
    )
    parser.add_argument(
        "--keep-logs", action="store_true", help="keep the folder with the programs' messages"
    )
    parser.add_argument(
        "--check", action="store_true", help="only say whether this machine can make them"
    )
    return parser


def choose(only: str | None) -> tuple[Sample, ...]:
    """Return the samples that were asked for.

    Parameters
    ----------
    only : str or None
        Names separated by commas, or None for all.

    Returns
    -------
    tuple of Sample
        The samples, in the order of the table.

    Raises
    ------
    ParameterError
        For a name that is none.

    Examples
    --------
    >>> [sample.name for sample in choose("http, dns")]
    ['dns', 'http']
    """
    if only is None:
        return SAMPLES
    names = [name.strip() for name in only.split(",")]
    known = [sample.name for sample in SAMPLES]
    for name in names:
        if name not in known:
            raise ParameterError.not_among("--only", name, known)
    return tuple(sample for sample in SAMPLES if sample.name in names)


def _ensure_writable(output: Path) -> None:
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError.cannot_write(output, error) from error
    if not os.access(output, os.W_OK):
        raise OutputError.cannot_write(output, "permission denied")


def _remove_stale() -> None:
    """Remove folders of earlier runs that were killed, told by the number of their process."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        number = folder.name.removeprefix(PREFIX).partition("-")[0]
        ours = folder.is_dir() and not folder.is_symlink() and folder.stat().st_uid == os.geteuid()
        if ours and number.isdecimal() and not Path(f"/proc/{number}").exists():
            shutil.rmtree(folder, ignore_errors=True)


def make(samples: tuple[Sample, ...], output: Path, *, keep_logs: bool, check: bool) -> int:
    """Make samples.

    Parameters
    ----------
    samples : tuple of Sample
        Which ones.
    output : Path
        Where captures and manifest go.
    keep_logs : bool
        Whether the working folder stays.
    check : bool
        Only find out whether it would work.

    Returns
    -------
    int
        The exit code.
    """
    programs = {"nginx", "unshare", "mount", *COMMON}
    require(programs.union(*(sample.programs for sample in samples)))
    way = isolating_command()
    if check:
        return 0
    _ensure_writable(output)
    _remove_stale()
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    try:
        code = run_session(way, folder, [sample.name for sample in samples])
        if code == 0:
            session = json.loads((folder / "captures" / "session.json").read_text())
            made = [describe(sample, folder, session[sample.name]) for sample in samples]
            publish([entry for entries in made for entry in entries], folder / "captures", output)
    finally:
        if keep_logs:
            for secret in (*folder.glob("*.key"), *folder.glob("session.pem")):
                secret.unlink()
            print(f"logs: {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return code


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Read the command line, make the samples, and return the exit code."""
    options = _parser().parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        samples = choose(options.only)
        return make(samples, options.output, keep_logs=options.keep_logs, check=options.check)
    except WorkbenchError as error:
        print(f"data/make.py: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("data/make.py: interrupted, nothing was written", file=sys.stderr)
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())

"""``workbench explore``: a page about a capture."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from workbench.cli.arguments import Commands, add_command, add_files

OUTPUT = "reports"

_DESCRIPTION = """\
Make a page about a capture, for a browser: what it is and what is wrong with it, who talks to whom,
when and how much, and one connection in detail. The page is one file that needs no network;
results.json beside it holds the same facts for programs.
"""
_EPILOG = """\
examples:
  workbench explore visit.pcapng
  workbench explore visit.pcapng --focus 3 --output visit.html
  workbench explore visit.pcapng --focus 10.0.0.1 --output pages/
  tcpdump -c 1000 -w - | workbench explore -
"""


def add(commands: Commands) -> None:
    """Add the command to a parser."""
    command = add_command(commands, "explore", "make a page about it", _DESCRIPTION, _EPILOG)
    add_files(command)
    command.add_argument(
        "--focus",
        default="",
        metavar="CONNECTION",
        help="connection to look at closely: its number, an address or a name (default: the most"
        " telling one)",
    )
    command.add_argument(
        "--output",
        default=OUTPUT,
        metavar="PLACE",
        help=f"an .html file, or a folder for it (default: {OUTPUT})",
    )
    command.add_argument("--json", action="store_true", help="say where it is as one JSON object")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Make the page and say where it is.

    Parameters
    ----------
    arguments : argparse.Namespace
        Parsed.

    Raises
    ------
    InputError, ReportError, OutputError
        For what cannot be used, or written.
    """
    from workbench.publishing import configure_logs, report

    configure_logs(arguments.log_format)
    with one_file(arguments.files) as capture:
        values = {"capture": capture, "focus": arguments.focus}
        made = report("explore", values, arguments.output)
    if arguments.json:
        places = {"page": str(made.html), "results": str(made.results)}
        sys.stdout.write(f"{json.dumps(places)}\n")
    else:
        sys.stdout.write(f"{made.html}\n")


@contextmanager
def one_file(files: Sequence[str]) -> Iterator[str]:
    """Give one path for what may be several files, or a stream.

    Parameters
    ----------
    files : sequence of str
        Paths, or `-`.

    Yields
    ------
    str
        A path that exists within the block, if it did before.

    Raises
    ------
    CaptureError, LimitError
        When the captures cannot be read.
    """
    if len(files) == 1 and files[0] != "-":
        from workbench.capture.opened import OpenedFile

        # What is no capture is said now, before a report is begun.
        OpenedFile(files[0], cache=False).close()
        yield files[0]
        return
    from workbench.cli.inputs import Reading

    with tempfile.TemporaryDirectory(prefix="workbench-") as folder:
        names = [Path(name).stem for name in files if name != "-"]
        path = Path(folder) / f"{'-'.join(names)[:80] or 'standard-input'}.pcapng"
        reading = Reading(files, needs_flow=True)
        try:
            reading.capture.write(path)
            reading.report_problems()
        finally:
            reading.close()
        yield str(path)

"""From words to exit code: which command, and what becomes of errors."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from workbench.cli import (
    cache,
    compare,
    connections,
    explore,
    export,
    lab,
    packets,
    strategies,
    version,
)
from workbench.cli.arguments import Parser
from workbench.cli.messages import use_log_format, warn
from workbench.errors import WorkbenchError
from workbench.units import printable

INTERNAL = 1
INTERRUPTED = 130
READER_LEFT = 141
"""What a shell reports of a program whose reader closed the pipe: 128 and SIGPIPE."""

_EPILOG = """\
examples:
  workbench packets visit.pcapng                         a table of the packets
  workbench packets visit.pcapng --filter "port 443"     some of them
  workbench connections visit.pcapng --json              for programs
  workbench explore visit.pcapng                         a page about it, for a browser
  workbench compare reference.pcap candidate.pcap        what differs between two
  workbench export visit.pcapng visit.parquet            a table for other tools
  workbench export big.pcap part.pcap --frames 1-500     a smaller capture

exit codes:
  0  done    1  compare: the candidate is worse    3  compare: no verdict
  2  what was given cannot be used, one line says why    130  interrupted

WORKBENCH_DEBUG=1 shows where in the program an error arose.
"""


def parser() -> Parser:
    """Return the parser of the whole command line."""
    main_parser = Parser(
        prog="workbench",
        description="Read network captures into tables, and report on them.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = main_parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in (
        packets,
        connections,
        strategies,
        compare,
        explore,
        export,
        lab,
        cache,
        version,
    ):
        command.add(commands)
    return main_parser


def run(words: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    words : sequence of str, optional
        Arguments; those of the process by default.

    Returns
    -------
    int
        Exit code: 0, 2 for what cannot be used, 130 after an interruption, 141 when the reader of
        standard output left, 1 for a fault of this program.
    """
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a letter gets its escape, and no error.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        return _done(words)
    except BrokenPipeError:
        _silence_output()
        return READER_LEFT
    except KeyboardInterrupt:
        return INTERRUPTED
    except WorkbenchError as error:
        _shown_in_debug()
        warn(str(error))
        return error.exit_code
    except MemoryError:
        _shown_in_debug()
        warn("there is not enough memory for this: choose fewer columns, or export part by part.")
        return WorkbenchError.exit_code
    except Exception as error:  # noqa: BLE001 (whatever else there is becomes one line)
        _shown_in_debug()
        what = printable(f"{type(error).__name__}: {error}", 500)
        warn(f"this is a fault of workbench ({what}): WORKBENCH_DEBUG=1 shows where it arose.")
        return INTERNAL


def _done(words: Sequence[str] | None) -> int:
    try:
        arguments = parser().parse_args(words)
    except SystemExit as done:
        # After --help; what is wrong comes as an error of ours.
        sys.stdout.flush()
        return done.code if isinstance(done.code, int) else 0
    use_log_format(arguments.log_format)
    code = arguments.run(arguments)
    sys.stdout.flush()
    return code if isinstance(code, int) else 0


def _shown_in_debug() -> None:
    """Print the traceback of the error at hand if that was asked for."""
    if os.environ.get("WORKBENCH_DEBUG", "") not in ("", "0"):
        import traceback

        traceback.print_exc()


def _silence_output() -> None:
    """Leave nothing that the interpreter would try to write when it ends."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
    except (OSError, ValueError):
        return

"""Arguments that several commands share, and a parser that complains in one line."""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

from workbench.cli.messages import LOG_FORMATS
from workbench.errors import ParameterError
from workbench.units import printable

Commands = Any
"""What `add_subparsers` returns, which argparse gives no public name."""

FILTER_HELP = """\
filters:
  tcp, udp, icmp, ip6 ...        port 443, src port 53       host 10.0.0.1, net 10.0.0.0/8
  flags syn,ack                  tcp_flags & rst             ttl < 10, length > 1000
  checksum bad, problem          encapsulation vlan          frame 10..20, connection 3
  time >= 2026-11-21T05:00:00Z   direction client            not (...), and, or
  Any column can be compared; docs/filters.md has the whole grammar.
"""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are ours."""

    def error(self, message: str) -> NoReturn:
        """Raise an error that names the help to read.

        Raises
        ------
        ParameterError
            Always.
        """
        raise ParameterError(f"{printable(message, 500)}; see {self.prog} --help.")


def add_command(
    commands: Commands, name: str, summary: str, description: str, epilog: str
) -> argparse.ArgumentParser:
    """Add a command with what all of them have.

    Parameters
    ----------
    commands : object
        What `add_subparsers` returned.
    name, summary : str
        Its word, and the line in the list of commands.
    description, epilog : str
        What stands above and below its arguments; line breaks are kept.

    Returns
    -------
    argparse.ArgumentParser
        To add arguments to.
    """
    command: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_argument(
        "--log-format",
        choices=LOG_FORMATS,
        default="text",
        help="how messages on standard error are written (default: text)",
    )
    return command


def add_files(command: argparse.ArgumentParser) -> None:
    """Add the captures to read."""
    command.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="pcap or pcapng, plain or within gzip, zstd, xz or lz4; - is standard input; several"
        " are read as one capture, in order of time",
    )


def add_selection(command: argparse.ArgumentParser) -> None:
    """Add which part of the capture is meant."""
    group = command.add_argument_group("which packets", "all that is given must hold")
    group.add_argument("--filter", metavar="EXPRESSION", help="see below")
    group.add_argument(
        "--start",
        metavar="TIME",
        help="from this time on: 2026-11-21T08:30:00.5Z, seconds since 1970, or +1.5s after the"
        " first packet",
    )
    group.add_argument("--end", metavar="TIME", help="up to, but without, this time")
    group.add_argument("--frames", metavar="NUMBERS", help="frame numbers, such as 1-20,40")
    group.add_argument("--connection", metavar="NUMBERS", help="connection numbers, such as 0,3")


def add_columns(command: argparse.ArgumentParser, default: str) -> None:
    """Add which columns are wanted."""
    command.add_argument(
        "--columns",
        metavar="NAMES",
        help=f"names with commas between, or all (default: {default})",
    )


def add_formats(command: argparse.ArgumentParser) -> None:
    """Add formats for programs."""
    group = command.add_mutually_exclusive_group()
    group.add_argument(
        "--json",
        action="store_true",
        help="JSON Lines: one object a row, null where a column does not apply",
    )
    group.add_argument(
        "--csv",
        action="store_true",
        help="CSV, empty where a column does not apply",
    )


def add_limit(command: argparse.ArgumentParser, rows: int) -> None:
    """Add how many rows are shown."""
    command.add_argument(
        "--limit",
        type=_count,
        metavar="ROWS",
        help=f"show at most so many rows and say how many are left; 0 is all (default: {rows} in a"
        " table for people, all with --json and --csv)",
    )


def numbers(text: str) -> list[int]:
    """Read whole numbers with commas between.

    Parameters
    ----------
    text : str
        Such as `0,3`.

    Returns
    -------
    list of int
        At least one.

    Raises
    ------
    ParameterError
        When it is something else.
    """
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and len(part) <= 10 for part in parts):
        raise ParameterError.not_understood("connection", text, "numbers such as 0,3")
    return [int(part) for part in parts]


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise argparse.ArgumentTypeError(f"{printable(text, 50)!r} is no number of rows")
    return int(text)

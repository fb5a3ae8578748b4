"""``workbench connections``: the connection table."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from workbench.cli.arguments import (
    FILTER_HELP,
    Commands,
    add_columns,
    add_command,
    add_files,
    add_formats,
    add_limit,
    add_selection,
)
from workbench.cli.follow import POLICIES, follow
from workbench.errors import ColumnError

if TYPE_CHECKING:
    import pandas as pd

    from workbench.capture.slicing import Slicer
    from workbench.cli.inputs import Reading

COLUMNS = (
    "connection",
    "protocol",
    "client",
    "client_port",
    "server",
    "server_port",
    "server_name",
    "first_time",
    "duration_ns",
    "packets",
    "payload_client",
    "payload_server",
)
ABSENT = {
    "duration_ns": -1,
    "handshake_rtt_ns": -1,
    "ttl_client": 0,
    "ttl_server": 0,
    "request_length": -1,
    "hops_client": -1,
    "hops_server": -1,
}
"""What the connection table holds where a column does not apply."""
LIMIT = 100

_DESCRIPTION = """\
Print the connections of a capture: who talked to whom, which side began, how much and how long.
A selection keeps the connections of which at least one packet fits; their numbers and counts are
those of the whole capture. With --follow, print what both sides of one connection said instead.
"""
_EPILOG = f"""\
{FILTER_HELP}
examples:
  workbench connections visit.pcapng
  workbench connections visit.pcapng --filter "flags rst"
  workbench connections visit.pcapng --name example.org
  workbench connections visit.pcapng --columns server_name,first_name,ja4,hops_server
  workbench connections visit.pcapng --columns all --json
  workbench connections visit.pcapng --follow 3
  workbench connections visit.pcapng --follow 3 --policy windows
  workbench connections visit.pcapng --filter "host 10.0.0.1" --csv > connections.csv
"""


def add(commands: Commands) -> None:
    """Add the command to a parser."""
    command = add_command(commands, "connections", "print connections", _DESCRIPTION, _EPILOG)
    add_files(command)
    add_columns(command, ",".join(COLUMNS))
    add_limit(command, LIMIT)
    add_formats(command)
    add_selection(command)
    command.add_argument(
        "--name", metavar="TEXT", help="only connections whose server_name or first_name has TEXT"
    )
    command.add_argument(
        "--follow",
        type=int,
        metavar="CONNECTION",
        help="print the streams of a connection; --limit is then in bytes a side (default 65536)",
    )
    command.add_argument(
        "--policy",
        choices=POLICIES,
        default=POLICIES[0],
        help="with --follow: genuine leaves out what is judged fake (default), the others take "
        "every segment and resolve overlaps as such a system does",
    )
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print the connections that were asked for.

    Parameters
    ----------
    arguments : argparse.Namespace
        Parsed.

    Raises
    ------
    InputError
        For what cannot be used.
    """
    from workbench.cli.inputs import Reading, slicer_of
    from workbench.cli.rows import write_rows

    names = chosen(arguments.columns)
    slicer = slicer_of(arguments)
    reading = Reading(arguments.files, needs_flow=True)
    try:
        if arguments.follow is not None:
            follow(arguments, reading.capture)
            reading.report_problems()
            return
        table = named(selected(reading, slicer), arguments.name)
        write_rows(arguments, [table], names, "connections", ABSENT)
        reading.report_problems()
    finally:
        reading.close()


def named(table: pd.DataFrame, text: str | None) -> pd.DataFrame:
    """Return the connections that ask for a name, or seem to.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of the connection table.
    text : str or None
        Part of the name, in any case; None for all rows.
    """
    if text is None:
        return table
    names = (table[column].astype("str").str.lower() for column in ("server_name", "first_name"))
    asked, seen = (name.str.contains(text.lower(), regex=False) for name in names)
    kept = asked | seen
    return table.loc[kept]


def chosen(text: str | None, default: tuple[str, ...] | None = COLUMNS) -> list[str]:
    """Return columns of the connection table by name, checked.

    Parameters
    ----------
    text : str or None
        Names with commas between, or `all`; None for the default.
    default : tuple of str, optional
        None for all.

    Returns
    -------
    list of str
        In the order given.

    Raises
    ------
    ColumnError
        For a name that is no column.
    """
    from workbench.cli.inputs import column_names
    from workbench.traffic.tables import COLUMNS as KNOWN

    names = column_names(text, tuple(KNOWN), default or tuple(KNOWN))
    for name in names:
        if name not in KNOWN:
            raise ColumnError.unknown(name, KNOWN, "connection")
    return names


def selected(reading: Reading, slicer: Slicer) -> pd.DataFrame:
    """Return the connections of which at least one packet is in a part of the capture.

    Parameters
    ----------
    reading : Reading
        The capture.
    slicer : Slicer
        The part.

    Returns
    -------
    pandas.DataFrame
        Rows of the connection table.
    """
    table = reading.capture.connections
    if not slicer.columns:
        return table
    import numpy as np

    kept = np.zeros(len(table) + 1, bool)
    for packets in reading.tables(["connection"], slicer):
        # Packets of no connection mark the last entry, which stands for none.
        kept[packets["connection"].to_numpy()] = True
    return table[kept[:-1]]

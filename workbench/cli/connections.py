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
    "first_time",
    "duration_ns",
    "packets",
    "payload_client",
    "payload_server",
)
ABSENT = {"duration_ns": -1, "handshake_rtt_ns": -1, "ttl_client": 0, "ttl_server": 0}
"""What the connection table holds where a column does not apply."""
LIMIT = 100

_DESCRIPTION = """\
Print the connections of a capture: who talked to whom, which side began, how much and how long.
A selection keeps the connections of which at least one packet fits; their numbers and counts are
those of the whole capture.
"""
_EPILOG = f"""\
{FILTER_HELP}
examples:
  workbench connections visit.pcapng
  workbench connections visit.pcapng --filter "flags rst"
  workbench connections visit.pcapng --columns all --json
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
        table = selected(reading, slicer)
        write_rows(arguments, [table], names, "connections", ABSENT)
        reading.report_problems()
    finally:
        reading.close()


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

"""``workbench packets``: the packet table."""

from __future__ import annotations

import argparse

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

COLUMNS = (
    "frame",
    "time",
    "source",
    "source_port",
    "destination",
    "destination_port",
    "protocol",
    "tcp_flags",
    "wire_length",
    "payload_length",
    "problem",
)
LIMIT = 100

_DESCRIPTION = """\
Print the packets of a capture, one row each, and a summary of what is wrong with it on standard
error. Frames are numbered as Wireshark numbers them; times are UTC, to the nanosecond.
"""
_EPILOG = f"""\
{FILTER_HELP}
examples:
  workbench packets visit.pcapng
  workbench packets visit.pcapng --filter "tcp and port 443 and flags rst"
  workbench packets visit.pcapng --columns frame,time,ttl,options --limit 0
  workbench packets visit.pcapng --columns all --csv > packets.csv
  workbench packets client.pcap server.pcap --start +2s --end +5s
  tcpdump -w - | workbench packets - --json | jq .source
"""


def add(commands: Commands) -> None:
    """Add the command to a parser."""
    command = add_command(commands, "packets", "print packets", _DESCRIPTION, _EPILOG)
    add_files(command)
    add_columns(command, ",".join(COLUMNS))
    add_limit(command, LIMIT)
    add_formats(command)
    add_selection(command)
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print the packets that were asked for.

    Parameters
    ----------
    arguments : argparse.Namespace
        Parsed.

    Raises
    ------
    InputError
        For what cannot be used.
    """
    from workbench.capture import schema
    from workbench.cli.inputs import Reading, column_names, slicer_of
    from workbench.cli.rows import write_rows

    names = column_names(arguments.columns, schema.NAMES, COLUMNS)
    schema.chosen_columns(names)
    slicer = slicer_of(arguments)
    needs_flow = slicer.needs_flow or bool(set(names) & set(schema.FLOW))
    reading = Reading(arguments.files, needs_flow=needs_flow)
    try:
        write_rows(arguments, reading.tables(names, slicer), names, "packets")
        reading.report_problems()
    finally:
        reading.close()

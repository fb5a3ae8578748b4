"""``workbench export``: packets to files of other formats, or to smaller captures."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.arguments import (
    FILTER_HELP,
    Commands,
    add_columns,
    add_command,
    add_files,
    add_selection,
)
from workbench.errors import OutputError, ParameterError

if TYPE_CHECKING:
    from workbench.capture.packets import Packets
    from workbench.capture.slicing import Slicer
    from workbench.cli.inputs import Reading

TABLES = {".parquet": "parquet", ".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
CAPTURES = {".pcap": "pcap", ".cap": "pcap", ".pcapng": "pcapng"}
FORMATS = ("parquet", "csv", "jsonl", "pcap", "pcap-us", "pcapng")

_DESCRIPTION = """\
Write packets, or connections, to a file. Its suffix says the format: .parquet, .csv or .jsonl for a
table, .pcap (nanoseconds) or .pcapng for a capture; .gz or .zst behind it compresses all but
Parquet. A file that is there is replaced once the new one is whole.

Memory does not grow with a large file as long as no connections are asked for; --columns without
connection and direction, or a capture as output, is such a case.
"""
_EPILOG = f"""\
{FILTER_HELP}
examples:
  workbench export visit.pcapng visit.parquet
  workbench export visit.pcapng web.csv.gz --filter "port 443" --columns frame,time,source
  workbench export visit.pcapng connections.csv --table connections
  workbench export big.pcap part.pcapng --start +10s --end +20s
  workbench export client.pcap server.pcap both.pcapng
  workbench export visit.pcapng - --format jsonl --frames 1-3
"""


def add(commands: Commands) -> None:
    """Add the command to a parser."""
    command = add_command(commands, "export", "write packets to a file", _DESCRIPTION, _EPILOG)
    add_files(command)
    command.add_argument("output", metavar="OUT", help="file to write; - is standard output")
    command.add_argument(
        "--format",
        choices=FORMATS,
        help="where the suffix does not say it; pcap-us cuts times to microseconds",
    )
    command.add_argument(
        "--table", choices=("packets", "connections"), default="packets", help="default: packets"
    )
    add_columns(command, "all")
    add_selection(command)
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Write what was asked for.

    Parameters
    ----------
    arguments : argparse.Namespace
        Parsed.

    Raises
    ------
    InputError, OutputError
        For what cannot be used, or written.
    """
    name = format_of(arguments.output, arguments.format)
    if name not in TABLES.values():
        _write_capture(arguments, name)
    elif arguments.table == "connections":
        _write_connections(arguments, name)
    else:
        _write_packets(arguments, name)


def format_of(output: str, given: str | None) -> str:
    """Return the format to write.

    Parameters
    ----------
    output : str
        Where to.
    given : str or None
        What was asked for, None for what the suffix says.

    Returns
    -------
    str
        One of `FORMATS`.

    Raises
    ------
    ParameterError
        When standard output is given no format.
    OutputError
        When the suffix says none.

    Examples
    --------
    >>> format_of("a.csv.gz", None), format_of("-", "pcap")
    ('csv', 'pcap')
    """
    from workbench.capture.output import suffixes

    if given:
        return given
    if output == "-":
        raise ParameterError.missing("--format", "writing to standard output")
    ending, compression = suffixes(output)
    known = {**TABLES, **CAPTURES}
    if ending not in known or (compression and ending == ".parquet"):
        raise OutputError.unknown_suffix(output, (*known, "and .gz or .zst behind"))
    return known[ending]


def _write_packets(arguments: argparse.Namespace, name: str) -> None:
    """Write rows of the packet table."""
    from workbench.capture import schema
    from workbench.cli.inputs import Reading, column_names, slicer_of

    names = list(schema.chosen_columns(column_names(arguments.columns, schema.NAMES, schema.NAMES)))
    slicer = slicer_of(arguments)
    needs_flow = slicer.needs_flow or bool(set(names) & set(schema.FLOW))
    reading = Reading(arguments.files, needs_flow=needs_flow)
    try:
        tables = reading.tables(names, slicer, "wrote")
        _writer(name, reading)(tables, arguments.output, columns=names)
        _report(arguments, reading)
    finally:
        reading.close()


def _write_connections(arguments: argparse.Namespace, name: str) -> None:
    """Write rows of the connection table."""
    from workbench.cli.connections import ABSENT, chosen, selected
    from workbench.cli.inputs import Reading, slicer_of

    names = chosen(arguments.columns, None)
    slicer = slicer_of(arguments)
    reading = Reading(arguments.files, needs_flow=True)
    try:
        write = _writer(name, reading)
        write([selected(reading, slicer)], arguments.output, columns=names, absent=ABSENT)
        _report(arguments, reading)
    finally:
        reading.close()


def _write_capture(arguments: argparse.Namespace, name: str) -> None:
    """Write packets as a capture."""
    from workbench.capture.writing import write_packets
    from workbench.cli.inputs import Reading, slicer_of

    if arguments.columns is not None or arguments.table != "packets":
        raise ParameterError(f"a {name} file holds whole packets: leave out --columns and --table.")
    slicer = slicer_of(arguments)
    reading = Reading(arguments.files, needs_flow=slicer.needs_flow)
    try:
        if reading.streamed:
            write_packets(_sliced(reading, slicer), arguments.output, name)
        else:
            part = reading.capture
            if slicer.columns:
                part = part.select(
                    arguments.filter,
                    start=arguments.start,
                    end=arguments.end,
                    frames=arguments.frames,
                    connection=slicer.connections,
                )
            part.write(arguments.output, name)
        _report(arguments, reading)
    finally:
        reading.close()


def _sliced(reading: Reading, slicer: Slicer) -> Iterator[Packets]:
    """Yield the wanted packets of a streamed capture."""
    from workbench.capture.table import packet_table
    from workbench.cli.messages import Progress

    progress, seen = Progress("wrote"), 0
    for packets in reading.pieces():
        kept = slicer.mask(packet_table(packets, slicer.columns)) if slicer.columns else None
        yield packets if kept is None else packets.take(kept)
        seen += len(packets)
        progress.show(seen)
    progress.end()
    slicer.finish()


def _writer(name: str, reading: Reading) -> Callable[..., Path]:
    """Return the function that writes a table."""
    from workbench.capture import export

    if name == "parquet":
        return partial(_to_parquet, reading)
    return export.to_csv if name == "csv" else export.to_jsonl


def _to_parquet(reading: Reading, tables: Any, path: str, **options: Any) -> Path:
    from workbench.capture.export import to_parquet

    return to_parquet(tables, path, files=reading.digests(), **options)


def _report(arguments: argparse.Namespace, reading: Reading) -> None:
    """Say what was written, unless it went to standard output."""
    if arguments.output != "-":
        sys.stdout.write(f"{arguments.output}\n")
    reading.report_problems()

"""``workbench strategies``: what each client sent, in the words of the tools that send it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from workbench.cli.arguments import (
    FILTER_HELP,
    Commands,
    add_command,
    add_formats,
    add_limit,
    add_selection,
)
from workbench.cli.explore import OUTPUT, one_file
from workbench.errors import ParameterError
from workbench.units import printable

if TYPE_CHECKING:
    import pandas as pd

    from workbench.api import Capture
    from workbench.evasion.strategy import Strategy

COLUMNS = (
    "connection", "server", "server_name", "strategy", "ttl", "split_pos", "fooling", "repeats",
    "tool", "confidence",
)  # fmt: skip
ABSENT = {"ttl": -1, "repeats": -1, "order": -1, "confidence": -1.0}
"""What stands for a number that a strategy has not."""
LIMIT = 100
DECIMALS = 2
WIDEST = 500
MOST_PACKETS = 60

_DESCRIPTION = """\
Name the strategy with which each client sent its request: fakes and parts, their order, TTL,
fooling and split positions, read off the packets. With --explain, the packets that say so; with
--as, the command that would send the same; with --html, a page about one connection, which needs no
network. --list and --parse need no capture.
"""
_EPILOG = f"""\
{FILTER_HELP}
examples:
  workbench strategies zapret.pcap
  workbench strategies zapret.pcap --explain --connection 0
  workbench strategies zapret.pcap --as nfqws
  workbench strategies zapret.pcap --html --connection 0 --output pages/
  workbench strategies a.pcap b.pcap --json
  workbench strategies --list
  workbench strategies --parse "nfqws --dpi-desync=fake,fakeddisorder --dpi-desync-ttl=3"
  workbench strategies --parse "ciadpi --disorder 1 --tlsrec 1+s" --as tpws
"""


def add(commands: Commands) -> None:
    """Add the command to a parser."""
    command = add_command(commands, "strategies", "name strategies", _DESCRIPTION, _EPILOG)
    command.add_argument(
        "files", nargs="*", metavar="FILE", help="captures, as for the other commands"
    )
    command.add_argument(
        "--list", action="store_true", help="print the strategies that are known, and stop"
    )
    command.add_argument(
        "--parse", metavar="COMMAND", help="explain the command line of a tool, and stop"
    )
    command.add_argument(
        "--as", dest="tool", metavar="TOOL", help="print commands of this tool: nfqws, byedpi, ..."
    )
    command.add_argument(
        "--explain",
        action="store_true",
        help="print what speaks for each reading, packet by packet",
    )
    command.add_argument("--all", action="store_true", help="connections without a strategy too")
    command.add_argument("--html", action="store_true", help="make a page, and say where it is")
    command.add_argument(
        "--output",
        default=OUTPUT,
        metavar="PLACE",
        help=f"with --html: an .html file, or a folder for it (default: {OUTPUT})",
    )
    add_limit(command, LIMIT)
    add_formats(command)
    add_selection(command)
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Do what was asked for.

    Parameters
    ----------
    arguments : argparse.Namespace
        Parsed.

    Raises
    ------
    ParameterError
        When there is nothing to name, or too much.
    """
    asked = [bool(arguments.files), arguments.list, arguments.parse is not None]
    if sum(asked) != 1:
        raise ParameterError("Give captures, or --list, or --parse COMMAND; see --help.")
    if arguments.list:
        _write(_known(as_json=arguments.json))
    elif arguments.parse is not None:
        _write(_parsed(arguments))
    elif arguments.html:
        _page(arguments)
    else:
        _of_captures(arguments)


def _write(lines: Iterable[str]) -> None:
    for line in lines:
        sys.stdout.write(line + "\n")


def _known(*, as_json: bool) -> Iterator[str]:
    """Yield the catalogue, a strategy a line."""
    from workbench.evasion.catalogue import PHASES, catalogue

    phase = ""
    for entry in catalogue().strategies.values():
        if as_json:
            yield json.dumps(
                {
                    "name": entry.name,
                    "phase": entry.phase,
                    "does": entry.does,
                    "needs": entry.needs,
                    "parameters": entry.parameters,
                    "aliases": dict(entry.aliases),
                }
            )
            continue
        if entry.phase != phase:
            phase = entry.phase
            yield f"\n{PHASES[phase]}"
        yield f"  {entry.name:<16}  {entry.does}"


def _parsed(arguments: argparse.Namespace) -> Iterator[str]:
    """Yield what a command line says, profile by profile."""
    from workbench.evasion.parsing import parse_profiles

    for number, strategy in enumerate(profiles := parse_profiles(arguments.parse)):
        if arguments.json:
            yield json.dumps(strategy.to_json())
            continue
        if len(profiles) > 1:
            yield f"{'' if not number else chr(10)}profile {number + 1}"
        yield f"strategy: {strategy.text or 'none'}"
        yield from _told(strategy)
        if arguments.tool:
            yield from _command(strategy, arguments.tool)


def _told(strategy: Strategy) -> Iterator[str]:
    from workbench.evasion.explaining import explain

    for line in explain(strategy):
        yield f"  {printable(line, WIDEST)}"


def _command(strategy: Strategy, tool: str) -> Iterator[str]:
    """Yield a command, and what it does not say."""
    from workbench.evasion.rendering import render

    made = render(strategy, tool)
    yield made.command
    for loss in made.lossy:
        yield f"# not expressed: {printable(loss, WIDEST)}"


def _of_captures(arguments: argparse.Namespace) -> None:
    """Name the strategies of captures."""
    from workbench.cli.connections import selected
    from workbench.cli.inputs import Reading, slicer_of
    from workbench.cli.rows import write_rows

    slicer = slicer_of(arguments)
    reading = Reading(arguments.files, needs_flow=True)
    try:
        table = reading.capture.strategies()
        kept = selected(reading, slicer)["connection"]
        table = table[table["connection"].isin(kept)]
        if not arguments.all:
            table = table[table["strategy"].astype("str") != ""]
        if arguments.explain or arguments.tool:
            _write(_each(arguments, reading.capture, table))
        else:
            columns = _columns(arguments, table)
            types = {name: "int32" if name != "confidence" else "float64" for name in ABSENT}
            filled = table.fillna(ABSENT).astype(types).round({"confidence": DECIMALS})
            write_rows(arguments, [filled], columns, "strategies", ABSENT)
        reading.report_problems()
    finally:
        reading.close()


def _page(arguments: argparse.Namespace) -> None:
    """Make the page about one connection and say where it is."""
    from workbench.publishing import configure_logs, report

    configure_logs(arguments.log_format)
    with one_file(arguments.files) as capture:
        values = {"capture": capture, "focus": _focus(arguments, capture)}
        made = report("strategy", values, arguments.output)
    if arguments.json:
        _write([json.dumps({"page": str(made.html), "results": str(made.results)})])
    else:
        _write([str(made.html)])


def _focus(arguments: argparse.Namespace, capture: str) -> str:
    """Return the connection that was selected: the first with a strategy; empty for any."""
    from workbench.cli.connections import selected
    from workbench.cli.inputs import Reading, slicer_of

    slicer = slicer_of(arguments)
    if not slicer.columns:
        return ""
    reading = Reading([capture], needs_flow=True)
    try:
        kept = selected(reading, slicer)["connection"].tolist()
        if not kept:
            raise ParameterError("No connection of the capture fits what was selected.")
        table = reading.capture.strategies().set_index("connection")["strategy"]
        return str(next((number for number in kept if table[number]), kept[0]))
    finally:
        reading.close()


def _columns(arguments: argparse.Namespace, table: pd.DataFrame) -> list[str]:
    """Return the columns to write: for programs all that are plain values."""
    if arguments.json or arguments.csv:
        return [name for name in table.columns if name != "descriptor"]
    return list(COLUMNS)


def _each(arguments: argparse.Namespace, capture: Capture, table: pd.DataFrame) -> Iterator[str]:
    """Yield strategies one by one: commands, or what speaks for them."""
    limit = LIMIT if arguments.limit is None else arguments.limit
    for row in table.head(limit or len(table)).to_dict("records"):
        strategy = row["descriptor"]
        name = printable(str(row["server_name"] or row["server"]))
        if arguments.json:
            yield json.dumps({"connection": row["connection"], **strategy.to_json()})
            continue
        yield f"# connection {row['connection']}, {name}: {row['strategy'] or 'no strategy'}"
        if arguments.tool:
            yield from _command(strategy, arguments.tool)
        if arguments.explain:
            yield from _told(strategy)
            yield from _evidence(strategy)
            yield from _packets(capture, int(row["connection"]))
        yield ""


def _evidence(strategy: Strategy) -> Iterator[str]:
    """Yield the frames that speak for each field, and the rival readings."""
    for path, evidence in strategy.evidence.items():
        frames = ", ".join(map(str, evidence.frames[:12])) + " …" * (len(evidence.frames) > 12)
        rivals = f"; or {', '.join(map(str, evidence.rivals))}" if evidence.rivals else ""
        yield f"  {path}: frames {frames or '-'}{printable(rivals, WIDEST) if rivals else ''}"
    for token in strategy.unexplained:
        yield f"  not explained: {printable(str(token), WIDEST)}"


def _packets(capture: Capture, number: int) -> Iterator[str]:
    """Yield the packets of the client up to its first answer with data."""
    segments = capture.segments(number)
    table = capture.table(["frame", "time", "ttl", "tcp_flags", "checksum"])
    rows = segments.merge(table, on="frame")
    answers = rows.index[(rows["direction"] == 1) & (rows["length"] > 0)]
    told = rows.loc[: answers[0]] if len(answers) else rows
    began = told["time"].iloc[0] if len(told) else None
    for packet in told.head(MOST_PACKETS).to_dict("records"):
        yield "  " + _line({str(name): value for name, value in packet.items()}, began)
    if len(told) > MOST_PACKETS:
        yield f"  … {len(told) - MOST_PACKETS} more packets"


def _line(packet: dict[str, Any], began: Any) -> str:
    from workbench.capture.flags import flag_text

    way = "<" if packet["direction"] else ">"
    since = (packet["time"] - began).total_seconds() * 1_000
    span = f"{packet['offset']}..{packet['offset'] + packet['length']}" if packet["length"] else ""
    marks = [str(packet["checksum"])] if packet["checksum"] == "bad" else []
    return (
        f"{packet['frame']:>6} {since:>10.3f} ms {way} {flag_text(packet['tcp_flags']):<8} "
        f"{span:<12} ttl {packet['ttl']:<3} {packet['kind']:<14} {packet['standing']:<8} "
        f"{packet['reasons']} {' '.join(marks)}"
    ).rstrip()

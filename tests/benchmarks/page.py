"""The results as text, and as the page of the documentation."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

from tests.benchmarks.timing import Line

HEADINGS = ("what, compared with what", "bar", "measured", "verdict", "made of")

PAGE = """\
# Benchmarks

What the bars of the design ask for, measured beside other tools. Every measure is a ratio of two
things that ran in turns in the same run, so that whatever else the machine did fell on both: the
median of {rounds}, with the smallest and the largest in parentheses. Seconds depend on the
machine and are there only to show what a ratio is made of.

## One run

{table}

{machine}

The load, processes that wanted to run during the last minute, was {load}. The inputs:

{inputs}

## Run it again

    make benchmark

or, with a choice of parts (`table`, `connections`, `decoding`, `memory`, `starting`, `compiling`,
`formats`) and
a tenth of the packets:

    python -m tests.benchmarks --quick --only table,memory

Inputs are built when they are first needed, some 8 GB in the work folder (`--work`). A full run
takes a quarter of an hour and writes this page anew; a quick one only prints. An idle machine
gives narrower ranges. The peers are tshark from the system's packages, and dpkt and scapy, which
the extra `test` installs; without tshark its line is left out.

## What is measured, and how

* **Inputs.** Packets of real Ethernet captures (those with known answers where they are there,
  else the samples in `data/`), at most 1,000 of each, captures left out until the mean length is
  near 421 bytes. Each replica XORs both addresses of every packet with another number and
  corrects IP, TCP, UDP and ICMPv6 checksums by the difference, so flows differ, right checksums
  stay right and wrong ones wrong. Within a replica each capture begins at a random moment, so its
  packets lie between those of others. Tunnels are left out: their outer checksums cover inner
  addresses. *Bulk* is made of the TCP connections among them that carry much, all checksums
  right, and fewer bare acknowledgements, so that the mean is near 1,200 bytes.
* **Packet table.** Whole processes from start to end, every column read once. tshark prints the
  fields that make up the core columns, with IP, TCP and UDP checksums on and names off, into
  pandas while it runs; dpkt fills the same columns in a loop, checksums too; scapy reads a few
  packets without checksums, and the time of its loop is scaled.
* **Connection table.** Whole processes again, every column read once: ours with names,
  fingerprints and hops, NFStream with its defaults, which use every core.
* **Decoding.** One thread of one process, the file mapped and in memory, processor time. The bare
  walk follows the record lengths and keeps nothing; decoding walks, fills every core column and
  verifies every checksum.
* **File to columns.** The reader in a warm process with two threads, against `cat` to nowhere,
  wall time.
* **Memory.** The peak (`VmHWM`) of a fresh process at ten times the packets, less that at one,
  over the difference in packets: what every process has falls out.
* **Small captures.** The commands on `data/ordinary.pcapng` against `python -c "import pandas"`,
  and the modules that Python reports as imported.
* **First compiled use.** A fresh cache folder: processor time of the first use less that of the
  second.
"""


def text_of(lines: Sequence[Line], width: int = 110) -> str:
    """Write results for a terminal."""
    blocks = []
    for line in lines:
        head = f"{line.verdict or '·':<16} {line.measured}"
        bar = f"   (bar: {line.bar})" if line.bar else ""
        rest = textwrap.wrap(line.detail, width - 19) if line.detail else []
        blocks.append("\n".join([line.what, f"  {head}{bar}", *(" " * 19 + part for part in rest)]))
    return "\n".join(blocks)


def table_of(lines: Sequence[Line]) -> str:
    """Write results as a table in Markdown."""
    rows = [HEADINGS, ("---",) * len(HEADINGS)]
    for line in lines:
        verdict = f"**{line.verdict}**" if line.misses else line.verdict
        rows.append((line.what, line.bar, line.measured, verdict, line.detail))
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows
    )


def inputs_of(facts: Mapping[str, Mapping[str, int]]) -> str:
    """Describe inputs as a table in Markdown."""
    names = (
        "input",
        "packets",
        "bytes",
        "mean captured",
        "connections",
        "addresses",
        "IPv6",
        "wrong checksums",
    )
    rows = [names, ("---", *("---:",) * (len(names) - 1))]
    for name, found in facts.items():
        packets = max(found["packets"], 1)
        checked = max(found["good"] + found["bad"], 1)
        rows.append(
            (
                name,
                f"{found['packets']:,}",
                f"{found['file_bytes']:,}",
                f"{found['captured_bytes'] / packets:,.0f}",
                f"{found['connections']:,}",
                f"{found['addresses']:,}",
                f"{100 * found['ipv6'] / packets:.1f} %",
                f"{100 * found['bad'] / checked:.1f} %",
            )
        )
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def page_of(
    lines: Sequence[Line],
    machine: Mapping[str, str],
    inputs: Mapping[str, Mapping[str, int]],
    load: str,
    rounds: int,
) -> str:
    """Write the page."""
    return PAGE.format(
        table=table_of(lines),
        machine=textwrap.fill(
            "; ".join(f"{name} {value}" for name, value in machine.items()) + ".", 118
        ),
        inputs=inputs_of(inputs),
        load=load,
        rounds=f"at least {rounds} rounds",
    )

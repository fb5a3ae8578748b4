"""``workbench compare``: two captures, or a capture and a command, and what differs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from workbench.cli.arguments import Commands, add_command
from workbench.errors import ParameterError
from workbench.units import printable

if TYPE_CHECKING:
    from workbench.comparison import Difference, Verdict

SHOWN = 8
WIDEST = 400
CODES = {"same": 0, "better": 0, "worse": 1, "no verdict": 3}
"""Exit codes by verdict; 2 is for what cannot be used."""

_DESCRIPTION = """\
Compare two captures: which connections correspond, how each ended, what differs in how the requests
were sent, most important first. With --expect, one capture is held against the command line that
should have sent it.
"""
_EPILOG = """\
exit codes:
  0  same or better    1  worse    2  what was given cannot be used    3  no verdict

examples:
  workbench compare reference.pcap candidate.pcap
  workbench compare reference.pcap candidate.pcap --domain x.com --json
  workbench compare --expect "nfqws --dpi-desync=fake --dpi-desync-ttl=3" capture.pcap
"""


def add(commands: Commands) -> None:
    """Add the command to a parser."""
    command = add_command(commands, "compare", "find what differs", _DESCRIPTION, _EPILOG)
    command.add_argument(
        "files", nargs="+", metavar="FILE", help="the reference, then the candidate"
    )
    command.add_argument("--domain", metavar="NAME", help="only connections for this name")
    command.add_argument(
        "--expect", metavar="COMMAND", help="what should have been sent; takes one capture"
    )
    command.add_argument("--json", action="store_true", help="one JSON object")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Compare, and say what differs.

    Parameters
    ----------
    arguments : argparse.Namespace
        Parsed.

    Returns
    -------
    int
        Exit code of the verdict.

    Raises
    ------
    ParameterError
        For another number of captures than is needed.
    """
    promise = arguments.expect is not None
    if len(arguments.files) != (1 if promise else 2):
        raise ParameterError(
            "Give one capture with --expect COMMAND, or a reference and a candidate; see --help."
        )
    verdict = _held_against(arguments) if promise else _compared(arguments)
    return CODES[verdict.word]


def _compared(arguments: argparse.Namespace) -> Verdict:
    """Compare two captures."""
    import workbench

    reference, candidate = arguments.files
    found = workbench.compare(reference, candidate, arguments.domain)
    if arguments.json:
        facts = {
            **_facts(found.verdict, found.found),
            "pairs": len(found.pairs),
            "unpaired": [len(one) for one in found.unpaired],
        }
        sys.stdout.write(f"{json.dumps(facts)}\n")
    else:
        sys.stdout.write(f"{found.text(SHOWN)}\n")
    return found.verdict


def _held_against(arguments: argparse.Namespace) -> Verdict:
    """Compare a capture with what a command promises."""
    from workbench.api.comparisons import expect

    kept = expect(arguments.files[0], arguments.expect, arguments.domain)
    if arguments.json:
        facts = {**_facts(kept.verdict, kept.found), "requests": len(kept.attempts)}
        sys.stdout.write(f"{json.dumps(facts)}\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in _lines(kept.verdict, kept.found))
    return kept.verdict


def _facts(verdict: Verdict, found: tuple[Difference, ...]) -> dict[str, Any]:
    """Return a verdict and its differences for programs."""
    rows = [
        {
            "parameter": one.parameter,
            "reference": one.reference,
            "candidate": one.candidate,
            "impact": one.impact,
            "statement": one.statement,
            "frames": {
                "reference": list(one.evidence.reference),
                "candidate": list(one.evidence.candidate),
            },
            "confidence": one.confidence if one.confidence == one.confidence else None,
            "count": one.count,
            "of": one.of,
        }
        for one in found
    ]
    return {"verdict": verdict.word, "why": verdict.why, "differences": rows}


def _lines(verdict: Verdict, found: tuple[Difference, ...]) -> Iterator[str]:
    """Yield a verdict and its differences for people."""
    yield printable(f"{verdict.word}: {verdict.why}", WIDEST)
    for one in found[:SHOWN]:
        yield f"  {one.impact:<8}  {printable(one.statement, WIDEST)}"
    if len(found) > SHOWN:
        yield f"  … {len(found) - SHOWN} more differences"
